"""10,000 random rule sets, each on a random visit in treatment and in one arm that is shown nothing: every property holds.

The properties are those of `tests.support.policy_properties`; the counts say how often each answer came up, so that a run
in which hardly anything was offered cannot pass for a proof.
"""

import argparse
from collections import Counter
from typing import Any

from rich.console import Console

from core.records import Arm
from model.terminal import progress_of
from tests.support.policy_properties import PROPERTIES, Tried, chosen, tried

VISITS = 10_000
OFFERS_AT_LEAST = VISITS // 4
EXAMPLES_KEPT = 5


def run(options: argparse.Namespace) -> dict[str, Any]:
    return measured(VISITS)


def measured(visits: int, first_seed: int = 1_000_000) -> dict[str, Any]:
    """Figures, with `passed`. A violation is named with its property and its seed, from which it is played again."""
    answers, refusals, counts = Counter[str](), Counter[str](), Counter[str]()
    violations: list[str] = []
    others: tuple[Arm, ...] = ("control", "holdout")
    with progress_of(Console(stderr=True)) as progress:
        task = progress.add_task("visits", total=visits)
        for seed in range(first_seed, first_seed + visits):
            visit = tried(seed, ("treatment", others[seed % 2]))
            violations += _violations(visit)
            _count(visit, answers, refusals, counts)
            progress.advance(task)
    return {
        "passed": not violations and counts["offers"] >= OFFERS_AT_LEAST * visits / VISITS,
        "visits": visits,
        "properties": len(PROPERTIES),
        "violations": len(violations),
        "violated": violations[:EXAMPLES_KEPT],
        **counts,
        "answers": dict(answers.most_common()),
        "refusals": dict(refusals.most_common()),
    }


def _violations(visit: Tried) -> list[str]:
    found = []
    for holds in PROPERTIES:
        try:
            holds(visit)
        except AssertionError as error:
            found.append(f"{holds.__name__}: seed {visit.made.seed}: {str(error)[:200]}")
    return found


def _count(visit: Tried, answers: Counter[str], refusals: Counter[str], counts: Counter[str]) -> None:
    for arm, played in visit.by_arm.items():
        counts["events"] += len(played.steps)
        counts["choices"] += sum(1 for _ in chosen(played))
        if arm != "treatment":
            continue
        for step in played.steps:
            counts["offers"] += step.offer is not None
            counts["withdrawn"] += step.withdrawn is not None
            if step.answer is not None:
                answers[step.answer.reason] += 1
                refusals.update(reason for _, reason in step.answer.refused)
