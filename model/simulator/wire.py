"""The wire as an outsider speaks it: plain msgpack lists by position, written from docs/protocol.md.

On purpose not `core.wire`: two independent codecs that understand each other are the check that the protocol is what
it says. Only the events' own field order is taken from `core.events`, which is where the protocol page comes from too.
"""

from typing import Any, NamedTuple

import msgpack

from core import events as ev
from core.fields import Item

SUBPROTOCOL = "fifthclick.v1"
PROTOCOL_VERSION = 1
_HELLO, _EVENTS = 1, 2

Wire = list[Any]
Covered = list[tuple[bytes, int]]


class Ack(NamedTuple):
    covered: Covered
    token: bytes


class Action(NamedTuple):
    decision_id: str
    stream: bytes
    action_id: str
    action_type: str


class Withdraw(NamedTuple):
    decision_id: str


class Notice(NamedTuple):
    """What the server thinks after one event. Sent by demo sites only, to those who ask for it."""

    stream: bytes
    seq: int


class Other(NamedTuple):
    """A frame that a client without a page has no use for, or that is newer than this client."""

    tag: int


def event(event: ev.Event) -> Wire:
    """An event as the list that travels: its tag, then its fields by position."""
    return [ev.tag_of(event), *(_plain(getattr(event, name)) for name in type(event).__struct_fields__)]


def hello(
    *,
    site_key: str,
    session_id: bytes,
    stream: bytes,
    sent_at_ms: int,
    token: bytes | None,
    traffic: str,
    wants_notices: bool,
) -> bytes:
    packed: bytes = msgpack.packb(
        [_HELLO, PROTOCOL_VERSION, site_key, session_id, stream, sent_at_ms, token, traffic, None, wants_notices],
        use_bin_type=True,
    )
    return packed


def events(batches: list[tuple[bytes, int, list[Wire]]]) -> bytes:
    """Batches of (stream, covered_seq, events)."""
    packed: bytes = msgpack.packb([_EVENTS, batches], use_bin_type=True)
    return packed


def frame(data: bytes) -> Ack | Action | Withdraw | Notice | Other:
    """One frame from the server. Fields beyond the ones we know are left alone."""
    tag, *fields = msgpack.unpackb(data, raw=False)
    match tag:
        case 1:
            return Ack([(stream, seq) for stream, seq in fields[0]], fields[1])
        case 2:
            decision_id, stream, _, action_id, params = fields[:5]
            return Action(decision_id, stream, action_id, str(params.get("type", "")))
        case 3:
            return Withdraw(fields[0])
        case 4:
            return Notice(fields[0], fields[1])
        case _:
            return Other(tag)


def _plain(value: Any) -> Any:
    if isinstance(value, Item):
        return [value.item_id, value.category, value.price_minor, value.quantity]
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value
