"""What became of a session: one summary row, and one outcome for each chosen action and goal.

Pure: settle reads the rows, calls this, and writes what comes back. So a session that is settled twice, or again when an
order arrives late, gives the same rows.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from core import events as ev
from core.fields import SESSION_IDLE_MS
from core.goals import reaches, value_of
from core.privacy import REDACTED
from core.records import Arm, Scores, SegmentName, Traffic
from core.rules import Goal

OUTCOME_WINDOW_MS = 7 * 86_400_000
"""How long after a choice an order counts for it, and after a visit's begin for the visit. As `marts.outcome_window()`."""

REFUND_WINDOW_MS = 30 * 86_400_000
"""How long after an order a refund changes what it counts for. As `marts.refund_window()`."""

CLICK_OF_PROMISE = 5
"""By about the fifth click we know: the segment that is reported is the one after the fifth page view."""


class LoggedEvent(NamedTuple):
    """An event with what was stored beside it. `at_ms` is the browser's clock. `margin_minor`: of a purchase, what the order
    earned; None where nobody can say, and for every other event."""

    stream: bytes
    seq: int
    at_ms: int
    epoch: bytes | None
    step: int | None
    event: ev.Event
    scores: Scores | None
    segment: SegmentName | None
    margin_minor: int | None = None


class ChosenAction(NamedTuple):
    """A decision that chose an action, in any arm, with its place in the session."""

    decision_id: str
    action_id: str
    arm: Arm
    stream: bytes
    seq: int
    is_after_first_choice: bool


class SessionSummary(NamedTuple):
    """A row of marts.sessions without the keys. Times in ms of the browser's clock, money in minor units. `margin_minor`: what the
    orders earned, None where of one of them nobody can say."""

    traffic: Traffic
    started_at_ms: int
    ended_at_ms: int
    event_count: int
    page_view_count: int
    device: str
    source: str
    is_new_visitor: bool | None
    segment_at_click_5: SegmentName | None
    last_segment: SegmentName | None
    score_at_click_5: float | None
    peak_score: float | None
    last_score: float | None
    has_cart: bool
    has_checkout: bool
    has_purchase: bool
    revenue_minor: int
    margin_minor: int | None
    currency: str | None
    is_forked: bool
    is_over_idle: bool


class Outcome(NamedTuple):
    """A row of marts.outcomes: did this goal come true after this decision. `final_at_ms`: when nothing can change it.
    `margin_minor`: what the order that reached it earned; None where nobody can say, or where it was no order."""

    decision_id: str
    goal: str
    is_converted: bool
    converted_at_ms: int | None
    value_minor: int
    margin_minor: int | None
    currency: str | None
    final_at_ms: int


def in_order(events: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """Events as they happened: by the browser's clock, then by stream and seq."""
    return sorted(events, key=lambda e: (e.at_ms, e.stream, e.seq))


def in_window(orders: Sequence[LoggedEvent], begin_ms: int) -> list[LoggedEvent]:
    """Of these purchases the ones that count for what began at `begin_ms`."""
    return [order for order in orders if order.at_ms <= begin_ms + OUTCOME_WINDOW_MS]


def summarise(events: Sequence[LoggedEvent], traffic: Traffic, orders: Sequence[LoggedEvent] = ()) -> SessionSummary:
    """The session's row. `events` holds at least one. `orders`: purchases of this visit that only the shop's server told of;
    they are orders and no events, so that the visit is no longer for them."""
    ordered = in_order(events)
    views = [e for e in ordered if isinstance(e.event, ev.PageView)]
    first_view = next((e.event for e in views if isinstance(e.event, ev.PageView)), None)
    scored = [e for e in ordered if e.scores is not None]
    promised = _at_click(ordered, CLICK_OF_PROMISE)
    bought = in_order([*ordered, *in_window(orders, ordered[0].at_ms)])
    purchases = [(e.event, e.margin_minor) for e in bought if isinstance(e.event, ev.Purchase)]
    # Amounts of two currencies are never added: the revenue is that in the currency of the first order.
    currency = next((p.currency for p, _ in purchases if p.currency), None)
    counted = [(p, margin) for p, margin in _distinct(purchases) if p.currency == currency]
    gaps = [b.at_ms - a.at_ms for a, b in pairwise(ordered)]
    return SessionSummary(
        traffic=traffic,
        started_at_ms=ordered[0].at_ms,
        ended_at_ms=ordered[-1].at_ms,
        event_count=len(ordered),
        page_view_count=len(views),
        device=first_view.device if first_view else "unknown",
        source=first_view.source if first_view else "unknown",
        is_new_visitor=first_view.is_new_visitor if first_view else None,
        segment_at_click_5=promised.segment if promised else None,
        last_segment=scored[-1].segment if scored else None,
        score_at_click_5=promised.scores.purchase if promised and promised.scores else None,
        peak_score=max((e.scores.purchase for e in scored if e.scores), default=None),
        last_score=scored[-1].scores.purchase if scored and scored[-1].scores else None,
        has_cart=any(isinstance(e.event, ev.AddToCart) for e in ordered),
        has_checkout=any(isinstance(e.event, ev.BeginCheckout) for e in ordered),
        has_purchase=bool(purchases),
        revenue_minor=sum(value_of(p) for p, _ in counted),
        margin_minor=_sum_known([margin for _, margin in counted]),
        currency=currency,
        is_forked=_is_forked(ordered),
        is_over_idle=any(gap >= SESSION_IDLE_MS for gap in gaps),
    )


def outcomes_of(
    chosen: Sequence[ChosenAction],
    events: Sequence[LoggedEvent],
    goals: Mapping[str, Goal],
    orders: Sequence[LoggedEvent] = (),
) -> list[Outcome]:
    """One outcome for each chosen action and goal, counted from the decision on, in every arm. `orders` as in `summarise`."""
    ordered = in_order([*events, *orders])
    place = {(e.stream, e.seq): i for i, e in enumerate(ordered)}
    outcomes = []
    for choice in chosen:
        at = place.get((choice.stream, choice.seq), -1)
        # A decision whose event was never stored counts from the visit's begin: that, not a guess, is what is known of it.
        begin_ms = ordered[max(at, 0)].at_ms if ordered else 0
        later = in_window(ordered[at + 1 :], begin_ms)
        for name, goal in goals.items():
            hit = next((e for e in later if reaches(goal, e.event)), None)
            outcomes.append(_outcome(choice.decision_id, name, hit, begin_ms))
    return outcomes


def _outcome(decision_id: str, goal: str, hit: LoggedEvent | None, begin_ms: int) -> Outcome:
    final_at_ms = begin_ms + OUTCOME_WINDOW_MS
    if hit is None:
        return Outcome(decision_id, goal, False, None, 0, 0, None, final_at_ms)
    if isinstance(hit.event, ev.Purchase):
        final_at_ms = hit.at_ms + REFUND_WINDOW_MS
    currency = getattr(hit.event, "currency", None)
    return Outcome(decision_id, goal, True, hit.at_ms, value_of(hit.event), hit.margin_minor, currency, final_at_ms)


def _at_click(ordered: Sequence[LoggedEvent], click: int) -> LoggedEvent | None:
    """The last scored event before page view number `click + 1`, and before the order: what was known by that click.

    A score from after the order knows the answer; the page that confirms it opens a moment before the purchase event.
    """
    seen = 0
    last: LoggedEvent | None = None
    for e in ordered:
        seen += isinstance(e.event, ev.PageView)
        if seen > click or _is_after_order(e.event):
            break
        if e.scores is not None:
            last = e
    return last


def _is_after_order(event: ev.Event) -> bool:
    return isinstance(event, ev.Purchase) or (isinstance(event, ev.PageView) and event.page_type == "confirmation")


def _distinct(purchases: Sequence[tuple[ev.Purchase, int | None]]) -> list[tuple[ev.Purchase, int | None]]:
    """A thank-you page that is opened twice is one order. An id that was cut at ingest names none. Each with its margin."""
    by_id = {
        f"event-{i}" if not p.transaction_id or REDACTED in p.transaction_id else p.transaction_id: (p, margin)
        for i, (p, margin) in enumerate(purchases)
    }
    return list(by_id.values())


def _sum_known(margins: Sequence[int | None]) -> int | None:
    known = [margin for margin in margins if margin is not None]
    return sum(known) if len(known) == len(margins) else None


def _is_forked(ordered: Sequence[LoggedEvent]) -> bool:
    """Two live states of one session: two epochs, or one step of an epoch on two rows."""
    steps = [(e.epoch, e.step) for e in ordered if e.step is not None]
    return len({epoch for epoch, _ in steps}) > 1 or len(set(steps)) < len(steps)
