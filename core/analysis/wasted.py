"""What discounts went to visits that would have bought anyway: money given away for nothing."""

from msgspec import Struct

from core.analysis.arms import Means, means_of
from core.analysis.contrast import relative
from core.analysis.sequential import PLANNED_VISITS
from core.analysis.visits import Floats, Ints, Visits

ORDERS_LEAST = 10


class Wasted(Struct, frozen=True, kw_only=True):
    """`given_minor`: what the treated visits' orders were discounted by. `share`: of it, what went to visits that would have
    bought anyway, with an interval that may be looked at daily. None where `reason` says what is missing."""

    given_minor: float
    share: float | None
    share_low: float | None
    share_high: float | None
    wasted_minor: float | None
    wasted_low_minor: float | None
    wasted_high_minor: float | None
    reason: str = ""


def wasted(visits: Visits, period: Ints, discount_minor: Floats, planned_count: float = PLANNED_VISITS) -> Wasted:
    """How much of the discounts [N] bought nothing. For sure buyers alone: pass their visits only.

    The held-back visits say how many buy anyway; of the treated buyers that share would have bought without. It takes for granted
    that the offer puts nobody off: where it does, somewhat less than this went to those who would have bought.
    Source: the share of always-takers among those who take, Angrist, Imbens and Rubin (1996); interval by Fieller (1954).
    """
    given = float(discount_minor[visits.is_treated].sum())
    bought = [float(visits.converted[arm].sum()) for arm in (visits.is_treated, ~visits.is_treated)]
    if min(bought) < ORDERS_LEAST:
        return _none(given, f"an arm has under {ORDERS_LEAST} visits that converted.")
    means = means_of(visits.converted, visits.is_treated, period)
    turned = Means(means.held_back, means.treated, means.influence[::-1], means.unseen[::-1])
    found = relative(turned, planned_count=planned_count)
    if found is None:
        return _none(given, "the treated visits did not convert.")
    share, low = min(1.0, 1.0 + found.value), min(1.0, 1.0 + found.low)
    high = 1.0 if found.high is None else min(1.0, 1.0 + found.high)
    return Wasted(
        given_minor=given,
        share=share,
        share_low=low,
        share_high=high,
        wasted_minor=given * share,
        wasted_low_minor=given * low,
        wasted_high_minor=given * high,
    )


def _none(given: float, reason: str) -> Wasted:
    return Wasted(
        given_minor=given, share=None, share_low=None, share_high=None, wasted_minor=None, wasted_low_minor=None,
        wasted_high_minor=None, reason=reason,
    )  # fmt: skip
