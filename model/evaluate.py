"""How good the scores are, click by click: rank, calibration, and what a threshold would do. Statistics only, no torch.

The k-th click is the k-th page view; a session counts at it if it got that far and had not bought before.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.dataset import Encoded

Floats = NDArray[np.float64]
CLICKS = 10
LEAST_SESSIONS = 10
"""A click that fewer reach has no row: its figures would say nothing."""
ECE_BINS = 10
DEFAULT_THRESHOLD = 0.5


def at_click(sessions: Sequence[Encoded], click: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which sessions get to their `click`-th page view before buying, and at which step each does."""
    rows, steps = [], []
    for i, session in enumerate(sessions):
        found = np.flatnonzero(session.is_click & (session.clicks == click))
        if len(found) and found[0] < session.open_steps:
            rows.append(i)
            steps.append(int(found[0]))
    return np.array(rows, dtype=np.int64), np.array(steps, dtype=np.int64)


def answers_at(sessions: Sequence[Encoded], scores: Sequence[Floats], click: int) -> tuple[Floats, Floats]:
    """(score, whether bought) [K] of each session that gets to this click. `scores` holds each session's [T]."""
    reached, steps = at_click(sessions, click)
    values = np.array([scores[i][step] for i, step in zip(reached, steps, strict=True)], dtype=np.float64)
    outcomes = np.array([float(sessions[i].has_bought) for i in reached], dtype=np.float64)
    return values, outcomes


def metrics(scores: Floats, outcomes: Floats, *, click: int, threshold: float = DEFAULT_THRESHOLD) -> dict[str, float]:
    """One row of the report. Where a figure has no meaning (nobody bought, nobody above the threshold) it is left out."""
    base = float(outcomes.mean())
    chosen = scores >= threshold
    row = {
        "click": click,
        "sessions": len(scores),
        "base_rate": base,
        "brier": float(((scores - outcomes) ** 2).mean()),
        "ece": ece(scores, outcomes),
        "accuracy": float((chosen == (outcomes > 0.5)).mean()),
        "majority_accuracy": max(base, 1.0 - base),
        "threshold": threshold,
    }
    if 0.0 < base < 1.0:
        row["auroc"] = auroc(scores, outcomes)
        row["auprc"] = auprc(scores, outcomes)
    if chosen.any():
        row["precision"] = float(outcomes[chosen].mean())
    if base < 1.0:
        row["false_positive_rate"] = float(chosen[outcomes < 0.5].mean())
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}


def auroc(scores: Floats, outcomes: Floats) -> float:
    """The chance that a buyer's score is above another's, ties counting half (Mann-Whitney)."""
    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2.0)[where]
    buyers = outcomes > 0.5
    positives, negatives = int(buyers.sum()), int((~buyers).sum())
    return float((ranks[buyers].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))


def auprc(scores: Floats, outcomes: Floats) -> float:
    """Average precision: the step-wise area under precision over recall, tied scores taken together."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(outcomes[order])
    last_of_tie = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    recall = hits[last_of_tie] / hits[-1]
    precision = hits[last_of_tie] / (last_of_tie + 1)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def ece(scores: Floats, outcomes: Floats, bins: int = ECE_BINS) -> float:
    """Expected calibration error: |mean score - share of buyers| over bins of equal count, weighted by count."""
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(part) * abs(float(scores[part].mean() - outcomes[part].mean())) for part in parts]
    return float(sum(gaps) / len(scores))


def by_click(
    sessions: Sequence[Encoded], scores: Sequence[Floats], *, threshold: float = DEFAULT_THRESHOLD, clicks: int = CLICKS
) -> list[dict[str, float]]:
    """A row for each click that enough sessions reach. `scores` holds each session's calibrated scores [T]."""
    rows = []
    for click in range(1, clicks + 1):
        values, outcomes = answers_at(sessions, scores, click)
        if len(outcomes) < LEAST_SESSIONS:
            break
        rows.append(metrics(values, outcomes, click=click, threshold=threshold))
    return rows
