"""The simulated shop's file, read strictly: what cannot be meant is refused with its line, never quietly repaired."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TypeVar

import msgspec

from core.errors import ConfigError
from core.nearest import hint
from core.pages import PAGE_TYPES
from core.toml_lines import line_at, lines_of
from model.simulator.intents import LEAVE, WAVERING, Intent, Parameters

DEFAULT_FILE = Path(__file__).with_name("shop.toml")
PLACES = ("home", "listing", "search", "product", "blog", "faq", "cart")
"""Where a walk can lead. The steps towards paying are not among them: they follow from the cart."""
NEEDED_ROWS = ("faq", "cart", WAVERING)
"""`faq` also stands for every page type that has no row of its own."""

_Path = tuple[str | int, ...]
_WORDS = re.compile(r"\.(\w+)")
T = TypeVar("T")


class _Mistake(Exception):
    """Something in the file that cannot be meant: where, and what."""

    def __init__(self, path: _Path, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(message)


@cache
def load_parameters(file: Path = DEFAULT_FILE) -> Parameters:
    """The parameters in this file, by default those that come with the product.

    Raises:
        ConfigError: it cannot be read, has an unknown key, lacks one, or holds a number that is no share or weight;
            with file and line.
    """
    try:
        text = file.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}. Next: check its name.", file=str(file)) from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise ConfigError(f"is no TOML: {error}. Next: correct it.", file=str(file)) from None
    try:
        return _checked(values)
    except _Mistake as mistake:
        raise ConfigError(
            f"{mistake.message} Next: see docs/simulator.md for every key.",
            file=str(file),
            line=line_at(lines_of(text), mistake.path),
        ) from None


def parameters_of(values: dict[str, object], name: str) -> Parameters:
    """The parameters in tables that were read already, of a shop of this name. Raises as `load_parameters`, without a line."""
    try:
        return _checked(values)
    except _Mistake as mistake:
        place = ".".join(str(part) for part in mistake.path)
        raise ConfigError(
            f"shop {name}: {place}: {mistake.message} Next: see docs/simulator.md for every key."
        ) from None


def _checked(values: dict[str, object]) -> Parameters:
    """Each kind of visit is read on its own, so that a mistake in it can be told by its place."""
    _check_finite(values, ())
    tables = values.get("intents")
    if not isinstance(tables, dict) or not tables:
        raise _Mistake(("intents",), "there is no kind of visit: a table [intents.NAME] is needed.")
    intents = {}
    for name, table in tables.items():
        intents[name] = _convert(table, Intent, ("intents", name))
        _check_walk(intents[name], ("intents", name))
    parameters = _convert(values | {"intents": intents}, Parameters, ())
    if parameters.pace.least > parameters.pace.most:
        raise _Mistake(("pace", "least"), "the least pace is above the most.")
    return parameters


def _check_finite(value: object, path: _Path) -> None:
    """TOML has words for what is no number, and no bound refuses those."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_finite(inner, (*path, key))
    elif isinstance(value, float) and not isfinite(value):
        raise _Mistake(path, f"{path[-1]} must be a number, is {value}.")


def _convert(values: object, kind: type[T], place: _Path) -> T:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at ")
        # Beyond a table of free names msgspec says `[...]`: the line is then the table's.
        path = (*place, *_WORDS.findall(where.partition("[")[0]))
        unknown = re.search(r"unknown field `(\w+)`", said)
        if unknown is not None:
            table = _struct_at(kind, path[len(place) :])
            word = hint(unknown[1], table.__struct_fields__) if table else ""
            raise _Mistake((*path, unknown[1]), f"unknown key {unknown[1]!r}. {word}") from None
        name = ".".join(str(part) for part in path) or "the file"
        raise _Mistake(path, f"{name}: {said[:1].lower()}{said[1:]}.") from None


def _struct_at(kind: type, path: _Path) -> type[msgspec.Struct] | None:
    found: object = kind
    for part in path:
        found = getattr(found, "__annotations__", {}).get(part)
    return found if isinstance(found, type) and issubclass(found, msgspec.Struct) else None


def _check_walk(intent: Intent, place: _Path) -> None:
    _check_weights(intent.lands_on, [name for name in PLACES if name != "cart"], (*place, "lands_on"))
    _check_weights(
        {str(name): weight for name, weight in intent.sources.items()}, list(intent.sources), (*place, "sources")
    )
    for row, weights in intent.moves.items():
        if row not in (*PLACES, WAVERING):
            raise _Mistake((*place, "moves", row), f"unknown page type {row!r}. {hint(row, (*PLACES, WAVERING))}")
        targets = PLACES if row == WAVERING else (*PLACES, LEAVE)
        _check_weights(weights, targets, (*place, "moves", row))
    for row in NEEDED_ROWS:
        if row not in intent.moves:
            raise _Mistake((*place, "moves"), f"moves lacks the row {row!r}.")
    for page_type in intent.stay_s:
        if page_type not in PAGE_TYPES:
            raise _Mistake(
                (*place, "stay_s", page_type), f"unknown page type {page_type!r}. {hint(page_type, PAGE_TYPES)}"
            )
    if intent.waver_return + intent.waver_leave > 1.0:
        raise _Mistake(
            (*place, "waver_leave"), "waver_return and waver_leave are shares of the same pages: at most 1 in all."
        )
    for action, answer in intent.answers.items():
        if answer.click_share + answer.submit_share + answer.dismiss_share > 1.0:
            raise _Mistake((*place, "answers", action), "the shares of an answer are at most 1 in all.")


def _check_weights(weights: Mapping[str, float], names: Sequence[str], path: _Path) -> None:
    for name, weight in weights.items():
        if name not in names:
            raise _Mistake((*path, name), f"unknown page type {name!r}. {hint(name, names)}")
        if weight < 0.0:
            raise _Mistake((*path, name), f"a weight is 0 or more, {name} is {weight:g}.")
    if sum(weights.values()) <= 0.0:
        raise _Mistake(path, f"{path[-1]} has no weight above 0.")
