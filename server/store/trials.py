"""What a site's visits say of its actions: each visit's first choice, in whichever arm, with what became of it.

The state at the decision is folded again from the stored events; the score, the trend and the reasons to hesitate are
those that were stored with it, so no model is needed.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import asyncpg
from msgspec.structs import replace

from core.margin import Trial, answers, situation_of
from core.records import Scores, Traffic
from core.rules import ActionRule
from core.session import Session, observe
from core.stakes import expected_order_minor, offer_kind
from core.wire import Unreadable, decode_event
from server.store.named import load
from server.store.stored_session import stream_of

_SQL = load("trials.sql")


async def count_first_choices(pool: asyncpg.Pool, site_id: str, traffic: Traffic, since: datetime) -> int:
    """How many `read_trials` will give at most."""
    return len(await pool.fetch(_SQL["first_choices"], site_id, traffic, since))


async def read_trials(
    pool: asyncpg.Pool, site_id: str, actions: Mapping[str, ActionRule], *, traffic: Traffic, since: datetime
) -> AsyncIterator[Trial]:
    """The trials of these actions (by id) in visits that began since then, oldest first."""
    for row in await pool.fetch(_SQL["first_choices"], site_id, traffic, since):
        rule = actions.get(row["action_id"])
        if rule is not None:
            events = await pool.fetch(_SQL["events_until"], site_id, row["session_id"], row["epoch"], row["step"])
            yield _trial(row, _state(events, row), rule)


def _state(events: list[Any], row: Any) -> Session:
    session = Session(id=row["session_id"].bytes)
    for stored in events:
        event = decode_event(stored["payload"])
        assert not isinstance(event, Unreadable), "only events that were read are stored"
        session = observe(session, stream_of(stored), event)
    scores = Scores(row["purchase_score"], 0.0, order_ratio=row["order_ratio"] or 0.0, leverage=row["leverage"])
    return replace(session, scores=scores)


def _trial(row: Any, session: Session, rule: ActionRule) -> Trial:
    situation = situation_of(
        propensity=row["purchase_score"],
        answers_friction=answers(offer_kind(rule), row["frictions"], row["leverage"]),
        has_cart=session.cart.value_minor > 0 or session.cart.line_count > 0,
        is_falling=row["trend"] == "falling",
        is_leaving=row["event_type"] == "exit_intent",
        leverage=row["leverage"],
    )
    return Trial(
        action_id=rule.id,
        situation=situation,
        propensity=row["purchase_score"],
        is_treated=row["arm"] == "treatment",
        is_taken=row["is_taken"],
        expected_minor=expected_order_minor(session),
        order_minor=row["order_minor"],
    )
