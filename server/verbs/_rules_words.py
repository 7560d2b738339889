"""What is different between two rules, in words and as a unified diff. Reads nothing and prints nothing."""

from collections.abc import Iterator
from difflib import unified_diff

import msgspec

from core.rules import BOUND_FIELDS, Rules

_COLOURS = {"+": "\033[32m", "-": "\033[31m", "@": "\033[36m"}
_PLAIN = "\033[0m"


def changes_in_words(old: Rules, new: Rules) -> list[str]:
    """One sentence for each change that changes a decision or an offer, in the order of the file."""
    before, after = _as_tree(old), _as_tree(new)
    changes = list(_changes(before, after, ""))
    kept = [rule.id for rule in old.actions if any(rule.id == other.id for other in new.actions)]
    if kept != [rule.id for rule in new.actions if rule.id in kept]:
        changes.append(f"The priority of actions is now {', '.join(rule.id for rule in new.actions)}.")
    return changes


def text_diff(old: str, new: str, *, old_name: str, new_name: str, is_coloured: bool) -> str:
    """A unified diff of two texts; "" where they are equal."""
    lines = unified_diff(old.splitlines(), new.splitlines(), old_name, new_name, lineterm="")
    return "\n".join(_coloured(line) if is_coloured else line for line in lines)


def _as_tree(rules: Rules) -> dict[str, object]:
    """The rules as nested tables, with the actions by their id."""
    tree: dict[str, object] = {k: v for k, v in msgspec.to_builtins(rules).items() if k not in BOUND_FIELDS}
    actions = {rule.id: {k: v for k, v in msgspec.to_builtins(rule).items() if k != "id"} for rule in rules.actions}
    return {**tree, "actions": actions}


def _changes(before: object, after: object, place: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{place}.{key}" if place else str(key)
            if key not in after:
                yield f"{inner} is removed."
            elif key not in before:
                yield f"{inner} is new{'' if isinstance(after[key], dict) else f': {_shown(after[key])}'}."
            else:
                yield from _changes(before[key], after[key], inner)
    elif before != after:
        yield f"{place} was {_shown(before)}, is {_shown(after)}."


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value) or "empty"
    return "a table" if isinstance(value, dict) else repr(value)


def _coloured(line: str) -> str:
    colour = _COLOURS.get(line[:1])
    return f"{colour}{line}{_PLAIN}" if colour else line
