"""What a report is made of, and how its numbers are written."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from core.money import exponent
from server.reports.asking import Answer

Verdict = Literal["good", "unsure", "bad"]
Cell = str | int | float | None


class Range(Struct, frozen=True):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    def times(self, by: float) -> "Range":
        return Range(self.value * by, *sorted((self.low * by, self.high * by)))


class Check(Struct, frozen=True):
    """Something that a number rests on. `is_forbidding`: while it is bad no lift is printed."""

    name: str
    verdict: Verdict
    words: str
    is_forbidding: bool = False


class Block(NamedTuple):
    """One figure: its `answers` are the statements under it. `command`: how numbers that SQL alone does not give are made from
    them. `svg` is one `<svg>` without anything to fetch."""

    name: str
    title: str
    answers: Sequence[Answer]
    words: Sequence[str] = ()
    table: Sequence[dict[str, Cell]] = ()
    svg: str = ""
    caption: str = ""
    command: str = ""


class Section(NamedTuple):
    name: str
    title: str
    blocks: Sequence[Block]
    words: Sequence[str] = ()


def points(value: float) -> str:
    """A difference of two shares, in points of a hundred."""
    return f"{value * 100:.1f}"


def share(value: float | None) -> str | None:
    return None if value is None else f"{value:.1%}"


def count(value: float) -> str:
    return f"{round(value):,}"


def money(minor: float, currency: str) -> str:
    """Whole amounts: a report's cents are noise beside its intervals."""
    whole = round(minor / 10 ** exponent(currency))
    return f"{currency} {whole:,}"


def table_of(rows: Sequence[dict[str, Any]], **names: str) -> list[dict[str, Cell]]:
    """These columns of the rows, under these headings."""
    return [{heading: _cell(column, row[column]) for column, heading in names.items()} for row in rows]


def _cell(column: str, value: Any) -> Cell:
    if value is None:
        return None
    if column.endswith(("_share", "_rate", "accuracy", "precision")):
        return share(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if isinstance(value, str | float) else str(value)
