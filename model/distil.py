"""Lessons in chances: for little data, what other models say instead of what happened once.

A visit's outcome is one draw. Boosted trees, each asked about sessions that it did not learn from, and an average of
networks come nearer to the chance itself, and a network that learns from them ranks and calibrates better than one that
learns from the draws. Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (2015).
"""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from model.baseline_features import known_pages, table_at
from model.baselines import boosted_trees, cross_fitted
from model.dataset import EARLY_CLICKS, Encoded
from model.evaluate import at_click
from model.heads import HEADS
from model.logits import logits_of
from model.train import Plan, fit_network

TREE_SHARE = 0.8
"""The trees' part of a lesson where they have an opinion, which is as a page is opened; elsewhere the networks speak."""
NETWORKS = 3
SESSIONS_LEAST = 1_000
"""From fewer, trees learn nothing that would be worth teaching."""
SESSIONS_MOST = 60_000
"""So many sessions average out their own chance, and the trees would take long."""

Told = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


def with_lessons(
    teach: Sequence[Encoded], choose: Sequence[Encoded], plan: Plan, told: Told | None = None
) -> list[Encoded]:
    """The same sessions, whose purchase targets are chances. As they were where they are too many or too few for that."""
    if not SESSIONS_LEAST <= len(teach) <= SESSIONS_MOST:
        return list(teach)
    lessons = _of_networks(teach, choose, plan, told)
    pages = known_pages(teach)
    for click in range(1, EARLY_CLICKS + 1):
        if told is not None:
            told("trees as teachers", click - 1, EARLY_CLICKS)
        reached, steps = at_click(teach, click)
        if len(reached) < SESSIONS_LEAST // 4:
            break
        says = cross_fitted(boosted_trees, table_at(teach, click, pages), plan.seed)
        for i, step, chance in zip(reached, steps, says, strict=True):
            lessons[i][step] += TREE_SHARE * (chance - lessons[i][step])
    return [_with_targets(session, lesson) for session, lesson in zip(teach, lessons, strict=True)]


def _of_networks(
    teach: Sequence[Encoded], choose: Sequence[Encoded], plan: Plan, told: Told | None
) -> list[NDArray[np.float64]]:
    """The mean of some networks' chances at each step [T] of each session. They know the purchase head alone."""
    sums = [np.zeros(session.length) for session in teach]
    alone, chosen = (
        [s._replace(targets=s.targets[:, :1], asked=s.asked[:, :1]) for s in part] for part in (teach, choose)
    )
    for number in range(NETWORKS):
        if told is not None:
            told("networks as teachers", number, NETWORKS)
        network, _ = fit_network(alone, chosen, replace(plan, seed=plan.seed * 1_000 + number), heads=HEADS[:1])
        for total, logits in zip(sums, logits_of(network, alone), strict=True):
            total += 1.0 / (1.0 + np.exp(-logits[:, 0])) / NETWORKS
    return sums


def _with_targets(session: Encoded, chances: NDArray[np.float64]) -> Encoded:
    targets = session.targets.copy()
    targets[:, 0] = chances
    return session._replace(targets=targets)
