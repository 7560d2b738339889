"""Experiments that are well-formed and make no sense: shares that leave visits out, variants that get in each other's way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from math import isclose
from typing import Any

from core.experiments import with_variant
from core.nearest import hint
from core.rules_check import Mistake
from core.toml_lines import Path
from core.variants import MOST_EXPERIMENTS, VARIED, Experiment, Variant

FIXED = ("id", "is_on", "budget_minor_per_day", "control_share")
FIXED_WORDS = ("type", "honour", "pool")
"""What a variant may not change of an action: what is kept across visits (its name, its money, its codes) is one for all."""

Check = Callable[[dict[str, Any]], Sequence[Mistake]]


def experiment_mistakes(
    data: Mapping[str, Any], experiments: Mapping[str, Experiment], whole: Check
) -> Iterator[Mistake]:
    """Everything that is wrong with these experiments. `whole` finds the mistakes of a file: each variant is one."""
    on = {name: experiment for name, experiment in experiments.items() if experiment.is_on}
    if len(on) > MOST_EXPERIMENTS:
        yield Mistake(
            ("experiments",), f"{len(on)} experiments are on, at most {MOST_EXPERIMENTS} may be. Next: end one of them."
        )
    for (one, first), (two, second) in combinations(on.items(), 2):
        if both := sorted(_touched(first) & _touched(second)):
            yield Mistake(
                ("experiments", two),
                f"experiments {one!r} and {two!r} both change {both[0]}, so neither could be told from the other. "
                "Next: let one of them end first.",
            )
    for name, experiment in experiments.items():
        yield from _experiment(data, experiment, ("experiments", name), whole)


def _experiment(data: Mapping[str, Any], experiment: Experiment, path: Path, whole: Check) -> Iterator[Mistake]:
    shares = sum(variant.share for variant in experiment.variants.values())
    if len(experiment.variants) < 2:
        yield Mistake(path, "an experiment compares at least two variants. Next: add one that changes nothing.")
    elif not isclose(shares, 1.0, abs_tol=1e-6):
        yield Mistake(path, f"the shares of the variants make {shares:g} and must make 1. Next: change one of them.")
    here = {action["id"]: action for action in data.get("actions", ())}
    for name, variant in experiment.variants.items():
        place = (*path, "variants", name)
        found = [*_fixed(variant, here, place)]
        yield from found
        if not found:
            yield from _as_a_file(data, variant, place, whole)


def _fixed(variant: Variant, here: Mapping[str, Any], path: Path) -> Iterator[Mistake]:
    for action_id, changes in variant.actions.items():
        at = (*path, "actions", action_id)
        if action_id not in here:
            yield Mistake(at, f"there is no action {action_id!r}. {hint(action_id, here)}")
            continue
        words = changes.get("action", {})
        kept = [key for key in FIXED if key in changes and not (key == "is_on" and changes[key] is False)]
        kept += [key for key in FIXED_WORDS if isinstance(words, dict) and key in words]
        if here[action_id].get("budget_minor_per_day") is not None:
            kept += [key for key in ("cost_minor", "cost_share") if key in changes]
        for key in kept:
            yield Mistake(
                (*at, key),
                f"{key!r} of {action_id!r} is the same in every variant. Next: make it an action of its own.",
            )


def _as_a_file(data: Mapping[str, Any], variant: Variant, path: Path, whole: Check) -> Iterator[Mistake]:
    """The mistakes that the file would have if it said what the variant says."""
    tree = {key: value for key, value in data.items() if key != "experiments"}
    over = {table: getattr(variant, table) for table in (*VARIED, "actions")}
    if faults := [mistake.message for mistake in whole(with_variant(tree, over))]:
        yield Mistake(path, f"in this variant {faults[0]}")


def _touched(experiment: Experiment) -> set[str]:
    """What an experiment changes, in words."""
    return {
        word
        for variant in experiment.variants.values()
        for word in (
            *(f"[{table}]" for table in VARIED if getattr(variant, table)),
            *(f"action {action_id!r}" for action_id in variant.actions),
        )
    }
