"""Does the analysis claim what is not there, on a shop's own visits? A/A: visits that were all shown nothing, split in two.

Each run deals the held-back visits by hash, as visits are dealt, and asks the very lift report of them at several looks:
nothing was done to either half, so whatever is claimed is wrong. What this cannot see is an arm that was not drawn by chance:
the real arms are judged by the sample ratio and the balance of the scores (`balance`).
"""

from collections.abc import Callable, Sequence

from msgspec import Struct, structs

from core.analysis.allocation import Wish
from core.analysis.balance import claims_too_often
from core.analysis.measures import PRIMARY
from core.analysis.report import lift_report
from core.analysis.sequential import ALPHA
from core.analysis.visits import Row
from core.assignment import bucket

RUNS = 200
LOOKS = 5

Split = Callable[[int, Row], bool]
"""Whether this visit is called treated in that run."""


class SelfTest(Struct, frozen=True, kw_only=True):
    """`claimed_count`: runs in which any look claimed a lift or a harm in conversion; `fault_count`: in which any found the split
    faulty. `reason`: why nothing was asked; then the counts are 0. `is_sound`: None where nothing was asked."""

    visit_count: int
    run_count: int = 0
    look_count: int = LOOKS
    claimed_count: int = 0
    fault_count: int = 0
    is_sound: bool | None = None
    reason: str = ""
    sentence: str


def by_hash(run: int, row: Row) -> bool:
    """Half of the visits, another half in each run."""
    return bucket(f"self-test:{run}", row.session_id.encode()) < 0.5


def self_test(
    rows: Sequence[Row], *, runs: int = RUNS, split: Split = by_hash, told: Callable[[], None] = lambda: None
) -> SelfTest:
    """Ask of `rows`, visits that were shown nothing. `told` is called after each run.

    Shapes: a run looks after each fifth of the visits, in the order of their decisions.
    """
    rows = sorted((row for row in rows if row.arm != "treatment"), key=lambda row: row.decided_at_s)
    whole = lift_report(_dealt(rows, 0, split))
    if PRIMARY not in whole.measures or whole.measures[PRIMARY].reason:
        reason = (
            whole.measures[PRIMARY].reason if whole.measures else whole.sentence.removeprefix("No lift can be given: ")
        )
        return SelfTest(
            visit_count=len(rows), reason=reason,
            sentence=f"No self-test: {reason} Next: hold more visits back (`holdout_share` under [arms]), or wait.",
        )  # fmt: skip
    ends = [round(len(rows) * look / LOOKS) for look in range(1, LOOKS + 1)]
    claimed = faulty = 0
    for run in range(runs):
        dealt = _dealt(rows, run, split)
        reports = [lift_report(dealt[:end], Wish()) for end in ends]
        claimed += any(report.claim for report in reports)
        faulty += any(report.verdict == "fault" for report in reports)
        told()
    is_sound = not claims_too_often(claimed, runs, ALPHA) and not claims_too_often(faulty, runs, ALPHA)
    found = (
        f"{len(rows):,} visits that were shown nothing were split in two by chance {runs:,} times, and looked at {LOOKS} times "
        f"each: a lift or a harm was claimed in {claimed / runs:.1%} of them and a fault found in {faulty / runs:.1%}, where "
        f"{ALPHA:.0%} is the most"
    )
    return SelfTest(
        visit_count=len(rows), run_count=runs, claimed_count=claimed, fault_count=faulty, is_sound=is_sound,
        sentence=f"{found}, as it should be." if is_sound else
        f"{found}. Which half a visit is in tells what it did: no lift of this shop can be believed. Next: see what is WRONG in "
        "`fifthclick health`, and whether each visit has a random id of its own.",
    )  # fmt: skip


def _dealt(rows: Sequence[Row], run: int, split: Split) -> list[Row]:
    return [
        structs.replace(row, arm="treatment" if split(run, row) else "control", treatment_probability=0.5)
        for row in rows
    ]
