"""Can the lift be believed? Whole experiments with a planted truth, read by the report that `fifthclick lift` writes.

A/A: nothing was done to anybody, and the report is looked at on every day; whoever ever claims anything is wrong. The
shops are of four sorts: half treated, a holdout of 10 %, a ramp while the shop gets busier, and one that settles to a
holdout of 10 %, all with skewed orders; in half of the experiments nobody logged who was meant to be treated. Planted: an
offer that sells 12 % more, looked at on the day that "days to an answer" named.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from core.analysis.allocation import Wish
from core.analysis.measures import UNITS
from core.analysis.power import days_to_answer
from core.analysis.report import LiftReport, report_of
from core.analysis.sequential import ALPHA
from model.simulator.experiments import DAY_S, START_S, Experiment, Scenario, draw, lifted

AA, QUICK_AA = 1_000, 80
PLANTED, QUICK_PLANTED = 300, 32
LIFT, BASE, VISITS_PER_DAY = 0.12, 0.08, 2_000
AA_DAYS, AA_VISITS_PER_DAY = 28, 500
SPREAD = 1.3
"""Of the logarithm of orders: the dearest hundredth holds a tenth of the money."""
AA_SHOPS = {
    "half": Scenario(kinds=lifted(0.0), treatment_shares=(0.5,)),
    "holdout": Scenario(kinds=lifted(0.0), treatment_shares=(0.9,)),
    "ramp": Scenario(kinds=lifted(0.0), treatment_shares=(0.1,) * 7 + (0.5,) * 7 + (0.9,), trend=2.0),
    "settling": Scenario(kinds=lifted(0.0), treatment_shares=(0.5,) * 14 + (0.9,), trend=1.0),
}
SEED = 20_000
MEASURES = tuple(UNITS)


class Looked(NamedTuple):
    """One A/A experiment. `claimed`: on some day. By measure: whether its interval ever left 0 out, at 0.05, and whether it
    was ever called significant beside the others. `faulted`: called a fault on some day, though it is sound."""

    claimed: bool
    left_out: tuple[bool, ...]
    significant_beside: bool
    faulted: bool


class Found(NamedTuple):
    """One planted experiment on the day that was named. Widths are of the conversion's absolute interval."""

    covered: bool
    relative_covered: bool
    unadjusted_covered: bool
    claimed: bool
    unadjusted_claimed: bool
    width: float
    fixed_width: float
    unadjusted_width: float


def run(*, quick: bool) -> dict[str, Any]:
    """Shares of experiments: those that claim what is not there, those whose interval holds the truth, those that claim what is."""
    aa_count, planted_count = (QUICK_AA, QUICK_PLANTED) if quick else (AA, PLANTED)
    started = time.monotonic()
    plan = days_to_answer(BASE, VISITS_PER_DAY, LIFT)
    with Progress(console=Console(stderr=True)) as progress, ProcessPoolExecutor(2, get_context("spawn")) as pool:
        bar = progress.add_task("A/A", total=aa_count)
        looked = list(_counted(progress, bar, pool.map(_aa, range(aa_count), chunksize=4)))
        bar = progress.add_task("planted", total=planted_count)
        work = partial(_planted, day_count=plan.day_count)
        found = list(_counted(progress, bar, pool.map(work, range(planted_count), chunksize=2)))
    figures = {
        **_aa_figures(looked),
        **_planted_figures(found),
        "days_to_answer": plan.day_count,
        "planned_visits": plan.visit_count,
        "seconds": round(time.monotonic() - started, 1),
    }
    _print(figures)
    return figures


def _counted(progress: Progress, bar: Any, results: Iterable[Any]) -> Iterable[Any]:
    for result in results:
        progress.advance(bar)
        yield result


def _aa(number: int) -> Looked:
    name = list(AA_SHOPS)[number % len(AA_SHOPS)]
    shop = AA_SHOPS[name]
    experiment = draw(_busy(shop), SEED + number)
    if number // len(AA_SHOPS) % 2:
        unknown = np.full(len(experiment.kind), np.nan)
        experiment = experiment._replace(visits=experiment.visits._replace(treatment_probability=unknown))
    reports = [_as_of(experiment, day) for day in range(1, AA_DAYS + 1)]
    return Looked(
        claimed=any(r.claim for r in reports),
        left_out=tuple(any(_leaves_out(r, name) for r in reports) for name in MEASURES),
        significant_beside=any(
            m.is_significant for r in reports for name, m in r.measures.items() if name != r.primary
        ),
        faulted=any(r.verdict == "fault" for r in reports),
    )


def _busy(shop: Scenario) -> Scenario:
    return replace(shop, day_count=AA_DAYS, visits_per_day=AA_VISITS_PER_DAY, order_spread=SPREAD)


def _as_of(experiment: Experiment, day: int) -> LiftReport:
    """What the report says after so many days."""
    seen = experiment.visits.decided_at_s < START_S + day * DAY_S
    return report_of(experiment.visits.of(seen), experiment.exposure(), Wish())


def _leaves_out(report: LiftReport, name: str) -> bool:
    p_value = report.measures[name].p_value if name in report.measures else None
    return p_value is not None and p_value < ALPHA


def _planted(number: int, day_count: int) -> Found:
    scenario = Scenario(
        kinds=lifted(LIFT, BASE), day_count=day_count, visits_per_day=VISITS_PER_DAY, order_spread=SPREAD
    )
    experiment = draw(scenario, 2 * SEED + number)
    report = _as_of(experiment, day_count)
    conversion = report.measures["conversion"]
    plain, fixed = conversion.unadjusted, conversion.fixed
    assert report.interval is not None
    assert report.relative_interval is not None
    assert plain is not None
    assert fixed is not None
    truth, ratio = experiment.truth.lift("conversion"), experiment.truth.relative_lift("conversion")
    low, high = report.interval
    least, most = report.relative_interval
    return Found(
        covered=low <= truth <= high,
        relative_covered=least <= ratio and (most is None or ratio <= most),
        unadjusted_covered=plain.low <= truth <= plain.high,
        claimed=report.claim and low > 0,
        unadjusted_claimed=plain.low > 0,
        width=high - low,
        fixed_width=fixed.high - fixed.low,
        unadjusted_width=plain.high - plain.low,
    )


def _aa_figures(looked: Sequence[Looked]) -> dict[str, Any]:
    shops = {name: [one for i, one in enumerate(looked) if i % len(AA_SHOPS) == n] for n, name in enumerate(AA_SHOPS)}
    return {
        "aa_experiments": len(looked),
        "aa_looks": AA_DAYS,
        "aa_false_claim_share": _share(one.claimed for one in looked),
        "aa_false_claim_share_by_measure": {
            name: _share(one.left_out[n] for one in looked) for n, name in enumerate(MEASURES)
        },
        "aa_false_claim_share_by_shop": {name: _share(one.claimed for one in part) for name, part in shops.items()},
        "aa_false_revenue_claim_share_by_shop": {
            name: _share(one.left_out[MEASURES.index("revenue_per_session")] for one in part)
            for name, part in shops.items()
        },
        "aa_false_claim_share_beside": _share(one.significant_beside for one in looked),
        "aa_fault_share": _share(one.faulted for one in looked),
    }


def _planted_figures(found: Sequence[Found]) -> dict[str, Any]:
    return {
        "planted_experiments": len(found),
        "planted_coverage_share": _share(one.covered and one.relative_covered for one in found),
        "planted_claim_share": _share(one.claimed for one in found),
        "always_valid_over_fixed": _mean(one.width / one.fixed_width for one in found),
        "unadjusted_coverage_share": _share(one.unadjusted_covered for one in found),
        "unadjusted_claim_share": _share(one.unadjusted_claimed for one in found),
        "covariate_over_unadjusted": _mean(one.width / one.unadjusted_width for one in found),
    }


def _share(hits: Iterable[bool]) -> float:
    return _mean(map(float, hits))


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 4)


def _print(figures: dict[str, Any]) -> None:
    table = Table(title="What the lift report says of experiments whose truth is known", title_justify="left")
    table.add_column()
    table.add_column("figure", justify="right")
    table.add_column("must be", justify="right")
    aa, by_measure = figures["aa_experiments"], figures["aa_false_claim_share_by_measure"]
    table.add_row(
        f"A/A, {aa:,} times {AA_DAYS} days: ever claims", f"{figures['aa_false_claim_share']:.1%}", "at most 5 %"
    )
    for name in MEASURES:
        table.add_row(f"    if it were about {name}", f"{by_measure[name]:.1%}", "at most 5 %")
    table.add_row(
        "    ever calls another figure significant", f"{figures['aa_false_claim_share_beside']:.1%}", "at most 5 %"
    )
    table.add_row("    ever called a fault", f"{figures['aa_fault_share']:.1%}", "")
    told = f"+{LIFT:.0%}, {figures['planted_experiments']} times, on day {figures['days_to_answer']}"
    table.add_row(f"{told}: holds the truth", f"{figures['planted_coverage_share']:.1%}", "at least 93 %")
    table.add_row("    is claimed", f"{figures['planted_claim_share']:.1%}", "at least 80 %")
    table.add_row("    is claimed without the score", f"{figures['unadjusted_claim_share']:.1%}", "")
    table.add_row("    as wide as a fixed interval", f"{figures['always_valid_over_fixed']:.2f} times", "at most 1.7")
    table.add_row("    as wide as without the score", f"{figures['covariate_over_unadjusted']:.3f} times", "below 1")
    Console(width=110).print(table)
