"""The text of docs/protocol.md: every frame and event by position, and what holds between them."""

import inspect as python
from typing import Any

from msgspec import inspect

from core import events, privacy, wire
from core.fields import SESSION_IDLE_MS, Item
from core.pages import PAGE_TYPES
from server.net.claims import MAX_BYTES as MAX_CLAIM_BYTES
from tools.wording import words

OPENING = f"""# The protocol between a page and the server

Written by `make schema` from `core/events.py`, `core/fields.py`, `core/wire.py`, `core/pages.py` and `core/privacy.py`: edit there.

Binary WebSocket frames at `<data-host>/v1/stream?site=<site key>`, subprotocol `{wire.SUBPROTOCOL}`,
one msgpack array a frame.
Fields travel by position; the first element is the tag. New fields come at the end, and trailing fields that hold their
default may be left off. All numbers are integers.
A frame has at most {wire.MAX_FRAME_BYTES} bytes, an event {wire.MAX_EVENT_BYTES}.

Where the socket is blocked, `POST <data-host>/v1/events?reply=1` carries one msgpack array `[hello, events, ...]` as
text/plain and is answered by one msgpack array of server frames. `sendBeacon` to `POST <data-host>/v1/events` carries the
same, at most {wire.MAX_BEACON_BYTES} bytes, and gets no answer: such events are logged unscored.

A stream is one document: 2 bytes UTC day (days since 1970-01-01, big endian) and 12 random ones. Its events count from 1.
A page that comes back from the back/forward cache starts a new stream. A session is 16 random bytes that the page mints;
{SESSION_IDLE_MS // 60000} minutes of silence end it. An event leaves the page's queue only when an ack covers it,
and the ack's token is the state after exactly these events: both are stored as one value.

Close codes: malformed 1007, too fast or not allowed 1008, too big 1009, going away 1001, restart 1012, try later 1013.
"""


CLAIMS = f"""## Claims

An offer whose parameters hold `claim` can be taken: `POST <data-host>/v1/claims`, as text/plain so that no preflight is needed, at
most {MAX_CLAIM_BYTES} bytes, from an Origin that the site lists. JSON, or msgpack with the same keys; the answer comes in the same
encoding.

| field | value |
| --- | --- |
| site | the site key |
| session | the session id, 32 hexadecimal characters |
| claim | the offer's `claim`, as it came |

| answer | value |
| --- | --- |
| code | the code to type in, null where the offer has none |
| ends_in_ms | how long it is still honoured, by the server's clock; 0 when that is over; null without a deadline |
| is_sample | a preview or a simulated visit: a code that no checkout honours |

Asked again, also elsewhere and later, it is the same answer: one claim for each session and action. `claim` is a ticket that the
server sealed for this session alone: no page can make, change or move one, and none is ever sent in control or holdout. What is
refused is a problem document (RFC 9457) with a `reason`:

| status | reason | when |
| --- | --- | --- |
| 400 | malformed | not a body of ours |
| 403 | forged_claim | not sealed here, or for another session |
| 403 | unknown_site, origin_not_listed | as for events |
| 409 | no_codes | the pool is empty |
| 410 | deadline_passed | the deadline is over, by the server's clock |
| 410 | withheld | the page had reported `action_withheld` for it |
| 429 | too_fast | more than a page can mean; wait for Retry-After |
| 503 | store_down | claims cannot be kept just now; ask again after Retry-After |
"""


def protocol_page() -> str:
    """The whole page, in Markdown."""
    parts = [OPENING, "## From the page\n", _section(wire.Hello), _section(wire.Events), _section(wire.Batch)]
    parts += ["## From the server\n"]
    parts += [_section(frame) for frame in (wire.Ack, wire.ActionFrame, wire.Withdraw, wire.Notice)]
    parts += [CLAIMS, "## Events\n", _event_list(), _section(Item)]
    parts += [_section(cls, heading=f"{events.NAME_BY_TYPE[cls]}") for _, cls in sorted(events.TYPE_BY_TAG.items())]
    parts += [_vocabulary(), _privacy()]
    return "\n".join(parts)


def _event_list() -> str:
    names = [f"`{events.NAME_BY_TYPE[cls]}` {tag}" for tag, cls in sorted(events.TYPE_BY_TAG.items())]
    return "Name and tag: " + ", ".join(names) + ". Unknown tags are counted and skipped.\n"


def _section(cls: type, heading: str = "") -> str:
    """One struct: its purpose, then a row for each position."""
    tag = cls.__struct_config__.tag  # type: ignore[attr-defined]
    lines = [f"### {heading or cls.__name__}", ""]
    purpose = _purpose(cls)
    if purpose:
        lines += [purpose, ""]
    lines += ["| position | field | value | default |", "| --- | --- | --- | --- |"]
    first = 0
    if tag is not None:
        lines.append(f"| 0 | tag | {tag} | |")
        first = 1
    for position, field in enumerate(inspect.type_info(cls).fields, start=first):  # type: ignore[attr-defined]
        lines.append(f"| {position} | {field.name} | {words(field.type)} | {_default(field)} |")
    return "\n".join([*lines, ""])


def _purpose(cls: type) -> str:
    text = python.cleandoc(cls.__dict__.get("__doc__") or "")
    return " ".join(text.split())


def _default(field: inspect.Field) -> str:
    if field.required:
        return ""
    return _literal(field.default)


def _literal(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    return "empty" if value in ("", ()) else f"`{value}`"


def _vocabulary() -> str:
    names = ", ".join(f"`{name}`" for name in PAGE_TYPES)
    return f"## Page types\n\n{names}. Any other word is allowed and shares one of eight places.\n"


def _privacy() -> str:
    rows = "\n".join(
        f"| {name} | `{pattern.replace('|', chr(92) + '|')}` |" for name, pattern in privacy.PATTERNS.items()
    )
    return (
        "## What is cut out of every text\n\n"
        f"On the page before it is queued and again on the server before it is folded, replaced by `{privacy.REDACTED}`.\n\n"
        f"| kind | pattern |\n| --- | --- |\n{rows}\n"
    )
