"""The four figures of an experiment: conversion, revenue per session, order value, margin per session, each with its interval."""

from collections.abc import Callable
from math import ceil

import numpy as np
from msgspec import Struct

from core.analysis.arms import Means, means_of, per_unit
from core.analysis.contrast import difference, relative
from core.analysis.sequential import ALPHA, PLANNED_VISITS
from core.analysis.tails import Capped, cap
from core.analysis.visits import Floats, Ints, Visits

EACH_ARM_LEAST = 30
EVENTS_LEAST = 10
"""What the smaller arm must be expected to hold, of those that converted and of those that did not, before there is a number."""


class Interval(Struct, frozen=True, kw_only=True):
    """Ends of a 95 % interval."""

    low: float
    high: float


class Measure(Struct, frozen=True, kw_only=True):
    """One figure. Where there is not enough data, `reason` says what is missing and the numbers are None.

    `lift`: treated less held back, in `unit`. `relative_*`: as a share of the held-back visits; `relative_high` is None where
    no upper end can be given. All intervals may be looked at daily, but for `fixed`, which is for one look at a planned end.
    `unadjusted`: the same without the score. `is_significant`: the interval leaves 0 out, at `significance` where several
    figures share one chance of error; whether that is a claim, the report says.
    """

    unit: str
    reason: str = ""
    treated: float | None = None
    held_back: float | None = None
    lift: float | None = None
    low: float | None = None
    high: float | None = None
    relative_lift: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
    standard_error: float | None = None
    p_value: float | None = None
    fixed: Interval | None = None
    unadjusted: Interval | None = None
    capped: Capped | None = None
    is_significant: bool = False
    significance: float = ALPHA


UNITS = {
    "conversion": "share",
    "revenue_per_session": "minor units",
    "order_value": "minor units",
    "margin_per_session": "minor units",
}
PRIMARY = "conversion"


def measures(visits: Visits, period: Ints, covariates: Floats | None, primary: str, planned_count: float = PLANNED_VISITS
) -> dict[str, Measure]:  # fmt: skip
    """Each figure by name. The primary one has the whole chance of error, 0.05; the others share another 0.05 (Bonferroni)."""

    def of(name: str) -> Measure:
        significance = ALPHA if name == primary else ALPHA / (len(UNITS) - 1)
        return _MAKERS[name](_Asked(visits, period, covariates, UNITS[name], significance, planned_count))

    return {name: of(name) for name in UNITS}


class _Asked(Struct, frozen=True):
    visits: Visits
    period: Ints
    covariates: Floats | None
    unit: str
    significance: float
    planned_count: float

    def means(self, values: Floats, *, is_adjusted: bool = True) -> Means:
        return means_of(values, self.visits.is_treated, self.period, self.covariates if is_adjusted else None)


def _conversion(asked: _Asked) -> Measure:
    converted = asked.visits.converted
    missing = _missing(asked, converted, "that converted") or _missing(asked, 1.0 - converted, "that did not convert")
    return _refused(asked, missing) if missing else _measure(asked, lambda is_adjusted: asked.means(
        converted, is_adjusted=is_adjusted
    ))  # fmt: skip


def _per_session(asked: _Asked, amounts: Floats, what: str) -> Measure:
    if np.isnan(amounts).any():
        return _refused(asked, f"{int(np.isnan(amounts).sum()):,} visits have no {what}.")
    missing = _missing(asked, (amounts != 0).astype(np.float64), f"with {what}")
    if missing:
        return _refused(asked, missing)
    values, capped = cap(amounts)
    return _measure(asked, lambda is_adjusted: asked.means(values, is_adjusted=is_adjusted), capped)


def _revenue(asked: _Asked) -> Measure:
    return _per_session(asked, asked.visits.revenue_minor, "revenue")


def _margin(asked: _Asked) -> Measure:
    return _per_session(asked, asked.visits.margin_minor, "margin")


def _order_value(asked: _Asked) -> Measure:
    """Revenue per visit with revenue. Who buys is not the same in both arms where an offer works, so it describes and proves
    nothing by itself."""
    has_order = (asked.visits.revenue_minor > 0).astype(np.float64)
    missing = _missing(asked, has_order, "with an order")
    treated = asked.visits.is_treated
    if not missing and min(has_order[treated].sum(), has_order[~treated].sum()) < EVENTS_LEAST:
        missing = f"an arm has under {EVENTS_LEAST} orders."
    if missing:
        return _refused(asked, missing)
    values, capped = cap(asked.visits.revenue_minor)

    def means(is_adjusted: bool) -> Means:
        return per_unit(asked.means(values, is_adjusted=is_adjusted), asked.means(has_order, is_adjusted=is_adjusted))

    return _measure(asked, means, capped)


_MAKERS: dict[str, Callable[[_Asked], Measure]] = {
    "conversion": _conversion,
    "revenue_per_session": _revenue,
    "order_value": _order_value,
    "margin_per_session": _margin,
}


def _missing(asked: _Asked, events: Floats, what: str) -> str:
    """What is missing for a number, or nothing. Looks at both arms together, so it favours neither."""
    treated = int(asked.visits.is_treated.sum())
    smaller = min(treated, len(events) - treated)
    if smaller < EACH_ARM_LEAST:
        return f"the smaller arm has {smaller:,} visits; {EACH_ARM_LEAST} are the least."
    share = float(events.mean())
    if share == 0:
        return f"there is no visit {what}, in either arm."
    if smaller * share < EVENTS_LEAST:
        return (
            f"there are {int(events.sum()):,} visits {what} in all; with {ceil(EVENTS_LEAST * len(events) / smaller):,} "
            "the smaller arm can be judged."
        )
    return ""


def _refused(asked: _Asked, reason: str) -> Measure:
    return Measure(unit=asked.unit, reason=reason, significance=asked.significance)


def _measure(asked: _Asked, means: Callable[[bool], Means], capped: Capped | None = None) -> Measure:
    found = means(True)
    lift = difference(found, ALPHA, asked.planned_count)
    share = relative(found, ALPHA, asked.planned_count)
    plain = difference(means(False), ALPHA, asked.planned_count) if asked.covariates is not None else None
    return Measure(
        unit=asked.unit,
        treated=found.treated,
        held_back=found.held_back,
        lift=lift.value,
        low=lift.low,
        high=lift.high,
        relative_lift=share.value if share else None,
        relative_low=share.low if share else None,
        relative_high=share.high if share else None,
        standard_error=lift.standard_error,
        p_value=lift.p_value,
        fixed=Interval(low=lift.fixed_low, high=lift.fixed_high),
        unadjusted=Interval(low=plain.low, high=plain.high) if plain else None,
        capped=capped if capped and capped.cut_count else None,
        is_significant=lift.p_value < asked.significance,
        significance=asked.significance,
    )
