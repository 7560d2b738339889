"""The columns that every question takes, and which rows count. A row is a visit's first choice, in whichever arm."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.records import Arm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HELD_BACK: tuple[Arm, ...] = ("control", "holdout")


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """One visit in which an action was chosen, counted from that choice.

    `decided_at_s`: seconds since 1970. `score`: P(goal) as of the decision, None where none was given. `margin_minor`: what the
    orders earned after offers, None where it is not known. `treatment_probability`: as it was logged, None where it was not.
    `currency`: of the money, None where nobody names one.
    """

    session_id: str
    arm: Arm
    decided_at_s: float
    converted: bool
    revenue_minor: float = 0.0
    margin_minor: float | None = None
    score: float | None = None
    treatment_probability: float | None = None
    currency: str | None = None


class Visits(NamedTuple):
    """Columns [N] in the order of decision; nan where a score, a margin or a probability is not known."""

    decided_at_s: Floats
    is_treated: Bools
    is_holdout: Bools
    converted: Floats
    revenue_minor: Floats
    margin_minor: Floats
    score: Floats
    treatment_probability: Floats

    def of(self, chosen: Bools | Ints) -> "Visits":
        """These rows only."""
        return self._replace(**{name: column[chosen] for name, column in self._asdict().items()})


class Exposure(Struct, frozen=True, kw_only=True):
    """Rows that are not visits of one arm. `repeated_count`: rows beyond a visit's first, in the same arm: left out.
    `both_arms_count`: visits seen treated and held back: left out altogether, since they are neither."""

    visit_count: int
    repeated_count: int
    both_arms_count: int


def visits_of(rows: Sequence[Row]) -> tuple[Visits, Exposure]:
    """Each visit once: its earliest row. What was seen in both arms is counted and left out."""
    first: dict[str, Row] = {}
    both: set[str] = set()
    repeated = 0
    for row in rows:
        known = first.setdefault(row.session_id, row)
        if known is row:
            continue
        if (known.arm == "treatment") != (row.arm == "treatment"):
            both.add(row.session_id)
        else:
            repeated += 1
            if row.decided_at_s < known.decided_at_s:
                first[row.session_id] = row
    kept = sorted((r for r in first.values() if r.session_id not in both), key=lambda r: r.decided_at_s)
    return _columns(kept), Exposure(visit_count=len(first), repeated_count=repeated, both_arms_count=len(both))


def _columns(rows: Sequence[Row]) -> Visits:
    def floats(values: Sequence[float | None]) -> Floats:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    return Visits(
        decided_at_s=floats([r.decided_at_s for r in rows]),
        is_treated=np.array([r.arm == "treatment" for r in rows], dtype=np.bool_),
        is_holdout=np.array([r.arm == "holdout" for r in rows], dtype=np.bool_),
        converted=floats([float(r.converted) for r in rows]),
        revenue_minor=floats([r.revenue_minor for r in rows]),
        margin_minor=floats([r.margin_minor for r in rows]),
        score=floats([r.score for r in rows]),
        treatment_probability=floats([r.treatment_probability for r in rows]),
    )
