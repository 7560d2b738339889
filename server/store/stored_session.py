"""A session as it is stored, in two halves: what came in, and what was computed from it. Replay may read the first half only."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from core.engine import Step
from core.records import Scores
from core.replay import StoredEvent
from core.variants import Dealt
from server.store.named import load

_SQL = load("replay.sql")

Place = tuple[bytes, int]
"""Stream (14 bytes) and seq: names an event within a site."""


SCORE_COLUMNS = (
    "purchase_score", "exit_score", "abandonment_score", "assistance_score", "add_to_cart_score", "order_ratio",
    "leverage",
)  # fmt: skip
"""The columns of raw.events that hold the fields of `core.records.Scores`, in their order."""


class Computed(NamedTuple):
    """What one event gave: `scores` by column; `decision` as its comparable fields, or None where the answer was not new."""

    scores: dict[str, float | None]
    segment: str | None
    decision: dict[str, Any] | None


async def sites_of(connection: asyncpg.Connection, session_id: UUID) -> list[str]:
    """The sites that hold events of this session; ids are random, so there is one or none."""
    return [row["site_id"] for row in await connection.fetch(_SQL["sites"], session_id)]


async def read_events(connection: asyncpg.Connection, site_id: str, session_id: UUID) -> list[StoredEvent]:
    """The half that came in."""
    return [stored_event(row) for row in await connection.fetch(_SQL["events"], site_id, session_id)]


async def read_computed(connection: asyncpg.Connection, site_id: str, session_id: UUID) -> dict[Place, Computed]:
    """The half that was computed, by event. Decisions are matched by the event that they name."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    decisions = {
        (stream_of(row), row["seq"]): row for row in await connection.fetch(_SQL["decisions"], site_id, session_id)
    }
    return {
        (place := (stream_of(row), row["seq"])): Computed(
            {name: row[name] for name in SCORE_COLUMNS}, row["segment"], _stored_decision(decisions.get(place))
        )
        for row in await connection.fetch(_SQL["computed"], site_id, session_id)
    }


def computed_of(step: Step) -> Computed:
    """A step of a replay, in the same shape."""
    answer = step.answer if step.is_new_answer else None
    decision = None if answer is None else {
        "decision_id": answer.decision_id,
        "action_id": answer.action_id or None,
        "action_type": answer.action_type or None,
        "reason": answer.reason,
        "segment": answer.segment,
        "arm": answer.arm,
        "treatment_probability": answer.treatment_probability,
        "refused": [{"action_id": action_id, "reason": reason} for action_id, reason in answer.refused],
        "is_after_first_choice": answer.is_after_first_choice,
        "is_delivered": answer.is_delivered,
        "trend": answer.trend,
        "frictions": list(answer.frictions),
        "because": answer.because,
        "expected_margin_minor": answer.expected_margin_minor,
        "margin_basis": answer.margin_basis,
        "variants": variants_value(answer.variants),
    }  # fmt: skip
    scores = dict(zip(SCORE_COLUMNS, score_values(step.scores), strict=True))
    return Computed(scores, step.segment, decision)


def score_values(scores: Scores | None) -> tuple[float | None, ...]:
    """What the columns above hold of these scores: nothing where the event was not scored."""
    return (None,) * len(SCORE_COLUMNS) if scores is None else msgspec.structs.astuple(scores)


def stored_scores(row: Mapping[str, Any]) -> Scores | None:
    """The scores in a row of raw.events; 0 for a head whose column was not there yet when the row was stored."""
    if row["purchase_score"] is None:
        return None
    return Scores(*(row[name] or 0.0 for name in SCORE_COLUMNS))


def _stored_decision(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {name: value for name, value in row.items() if name not in ("stream_day", "stream_id", "seq")}


def stored_event(row: Mapping[str, Any]) -> StoredEvent:
    """A row of raw.events as replay takes it."""
    return StoredEvent(
        stream=stream_of(row),
        seq=row["seq"],
        payload=row["payload"],
        received_at_ms=(row["received_at"] - _BEGIN) // timedelta(milliseconds=1),
        epoch=row["epoch"],
        step=row["step"],
        rules_version=row["rules_version"],
        scorer_version=row["scorer_version"],
        traffic=row["traffic"],
        forced_arm=row["forced_arm"],
        unavailable=tuple(map(_pair, row["unavailable"])),
    )


def unavailable_values(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """What raw.events.unavailable holds: `action:reason`. An action's id has no colon."""
    return [f"{action_id}:{reason}" for action_id, reason in pairs]


def variants_value(variants: Iterable[Dealt]) -> list[dict[str, Any]]:
    """What marts.decisions.variants holds of what a visit was dealt."""
    return [msgspec.structs.asdict(each) for each in variants]


def _pair(value: str) -> tuple[str, str]:
    action_id, _, reason = value.rpartition(":")
    return action_id, reason


def stream_of(row: Mapping[str, Any]) -> bytes:
    """The 14 bytes that name a stream, as the core has them."""
    day: date = row["stream_day"]
    return bytes((day - _BEGIN.date()).days.to_bytes(2, "big") + row["stream_id"])


_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
