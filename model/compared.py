"""The figures by click: the bundle beside each baseline, on the very same sessions, with intervals, and their differences."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model import baselines
from model.dataset import Encoded
from model.evaluate import CLICKS, answers_at, metrics
from model.intervals import MEASURES, between, drawn_again, luck

Floats = NDArray[np.float64]
Row = dict[str, float]
OURS = "bundle"


class Compared(NamedTuple):
    """`by_click`: a row for each click that enough sessions reach. `baselines`: the same rows for each by name.

    `differences`: by baseline and click, the bundle's measure minus the baseline's, paired. Each measure `m` has its 95 %
    interval beside it as `m_low` and `m_high`.
    """

    by_click: list[Row]
    baselines: dict[str, list[Row]]
    differences: dict[str, list[Row]]


def compare(
    learn: Sequence[Encoded],
    test: Sequence[Encoded],
    scores: Sequence[Floats],
    *,
    threshold: float,
    seed: int,
    clicks: int = CLICKS,
    told: baselines.Told | None = None,
) -> Compared:
    """`scores` holds the bundle's calibrated scores [T] of each test session; `learn` teaches the baselines."""
    result = Compared([], {name: [] for name in baselines.BASELINES}, {name: [] for name in baselines.BASELINES})
    others = baselines.scores_by_click(learn, test, clicks=clicks, seed=seed, told=told)
    for click, (by_name, outcomes) in enumerate(others, start=1):
        ours, _ = answers_at(test, scores, click)
        named = {OURS: ours, **by_name}
        drawn = drawn_again(named, outcomes, seed + click)
        rows = {name: metrics(values, outcomes, click=click, threshold=threshold) for name, values in named.items()}
        result.by_click.append(_with_intervals(rows[OURS], drawn[OURS], ours))
        for name in by_name:
            result.baselines[name].append(_with_intervals(rows[name], drawn[name], named[name]))
            result.differences[name].append(_difference(rows[OURS], rows[name], drawn[OURS], drawn[name]))
    return result


def _with_intervals(row: Row, drawn: dict[str, Floats], scores: Floats) -> Row:
    full = dict(row)
    for measure in MEASURES:
        if measure in row:
            low, high = between(row[measure], drawn[measure], measure)
            if measure == "ece":
                # Drawing again cannot tell: scores that are true chances have an error above zero too, by luck alone.
                low = 0.0 if row[measure] <= luck(scores) else max(0.0, low)
            full[f"{measure}_low"], full[f"{measure}_high"] = round(low, 6), round(high, 6)
    return full


def _difference(ours: Row, other: Row, drawn: dict[str, Floats], drawn_other: dict[str, Floats]) -> Row:
    row: Row = {"click": ours["click"], "sessions": ours["sessions"]}
    for measure in MEASURES:
        if measure in ours and measure in other:
            value = ours[measure] - other[measure]
            low, high = between(value, drawn[measure] - drawn_other[measure], measure)
            row[measure] = round(value, 6)
            row[f"{measure}_low"], row[f"{measure}_high"] = round(low, 6), round(high, 6)
    return row
