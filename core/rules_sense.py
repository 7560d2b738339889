"""What is well-formed in a rules file and still makes no sense: an offer that nobody honours, a goal that cannot come true.

Each check takes one part of the file as its Struct; a part that has a mistake of shape is left out, so that one typo
does not bring a second complaint. What an action says is looked at in `action_sense`.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from core.action_sense import action_mistakes
from core.events import COMMERCE_EVENTS, NAME_BY_TYPE, TYPE_BY_NAME, UNSEEN_EVENTS, WebVitals
from core.experiment_sense import experiment_mistakes
from core.goals import properties_of
from core.nearest import hint
from core.rules import ActionRule, Arms, Goal, Money, Pacing, Segments
from core.rules_check import Mistake, shape_mistakes
from core.toml_lines import Path
from core.variants import Experiment

_S = TypeVar("_S")

MAX_ACTIONS = 100
"""Each event looks at every action; no shop means more."""

_GOAL_EVENTS = [name for kind, name in NAME_BY_TYPE.items() if kind not in UNSEEN_EVENTS]


def sense_mistakes(data: dict[str, object]) -> list[Mistake]:
    """Everything about parsed TOML that has the right shape and cannot work."""
    return [
        *_goals(data.get("goals")),
        *_segments(_part(data.get("segments"), Segments)),
        *_arms(_part(data.get("arms"), Arms)),
        *_actions(data),
        *_experiments(data),
    ]


def _experiments(data: dict[str, object]) -> Iterator[Mistake]:
    experiments = _part(data.get("experiments"), dict[str, Experiment])
    rest = {key: value for key, value in data.items() if key != "experiments"}
    # A file that has mistakes without its experiments has them in each variant too: they are said once.
    if experiments and not _whole(rest):
        yield from experiment_mistakes(data, experiments, _whole)


def _whole(data: dict[str, object]) -> list[Mistake]:
    return shape_mistakes(data) or sense_mistakes(data)


def _goals(table: object) -> Iterator[Mistake]:
    if not isinstance(table, dict):
        return
    if not table:
        yield Mistake(("goals",), 'no goal is left to measure by. Next: add [goals.purchase] with event = "purchase".')
    for name, value in table.items():
        goal = _part(value, Goal)
        if goal is not None:
            yield from _goal(goal, ("goals", name))


def _goal(goal: Goal, path: Path) -> Iterator[Mistake]:
    kind = TYPE_BY_NAME.get(goal.event)
    if kind is None:
        yield Mistake((*path, "event"), f"unknown event {goal.event!r}. {hint(goal.event, _GOAL_EVENTS)}")
    elif kind in UNSEEN_EVENTS:
        why = "happens only where an offer is shown, so it cannot be compared with the holdout"
        if kind is WebVitals:
            why = "says how the page behaved and nothing of the shopper"
        yield Mistake((*path, "event"), f"{goal.event!r} {why}. Next: name what the shopper does in the shop.")
    elif goal.min_value_minor and kind not in COMMERCE_EVENTS:
        why = f"{goal.event!r} carries no money, so min_value_minor can never be reached"
        yield Mistake((*path, "min_value_minor"), f"{why}. Next: remove the line.")

    if kind is not None:
        yield from _where(goal, properties_of(kind), (*path, "where"))


def _where(goal: Goal, properties: Mapping[str, type], path: Path) -> Iterator[Mistake]:
    for name, wanted in goal.where.items():
        asked = properties.get(name)
        given = str if isinstance(wanted, tuple) else type(wanted)
        if asked is None:
            can = hint(name, properties) if properties else "It has none. Next: remove the line."
            yield Mistake((*path, name), f"{goal.event!r} has no property {name!r}. {can}")
        elif given is not asked:
            kinds = {str: "text", int: "a number", bool: "true or false"}
            yield Mistake((*path, name), f"{name} of {goal.event!r} is {kinds[asked]}. Next: write it so.")
        elif wanted in ((), ""):
            yield Mistake((*path, name), "nothing is named, so the goal can never be reached. Next: name a value.")


def _segments(segments: Segments | None) -> Iterator[Mistake]:
    if segments is not None and segments.likely_to_buy_at <= segments.on_the_fence_at:
        yield Mistake(
            ("segments", "likely_to_buy_at"),
            f"likely_to_buy_at ({segments.likely_to_buy_at:g}) must be greater than on_the_fence_at "
            f"({segments.on_the_fence_at:g}), else nobody is on the fence.",
        )


def _arms(arms: Arms | None) -> Iterator[Mistake]:
    if arms is not None and arms.holdout_share == 0 and not arms.no_holdout_because.strip():
        yield Mistake(
            ("arms", "holdout_share"),
            "without a holdout no lift can be shown, so holdout_share cannot be 0 by accident. "
            'Next: raise it, or say why in no_holdout_because = "...".',
        )


def _actions(data: dict[str, object]) -> Iterator[Mistake]:
    value = data.get("actions")
    segments = _part(data.get("segments"), Segments) or Segments()
    money = _part(data.get("money"), Money) or Money()
    pacing = _part(data.get("pacing"), Pacing) or Pacing()
    if not isinstance(value, list):
        return
    if len(value) > MAX_ACTIONS:
        yield Mistake(("actions", MAX_ACTIONS), f"there are {len(value)} actions, at most {MAX_ACTIONS} are allowed.")
    first_by_id: dict[str, int] = {}
    for place, table in enumerate(value):
        action_id = table.get("id") if isinstance(table, dict) else None
        if isinstance(action_id, str) and first_by_id.setdefault(action_id, place) != place:
            first = first_by_id[action_id] + 1
            yield Mistake(
                ("actions", place, "id"), f"{action_id!r} is the id of action number {first} already. Next: rename one."
            )
        rule = _part(table, ActionRule)
        if rule is not None:
            yield from action_mistakes(rule, segments, money, pacing, ("actions", place))


def _part(value: object, kind: type[_S]) -> _S | None:
    """A part of the file as its Struct, or None where it is absent or has a mistake of shape already."""
    try:
        return msgspec.convert(value, kind) if value is not None else None
    except msgspec.ValidationError:
        return None
