"""What the network must beat: the base rate, and a logistic regression on the very same features.

scikit-learn is a tool for measuring and no part of what a shop runs, so it is imported only here and only when asked.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.features import NUMBER_COUNT
from core.pages import PAGE_BUCKET_COUNT
from model.dataset import Encoded
from model.evaluate import CLICKS, DEFAULT_THRESHOLD, LEAST_SESSIONS, at_click, metrics

Floats = NDArray[np.float64]
FOLDS = 5
FEATURE_COUNT = 2 * NUMBER_COUNT + 2 * PAGE_BUCKET_COUNT

Baseline = Callable[[Floats, Floats, Floats], Floats]
"""(rows to learn from [M, F], their outcomes [M], rows to score [K, F]) -> scores [K]."""


def base_rate(rows: Floats, outcomes: Floats, asked: Floats) -> Floats:
    """Everybody gets the share of buyers."""
    return np.full(len(asked), outcomes.mean())


def logistic_regression(rows: Floats, outcomes: Floats, asked: Floats) -> Floats:
    """A line through the features of the click itself and of the pages so far."""
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise ConfigError("the baselines need scikit-learn. Next: pip install 'fifthclick[dev]'.") from None
    if outcomes.min() == outcomes.max():
        return base_rate(rows, outcomes, asked)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    model.fit(rows, outcomes)
    scores: Floats = model.predict_proba(asked)[:, 1]
    return scores


BASELINES: dict[str, Baseline] = {"base_rate": base_rate, "logistic_regression": logistic_regression}


def by_click(
    learn: Sequence[Encoded],
    test: Sequence[Encoded],
    *,
    threshold: float = DEFAULT_THRESHOLD,
    clicks: int = CLICKS,
    seed: int = 1,
) -> dict[str, list[dict[str, float]]]:
    """The report's rows for each baseline, one fit per click. Without sessions to learn from: out of five folds."""
    report: dict[str, list[dict[str, float]]] = {name: [] for name in BASELINES}
    for click in range(1, clicks + 1):
        rows, outcomes = features_at(test, click)
        if len(rows) < LEAST_SESSIONS:
            break
        known_rows, known = features_at(learn, click)
        for name, baseline in BASELINES.items():
            if len(known_rows) >= LEAST_SESSIONS:
                scores = baseline(known_rows, known, rows)
            else:
                scores = _cross_fitted(baseline, rows, outcomes, seed)
            report[name].append(metrics(scores, outcomes, click=click, threshold=threshold))
    return report


def features_at(sessions: Sequence[Encoded], click: int) -> tuple[Floats, Floats]:
    """One row per session that gets to this click [K, F]: its numbers there, and how often each page kind was seen."""
    reached, steps = at_click(sessions, click)
    rows = [_features(sessions[i], step) for i, step in zip(reached, steps, strict=True)]
    outcomes = [float(sessions[i].has_bought) for i in reached]
    return np.array(rows, dtype=np.float64).reshape(len(rows), FEATURE_COUNT), np.array(outcomes, dtype=np.float64)


def _features(session: Encoded, step: int) -> Floats:
    seen = session.pages[: step + 1][session.is_click[: step + 1]]
    counts = np.log1p(np.bincount(seen, minlength=PAGE_BUCKET_COUNT))
    now = np.zeros(PAGE_BUCKET_COUNT)
    now[session.pages[step]] = 1.0
    before = session.numbers[: step + 1].mean(axis=0)
    return np.concatenate([session.numbers[step], before, counts, now]).astype(np.float64)


def _cross_fitted(baseline: Baseline, rows: Floats, outcomes: Floats, seed: int) -> Floats:
    """Each row scored by a fit that never saw it."""
    fold = np.random.default_rng(seed).permutation(len(rows)) % FOLDS
    scores = np.zeros(len(rows))
    for i in range(FOLDS):
        scores[fold == i] = baseline(rows[fold != i], outcomes[fold != i], rows[fold == i])
    return scores
