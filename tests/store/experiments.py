"""Whole experiments with a planted truth as rows of the marts, as settle would have left them: for views, reports and exports.

A hundred thousand visits take a few seconds. Bots come as traffic `bot` and previews in an arm that was forced, as they do
from real pages, so whatever reads these rows must leave them out by the filters that it has.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from model.simulator.experiments import Experiment

GOAL = "purchase"
SEGMENT = "on_the_fence"
CURRENCY = "EUR"
_STREAM = bytes(14)
_REFUNDED_AFTER = timedelta(days=2)

Values = dict[str, Any]


async def store_experiment(
    connection: asyncpg.Connection, experiment: Experiment, *, site_id: str = "shop", action_id: str = "free-shipping",
    action_type: str = "free_shipping", segment: str = SEGMENT, rules_version: str = "made", number_from: int = 0,
) -> None:  # fmt: skip
    """Sessions, decisions, outcomes, exposures and orders of every visit. The site must be there. `number_from`: visits are named
    by their numbers from here on, so that a second experiment stands beside the first."""
    made = list(_visits(experiment, site_id, action_id, action_type, segment, rules_version, number_from))
    for table in ("sessions", "decisions", "outcomes", "exposures", "orders"):
        rows = [visit[table] for visit in made if table in visit]
        if rows:
            columns = list(rows[0])
            records = [tuple(row[column] for column in columns) for row in rows]
            await connection.copy_records_to_table(table, schema_name="marts", columns=columns, records=records)
            # The planner still takes the table for empty, and joins it row by row.
            await connection.execute(f"ANALYZE marts.{table}")


def _visits(
    experiment: Experiment,
    site_id: str,
    action_id: str,
    action_type: str,
    segment: str,
    rules_version: str,
    number_from: int,
) -> Iterator[dict[str, Values]]:
    """Each visit's rows by table."""
    visits = experiment.visits
    arms = [row.arm for row in experiment._replace(double=experiment.double[:0]).rows()]
    for number, arm in enumerate(arms):
        at = datetime.fromtimestamp(float(visits.decided_at_s[number]), UTC)
        is_bot = bool(experiment.kind[number] == -1)
        has_bought = bool(visits.converted[number])
        ordered, net = int(experiment.order_minor[number]), int(visits.revenue_minor[number])
        earned = int(visits.margin_minor[number])
        name = number_from + number
        session_id, decision_id = UUID(int=name + 1), f"{name + 1:016x}"
        traffic = "bot" if is_bot else "live"
        key: Values = {"site_id": site_id, "session_id": session_id, "traffic": traffic}
        probability = float(visits.treatment_probability[number])
        score = None if visits.score[number] != visits.score[number] else float(visits.score[number])
        rows = {
            "sessions": {
                **key, "started_at": at - timedelta(minutes=3), "ended_at": at + timedelta(minutes=9), "event_count": 14,
                "page_view_count": 6, "device": "desktop", "source": "direct", "is_new_visitor": True,
                "segment_at_click_5": segment, "last_segment": segment, "score_at_click_5": score, "peak_score": score,
                "last_score": score, "has_product_view": True, "has_cart": has_bought, "has_checkout": has_bought,
                "has_purchase": has_bought, "order_count": int(has_bought), "revenue_minor": net, "margin_minor": earned,
                "currency": CURRENCY if has_bought else None, "arm": arm, "treatment_probability": probability,
                "is_arm_forced": bool(experiment.is_preview[number]), "has_choice": True, "first_decision_id": decision_id,
                "first_action_id": action_id, "first_segment": segment, "first_chosen_at": at,
                "has_exposure": arm == "treatment", "is_forked": False, "is_over_idle": False,
                "rules_version": rules_version, "scorer_version": "made", "settled_at": at + timedelta(minutes=40),
                "bot_reason": "declared" if is_bot else None,
            },
            "decisions": {
                **key, "decision_id": decision_id, "decided_at": at, "stream_day": at.date(), "stream_id": _STREAM,
                "seq": name + 1, "action_id": action_id, "action_type": action_type, "reason": "chosen",
                "segment": segment, "purchase_score": score, "arm": arm, "treatment_probability": probability,
                "refused": "[]", "is_after_first_choice": False, "is_delivered": arm == "treatment",
                "rules_version": rules_version, "scorer_version": "made",
            },
            "outcomes": {
                **key, "decision_id": decision_id, "goal": GOAL, "arm": arm, "action_id": action_id, "segment": segment,
                "is_first_choice": True, "decided_at": at, "is_converted": has_bought,
                "converted_at": at + timedelta(minutes=6) if has_bought else None, "value_minor": net,
                "margin_minor": earned, "currency": CURRENCY if has_bought else None, "settled_at": at + timedelta(minutes=40),
                "final_at": at + timedelta(days=30),
            },
        }  # fmt: skip
        if arm == "treatment":
            rows["exposures"] = {
                **key, "decision_id": decision_id, "action_id": action_id, "shown_at": at, "after_ms": 40, "slot": "bar"
            }  # fmt: skip
        if has_bought:
            rows["orders"] = _order(key, name, at, ordered, net)
        yield rows


def _order(key: Values, number: int, at: datetime, ordered: int, net: int) -> Values:
    day: date = at.date()
    return {
        **key, "order_id": f"order-{number + 1}", "stream_day": day, "stream_id": _STREAM, "seq": number + 2,
        "placed_at": at + timedelta(minutes=6), "value_minor": ordered, "refunded_minor": ordered - net,
        "currency": CURRENCY, "item_count": 1, "outcome_minor": net,
    }  # fmt: skip
