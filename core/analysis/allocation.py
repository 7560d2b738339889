"""Who was meant to be treated when, and which visits may be compared with which."""

from typing import NamedTuple

import numpy as np
from msgspec import Struct

from core.analysis import balance, periods
from core.analysis.measures import PRIMARY
from core.analysis.sequential import PLANNED_VISITS
from core.analysis.visits import Bools, Floats, Ints, Visits

EXPECTED_LIFT = 0.1


class Wish(Struct, frozen=True, kw_only=True):
    """What is asked. `treatment_share`: what was meant, where it was not logged. `expected_lift`: the relative lift that is hoped
    for. `planned_count`: how many visits were planned; choose it before the first look, and never again. `currency`: that amounts
    are in; None for the one that most visits paid in."""

    primary: str = PRIMARY
    treatment_share: float | None = None
    expected_lift: float = EXPECTED_LIFT
    planned_count: float = PLANNED_VISITS
    currency: str | None = None


AS_USUAL = Wish()


class Allocation(NamedTuple):
    """`period` [N] of each visit, `is_counted` [N]: whether its period is part of the lift."""

    period: Ints
    is_counted: Bools
    periods: tuple[periods.Period, ...]
    sample_ratio: balance.SampleRatio

    def kept(self, visits: Visits) -> tuple[Visits, Ints]:
        """The visits that are part of the lift, with their periods counted from 0."""
        period = np.unique(self.period[self.is_counted], return_inverse=True)[1].astype(np.int64)
        return visits.of(self.is_counted), period


def allocation_of(visits: Visits, wish: Wish) -> Allocation:
    """The periods of visits of both arms, and whether they were treated as was meant."""
    period, expected, basis = _meant(visits, wish)
    told = periods.judge(period, visits.decided_at_s, visits.is_treated)
    # A logged probability says what was meant, so a change within its time is a fault; a change that was found is a period.
    pieces = periods.refined(period, visits.decided_at_s, visits.is_treated) if basis == "logged" else period
    return Allocation(
        period=period,
        is_counted=np.array([p.is_counted for p in told])[period],
        periods=tuple(sorted(told, key=lambda p: p.from_s)),
        sample_ratio=balance.sample_ratio(visits.decided_at_s, visits.is_treated, pieces, expected, basis),
    )


def _meant(visits: Visits, wish: Wish) -> tuple[Ints, Floats, str]:
    """Each visit's period [N], the share that was meant to be treated [N], and where that is known from."""
    if not np.isnan(visits.treatment_probability).any():
        return periods.from_probabilities(visits.treatment_probability), visits.treatment_probability, "logged"
    period = periods.from_arms(visits.decided_at_s, visits.is_treated)
    if wish.treatment_share is not None:
        return period, np.full(len(period), wish.treatment_share), "given"
    guess = balance.guessed(visits.is_treated, visits.is_holdout, period)
    if guess is None:
        seen = np.bincount(period, weights=visits.is_treated) / np.bincount(period)
        return period, seen[period], "unknown"
    return period, guess[period], "guessed"
