"""What the store holds of one visit, read as it is: nothing is folded or worded here."""

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from core.records import Decision, Scores
from core.replay import StoredEvent
from core.rules import Rules
from core.variants import Dealt
from server.store.named import load
from server.store.rulebook import Rulebook
from server.store.stored_session import Place, stored_event, stored_scores, stream_of

_SQL = load("visit.sql")


class Rows(NamedTuple):
    """One visit. `scores` and `segments` by event; `decisions` by the event that they answer; `explanations` by decision id.
    `rules` by version: those that are missing can no longer be read. `settled_at` None: it may still go on."""

    site_id: str
    session_id: UUID
    events: list[StoredEvent]
    scores: dict[Place, Scores]
    segments: dict[Place, str]
    decisions: dict[Place, Decision]
    explanations: dict[str, dict[str, Any]]
    claims: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    rules: dict[str, Rules]
    settled_at: datetime | None


async def read_rows(connection: asyncpg.Connection, site_id: str, session_id: UUID) -> Rows:
    """Everything that is stored of this visit now, in one snapshot: a visit that goes on is seen at one moment."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    key = (site_id, session_id)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        computed = await connection.fetch(_SQL["events"], *key)
        events = [stored_event(row) for row in computed]
        decisions = await connection.fetch(_SQL["decisions"], *key)
        explanations = await connection.fetch(_SQL["explanations"], *key)
        claims, orders, outcomes = [
            [dict(row) for row in await connection.fetch(_SQL[name], *key)] for name in ("claims", "orders", "outcomes")
        ]
        settled_at = await connection.fetchval(_SQL["settled_at"], *key)
        rules = await _rules(connection, site_id, {e.rules_version for e in events if e.step is not None})
    scored = {(stream_of(row), row["seq"]): stored_scores(row) for row in computed}
    return Rows(
        site_id=site_id,
        session_id=session_id,
        events=events,
        scores={place: scores for place, scores in scored.items() if scores is not None},
        segments={(stream_of(row), row["seq"]): row["segment"] for row in computed if row["segment"]},
        decisions={(stream_of(row), row["seq"]): _decision(dict(row)) for row in decisions},
        explanations={row["decision_id"]: dict(row) for row in explanations},
        claims=claims,
        orders=orders,
        outcomes=outcomes,
        rules=rules,
        settled_at=settled_at,
    )


async def newest_visits(connection: asyncpg.Connection, count: int, site_id: str | None) -> list[dict[str, Any]]:
    """The visits that spoke last, newest first."""
    return [dict(row) for row in await connection.fetch(_SQL["newest"], count, site_id)]


async def _rules(connection: asyncpg.Connection, site_id: str, versions: set[str]) -> dict[str, Rules]:
    rulebook, found = Rulebook(), {}
    for version in sorted(versions):
        rules = await rulebook.of(connection, site_id, version)
        if rules is not None and rules.version == version:
            found[version] = rules
    return found


def _decision(row: dict[str, Any]) -> Decision:
    """A row of marts.decisions as the core has it. Rows from before a column was there have its default."""
    return Decision(
        decision_id=row["decision_id"],
        action_id=row["action_id"] or "",
        action_type=row["action_type"] or "",
        reason=row["reason"],
        segment=row["segment"],
        arm=row["arm"],
        treatment_probability=row["treatment_probability"],
        refused=tuple((each["action_id"], each["reason"]) for each in row["refused"]),
        is_after_first_choice=row["is_after_first_choice"],
        is_delivered=row["is_delivered"],
        trend=row["trend"] or "steady",
        frictions=tuple(row["frictions"]),
        because=row.get("because") or "",
        expected_margin_minor=row.get("expected_margin_minor"),
        margin_basis=row.get("margin_basis") or "",
        variants=tuple(Dealt(**each) for each in row.get("variants") or ()),
    )
