"""How many days to an answer, and what could be seen by now: for the always-valid rule itself, not for a rule that nobody uses."""

from math import ceil, sqrt

from msgspec import Struct
from scipy.optimize import brentq
from scipy.stats import norm

from core.analysis.sequential import ALPHA, PLANNED_VISITS, width_factor
from core.errors import NotEnoughData

POWER = 0.85
"""The usual 0.8 would be kept by every second experiment: the visits a day and the share that converts are never quite those
that were named. This is so that four of five can be relied on."""
DAYS_MOST = 365
"""An experiment that needs longer than a year is no plan: shops change."""
_VISITS_MOST = 1e12


class Plan(Struct, frozen=True, kw_only=True):
    """On day `day_count`, after `visit_count` visits in which an action was chosen, a lift of `lift_share` (0.12 is 12 % more)
    is claimed in at least `power` of the experiments in which it is there."""

    day_count: int
    visit_count: int
    lift_share: float
    power: float


def visits_needed(
    difference: float, treated_variance: float, held_back_variance: float, treatment_share: float, *,
    power: float = POWER, alpha: float = ALPHA, planned_count: float = PLANNED_VISITS,
) -> float:  # fmt: skip
    """After how many visits the interval leaves 0 out with this chance, the truth being `difference`.

    Solves difference = (width_factor(n) + z_power) x standard error(n) for n: the chance that it is claimed on that very day;
    somebody who looks earlier may have claimed it before. Variances are those of one visit; as in `arms`, neither counts as
    less than that of both arms together. `inf` where nothing would do.
    """
    together = treatment_share * treated_variance + (1.0 - treatment_share) * held_back_variance
    each = max(treated_variance, together) / treatment_share + max(held_back_variance, together) / (
        1.0 - treatment_share
    )
    surely = float(norm.ppf(power))

    def lacking(count: float) -> float:
        return (width_factor(count, alpha, planned_count) + surely) * sqrt(each / count) - abs(difference)

    if difference == 0 or lacking(_VISITS_MOST) > 0:
        return float("inf")
    return float(brentq(lacking, 1e-3, _VISITS_MOST, xtol=1e-3, rtol=1e-9)) if lacking(1e-3) > 0 else 1.0


def smallest_lift_seen(error: float, visit_count: float, *, power: float = POWER, alpha: float = ALPHA,
                       planned_count: float = PLANNED_VISITS) -> float:  # fmt: skip
    """The difference that would be claimed by now with this chance, in the units of the standard error `error`."""
    return (width_factor(visit_count, alpha, planned_count) + float(norm.ppf(power))) * error


def days_to_answer(
    base_share: float, visits_per_day: float, lift_share: float, treatment_share: float = 0.5, *,
    power: float = POWER, alpha: float = ALPHA, planned_count: float = PLANNED_VISITS,
) -> Plan:  # fmt: skip
    """When a conversion lift of this size is claimed, before the start.

    `base_share`: of held-back visits in which an action is chosen, those that convert. `visits_per_day`: with a chosen action.

    Raises:
        NotEnoughData: below power: it would take more than a year, or the numbers are none that an experiment can have.
    """
    lifted = base_share * (1.0 + lift_share)
    if not (0.0 < base_share < 1.0 and 0.0 < lifted < 1.0 and lift_share != 0.0):
        raise NotEnoughData(
            f"{base_share:.4g} of the visits convert and {lifted:.4g} should: both must lie between 0 and 1 and differ."
        )
    if not 0.0 < treatment_share < 1.0:
        raise NotEnoughData(
            f"{treatment_share:.4g} of the visits are treated: without a part held back there is no lift."
        )
    if visits_per_day <= 0:
        raise NotEnoughData("there are no visits a day.")
    needed = visits_needed(
        lifted - base_share, lifted * (1.0 - lifted), base_share * (1.0 - base_share), treatment_share,
        power=power, alpha=alpha, planned_count=planned_count,
    )  # fmt: skip
    days = needed / visits_per_day
    if days > DAYS_MOST:
        raise NotEnoughData(
            f"below power: a lift of {lift_share:.0%} needs about {_round(needed)} visits, and at {visits_per_day:,.0f} a day that "
            f"takes {'forever' if days > 1e5 else f'{ceil(days):,} days'}. Next: look for a greater lift, choose an action in more "
            "visits, or hold back half of them."
        )
    day_count = max(1, ceil(days))
    return Plan(day_count=day_count, visit_count=ceil(day_count * visits_per_day), lift_share=lift_share, power=power)


class Seen(Struct, frozen=True, kw_only=True):
    """What can be seen by now. Lifts are shares of the held-back visits' conversions: `smallest_lift_share` would be claimed by now
    with chance `power`; `expected_lift_share` is what was asked for. `more_day_count`: days until that is claimed in such a
    share of cases, at this pace and allocation; None where `reason` says why it never is."""

    is_below: bool
    power: float
    smallest_lift_share: float
    expected_lift_share: float
    more_day_count: int | None
    reason: str = ""


def seen_by_now(
    error: float, base_share: float, *, visit_count: int, span_days: float, treatment_share: float, expected_lift: float,
    planned_count: float = PLANNED_VISITS,
) -> Seen:  # fmt: skip
    """What the visits of so many days can show; `error` is the standard error of their lift, `base_share` above 0."""
    smallest = smallest_lift_seen(error, visit_count, planned_count=planned_count) / base_share
    more, reason = None, ""
    try:
        plan = days_to_answer(
            base_share, visit_count / span_days, expected_lift, treatment_share, planned_count=planned_count
        )
        more = max(0, ceil(plan.day_count - span_days))
    except NotEnoughData as told:
        reason = told.reason
    return Seen(
        is_below=smallest > abs(expected_lift), power=POWER, smallest_lift_share=smallest,
        expected_lift_share=expected_lift, more_day_count=more, reason=reason,
    )  # fmt: skip


def _round(count: float) -> str:
    return f"{ceil(count):,}" if count < 1e9 else "more than a billion"
