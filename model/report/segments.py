"""What the report says about the three segments at the decision point: how large each is, and how often it buys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.rules import Segments
from model.evaluate import LEAST_SESSIONS, answers_at, at_click
from model.intervals import wilson
from model.report.pictures import COLOURS, QUIET, figure, svg_of
from model.report.section import Asked, Cell, Picture, Section
from model.report.words import between, percent

NAME, TITLE = "segments", "The three segments at the fifth click"
CLICK, LATER_CLICK = 5, 8
SEGMENTS = ("unlikely_to_buy", "on_the_fence", "likely_to_buy")
LABELS = {"unlikely_to_buy": "unlikely to buy", "on_the_fence": "on the fence", "likely_to_buy": "likely to buy"}
Row = dict[str, str | float]
Floats = NDArray[np.float64]


def section(asked: Asked) -> Section:
    """Size and buy rate of each segment, and how many visits change theirs by the eighth click."""
    scores, outcomes = answers_at(asked.test, asked.scores, CLICK)
    if len(outcomes) < LEAST_SESSIONS:
        few = f"Only {len(outcomes)} visits get to click {CLICK}: too few to say how often each segment buys."
        return Section(NAME, TITLE, (few,), data=None)
    rows = rows_of(scores, outcomes, asked.segments)
    base = float(outcomes.mean())
    both, changed = changes(asked)
    words = [
        f"Likely to buy is a score of {asked.segments.likely_to_buy_at:g} and more, unlikely one below "
        f"{asked.segments.on_the_fence_at:g}; at click {CLICK}, {percent(base)} of all visits end in a purchase.",
        *(_sentence(row, base) for row in reversed(rows)),
    ]
    if both:
        words.append(
            f"Of {both:,} visits that get to click {LATER_CLICK}, {percent(changed / both)} are in another segment there than at "
            f"click {CLICK}."
        )
    data = {
        "click": CLICK,
        "base_rate": base,
        "likely_to_buy_at": asked.segments.likely_to_buy_at,
        "on_the_fence_at": asked.segments.on_the_fence_at,
        "segments": rows,
        "later_click": LATER_CLICK,
        "reach_both": both,
        "changed_share": changed / both if both else None,
    }
    return Section(NAME, TITLE, tuple(words), [_cells(row, base) for row in rows], (_picture(rows, base),), data)


def segment_places(scores: Floats, thresholds: Segments) -> NDArray[np.int64]:
    """The place in `SEGMENTS` of each score, as `core.segments.segment_of` says it: at a threshold counts as above it."""
    return np.digitize(scores, (thresholds.on_the_fence_at, thresholds.likely_to_buy_at)).astype(np.int64)


def rows_of(scores: Floats, outcomes: Floats, thresholds: Segments) -> list[Row]:
    """Sessions, share, purchases and buy rate with its 95 % interval (Wilson), a row per segment."""
    places, rows = segment_places(scores, thresholds), []
    for place, name in enumerate(SEGMENTS):
        chosen = outcomes[places == place]
        low, high = wilson(float(chosen.sum()), len(chosen))
        row: Row = {"segment": name, "sessions": len(chosen), "share": len(chosen) / len(outcomes)}
        if len(chosen):
            row |= {"buy_rate": float(chosen.mean()), "low": low, "high": high}
        rows.append(row)
    return rows


def changes(asked: Asked) -> tuple[int, int]:
    """How many sessions get to both clicks, and how many of them are in another segment at the later one."""
    early, late = (_at(asked.scores, *at_click(asked.test, click)) for click in (CLICK, LATER_CLICK))
    both = sorted(set(early) & set(late))
    first, second = (
        segment_places(np.array([found[i] for i in both], dtype=np.float64), asked.segments) for found in (early, late)
    )
    return len(both), int((first != second).sum())


def _at(scores: Sequence[Floats], reached: NDArray[np.int64], steps: NDArray[np.int64]) -> dict[int, float]:
    return {int(i): float(scores[i][step]) for i, step in zip(reached, steps, strict=True)}


def _sentence(row: Row, base: float) -> str:
    label = LABELS[str(row["segment"])]
    if "buy_rate" not in row:
        return f"Nobody is {label}."
    return (
        f"{percent(float(row['share']))} are {label}: {percent(float(row['buy_rate']))} of them buy, "
        f"{float(row['buy_rate']) / base:.1f} times the share of all."
        if base
        else f"{percent(float(row['share']))} are {label}; nobody bought."
    )


def _cells(row: Row, base: float) -> dict[str, Cell]:
    is_known = "buy_rate" in row
    return {
        "segment": LABELS[str(row["segment"])],
        "visits": int(row["sessions"]),
        "share": percent(float(row["share"])),
        "buy": percent(float(row["buy_rate"])) if is_known else None,
        "95 % interval": between(float(row["low"]), float(row["high"])) if is_known else None,
        "times the base": f"{float(row['buy_rate']) / base:.2f}" if is_known and base else None,
    }


def _picture(rows: Sequence[Row], base: float) -> Picture:
    drawn, axes = figure(5.4, 2.2)
    for place, row in enumerate(rows):
        if "buy_rate" in row:
            rate, low, high = (float(row[key]) for key in ("buy_rate", "low", "high"))
            axes.barh(place, rate, color=COLOURS[place], alpha=0.85, height=0.6)
            axes.errorbar(rate, place, xerr=[[rate - low], [high - rate]], color=QUIET, capsize=3)
    axes.axvline(base, color=QUIET, linestyle="--", linewidth=1.2)
    axes.set_ylim(-0.6, len(SEGMENTS) - 0.4)
    axes.set_yticks(range(len(SEGMENTS)), [LABELS[name] for name in SEGMENTS])
    axes.set_xlabel("share that buys")
    axes.grid(visible=False, axis="y")
    caption = "How often each segment buys, with its 95 % interval; the dashed line is how often all visits do."
    return Picture("Buy rate by segment", caption, svg_of(drawn))
