"""What the report says about precision levels: which threshold gives how sure a group, and how large it is."""

import math

import numpy as np

from model.evaluate import answers_at
from model.precision import Level, Unsupported, level_for
from model.report.pictures import COLOURS, MARKERS, QUIET, figure, svg_of
from model.report.section import Asked, Cell, Picture, Section
from model.report.words import between, percent

NAME, TITLE = "precision", "How sure, and how many: the precision level"
CLICK = 5
TARGETS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def section(asked: Asked) -> Section:
    """A row per level, the one that is asked for first, with the lines to paste into the rules."""
    scores, outcomes = answers_at(asked.test, asked.scores, CLICK)
    targets = sorted({*TARGETS, *([] if asked.precision is None else [asked.precision])})
    levels = [level_for(scores, outcomes, target, asked.seed) for target in targets]
    words = [
        "Ask for more precision and fewer visits are chosen, but more of them buy. Each figure is of visits that took no part "
        "in choosing the threshold; the interval is for as many new visits.",
    ]
    asked_for = next((level for level in levels if level.target == asked.precision), None)
    lines = () if asked_for is None else rules_lines(asked_for, asked.segments.on_the_fence_at)
    if asked_for is not None:
        words += [sentence(asked_for), *(["In rules.toml that is:"] if lines else [])]
    elif not any(isinstance(level, Level) for level in levels):
        words.append("These visits support no level.")
    data = {
        "click": CLICK,
        "asked": None if asked_for is None else _data(asked_for),
        "rules": list(lines),
        "levels": [_data(level) for level in levels],
    }
    known = [level for level in levels if isinstance(level, Level)]
    pictures = (_picture(known),) if len(known) > 1 else ()
    return Section(NAME, TITLE, tuple(words), [_cells(level) for level in levels], pictures, data, lines)


def rules_lines(level: Level | Unsupported, on_the_fence_at: float) -> tuple[str, ...]:
    """What to paste into rules.toml so that "likely to buy" means this level. None for a level that is not supported."""
    if isinstance(level, Unsupported):
        return ()
    # Rounded down: rounded up it could shut out everybody who stands at the threshold itself.
    at = math.floor(level.threshold * 10_000) / 10_000
    lines = ("[segments]", f"likely_to_buy_at = {at:.4f}")
    if at <= on_the_fence_at:
        # A file whose thresholds cross is refused.
        return (*lines, f"on_the_fence_at = {at / 2.0:.4f}")
    return lines


def sentence(level: Level | Unsupported) -> str:
    """The level in one sentence, or why there is none."""
    if isinstance(level, Unsupported):
        return f"A precision of {percent(level.target, 0)} is refused. {level.reason}"
    return (
        f"A precision of {percent(level.target, 0)} at click {CLICK}: a score of {level.threshold:.3f} and more. That is "
        f"{percent(level.size)} of visits, of which {percent(level.precision)} buy (95 %: {between(level.low, level.high)})."
    )


def _data(level: Level | Unsupported) -> dict[str, float | str | bool]:
    values: dict[str, float | str] = level._asdict()
    return {"is_supported": isinstance(level, Level), **values}


def _cells(level: Level | Unsupported) -> dict[str, Cell]:
    if isinstance(level, Unsupported):
        unknown = dict.fromkeys(("threshold", "size", "precision reached", "95 % interval"))
        return {"precision asked": percent(level.target, 0), **unknown, "refused because": level.reason}
    return {
        "precision asked": percent(level.target, 0),
        "threshold": f"{level.threshold:.3f}",
        "size": percent(level.size),
        "precision reached": percent(level.precision),
        "95 % interval": between(level.low, level.high),
        "refused because": "",
    }


def _picture(levels: list[Level]) -> Picture:
    drawn, axes = figure(5.4, 3.0)
    sizes = np.array([level.size for level in levels])
    shares = np.array([level.precision for level in levels])
    spread = np.array(
        [[level.precision - level.low for level in levels], [level.high - level.precision for level in levels]]
    )
    axes.errorbar(sizes, shares, yerr=spread, color=COLOURS[0], marker=MARKERS[0], ecolor=QUIET, capsize=3)
    axes.set_xlabel("share of visits that is chosen")
    axes.set_ylabel("share of them that buys")
    axes.set_ylim(0, 1)
    return Picture(
        "Precision against size", "To the right more visits are chosen; higher up more of them buy.", svg_of(drawn)
    )
