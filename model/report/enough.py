"""What a learning curve answers: whether a shop's own sessions are enough to leave the starter bundle, and else how many more.

Where the curve or the sessions that it was measured on cannot tell, that is the answer.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from model.report.power_law import PowerLaw, fit_power_law, sessions_between

NO_WORSE = 0.01
"""Nats of log loss. A network that surely loses no more than this beside the starter may take its place."""
FAR = 8
"""An answer of more than so many times the sessions at hand is a guess."""

Kind = Literal["enough", "not yet", "unknown"]


class Point(NamedTuple):
    """A network taught by so many sessions. `gap`: its log loss minus the starter's, per session, with 95 % interval.

    `knows`: surely less log loss than giving everybody the share of buyers.
    """

    sessions: int
    auroc: float
    auroc_low: float
    auroc_high: float
    log_loss: float
    knows: bool
    gap: float | None = None
    gap_low: float | None = None
    gap_high: float | None = None


class Answer(NamedTuple):
    """`sessions`: how many are enough, or how many more are needed."""

    kind: Kind
    sessions: int | None
    words: str


def answer_of(points: Sequence[Point], starter_loss: float | None) -> Answer:
    """Whether the sessions at hand are enough to leave the starter bundle, and else how many more. Points by size, upwards."""
    if not points or starter_loss is None or points[-1].gap is None:
        return Answer(
            "unknown", None, "There is no starter bundle to compare with, so the data does not say what is enough."
        )
    last = points[-1]
    good = [point for point in points if point.knows and point.gap_high is not None and point.gap_high <= NO_WORSE]
    if last in good:
        first = next(i for i in range(len(points)) if all(point in good for point in points[i:]))
        enough, high = points[first].sessions, points[first].gap_high or 0.0
        before = "" if first else ", perhaps fewer"
        than = "surely better than" if high < 0.0 else "no worse than"
        return Answer(
            "enough",
            enough,
            f"{enough:,} sessions of your own are enough{before}: a network that learns from them is {than} the starter bundle.",
        )
    if not last.knows:
        return Answer(
            "unknown",
            None,
            f"Not yet: with {last.sessions:,} sessions a network of your own does not surely know more than the share of buyers. "
            "How many more it takes the data does not say.",
        )
    if (last.gap_low or 0.0) <= 0.0:
        return Answer(
            "unknown",
            None,
            f"The data does not say yet: with {last.sessions:,} sessions a network of your own and the starter bundle differ "
            "by less than chance. More sessions to measure on would tell.",
        )
    sizes, losses = [point.sessions for point in points], [point.log_loss for point in points]
    law = fit_power_law(sizes, losses)
    needed = float("inf") if law is None else law.sessions_for(starter_loss)
    low, high = sessions_between(sizes, losses, starter_loss) if law is not None else (0.0, float("inf"))
    if not last.sessions < needed <= max(needed, high) <= FAR * last.sessions:
        return Answer(
            "unknown",
            None,
            f"Not yet: with {last.sessions:,} sessions the starter bundle is still better. How many more it takes the data "
            "does not say: the curve is too flat or too rough to be drawn on.",
        )
    more = _rounded(needed - last.sessions)
    return Answer(
        "not yet",
        more,
        f"Not yet, about {more:,} more: with {last.sessions:,} sessions the starter bundle is still better. Leaving out one "
        f"size at a time, the curve says from {_rounded(max(0.0, low - last.sessions)):,} to "
        f"{_rounded(high - last.sessions):,} more.",
    )


def growth_words(points: Sequence[Point], law: PowerLaw | None) -> str:
    """What twice as many sessions would bring, as far as the curve says."""
    if not points or law is None:
        return "Too few sizes were tried to say what more sessions would bring."
    last = points[-1].sessions
    gain = law.at(last) - law.at(2 * last)
    if gain < NO_WORSE / 4:
        return f"Beyond {last:,} sessions the curve is flat: twice as many would lower the log loss by {gain:.4f}."
    return f"It is still learning: twice as many as {last:,} sessions would lower the log loss by about {gain:.3f}."


def _rounded(count: float) -> int:
    """To two figures: more would pretend to know."""
    return int(round(count, 2 - len(str(int(count))))) if count >= 1 else 0
