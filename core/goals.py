"""When a goal has come true: which event, from which value on, and with which properties. What became of a visit is `outcomes`.

To filter by something new, give the event a field: every field of an event can be asked for.
"""

import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin

import msgspec

from core import events as ev
from core.fields import Commerce
from core.rules import Goal, Property

_NOT_ASKED = frozenset(("seq", "at_ms", "items", "decision_id"))
_OF_ITEMS = ("item_id", "category")
"""Asked of the event's items: true where any of them has it."""


def reaches(goal: Goal, event: ev.Event) -> bool:
    """Whether this event is a success in the sense of the goal."""
    if ev.name_of(event) != goal.event or value_of(event) < goal.min_value_minor:
        return False
    return all(_has(event, name, wanted) for name, wanted in goal.where.items())


def value_of(event: ev.Event) -> int:
    """The money that an e-commerce event states, in minor units of its currency; 0 for every other event."""
    return (event.value_minor or 0) if isinstance(event, ev.COMMERCE_EVENTS) else 0


def properties_of(kind: type[ev.Event]) -> Mapping[str, type]:
    """What can be asked of events of this kind: each property with the type of its values (str, int or bool)."""
    found = {f.name: _plain(f.type) for f in msgspec.structs.fields(kind) if f.name not in _NOT_ASKED}
    if issubclass(kind, Commerce):
        found |= dict.fromkeys(_OF_ITEMS, str)
    return {name: asked for name, asked in found.items() if asked is not None}


def _has(event: ev.Event, name: str, wanted: Property) -> bool:
    if name in _OF_ITEMS and isinstance(event, Commerce):
        return any(_fits(getattr(item, name), wanted) for item in event.items)
    return _fits(getattr(event, name, None), wanted)


def _fits(value: object, wanted: Property) -> bool:
    """Text and flags are equal, a list holds the text, and a number is reached."""
    if value is None:
        return False
    if isinstance(wanted, tuple):
        return value in wanted
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        return isinstance(value, int) and not isinstance(value, bool) and value >= wanted
    return value == wanted


def _plain(annotation: Any) -> type | None:
    """str, int or bool behind an annotation; None where it is none of them."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        kinds = {_plain(part) for part in get_args(annotation) if part is not type(None)}
        return kinds.pop() if len(kinds) == 1 else None
    if origin is not None:
        first = get_args(annotation)[0]
        return _plain(first) if hasattr(annotation, "__metadata__") else type(first) if isinstance(first, str) else None
    return annotation if annotation in (str, int, bool) else None
