"""The file of visits that `fifthclick lift` reads. What cannot be meant is refused with its line; nothing is skipped in silence."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.progress import Progress

from core.analysis.visits import Row
from core.errors import ConfigError
from core.records import Arm

NEEDED = ("session_id", "arm", "decided_at", "converted", "revenue_minor", "margin_minor")
COLUMNS = (*NEEDED[:3], "score", *NEEDED[3:])
OPTIONAL = "treatment_probability"
CURRENCY = "currency"
ARMS: dict[str, Arm] = {name: name for name in get_args(Arm)}

_YES, _NO = {"1", "true", "t", "yes", "y", "1.0"}, {"0", "false", "f", "no", "n", "0.0"}
_MORE = "more cells than names"
_ABSENT = {"", "nan", "na", "null", "none"}
_MS_FROM = 1e11
"""A greater number is milliseconds since 1970: as seconds it would be the year 5138."""
_TIMES_S = (0.0, 7.3e9)
"""From 1970 to 2201: a visit of another time is a mistake."""
_AMOUNT_MOST = 1e13
"""In minor units: a hundred thousand million of the major one, in one visit."""


def read_rows(file: Path) -> list[Row]:
    """The file's rows, in its order.

    Raises:
        ConfigError: the file cannot be read, lacks a column, or a cell of it is not what it should be, with its line.
    """
    try:
        with (
            Progress(console=Console(stderr=True), transient=True) as progress,
            progress.open(file, "r", encoding="utf-8-sig", newline="", description="visits") as opened,
        ):
            return _rows(csv.DictReader(opened, restkey=_MORE), file)
    except FileNotFoundError:
        raise ConfigError("there is no such file. Next: name a CSV file of visits.", file=str(file)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(
            f"it cannot be read as CSV: {error}. Next: name a CSV file in UTF-8.", file=str(file)
        ) from error


def _rows(reader: "csv.DictReader[str]", file: Path) -> list[Row]:
    names = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    _check_columns(names, file)
    rows = []
    for cells in reader:
        try:
            rows.append(_row(cells))
        except _CellError as error:
            raise ConfigError(str(error), file=str(file), line=reader.line_num) from None
    return rows


def _check_columns(names: list[str], file: Path) -> None:
    missing = [name for name in NEEDED if name not in names]
    if missing:
        near = {name: get_close_matches(name, [n for n in names if n not in COLUMNS], 1, 0.5) for name in missing}
        hint = "".join(f" Is {found[0]!r} the column {name}?" for name, found in near.items() if found)
        there = ", ".join(names) if names else "nothing: it has no header line"
        raise ConfigError(
            f"there is no column {', '.join(missing)}; there is {there}.{hint} Next: the first line names "
            f"{', '.join(COLUMNS)}, separated by commas.",
            file=str(file),
        )
    double = sorted({name for name in names if name in (*COLUMNS, OPTIONAL, CURRENCY) and names.count(name) > 1})
    if double:
        raise ConfigError(f"the column {double[0]} is there twice. Next: keep one of them.", file=str(file))


class _CellError(Exception):
    """What is wrong with one cell, and what to do next."""


def _row(cells: dict[str, str]) -> Row:
    if _MORE in cells:
        raise _CellError(
            f"the line has more cells than the first line names: {cells[_MORE]}. Next: write amounts in minor units without a "
            "comma, and a text that holds one in quotes."
        )

    def cell(name: str) -> str:
        value = cells.get(name)
        if value is None and name in NEEDED:
            raise _CellError(f"the line ends before the column {name}. Next: give each line all columns.")
        return (value or "").strip()

    session_id, arm = cell("session_id"), ARMS.get(cell("arm").lower())
    if not session_id:
        raise _CellError("session_id is empty. Next: give each visit its own id.")
    if arm is None:
        raise _CellError(f"arm is {cell('arm')!r}. Next: write one of {', '.join(ARMS)}.")
    converted, revenue = _flag(cell("converted")), _number("revenue_minor", cell("revenue_minor"), _is_amount)
    if converted and revenue is None:
        raise _CellError(
            "revenue_minor is empty where converted is 1. Next: write what was paid, in minor units; 0 if nothing."
        )
    return Row(
        session_id=session_id,
        arm=arm,
        decided_at_s=_moment(cell("decided_at")),
        converted=converted,
        revenue_minor=revenue or 0.0,
        margin_minor=_number("margin_minor", cell("margin_minor"), _is_amount),
        score=_number("score", cell("score")),
        treatment_probability=_number(OPTIONAL, cell(OPTIONAL), _is_share),
        currency=_currency(cell(CURRENCY)),
    )


def _moment(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        seconds = number / 1000.0 if abs(number) >= _MS_FROM else number
        if _TIMES_S[0] <= seconds <= _TIMES_S[1]:
            return seconds
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _CellError(f"decided_at is {text!r}. Next: write a time such as 2026-03-04T12:00:00Z.") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _flag(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise _CellError(f"converted is {text!r}. Next: write 1 or 0.")


def _currency(text: str) -> str | None:
    if text.lower() in _ABSENT:
        return None
    if re.fullmatch(r"[A-Za-z]{3}", text):
        return text.upper()
    raise _CellError(f"currency is {text!r}. Next: write an ISO 4217 code such as EUR, or leave it empty.")


def _number(name: str, text: str, is_fine: Callable[[float], bool] = isfinite) -> float | None:
    if text.lower() in _ABSENT:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not is_fine(value):
        raise _CellError(f"{name} is {text!r}. Next: write {_WANTED[is_fine]}, or leave it empty.")
    return value


def _is_amount(value: float) -> bool:
    return abs(value) <= _AMOUNT_MOST


def _is_share(value: float) -> bool:
    return isfinite(value) and 0.0 <= value <= 1.0


_WANTED: dict[Callable[[float], bool], str] = {
    isfinite: "a number", _is_share: "a share between 0 and 1", _is_amount: "an amount that can be paid, in minor units",
}  # fmt: skip
