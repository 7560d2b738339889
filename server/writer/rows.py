"""Records as rows: what each column of raw.events, raw.rejected and marts.decisions holds. Pure: no connection, no clock.

A record that cannot be a row is a `BadRow`; the writer puts it into raw.rejected and goes on.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from core import events as ev
from core.privacy import REDACTED
from core.records import Record, Rejected
from core.wire import Unreadable, decode_event
from server.store.names import named_by_hash
from server.store.stored_session import SCORE_COLUMNS, score_values, unavailable_values, variants_value

EVENT_COLUMNS = (
    "site_id", "stream_day", "stream_id", "seq", "session_id", "traffic", "occurred_at", "received_at",
    "is_clock_skewed", "event_type", "page_type", "path", "device", "source", "is_new_visitor", "item_id",
    "item_count", "value_minor", "shipping_minor", "tax_minor", "currency", "order_id", "decision_id", "action_id",
    "after_ms", "detail", "payload", "epoch", "step", "forced_arm", "rules_version", "scorer_version",
    *SCORE_COLUMNS, "segment", "latency_us", "unavailable", "answer",
)  # fmt: skip
KEY_COLUMNS = EVENT_COLUMNS[:4]

DECISION_COLUMNS = (
    "site_id", "decision_id", "session_id", "traffic", "decided_at", "stream_day", "stream_id", "seq", "action_id",
    "action_type", "reason", "segment", "purchase_score", "arm", "treatment_probability", "refused",
    "is_after_first_choice", "is_delivered", "trend", "frictions", "because",
    "expected_margin_minor", "margin_basis", "variants", "rules_version", "scorer_version", "latency_us",
)  # fmt: skip

REJECTED_COLUMNS = (
    "rejected_id", "site_id", "stream_day", "stream_id", "seq", "session_id", "received_at", "reason", "type_tag",
)  # fmt: skip

MAX_CLOCK_ERROR = timedelta(hours=24)
"""A browser's clock that is further off than this says nothing about when something happened."""

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKED_BY_SERVER = ("live", "preview", "bot")
_DETAILS = (
    "slot", "reason", "coupon", "promotion_id", "list_id", "shipping_tier", "payment_type", "name", "section",
    "trigger", "topic",
)  # fmt: skip
"""The field of an event that goes to `detail`: the first of these that its type has."""

Key = tuple[str, date, bytes, int]


class BadRow(Exception):
    """A record that cannot be stored; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Row(NamedTuple):
    """A record with its columns. `values` are in the order of `EVENT_COLUMNS`; each is also an attribute."""

    record: Record
    key: Key
    values: list[Any]

    def __getattr__(self, column: str) -> Any:
        try:
            return self.values[_PLACE[column]]
        except KeyError:
            raise AttributeError(column) from None


class _Plan(NamedTuple):
    """Which fields of an event type go to which columns, worked out once: a writer turns thousands of events a second."""

    name: str
    copied: tuple[tuple[int, str], ...]
    detail: str | None
    has_items: bool


def _plan(event_type: type[ev.Event]) -> _Plan:
    fields = event_type.__struct_fields__
    copied = tuple((_PLACE[name], name) for name in _COPIED if name in fields)
    detail = next((name for name in _DETAILS if name in fields), None)
    return _Plan(ev.NAME_BY_TYPE[event_type], copied, detail, "items" in fields)


_PLACE = {column: place for place, column in enumerate(EVENT_COLUMNS)}
_COPIED = (
    "page_type", "path", "device", "source", "is_new_visitor", "value_minor", "shipping_minor", "tax_minor", "currency",
    "decision_id", "action_id", "after_ms",
)  # fmt: skip
_PLANS = {event_type: _plan(event_type) for event_type in ev.EVENT_TYPES}
_FIRST_OWN, _FIRST_AFTER = _PLACE["page_type"], _PLACE["payload"]
_NOTHING = [None] * (_FIRST_AFTER - _FIRST_OWN)


def event_row(record: Record) -> Row:
    """The record's row of raw.events.

    Raises:
        BadRow: what a page can send and no table takes is found here, not in the transaction: there it would cost every
            other record of the frame a transaction of its own.
    """
    event = decode_event(record.payload)
    if isinstance(event, Unreadable):
        raise BadRow(event.reason)
    plan = _PLANS[type(event)]
    stream_day, stream_id = split_stream(record.stream)
    received_at = _time(record.received_at_ms)
    occurred_at, is_clock_skewed = _occurred(record, event.at_ms, received_at)
    values: list[Any] = [
        record.site_id, stream_day, stream_id, record.seq, session_uuid(record.session_id), record.traffic,
        occurred_at, received_at, is_clock_skewed, plan.name, *_NOTHING,
        record.payload, record.epoch, record.step, record.forced_arm, record.rules_version, record.scorer_version,
        *score_values(record.scores), record.segment, record.latency_us,
        unavailable_values(record.unavailable), getattr(event, "answer", None),
    ]  # fmt: skip
    for place, name in plan.copied:
        value = getattr(event, name)
        if value == "" and name == "action_id":
            raise BadRow("no_action_id")
        if name == "path" and "\0" in value:
            raise BadRow("nul_in_path")
        values[place] = None if value == "" else value
    if plan.detail is not None:
        values[_PLACE["detail"]] = getattr(event, plan.detail) or None
    if plan.has_items:
        _fill_items(values, record, event)
    return Row(record, (record.site_id, stream_day, stream_id, record.seq), values)


def _fill_items(values: list[Any], record: Record, event: ev.Event) -> None:
    assert isinstance(event, ev.COMMERCE_EVENTS), "no other event has items"
    if event.items:
        values[_PLACE["item_id"]] = event.items[0].item_id
        values[_PLACE["item_count"]] = sum(item.quantity for item in event.items)
    if isinstance(event, ev.Purchase | ev.Refund):
        values[_PLACE["order_id"]] = _order_id(record, event)


def decision_row(row: Row) -> tuple[Any, ...] | None:
    """The row of marts.decisions, in the order of `DECISION_COLUMNS`; None where the record holds no decision."""
    answer = row.record.decision
    if answer is None:
        return None
    refused = [{"action_id": action_id, "reason": reason} for action_id, reason in answer.refused]
    return (
        row.site_id, answer.decision_id, row.session_id, row.traffic, row.occurred_at, *row.key[1:],
        answer.action_id or None, answer.action_type or None, answer.reason, answer.segment, row.purchase_score,
        answer.arm, answer.treatment_probability, refused, answer.is_after_first_choice, answer.is_delivered,
        answer.trend, list(answer.frictions), answer.because, answer.expected_margin_minor, answer.margin_basis,
        variants_value(answer.variants),
        row.rules_version, row.scorer_version, row.latency_us,
    )  # fmt: skip


def rejected_row(rejected: Rejected) -> tuple[Any, ...]:
    """The row of raw.rejected. Whatever of the key is damaged is left out: this row itself is never refused."""
    stream_day, stream_id = split_stream(rejected.stream) if len(rejected.stream) == 14 else (None, None)
    session_id = UUID(bytes=rejected.session_id) if len(rejected.session_id) == 16 else None
    key = f"{rejected.site_id}|{rejected.stream.hex()}|{rejected.seq}|{rejected.reason}"
    return (
        sha256(key.encode(errors="replace")).hexdigest(),
        clean(rejected.site_id), stream_day, stream_id, max(-(2**62), min(rejected.seq, 2**62)), session_id,
        _time(max(0, min(rejected.received_at_ms, 2**47))), clean(rejected.reason),
        max(-1, min(rejected.type_tag, 2**31 - 1)),
    )  # fmt: skip


def rejected_record(record: Record, reason: str) -> Rejected:
    """A record that could not be stored, as what is kept of it."""
    return Rejected(
        site_id=record.site_id, stream=record.stream, seq=record.seq, session_id=record.session_id,
        received_at_ms=record.received_at_ms, reason=reason,
    )  # fmt: skip


def unreadable_frame(data: bytes, received_at_ms: int) -> tuple[Any, ...]:
    """A frame of the log that is none of ours, named by its hash so that it is one row however often it comes."""
    return (sha256(data).hexdigest(), "", None, None, None, None, _time(received_at_ms), "unreadable_frame", -1)


def merged(rows: Iterable[Row]) -> dict[Key, Row]:
    """One row per key: the first that was scored, else the first."""
    kept: dict[Key, Row] = {}
    for row in rows:
        known = kept.get(row.key)
        if known is None or (known.record.step is None and row.record.step is not None):
            kept[row.key] = row
    return kept


def split_stream(stream: bytes) -> tuple[date, bytes]:
    """The UTC day and the 12 random bytes of a stream's name. Raises `BadRow`."""
    if len(stream) != 14:
        raise BadRow("bad_stream")
    return (_BEGIN + timedelta(days=int.from_bytes(stream[:2], "big"))).date(), stream[2:]


def session_uuid(session_id: bytes) -> UUID:
    """Raises `BadRow`."""
    if len(session_id) != 16:
        raise BadRow("bad_session")
    return UUID(bytes=session_id)


def clean(text: str) -> str:
    """Text that Postgres takes: no NUL and no lone surrogate, and of a length that fits an index."""
    return text.replace("\0", "").encode(errors="replace").decode()[:200]


def _occurred(record: Record, at_ms: int, received_at: datetime) -> tuple[datetime, bool]:
    """When it happened. Simulated and replayed visits are played in compressed time: there the event's clock is right."""
    if record.traffic not in _CLOCKED_BY_SERVER:
        return _time(at_ms), False
    if abs(at_ms - record.received_at_ms) > MAX_CLOCK_ERROR / timedelta(milliseconds=1):
        return received_at, True
    return _time(at_ms), False


def _time(ms: int) -> datetime:
    try:
        return _BEGIN + timedelta(milliseconds=ms)
    except OverflowError:
        raise BadRow("bad_time") from None


def _order_id(record: Record, event: ev.Purchase | ev.Refund) -> str:
    """What names the order: a transaction id that was cut at ingest names nothing, so the event's own key does."""
    if event.transaction_id and REDACTED not in event.transaction_id:
        return event.transaction_id
    return named_by_hash("event-", f"{record.site_id}|{record.stream.hex()}|{record.seq}")
