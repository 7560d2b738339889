"""Rows of what is logged without being folded: events that came too late for an answer, and those that nobody can read."""

from core.events import Event, encode_event
from core.records import Record, Rejected, ToldReason, Traffic
from core.wire import Unreadable
from server.live.order import Arrived


def unscored_row(
    site_id: str,
    session_id: bytes,
    traffic: Traffic,
    stream: bytes,
    event: Event,
    *,
    received_at_ms: int,
    bot_reason: ToldReason | None = None,
) -> Record:
    """An event that is kept without being folded: a later resend may fill its scores once."""
    return Record(
        site_id=site_id,
        stream=stream,
        seq=event.seq,
        session_id=session_id,
        received_at_ms=received_at_ms,
        payload=encode_event(event),
        traffic=traffic,
        bot_reason=bot_reason,
    )


def rejected_row(site_id: str, session_id: bytes, arrived: Arrived) -> Rejected:
    """The trace of an event that could not be read: its place and the reason, never its content."""
    assert isinstance(arrived.event, Unreadable)
    return Rejected(
        site_id=site_id,
        stream=arrived.stream,
        seq=arrived.seq,
        session_id=session_id,
        received_at_ms=arrived.received_at_ms,
        reason=arrived.event.reason,
        type_tag=arrived.event.type_tag,
    )
