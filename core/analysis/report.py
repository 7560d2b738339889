"""`lift_report`: what an experiment's visits say, whether that is a claim, and why not if it is none.

One function for `fifthclick lift`, for what reads the database and for written reports, so their figures cannot differ.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from core.analysis import balance, periods, power
from core.analysis.allocation import AS_USUAL, Allocation, Wish, allocation_of
from core.analysis.currency import Paid, in_currency, note_of, paid_in
from core.analysis.findings import faults_of, notes_of
from core.analysis.measures import Measure, measures
from core.analysis.visits import Bools, Exposure, Floats, Row, Visits, visits_of
from core.analysis.words import Verdict, sentence_of

DAY_S = 86_400.0
SCORED_LEAST = 0.5
"""From this share of scored visits on the score is held equal."""
EXPECTED_LIFT = 0.1


class LiftReport(Struct, frozen=True, kw_only=True):
    """What the visits say. `lift`, `interval`, `relative_lift`, `relative_interval` are the primary measure's; None where there
    is not enough data. `claim`: whether a lift or a harm may be claimed. `faults`: why nothing can be; `notes`: what to know.
    `currency`: that all amounts are in, None where no order names one; `paid`: all that visits paid in."""

    verdict: Verdict
    claim: bool
    sentence: str
    primary: str
    lift: float | None
    interval: tuple[float, float] | None
    relative_lift: float | None
    relative_interval: tuple[float, float | None] | None
    visit_count: int
    treated_count: int
    held_back_count: int
    is_score_held_equal: bool
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    measures: dict[str, Measure]
    claimed_measures: tuple[str, ...]
    sample_ratio: balance.SampleRatio | None
    score_balance: balance.ScoreBalance | None
    exposure: Exposure
    periods: tuple[periods.Period, ...]
    power: power.Seen | None
    currency: str | None = None
    paid: tuple[Paid, ...] = ()


def lift_report(rows: Sequence[Row], wish: Wish = AS_USUAL) -> LiftReport:
    """The whole report of one experiment's rows, in any order. It never raises for what the rows hold."""
    paid = paid_in(rows)
    currency = wish.currency or next((each.currency for each in paid), None)
    visits, exposure = visits_of(in_currency(rows, currency))
    report = report_of(visits, exposure, wish)
    note = note_of(currency, paid)
    return replace(report, currency=currency, paid=paid, notes=(*report.notes, note) if note else report.notes)


def report_of(visits: Visits, exposure: Exposure, wish: Wish) -> LiftReport:
    """The same from columns."""
    count, treated = len(visits.is_treated), int(visits.is_treated.sum())
    if not 0 < treated < count:
        return _refusal(visits, exposure, wish, _one_sided(count, treated))
    allocation = allocation_of(visits, wish)
    if not allocation.is_counted.any():
        return _refusal(
            visits, exposure, wish, "no period of one allocation holds five visits of each arm.", allocation=allocation
        )
    ratio = allocation.sample_ratio
    kept, kept_period = allocation.kept(visits)
    score, covariates = _covariates(kept)
    scores = balance.score_balance(score, kept.is_treated, kept_period) if covariates is not None else None
    found = measures(kept, kept_period, covariates, wish.primary, wish.planned_count)
    faults = faults_of(exposure, ratio, scores)
    main = found[wish.primary]
    verdict: Verdict = "fault" if faults else _verdict(main)
    enough = _seen(kept, found["conversion"], wish)
    return LiftReport(
        verdict=verdict,
        claim=verdict in ("lift", "harm"),
        sentence=sentence_of(verdict, wish.primary, main, faults, enough),
        primary=wish.primary,
        lift=main.lift,
        interval=None if main.low is None or main.high is None else (main.low, main.high),
        relative_lift=main.relative_lift,
        relative_interval=None if main.relative_low is None else (main.relative_low, main.relative_high),
        visit_count=count,
        treated_count=treated,
        held_back_count=count - treated,
        is_score_held_equal=covariates is not None,
        faults=faults,
        notes=notes_of(exposure, allocation.periods, ratio, visits, covariates is not None),
        measures=found,
        claimed_measures=() if faults else tuple(name for name, m in found.items() if m.is_significant),
        sample_ratio=ratio,
        score_balance=scores,
        exposure=exposure,
        periods=allocation.periods,
        power=enough,
    )


def _covariates(visits: Visits) -> tuple[Floats, Floats | None]:
    """The score with gaps filled by its mean [N], and the columns that are held equal [N, P]: it, and whether it was missing."""
    is_missing: Bools = np.isnan(visits.score)
    if is_missing.mean() > 1.0 - SCORED_LEAST:
        return visits.score, None
    score: Floats = np.where(is_missing, np.nanmean(visits.score), visits.score)
    if np.ptp(score) == 0:
        return score, None
    columns = [score, is_missing.astype(np.float64)] if is_missing.any() else [score]
    return score, np.column_stack(columns)


def _verdict(main: Measure) -> Verdict:
    if main.lift is None:
        return "not_enough_data"
    if not main.is_significant:
        return "no_claim"
    return "lift" if main.lift > 0 else "harm"


def _seen(visits: Visits, conversion: Measure, wish: Wish) -> power.Seen | None:
    """What could be seen by now, and how long the expected lift takes at this pace and allocation."""
    error, base = conversion.standard_error, conversion.held_back
    if error is None or base is None or not 0 < base < 1 or not error > 0:
        return None
    return power.seen_by_now(
        error,
        base,
        visit_count=len(visits.is_treated),
        span_days=max(1.0, float(visits.decided_at_s[-1] - visits.decided_at_s[0]) / DAY_S),
        treatment_share=float(visits.is_treated.mean()),
        expected_lift=wish.expected_lift,
        planned_count=wish.planned_count,
    )


def _one_sided(count: int, treated: int) -> str:
    if not count:
        return "there are no visits."
    return f"all {count:,} visits are {'treated' if treated else 'held back'}: there is nothing to compare them with."


def _refusal(
    visits: Visits, exposure: Exposure, wish: Wish, reason: str, *, allocation: Allocation | None = None
) -> LiftReport:
    count, treated = len(visits.is_treated), int(visits.is_treated.sum())
    return LiftReport(
        verdict="not_enough_data",
        claim=False,
        sentence=f"No lift can be given: {reason}",
        primary=wish.primary,
        lift=None,
        interval=None,
        relative_lift=None,
        relative_interval=None,
        visit_count=count,
        treated_count=treated,
        held_back_count=count - treated,
        is_score_held_equal=False,
        faults=(),
        notes=(),
        measures={},
        claimed_measures=(),
        sample_ratio=allocation.sample_ratio if allocation else None,
        score_balance=None,
        exposure=exposure,
        periods=allocation.periods if allocation else (),
        power=None,
    )
