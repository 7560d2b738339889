"""Every mistake of a rules file's shape, in words: unknown keys, wrong types, values out of bounds.

The shape itself is `core.rules` and nothing else: this walks the types that msgspec reads from there, so that a new field
or action type is checked without a line here. msgspec's own check stops at the first fault; a merchant wants all of them.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import inspect

from core.nearest import hint
from core.rules import BOUND_FIELDS, ActionRule, Rules, When
from core.toml_lines import Path

_FORMS = {
    r"^https?://[^\s<>\"']+$": "an address that begins with https:// or http://",
    r"^[a-z0-9][a-z0-9_-]*$": "small letters, digits, '-' and '_' only, beginning with a letter or digit",
    r"^([a-z0-9][a-z0-9_-]*)?$": "small letters, digits, '-' and '_' only, beginning with a letter or digit",
    r"^[\w-]+$": "letters, digits, '-' and '_' only",
    r"^[\w\[\]-]+$": "the name of a form field: letters, digits, '-', '_', '[' and ']'",
    r"^[\w.:/-]*$": "one word of letters, digits and . : / - _",
    r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$": "a colour such as #1a5fb4",
    r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$": "a language such as en, pt or pt-BR",
    r"^[A-Z]{3}$": "a currency of three capital letters, such as EUR",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_INDENT_AND_LINES = "\n\t"
_READABLE = 10**18
"""Larger numbers are not printed: Python refuses to write out thousands of digits."""


class Mistake(NamedTuple):
    """What is wrong, and where: the path of the key in the file."""

    path: Path
    message: str


def shape_mistakes(data: object) -> list[Mistake]:
    """Everything about parsed TOML that does not fit `Rules`."""
    return list(_check(data, inspect.type_info(Rules), ()))


def _check(value: object, expected: inspect.Type, path: Path) -> Iterator[Mistake]:
    match expected:
        case inspect.StructType():
            yield from _check_table(value, expected, path)
        case inspect.UnionType():
            yield from _check_choice(value, expected, path)
        case inspect.DictType():
            yield from _check_names(value, expected, path)
        case inspect.VarTupleType():
            yield from _check_list(value, expected, path)
        case inspect.TupleType():
            yield from _check_row(value, expected, path)
        case inspect.LiteralType():
            yield from _check_word(value, [str(word) for word in expected.values], path)
        case inspect.StrType():
            yield from _check_text(value, expected, path)
        case inspect.IntType() | inspect.FloatType():
            yield from _check_number(value, expected, path)
        case inspect.BoolType() if type(value) is not bool:
            yield Mistake(path, f"{_name(path)} must be true or false, is {_shown(value)}.")


def _check_table(value: object, expected: inspect.StructType, path: Path) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield Mistake(path, f"{_name(path)} must be a table of keys, is {_shown(value)}.")
        return
    types = {field.encode_name: field for field in expected.fields}
    if isinstance(expected.tag_field, str):
        value = {key: inner for key, inner in value.items() if key != expected.tag_field}
    for key, inner in value.items():
        field = types.get(key)
        if field is None or (not path and key in BOUND_FIELDS):
            yield Mistake((*path, key), _unknown_key(key, list(types), path))
        else:
            yield from _check(inner, field.type, (*path, key))
    for key, field in types.items():
        if field.required and key not in value:
            place = ".".join(part for part in (*path, key) if isinstance(part, str))
            line = f"a table [{place}]" if _is_table(field.type) else f"a line `{key} = ...`"
            yield Mistake(path, f"{_name(path)} lacks {key!r}. Next: add {line} to it.")


def _unknown_key(key: str, valid: list[str], path: Path) -> str:
    if not path and key in BOUND_FIELDS:
        return f"{key!r} is set by the server and not by this file. Next: remove the line."
    if path[:1] == ("actions",) and len(path) > 2 and key in ActionRule.__struct_fields__:
        return f"unknown key {key!r} in [actions.{path[2]}]. It belongs above, in [[actions]]."
    if path[:1] == ("actions",) and len(path) == 2 and key in ("type", "title", "text", "url", "honour", "button"):
        return f"unknown key {key!r} in [[actions]]. It belongs below, in [actions.action]."
    if path[:1] == ("actions",) and len(path) == 2 and key in When.__struct_fields__:
        return f"unknown key {key!r} in [[actions]]. It belongs below, in [actions.when]."
    return f"unknown key {key!r}. {hint(key, [word for word in valid if path or word not in BOUND_FIELDS])}"


def _check_choice(value: object, expected: inspect.UnionType, path: Path) -> Iterator[Mistake]:
    """One of several tables, told apart by their tag: an action by `type`, an honour by `by`."""
    tables = {str(t.tag): t for t in expected.types if isinstance(t, inspect.StructType)}
    if not tables:
        # A value or nothing, and TOML has no way to say nothing; or, in a goal's filter, one of several kinds of values.
        found = [list(_check(value, kind, path)) for kind in expected.types if not isinstance(kind, inspect.NoneType)]
        if len(found) > 1 and all(found):
            yield Mistake(
                path, f"{_name(path)} must be text, a number, true or false, or a list of texts, is {_shown(value)}."
            )
        elif len(found) == 1:
            yield from found[0]
        return
    tag_field = str(next(iter(tables.values())).tag_field)
    if not isinstance(value, dict):
        yield Mistake(path, f"{_name(path)} must be a table with {tag_field!r}, is {_shown(value)}.")
    elif tag_field not in value:
        yield Mistake(path, f"{_name(path)} lacks {tag_field!r}. Valid: {', '.join(tables)}.")
    elif (tag := value[tag_field]) not in list(tables):
        kind = f"{_name(path)} {tag_field}"
        yield Mistake((*path, tag_field), f"unknown {kind} {_shown(tag)}. {hint(str(tag), tables)}")
    else:
        yield from _check_table(value, tables[tag], path)


def _check_names(value: object, expected: inspect.DictType, path: Path) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield Mistake(path, f"{_name(path)} must be a table of keys, is {_shown(value)}.")
        return
    for key, inner in value.items():
        if isinstance(expected.key_type, inspect.LiteralType):
            valid = [str(word) for word in expected.key_type.values]
            if key not in valid:
                yield Mistake((*path, key), f"unknown key {key!r} in {_name(path)}. {hint(key, valid)}")
                continue
        else:
            yield from _check(key, expected.key_type, (*path, key))
        yield from _check(inner, expected.value_type, (*path, key))


def _check_list(value: object, expected: inspect.VarTupleType, path: Path) -> Iterator[Mistake]:
    if isinstance(value, dict) and isinstance(expected.item_type, inspect.StructType):
        yield Mistake(path, f"{_name(path)} are several. Next: write [[{_name(path)}]] in double brackets over each.")
        return
    if not isinstance(value, list):
        yield Mistake(path, f"{_name(path)} must be a list in [ ], is {_shown(value)}.")
        return
    if len(value) < (expected.min_length or 0):
        yield Mistake(path, f"{_name(path)} must name at least {expected.min_length}, is empty.")
    if expected.max_length is not None and len(value) > expected.max_length:
        yield Mistake(path, f"{_name(path)} must name at most {expected.max_length}, names {len(value)}.")
    for place, inner in enumerate(value):
        yield from _check(inner, expected.item_type, (*path, place))


def _check_row(value: object, expected: inspect.TupleType, path: Path) -> Iterator[Mistake]:
    """A list of a fixed length, each place with its own type."""
    if not isinstance(value, list):
        yield Mistake(path, f"{_name(path)} must be a list in [ ], is {_shown(value)}.")
    elif len(value) != len(expected.item_types):
        yield Mistake(path, f"{_name(path)} must hold {len(expected.item_types)} values, holds {len(value)}.")
    else:
        for place, (inner, kind) in enumerate(zip(value, expected.item_types, strict=True)):
            yield from _check(inner, kind, (*path, place))


def _check_word(value: object, valid: list[str], path: Path) -> Iterator[Mistake]:
    if not isinstance(value, str) or value not in valid:
        word = value if isinstance(value, str) else ""
        yield Mistake(path, f"{_name(path)} cannot be {_shown(value)}. {hint(word, valid)}")


def _check_text(value: object, expected: inspect.StrType, path: Path) -> Iterator[Mistake]:
    name = _name(path)
    if not isinstance(value, str):
        yield Mistake(path, f"{name} must be a text in quotes, is {_shown(value)}.")
    elif len(value) < (expected.min_length or 0):
        yield Mistake(path, f"{name} must not be empty.")
    elif expected.max_length is not None and len(value) > expected.max_length:
        yield Mistake(path, f"{name} must be at most {expected.max_length} characters long, has {len(value)}.")
    elif _CONTROL.search(value) or (expected.pattern and any(mark in value for mark in _INDENT_AND_LINES)):
        yield Mistake(path, f"{name} holds a control character. Next: type it again by hand.")
    elif expected.pattern and not re.search(expected.pattern, value):
        yield Mistake(path, f"{name} must be {_FORMS.get(expected.pattern, expected.pattern)}, is {_shown(value)}.")


def _check_number(value: object, expected: inspect.IntType | inspect.FloatType, path: Path) -> Iterator[Mistake]:
    is_whole = isinstance(expected, inspect.IntType)
    if type(value) is not int and (is_whole or type(value) is not float):
        kind = "a whole number" if is_whole else "a number"
        yield Mistake(path, f"{_name(path)} must be {kind}, is {_shown(value)}.")
        return
    low, high = expected.ge, expected.le
    # Written so that a NaN, which compares with nothing, is out of every range.
    if low is not None and high is not None and not low <= value <= high:
        yield Mistake(path, f"{_name(path)} must be between {int(low)} and {int(high)}, is {_shown(value)}.")


def _is_table(expected: inspect.Type) -> bool:
    kinds = expected.types if isinstance(expected, inspect.UnionType) else (expected,)
    return any(isinstance(kind, inspect.StructType) for kind in kinds)


def _name(path: Path) -> str:
    """The last key of a path as a merchant would say it."""
    if path[:1] == ("actions",) and len(path) == 2:
        return f"action number {int(path[1]) + 1}"
    return next((key for key in reversed(path) if isinstance(key, str)), "the file")


def _shown(value: object) -> str:
    """A value as it stands in the file, cut to a readable length."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and abs(value) > _READABLE:
        return "a number that is far too large"
    text = repr(value) if isinstance(value, str | int | float) else f"the date {value}"
    return text if len(text) <= 60 else text[:57] + "..."
