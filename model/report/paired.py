"""Several ways of scoring the same sessions, each beside the full one: what it loses, with intervals over the sessions."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from model.dataset import Encoded
from model.evaluate import answers_at, auroc
from model.intervals import Z95, between, drawn_again
from model.report.section import Floats

SESSIONS_LEAST, BUYERS_LEAST = 200, 20
FLOOR = 1e-6
"""A chance below this counts as this: one session must not decide about a mean."""
FULL = "full"


class Lost(NamedTuple):
    """Quality lost at one click, each with its 95 % interval; above 0 is a loss. `log_loss` in nats a session."""

    click: int
    sessions: int
    auroc: float
    auroc_low: float
    auroc_high: float
    log_loss: float
    log_loss_low: float
    log_loss_high: float


class Scored(NamedTuple):
    """Sessions as a network was given them, and its scores [T] of each."""

    sessions: Sequence[Encoded]
    scores: Sequence[Floats]


def clicks_of(sessions: Sequence[Encoded], clicks: Sequence[int]) -> list[int]:
    """Those of `clicks` at which there are enough sessions, with and without a purchase."""
    flat = [np.zeros(session.length) for session in sessions]
    result = []
    for click in clicks:
        _, outcomes = answers_at(sessions, flat, click)
        bought = float(outcomes.sum())
        if len(outcomes) >= SESSIONS_LEAST and BUYERS_LEAST <= bought <= len(outcomes) - BUYERS_LEAST:
            result.append(click)
    return result


def lost_by_click(
    full: Scored, others: Mapping[str, Scored], clicks: Sequence[int], seed: int
) -> dict[str, tuple[Lost, ...]]:
    """What each of `others`, the same sessions in the same order, loses beside `full`.

    The AUROC's interval is by drawing sessions again, the same ones for all; that of the log loss, a mean of differences
    over sessions, by their standard error.
    """
    result: dict[str, list[Lost]] = {name: [] for name in others}
    for click in clicks:
        best, outcomes = answers_at(full.sessions, full.scores, click)
        given = {name: answers_at(other.sessions, other.scores, click)[0] for name, other in others.items()}
        drawn = drawn_again({FULL: best, **given}, outcomes, seed + click)
        for name, scores in given.items():
            rank = auroc(best, outcomes) - auroc(scores, outcomes)
            low, high = between(rank, drawn[FULL]["auroc"] - drawn[name]["auroc"])
            cost, error = mean_gap(best, scores, outcomes)
            figures = (rank, low, high, cost, cost - Z95 * error, cost + Z95 * error)
            result[name].append(Lost(click, len(outcomes), *(round(float(figure), 6) for figure in figures)))
    return {name: tuple(lost) for name, lost in result.items()}


def mean_gap(full: Floats, other: Floats, outcomes: Floats) -> tuple[float, float]:
    """How much more log loss `other` has than `full`, on average, and that mean's standard error."""
    gap = log_losses(other, outcomes) - log_losses(full, outcomes)
    return float(gap.mean()), float(gap.std(ddof=1) / np.sqrt(len(gap)))


def log_losses(scores: Floats, outcomes: Floats) -> Floats:
    """What each score costs in nats: -log of the chance that it gave to what happened."""
    given: Floats = np.where(outcomes > 0.5, scores, 1.0 - scores)
    result: Floats = -np.log(np.maximum(given, FLOOR))
    return result
