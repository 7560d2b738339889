"""What the network must beat, each fitted anew for every click: the base rate, a rule, logistic regression, boosted trees.

scikit-learn is a tool for measuring and no part of what a shop runs, so it is imported only here and only when asked.
To add one: a function here and a line in `BASELINES`.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from model.baseline_features import Table, known_pages, table_at
from model.dataset import Encoded
from model.evaluate import CLICKS, DEFAULT_THRESHOLD, LEAST_SESSIONS, metrics

Floats = NDArray[np.float64]
FOLDS = 5
LEARN_MOST = 50_000
"""A baseline that learned from so many sessions hardly gains from more, and its table has some 300 columns."""

Baseline = Callable[[Table, Floats], Floats]
"""(what to learn from, rows to score [K, F]) -> scores [K]."""

Told = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


def base_rate(known: Table, asked: Floats) -> Floats:
    """Everybody gets the share of buyers."""
    return np.full(len(asked), known.outcomes.mean())


RULE_COLUMNS = ("now:cart_lines", "now:checkouts", "now:products_viewed", "now:elapsed", "stay_most", "ever:", "back0:")
"""What a rule may ask, and all of it a merchant would: a cart, a checkout, products, time, a kind of page seen or on screen."""
RULE_CUTS = (0.1, 0.25, 0.5, 0.75, 0.9)


def rule(known: Table, asked: Floats) -> Floats:
    """One yes-or-no question, the one that tells buyers from others best; both answers get their share of buyers.

    Best: the greatest drop in Gini impurity, the criterion of a decision tree of depth one. The shares are pulled towards
    the base rate by one session.
    """
    base = float(known.outcomes.mean())
    best, at, cut = 0.0, -1, 0.0
    for j, name in enumerate(known.names):
        if not name.startswith(RULE_COLUMNS):
            continue
        column = known.values[:, j]
        for edge in np.unique(np.quantile(column, RULE_CUTS)):
            above = column > edge
            share = float(above.mean())
            if 0.0 < share < 1.0:
                gain = (float(known.outcomes[above].mean()) - base) ** 2 * share / (1.0 - share)
                if gain > best + 1e-12:
                    best, at, cut = gain, j, float(edge)
    if at < 0:
        return base_rate(known, asked)
    above = known.values[:, at] > cut
    yes, no = ((known.outcomes[part].sum() + base) / (part.sum() + 1.0) for part in (above, ~above))
    scores: Floats = np.where(asked[:, at] > cut, yes, no)
    return scores


def logistic_regression(known: Table, asked: Floats) -> Floats:
    """A line through all features, strongly pulled towards zero: they are many and say much the same."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=500))
    model.fit(known.values, known.outcomes)
    scores: Floats = model.predict_proba(asked)[:, 1]
    return scores


def boosted_trees(known: Table, asked: Floats) -> Floats:
    """Gradient-boosted trees, small and many, each on a third of the features at every split. LightGBM gives the same."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        learning_rate=0.04,
        max_iter=150,
        max_leaf_nodes=6,
        min_samples_leaf=min(100, max(5, len(known.outcomes) // 50)),
        l2_regularization=30.0,
        max_features=0.3,
        early_stopping=False,
        random_state=1,
    )
    model.fit(known.values, known.outcomes)
    scores: Floats = model.predict_proba(asked)[:, 1]
    return scores


BASELINES: dict[str, Baseline] = {
    "base_rate": base_rate,
    "rule": rule,
    "logistic_regression": logistic_regression,
    "boosted_trees": boosted_trees,
}


def scores_by_click(
    learn: Sequence[Encoded],
    test: Sequence[Encoded],
    *,
    clicks: int = CLICKS,
    seed: int = 1,
    told: Told | None = None,
) -> list[tuple[dict[str, Floats], Floats]]:
    """For each click that enough sessions reach: each baseline's scores [K], and the outcomes [K], in the order of `test`.

    Without sessions to learn from, each is scored by a fit on the other four fifths.
    """
    result: list[tuple[dict[str, Floats], Floats]] = []
    if len(learn) > LEARN_MOST:
        chosen = np.random.default_rng(seed).permutation(len(learn))[:LEARN_MOST]
        learn = [learn[i] for i in np.sort(chosen)]
    pages = known_pages(learn or test)
    for click in range(1, clicks + 1):
        asked = table_at(test, click, pages)
        if len(asked.outcomes) < LEAST_SESSIONS:
            break
        known = _like(table_at(learn, click, pages), asked.names) if learn else None
        scores = {}
        for place, (name, baseline) in enumerate(BASELINES.items()):
            if told is not None:
                told("baselines", (click - 1) * len(BASELINES) + place, clicks * len(BASELINES))
            if known is not None and len(known.outcomes) >= LEAST_SESSIONS:
                scores[name] = _fitted(baseline, known, asked.values)
            else:
                scores[name] = cross_fitted(baseline, asked, seed)
        result.append((scores, asked.outcomes))
    return result


def by_click(
    learn: Sequence[Encoded],
    test: Sequence[Encoded],
    *,
    threshold: float = DEFAULT_THRESHOLD,
    clicks: int = CLICKS,
    seed: int = 1,
) -> dict[str, list[dict[str, float]]]:
    """The report's rows for each baseline, without their intervals."""
    report: dict[str, list[dict[str, float]]] = {name: [] for name in BASELINES}
    for click, (scores, outcomes) in enumerate(scores_by_click(learn, test, clicks=clicks, seed=seed), start=1):
        for name, values in scores.items():
            report[name].append(metrics(values, outcomes, click=click, threshold=threshold))
    return report


def _like(table: Table, names: tuple[str, ...]) -> Table:
    """The table with exactly these columns; one that it lacks was never seen and is 0."""
    place = {name: j for j, name in enumerate(table.names)}
    values = np.zeros((len(table.outcomes), len(names)))
    for j, name in enumerate(names):
        if name in place:
            values[:, j] = table.values[:, place[name]]
    return Table(values, names, table.outcomes)


def _fitted(baseline: Baseline, known: Table, asked: Floats) -> Floats:
    """Scores of a fit on the columns that vary. With one outcome, or none that varies, there is nothing to fit."""
    varies = np.ptp(known.values, axis=0) > 0
    if known.outcomes.min() == known.outcomes.max() or not varies.any():
        return base_rate(known, asked)
    names = tuple(name for name, kept in zip(known.names, varies, strict=True) if kept)
    return baseline(Table(known.values[:, varies], names, known.outcomes), asked[:, varies])


def cross_fitted(baseline: Baseline, table: Table, seed: int) -> Floats:
    """Each row [K] scored by a fit on the other four fifths, which never saw it.

    But for the base rate: a buyer who is left out lowers it, so it would rank backwards.
    """
    if baseline is base_rate:
        return base_rate(table, table.values)
    fold = np.random.default_rng(seed).permutation(len(table.outcomes)) % FOLDS
    scores = np.zeros(len(table.outcomes))
    for i in range(FOLDS):
        known = Table(table.values[fold != i], table.names, table.outcomes[fold != i])
        scores[fold == i] = _fitted(baseline, known, table.values[fold == i])
    return scores
