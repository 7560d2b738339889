"""What each action brought in each segment: `lift_report` of the visits that the printed statement gives, and its sentence."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from core.analysis.allocation import Wish, allocation_of
from core.analysis.currency import Paid
from core.analysis.report import LiftReport, lift_report
from core.analysis.uplift import Moved, moved
from core.analysis.visits import Row, visits_of
from core.analysis.wasted import Wasted, wasted
from server.reports.asking import Answer, Asker
from server.reports.parts import Range, count, money, points
from server.reports.span import Span

_MORE = "Next: wait for more visits, or report a month where this is a week."


class Amount(Struct, frozen=True, kw_only=True):
    """What it brought in one currency: margin after goods and offers, in minor units; None where `reason` says why not. Visits that
    paid in another are in it with nothing, so that amounts stand side by side and are never added."""

    currency: str
    visit_count: int
    extra_minor: Range | None = None
    reason: str = ""
    given_minor: int = 0
    wasted: Wasted | None = None


class Lift(Struct, frozen=True, kw_only=True):
    """One action in one segment. Where health or too little data forbids them, the numbers and `report` are None and `sentence`
    says why, with the next step. `treated_count`: treated visits that are part of the comparison. `amounts`: one for each currency
    that these visits paid in, the commonest first; `nameless_count`: visits whose orders name none, and are in no amount."""

    action_id: str
    segment: str
    sentence: str
    treated_count: int
    held_back_count: int
    dismissed_share: float | None
    conversion: Range | None = None
    extra_orders: Range | None = None
    amounts: tuple[Amount, ...] = ()
    nameless_count: int = 0
    report: LiftReport | None = None


class Pair(NamedTuple):
    """A lift with the statement whose rows it is computed from."""

    lift: Lift
    answer: Answer


async def pairs(asker: Asker, span: Span, is_forbidden: bool) -> tuple[list[Pair], Answer, Answer]:
    """Each action in each segment in which it was chosen, the counts they rest on, and what became of the offers."""
    counts, offers = await asker.ask("pairs"), await asker.ask("offers")
    found = []
    for row in counts.rows:
        named = {"action": row["action_id"], "segment": row["segment"]}
        answer = await asker.ask("pair_rows", **named)
        dismissed = next(
            (
                offer["dismissed_share"]
                for offer in offers.rows
                if (offer["action_id"], offer["segment"]) == (row["action_id"], row["segment"])
            ),
            None,
        )
        found.append(Pair(lift=_lift(row, answer.rows, span, dismissed, is_forbidden), answer=answer))
    return found, counts, offers


async def whom(asker: Asker, action_id: str) -> tuple[Moved, Answer]:
    """Whom an action moves, by tenth of the score at the decision."""
    answer = await asker.ask("action_rows", action=action_id)
    return moved(rows_of(answer.rows)), answer


def rows_of(found: Sequence[dict[str, Any]]) -> list[Row]:
    """The rows of `pair_rows` or `action_rows` as the analysis takes them."""
    return [
        Row(
            session_id=row["session_id"].hex,
            arm=row["arm"],
            decided_at_s=row["decided_at"].timestamp(),
            converted=bool(row["converted"]),
            revenue_minor=float(row["revenue_minor"]),
            margin_minor=None if row["margin_minor"] is None else float(row["margin_minor"]),
            score=row["score"],
            treatment_probability=row["treatment_probability"],
            currency=row.get("currency"),
        )
        for row in found
    ]


def _lift(
    pair: dict[str, Any], found: Sequence[dict[str, Any]], span: Span, dismissed: float | None, is_forbidden: bool
) -> Lift:
    base: dict[str, Any] = {
        "action_id": pair["action_id"],
        "segment": pair["segment"],
        "treated_count": pair["treated_count"],
        "held_back_count": pair["held_back_count"],
        "dismissed_share": dismissed,
    }
    who = f"{pair['segment'].replace('_', '-')} visits"
    offered = f"{who} that were offered {pair['action_id']}"
    if is_forbidden:
        return Lift(**base, sentence=f"{span.words} nothing can be said of {offered}: see Health.")
    rows = rows_of(found)
    report = lift_report(rows)
    if report.verdict == "fault":
        why = f"{report.faults[0]} Next: docs/experiments.md says what such a fault can be."
        return Lift(**base, sentence=f"{span.words} nothing can be said of {offered}: {why}")
    conversion = _range(report, "conversion")
    if conversion is None:
        step = _MORE
        if not pair["held_back_count"]:
            step = "Next: set `holdout_share` under [arms] in the rules to 0.05 or more."
        return Lift(
            **base,
            sentence=f"{span.words} {offered} cannot be judged: {report.sentence.removeprefix('No lift can be given: ')} {step}",
        )
    base["treated_count"] = sum(p.treated_count for p in report.periods if p.is_counted)
    base["held_back_count"] = sum(p.visit_count - p.treated_count for p in report.periods if p.is_counted)
    treated = base["treated_count"]
    lift = Lift(
        **base,
        sentence="",
        conversion=conversion,
        extra_orders=conversion.times(treated),
        amounts=tuple(_amount(rows, found, each, treated, report) for each in report.paid if each.currency is not None),
        nameless_count=sum(each.visit_count for each in report.paid if each.currency is None),
        report=report,
    )
    return replace(lift, sentence=_sentence(lift, span, offered))


def _amount(rows: Sequence[Row], found: Sequence[dict[str, Any]], paid: Paid, treated: int, main: LiftReport) -> Amount:
    """`main`: the report in the commonest currency."""
    assert paid.currency is not None
    report = main if paid.currency == main.currency else lift_report(rows, Wish(currency=paid.currency))
    margin = _range(report, "margin_per_session")
    given = [row for row in found if row["currency"] == paid.currency]
    return Amount(
        currency=paid.currency,
        visit_count=paid.visit_count,
        extra_minor=None if margin is None else margin.times(treated),
        reason=report.measures["margin_per_session"].reason,
        given_minor=sum(row["given_minor"] for row in given if row["arm"] == "treatment"),
        wasted=_wasted(rows, given),
    )


def _range(report: LiftReport, measure: str) -> Range | None:
    found = report.measures.get(measure)
    if found is None or found.lift is None or found.low is None or found.high is None:
        return None
    return Range(found.lift, found.low, found.high)


def _wasted(rows: Sequence[Row], given_in: Sequence[dict[str, Any]]) -> Wasted | None:
    """Of what was given away, what went to visits that would have bought anyway; None where nothing was given. `given_in`: the
    visits that paid in the currency that is asked about."""
    given = {row["session_id"].hex: float(row["given_minor"]) for row in given_in}
    if not any(given.values()):
        return None
    visits, _ = visits_of(rows)
    # As `visits_of` puts them: in the order of decision, each visit once.
    order = {row.session_id: row for row in rows}
    discounts = np.array(
        [given.get(row.session_id, 0.0) for row in sorted(order.values(), key=lambda r: r.decided_at_s)]
    )
    if len(discounts) != len(visits.is_treated):
        return None
    allocation = allocation_of(visits, Wish())
    kept, period = allocation.kept(visits)
    return wasted(kept, period, discounts[allocation.is_counted])


def _sentence(lift: Lift, span: Span, offered: str) -> str:
    c, orders = lift.conversion, lift.extra_orders
    assert c is not None
    assert orders is not None
    more = "more" if c.value >= 0 else "less"
    told = (
        f"{span.words} {offered} bought {points(abs(c.value))} points {more} often than their control, between "
        f"{points(c.low)} and {points(c.high)}"
    )
    if c.low <= 0 <= c.high:
        return f"{told}: chance may be all there is, so no lift is claimed. {_MORE}"
    kind = "extra orders" if orders.value >= 0 else "orders lost"
    ends = sorted((abs(orders.low), abs(orders.high)))
    told += f"; {count(abs(orders.value))} {kind} (between {count(ends[0])} and {count(ends[1])})"
    worth = [_worth(each) for each in lift.amounts if each.extra_minor is not None]
    unknown = [f"{each.currency}: {each.reason}" for each in lift.amounts if each.extra_minor is None]
    if worth:
        told += f", worth {' and '.join(worth)}"
    told += "."
    if not lift.amounts and not lift.nameless_count:
        told += " They are worth nothing: their orders came to nothing."
    if unknown:
        told += f" What they are worth cannot be said in {' '.join(unknown)}"
    if lift.nameless_count:
        told += (
            f" Orders of {lift.nameless_count:,} visits name no currency and are in no amount. Next: send `currency` with every "
            "purchase."
        )
    return told


def _worth(amount: Amount) -> str:
    w, name = amount.extra_minor, amount.currency
    assert w is not None
    return (
        f"{money(w.value, name)} after goods and what the offers cost ({money(amount.given_minor, name)}), between "
        f"{money(w.low, name)} and {money(w.high, name)}"
    )
