"""A visit's rows in, its rows of marts.sessions and marts.outcomes out. Pure: settle reads and writes, this decides nothing else.

What is said here of orders: `marts.orders` knows them. A purchase event that it names is the order, at its value less refunds;
every other one is a thank-you page that was opened again, or an order that the shop's server told of under another name, and
counts for nothing. An order of this visit that no event tells of is the shop's server's word, and counts all the same.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from core import events as ev
from core.aftermath import aftermath_of
from core.outcomes import ChosenAction, LoggedEvent, Outcome, in_window, outcomes_of, summarise
from core.records import FoundReason, ToldReason, Traffic
from core.robots import found_robot
from core.rules import Goal, Money
from core.wire import Unreadable, decode_event
from server.store.stored_session import stored_scores, stream_of
from server.writer.earning import NOTHING_KNOWN, Earning, OrderKey

SESSION_COLUMNS = (
    "site_id", "session_id", "traffic", "started_at", "ended_at", "event_count", "page_view_count", "device", "source",
    "is_new_visitor", "segment_at_click_5", "last_segment", "score_at_click_5", "peak_score", "last_score",
    "has_product_view", "has_cart", "has_checkout", "has_purchase", "order_count", "revenue_minor", "currency", "arm",
    "treatment_probability", "is_arm_forced", "has_choice", "first_decision_id", "first_action_id", "first_segment",
    "first_chosen_at", "has_exposure", "is_forked", "is_over_idle", "rules_version", "scorer_version",
    "variants",
    "bot_reason",
    "has_bounced", "has_checked_out", "has_checkout_trouble",
    "choice_paint_ms", "choice_shift_permille", "choice_response_ms", "margin_minor",
)  # fmt: skip
OUTCOME_COLUMNS = (
    "site_id", "decision_id", "goal", "session_id", "traffic", "arm", "action_id", "segment", "is_first_choice",
    "decided_at", "is_converted", "converted_at", "value_minor", "margin_minor", "currency", "final_at", "is_final",
)  # fmt: skip

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)

Rows = Sequence[Mapping[str, Any]]


class Due(NamedTuple):
    """A session to settle, with everything that was stored of it. `orders` by (site, traffic, order id), `earning`: what is known
    of what they earned, but for the rules.

    `traffic`: what its events came as. `bot_reason`: as its connections told, or as it was found when it was settled before.
    """

    site_id: str
    session_id: UUID
    traffic: Traffic
    events: Rows
    decisions: Rows
    is_exposed: bool
    orders: Mapping[OrderKey, Mapping[str, Any]]
    bot_reason: str | None = None
    earning: Earning = NOTHING_KNOWN


class Settled(NamedTuple):
    """The session's row and its outcomes' rows, in the order of the columns above; and as what it counts now."""

    session: tuple[Any, ...]
    outcomes: list[tuple[Any, ...]]
    traffic: Traffic
    bot_reason: ToldReason | FoundReason | None


def rules_version_of(due: Due) -> str:
    """The rules of the session's first event that names any: whose goals count."""
    named = [row for row in due.events if row["rules_version"]]
    return str(min(named, key=_place)["rules_version"]) if named else ""


def settled(due: Due, goals: Mapping[str, Goal], money: Money | None, now: datetime) -> Settled:
    """What became of this session, as known at `now`. `due.events` holds at least one. `money`: of its rules, None where nobody
    knows them."""
    earning = due.earning._replace(money=money)
    events = [_logged(row, due.orders, earning) for row in due.events]
    orders = _told_alone(due, earning)
    bot_reason = _bot_reason(due, events)
    traffic: Traffic = due.traffic if bot_reason is None else "bot"
    summary = summarise(events, traffic, orders)
    counted = [*events, *in_window(orders, summary.started_at_ms)]
    decisions = sorted(due.decisions, key=_place)
    chosen = [row for row in decisions if row["action_id"]]
    first = next((row for row in chosen if not row["is_after_first_choice"]), None)
    decisive = first or (decisions[-1] if decisions else None)
    scorer_versions = [row["scorer_version"] for row in sorted(due.events, key=_place) if row["scorer_version"]]
    session = (
        due.site_id, due.session_id, traffic, _time(summary.started_at_ms), _time(summary.ended_at_ms),
        summary.event_count, summary.page_view_count, summary.device, summary.source, summary.is_new_visitor,
        summary.segment_at_click_5, summary.last_segment, summary.score_at_click_5, summary.peak_score,
        summary.last_score, any(isinstance(e.event, ev.ViewItem) for e in events), summary.has_cart,
        summary.has_checkout, summary.has_purchase, sum(isinstance(e.event, ev.Purchase) for e in counted),
        summary.revenue_minor, summary.currency, decisive["arm"] if decisive else None,
        decisive["treatment_probability"] if decisive else None,
        any(row["forced_arm"] is not None for row in due.events), first is not None,
        first["decision_id"] if first else None, first["action_id"] if first else None,
        first["segment"] if first else None, first["decided_at"] if first else None, due.is_exposed,
        summary.is_forked, summary.is_over_idle, rules_version_of(due), scorer_versions[-1] if scorer_versions else "",
        _variants(decisions),
        bot_reason,
        *_aftermath(events, first), summary.margin_minor,
    )  # fmt: skip
    by_id = {row["decision_id"]: row for row in chosen}
    first_id = first["decision_id"] if first else None
    outcomes = outcomes_of([_choice(row) for row in chosen], events, goals, orders)
    rows = [_outcome_row(due, traffic, by_id[o.decision_id], o, first_id, now) for o in outcomes]
    return Settled(session, rows, traffic, bot_reason)


def _aftermath(events: Sequence[LoggedEvent], first: Mapping[str, Any] | None) -> tuple[Any, ...]:
    found = aftermath_of(events, stream_of(first), first["seq"]) if first else None
    if found is None:
        return (None,) * 6
    return (found.has_bounced, found.has_checked_out, found.has_checkout_trouble, *found.vitals)


def _variants(decisions: Rows) -> list[Any]:
    """All that the visit was dealt, each once; normally one variant of each experiment."""
    found: list[Any] = []
    for row in decisions:
        found += [each for each in row["variants"] if each not in found]
    return found


def _bot_reason(due: Due, events: Sequence[LoggedEvent]) -> ToldReason | FoundReason | None:
    """Only a visit that would count can be a robot's; what was found before is looked at again."""
    if due.traffic not in ("live", "bot"):
        return None
    told: dict[str | None, ToldReason] = {"named": "named", "automated": "automated"}
    return told.get(due.bot_reason) or found_robot(events)


def _outcome_row(
    due: Due, traffic: Traffic, decision: Mapping[str, Any], outcome: Outcome, first_id: str | None, now: datetime
) -> tuple[Any, ...]:
    final_at = _time(outcome.final_at_ms)
    converted_at = _time(outcome.converted_at_ms) if outcome.converted_at_ms is not None else None
    return (
        due.site_id, outcome.decision_id, outcome.goal, due.session_id, traffic, decision["arm"],
        decision["action_id"], decision["segment"], outcome.decision_id == first_id, decision["decided_at"],
        outcome.is_converted, converted_at, outcome.value_minor, outcome.margin_minor, outcome.currency,
        final_at, final_at <= now,
    )  # fmt: skip


def _choice(row: Mapping[str, Any]) -> ChosenAction:
    return ChosenAction(
        row["decision_id"], row["action_id"], row["arm"], stream_of(row), row["seq"], row["is_after_first_choice"]
    )


def _logged(row: Mapping[str, Any], orders: Mapping[OrderKey, Mapping[str, Any]], earning: Earning) -> LoggedEvent:
    """The stored event at the time that counts, a purchase as it turned out."""
    event = decode_event(row["payload"])
    assert not isinstance(event, Unreadable), "only events that were read are stored"
    margin_minor = None
    if isinstance(event, ev.Purchase):
        event, margin_minor = _as_it_turned_out(event, row, orders, earning)
    return LoggedEvent(
        stream_of(row),
        row["seq"],
        _ms(row["occurred_at"]),
        row["epoch"],
        row["step"],
        event,
        stored_scores(row),
        row["segment"],
        margin_minor,
    )


def _as_it_turned_out(
    event: ev.Purchase, row: Mapping[str, Any], orders: Mapping[OrderKey, Mapping[str, Any]], earning: Earning
) -> tuple[ev.Event, int | None]:
    """The event that counts, and what the order earned."""
    order = orders.get((row["site_id"], row["traffic"], row["order_id"]))
    if order is None or _event_of(order) != (stream_of(row), row["seq"]):
        # It was placed on another page, or under another name: this one was only looked at, and no goal is reached by that.
        return ev.TabVisible(seq=event.seq, at_ms=event.at_ms), None
    margin_minor = earning.of(order, event)
    if event.value_minor is None and order["source"] == "browser":
        return event, margin_minor
    return replace(event, value_minor=order["outcome_minor"], currency=order["currency"]), margin_minor


def _event_of(order: Mapping[str, Any]) -> tuple[bytes, int] | None:
    """The purchase event of an order; None where no browser told of it."""
    return None if order["stream_id"] is None else (stream_of(order), order["seq"])


def _told_alone(due: Due, earning: Earning) -> list[LoggedEvent]:
    """The orders of this visit that only the shop's server told of, as purchases on the visit's own clock.

    The browser's clock may be wrong by hours, and what counts is what came after what. It is off by what the event that came
    quickest lacks: events that a browser kept for later came late, and say nothing of its clock.
    """
    ahead = max(row["occurred_at"] - row["received_at"] for row in due.events)
    return [
        LoggedEvent(
            b"", 0, _ms(order["placed_at"] + ahead), None, None,
            ev.Purchase(
                seq=1, at_ms=_ms(order["placed_at"]), transaction_id=order["order_id"], currency=order["currency"],
                value_minor=order["outcome_minor"],
            ),
            None, None, earning.of(order, None),
        )
        for order in due.orders.values()
        if order["session_id"] == due.session_id and order["traffic"] == due.traffic and _event_of(order) is None
    ]  # fmt: skip


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The order of `core.outcomes.in_order`."""
    at = row["occurred_at"] if "occurred_at" in row else row["decided_at"]
    return (at, stream_of(row), row["seq"])


def _ms(at: datetime) -> int:
    return (at - _BEGIN) // timedelta(milliseconds=1)


def _time(ms: int) -> datetime:
    return _BEGIN + timedelta(milliseconds=ms)
