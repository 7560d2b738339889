"""Recorded page sequences as two tables: `sessions.csv` and `events.csv`, plain or gzipped, in one folder.

sessions.csv has session_id, purchase (0 or 1) and, if there is one, split (`train`, `val`); other columns are left alone.
events.csv has session_id, pos, page, t_seconds since the session's start. `page` may be any word: it becomes the page
type `page_<word>`, so that unnamed kinds stay apart. The purchase is a label, not an event: the data does not say when
it happened, so none is invented.
"""

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from math import isfinite
from pathlib import Path

from core import events as ev
from core.errors import ConfigError
from model.dataset import Recorded
from model.importers.files import UNREADABLE, opened
from model.importers.source import Source

START_MS = 1_767_225_600_000
SESSION_COLUMNS = ("session_id", "purchase")
EVENT_COLUMNS = ("session_id", "pos", "page", "t_seconds")


def read(source: Source) -> Iterator[Recorded]:
    """Every session of the folder `source.path`.

    Raises:
        ConfigError: a file or a column is missing, or a value is none, with file and line.
    """
    return sessions_in(Path(source.path))


def sessions_in(folder: Path, start_ms: int = START_MS) -> Iterator[Recorded]:
    """The sessions of a folder in its own order; those without an event are left out. Raises as `read`."""
    pages: dict[str, list[tuple[int, float, str]]] = {}
    file = _find(folder, "events")
    for line, row in _rows(file, EVENT_COLUMNS):
        try:
            moment = (_position(row["pos"]), _seconds(row["t_seconds"]), page_type(row["page"]))
        except ValueError as error:
            raise ConfigError(f"{error}. Next: correct this line.", file=file.name, line=line) from None
        pages.setdefault(row["session_id"], []).append(moment)
    file = _find(folder, "sessions")
    for line, row in _rows(file, SESSION_COLUMNS):
        if row["purchase"] not in ("0", "1"):
            wrong = f"purchase is {row['purchase']!r}, not 0 or 1. Next: correct this line."
            raise ConfigError(wrong, file=file.name, line=line)
        session_id = row["session_id"]
        if session_id in pages:
            visit = sorted(pages[session_id])
            events = [(b"\0" * 14, event) for event in page_views(visit, start_ms)]
            yield Recorded(session_id, events, row["purchase"] == "1", split=row.get("split") or "")


def page_views(visit: list[tuple[int, float, str]], start_ms: int) -> Iterator[ev.PageView]:
    """(position, seconds since the start, page type) as page views of one document."""
    for i, (_, t_seconds, kind) in enumerate(visit):
        yield ev.PageView(seq=i + 1, at_ms=start_ms + max(0, round(t_seconds * 1000)), page_type=kind)


def _position(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"pos is {text!r}, no whole number") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("nan")
    if not isfinite(seconds):
        raise ValueError(f"t_seconds is {text!r}, no number")
    return seconds


def page_type(word: str) -> str:
    """The word as a page type of ours."""
    return "page_" + re.sub(r"[^\w.:/-]", "-", word.strip())[:40]


def _find(folder: Path, name: str) -> Path:
    for file in (folder / f"{name}.csv.gz", folder / f"{name}.csv"):
        if file.exists():
            return file
    raise ConfigError(f"{folder} has no {name}.csv or {name}.csv.gz. Next: name the folder that holds both tables.")


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its line number."""
    line = 1
    try:
        with closing(opened(file)) as handle:
            reader = csv.DictReader(handle)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError(f"has no column {missing[0]!r}. Next: add it.", file=file.name, line=1)
            for row in reader:
                line = reader.line_num
                if any(row[name] is None for name in columns):
                    raise ConfigError("is cut short. Next: correct this line.", file=file.name, line=line)
                yield line, row
    except (*UNREADABLE, csv.Error) as error:
        raise ConfigError(f"cannot be read: {error}. Next: fetch it again.", file=file.name, line=line) from None
