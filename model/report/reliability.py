"""What the report says about calibration: when the model says 30 %, do 30 % buy?"""

import numpy as np
from numpy.typing import NDArray

from model.evaluate import ECE_BINS, LEAST_SESSIONS, answers_at, ece
from model.intervals import wilson
from model.report.pictures import COLOURS, INK, MARKERS, QUIET, figure, svg_of
from model.report.section import Asked, Cell, Picture, Section
from model.report.words import between, percent

NAME, TITLE = "reliability", "Whether the scores mean what they say"
CLICKS = (1, 3, 5)
Bin = dict[str, float]


def section(asked: Asked) -> Section:
    """Ten groups of equal size by score, at three clicks: what was said, and how many bought."""
    data: dict[str, list[Bin]] = {}
    words: list[str] = []
    pictures: list[Picture] = []
    for click in CLICKS:
        scores, outcomes = answers_at(asked.test, asked.scores, click)
        if len(outcomes) < ECE_BINS * LEAST_SESSIONS:
            words.append(f"Click {click}: only {len(outcomes)} visits get there, too few for {ECE_BINS} groups.")
            continue
        bins = bins_of(scores, outcomes)
        data[str(click)] = bins
        pictures.append(_picture(click, bins))
        far = [b for b in bins if not b["low"] <= b["said"] <= b["high"]]
        words.append(
            f"Click {click}: what is said and what happens are {percent(ece(scores, outcomes))} apart on average; "
            f"in {len(far)} of {len(bins)} groups further than chance explains."
        )
    return Section(NAME, TITLE, tuple(words), _table(data), tuple(pictures), data)


Z_OF_TEN = 2.807
"""Of ten groups of true chances one is outside a 99.5 % interval in one report of twenty; with 95 % it would be in two of five."""


def bins_of(scores: NDArray[np.float64], outcomes: NDArray[np.float64]) -> list[Bin]:
    """Groups of equal count by score: mean score `said`, share of buyers `bought` with its 99.5 % interval (Wilson)."""
    bins = []
    for part in np.array_split(np.argsort(scores, kind="stable"), ECE_BINS):
        hits = float(outcomes[part].sum())
        low, high = wilson(hits, len(part), Z_OF_TEN)
        row = {"said": float(scores[part].mean()), "bought": hits / len(part), "low": low, "high": high}
        bins.append({"sessions": len(part), **{name: round(value, 6) for name, value in row.items()}})
    return bins


def _table(data: dict[str, list[Bin]]) -> list[dict[str, Cell]]:
    return [
        {
            "click": int(click),
            "group": place,
            "visits": int(row["sessions"]),
            "said": percent(row["said"]),
            "bought": percent(row["bought"]),
            "99.5 % interval": between(row["low"], row["high"]),
        }
        for click, bins in data.items()
        for place, row in enumerate(bins, start=1)
    ]


def _picture(click: int, bins: list[Bin]) -> Picture:
    drawn, axes = figure(4.2, 3.6)
    said, bought = [b["said"] for b in bins], [b["bought"] for b in bins]
    most = max(*said, *(b["high"] for b in bins))
    axes.plot([0, most], [0, most], color=QUIET, linestyle="--", linewidth=1.2)
    spread = ([b["bought"] - b["low"] for b in bins], [b["high"] - b["bought"] for b in bins])
    axes.errorbar(said, bought, yerr=spread, color=COLOURS[0], marker=MARKERS[0], ecolor=COLOURS[0], elinewidth=1.2)
    axes.set_xlabel("said: mean score", color=INK)
    axes.set_ylabel("happened: share that buys", color=INK)
    caption = "Each dot is a tenth of the visits. On the dashed line they buy exactly as often as the model says."
    return Picture(f"Click {click}", caption, svg_of(drawn))
