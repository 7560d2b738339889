"""The frames between tracker and server: msgpack arrays by position, new fields at the end only (DESIGN 5).

This module and `events`, `fields`, `actions` are the schema; `make schema` writes the tracker's copy and docs/protocol.md.
An event that cannot be read costs that event, a frame that cannot be read costs the connection.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from core.errors import Malformed, TooBig
from core.events import COMMERCE_EVENTS, TYPE_BY_TAG, Event
from core.fields import DecisionId, Slug
from core.records import Arm, SegmentName, Traffic

SUBPROTOCOL = "fifthclick.v1"
PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 64 * 1024
MAX_BEACON_BYTES = 60 * 1024
MAX_EVENT_BYTES = 8 * 1024

StreamId = Annotated[bytes, Meta(min_length=14, max_length=14)]
"""2 bytes UTC day since 1970-01-01, big endian, then 12 random bytes: one document."""


class Hello(Struct, frozen=True, array_like=True, tag=1, gc=False):
    """The first frame of a connection. `stream` is the document that is on screen: only its events can bring an action.
    `preview`: the token of a preview link, sealed by the server (`fifthclick preview`), or on a demo site an arm to be forced, as
    `preview_arm` was in trackers before."""

    version: int
    site_key: Annotated[str, Meta(max_length=64)]
    session_id: Annotated[bytes, Meta(min_length=16, max_length=16)]
    stream: StreamId
    sent_at_ms: int
    token: Annotated[bytes, Meta(max_length=2048)] | None = None
    traffic: Traffic = "live"
    preview_arm: Arm | None = None
    wants_notices: bool = False
    preview: Annotated[str, Meta(max_length=200)] | None = None


class Batch(Struct, frozen=True, array_like=True, gc=False):
    """Events of one document in seq order. The client has let go of everything up to `covered_seq`: acked, or dropped."""

    stream: StreamId
    covered_seq: Annotated[int, Meta(ge=0, le=2**31)]
    events: Annotated[list[Raw], Meta(max_length=500)]


class Events(Struct, frozen=True, array_like=True, tag=2, gc=False):
    batches: Annotated[list[Batch], Meta(max_length=16)]


class Ack(Struct, frozen=True, array_like=True, tag=1, gc=False):
    """In the log: every event up to seq of each stream. `token` is the state after exactly these (one cut, DESIGN 3.2)."""

    covered: tuple[tuple[bytes, int], ...]
    token: bytes


class ActionFrame(Struct, frozen=True, array_like=True, tag=2, gc=False):
    """Draw this, if it can be drawn within `valid_ms`. `stream` and `seq` name the deciding event and so the tab."""

    decision_id: DecisionId
    stream: bytes
    seq: int
    action_id: Slug
    params: dict[str, Any]
    valid_ms: int


class Withdraw(Struct, frozen=True, array_like=True, tag=3, gc=False):
    """Do not draw this any more, or take it down."""

    decision_id: DecisionId
    reason: Slug


class Notice(Struct, frozen=True, array_like=True, tag=4, gc=False):
    """What the server thinks after an event; sent only to previews and on sites that allow it. Score in 1/1000.

    `refused`: each configured action that was not chosen with its reason, as code and in words. `preview`: the one action that
    this visit is there to show. Seq 0 is no event: it says what became of the page's preview link.
    """

    stream: bytes
    seq: int
    score_permille: int | None
    segment: SegmentName | None
    reason: str
    action_id: str
    words: str
    refused: tuple[tuple[str, str, str], ...] = ()
    arm: Arm | None = None
    preview: str = ""


ClientFrame = Hello | Events
ServerFrame = Ack | ActionFrame | Withdraw | Notice

encode = msgspec.msgpack.Encoder().encode
_client = msgspec.msgpack.Decoder(Hello | Events)
_server = msgspec.msgpack.Decoder(Ack | ActionFrame | Withdraw | Notice)
_body = msgspec.msgpack.Decoder(list[Raw])
_head = msgspec.msgpack.Decoder(list[Any])
_by_tag = {tag: msgspec.msgpack.Decoder(cls) for tag, cls in TYPE_BY_TAG.items()}


class Unreadable(Struct, frozen=True, gc=False):
    """An event whose place in the stream is known and whose content is not. `seq` is None where even that is lost."""

    seq: int | None
    type_tag: int
    reason: str


def decode_client_frame(data: bytes) -> Hello | Events:
    """One frame from a browser.

    Raises:
        TooBig: over `MAX_FRAME_BYTES`.
        Malformed: not msgpack, not one of our frames, or a field out of its bounds.
    """
    if len(data) > MAX_FRAME_BYTES:
        raise TooBig
    try:
        frame: Hello | Events = _client.decode(data)
        return frame
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Malformed from None


def decode_body(data: bytes) -> list[Hello | Events]:
    """The body of a POST: one msgpack array of client frames. Raises as `decode_client_frame`."""
    if len(data) > MAX_FRAME_BYTES:
        raise TooBig
    try:
        return [_client.decode(part) for part in _body.decode(data)]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Malformed from None


def decode_server_frame(data: bytes) -> Ack | ActionFrame | Withdraw | Notice:
    """One frame from a server, as a client in Python reads it. Raises `Malformed`."""
    try:
        frame: Ack | ActionFrame | Withdraw | Notice = _server.decode(data)
        return frame
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Malformed from None


def decode_event(raw: bytes | Raw) -> Event | Unreadable:
    """One event, or why not. Unknown types, bad fields and money without a currency are cases, not crashes."""
    data = bytes(raw)
    if len(data) > MAX_EVENT_BYTES:
        return _unreadable(data, "event_too_big")
    try:
        tag = _tag_of(data)
        if tag is None:
            return _unreadable(data, "malformed_event")
        decoder = _by_tag.get(tag)
        if decoder is None:
            return _unreadable(data, "unknown_type")
        event: Event = decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _unreadable(data, _field_reason(data, error))
    if b"\n" in data and (name := _field_with_line_end(event)):
        return Unreadable(event.seq, tag, f"invalid_{name}")
    if isinstance(event, COMMERCE_EVENTS) and event.currency is None and _has_money(event):
        return Unreadable(event.seq, tag, "missing_currency")
    return event


def _tag_of(data: bytes) -> int | None:
    """The type tag without decoding the rest: an array header, then a positive fixint or uint8."""
    if len(data) < 2:
        return None
    at = 1 if 0x90 <= data[0] <= 0x9F else 3 if data[0] == 0xDC else 0
    if at == 0 or len(data) <= at:
        return None
    if data[at] < 0x80:
        return data[at]
    return data[at + 1] if data[at] == 0xCC and len(data) > at + 1 else None


def _field_with_line_end(event: Event) -> str | None:
    """Python's `$` also matches before a last line end, which no field may hold and no browser's pattern lets pass."""
    for name in event.__struct_fields__:
        value = getattr(event, name)
        texts = [text for i in value for text in (i.item_id, i.category)] if name == "items" else [value]
        if any(isinstance(text, str) and text.endswith("\n") for text in texts):
            return name
    return None


def _has_money(event: Any) -> bool:
    shipping = getattr(event, "shipping_minor", None)
    return event.value_minor is not None or shipping is not None or any(i.price_minor is not None for i in event.items)


def _field_reason(data: bytes, error: Exception) -> str:
    """`invalid_<field>` from the position in msgspec's message: a bounded set, so it can label a metric."""
    _, _, path = str(error).partition("`$[")
    position = path.split("]")[0]
    cls = TYPE_BY_TAG.get(_tag_of(data) or -1)
    if cls is None or not position.isdigit():
        return "malformed_event"
    fields = cls.__struct_fields__
    index = int(position) - 1
    return f"invalid_{fields[index]}" if 0 <= index < len(fields) else "malformed_event"


def _unreadable(data: bytes, reason: str) -> Unreadable:
    try:
        head = _head.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        head = []
    tag = head[0] if head and type(head[0]) is int else -1
    seq = head[1] if len(head) > 1 and type(head[1]) is int and 1 <= head[1] <= 2**31 else None
    return Unreadable(seq, tag, reason)
