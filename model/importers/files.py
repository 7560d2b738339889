"""Files as rows with their places: plain or gzipped, one file or a folder of parts, a line at a time and never all at once."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import blake2b
from io import TextIOWrapper
from pathlib import Path
from typing import IO, NamedTuple, cast

import msgspec

from core.errors import ConfigError

Row = Mapping[str, str]
_GZIP = b"\x1f\x8b"
UNREADABLE = (OSError, EOFError, zlib.error)


class Place(NamedTuple):
    """Where something stands: the file's name and the line, counted from 1."""

    file: str
    line: int


def parts_of(path: str) -> list[Path]:
    """The file, or every file of the folder by name.

    Raises:
        ConfigError: there is none.
    """
    where = Path(path)
    parts = (
        sorted(p for p in where.iterdir() if p.is_file() and not p.name.startswith(".")) if where.is_dir() else [where]
    )
    if not path or not parts or not parts[0].is_file():
        raise ConfigError(f"{path or 'nothing'} is no file and no folder of files. Next: name the file to read.")
    return parts


def lines(path: str) -> Iterator[tuple[Place, str]]:
    """Each line of each part, without its end. Bytes that are no UTF-8 are replaced: one odd letter spoils no file.

    Raises:
        ConfigError: a file cannot be read, or is cut off.
    """
    for part in parts_of(path):
        yield from _lines_of(part)


def _lines_of(part: Path) -> Iterator[tuple[Place, str]]:
    number = 0
    try:
        with closing(opened(part)) as handle:
            for number, line in enumerate(handle, start=1):
                yield Place(part.name, number), line.rstrip("\r\n")
    except UNREADABLE as error:
        said = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"cannot be read: {said}. Next: fetch it again.", file=part.name, line=number + 1) from None


def opened(part: Path) -> TextIOWrapper:
    """The file's text, plain or gzipped, with or without a byte order mark; bytes that are no UTF-8 are replaced."""
    with part.open("rb") as probe:
        is_packed = probe.read(2) == _GZIP
    binary = gzip.GzipFile(part) if is_packed else part.open("rb")
    return TextIOWrapper(cast(IO[bytes], binary), encoding="utf-8-sig", errors="replace", newline="")


def table(path: str, columns: tuple[str, ...]) -> Iterator[tuple[Place, Row]]:
    """Each row of a comma-separated file with a header; an empty one for a row of another width.

    Raises:
        ConfigError: as `lines`, or a column is missing.
    """
    for part in parts_of(path):
        place, header = Place(part.name, 1), None
        for place, cells in _cells(part):
            if header is None:
                header = [name.strip().lower() for name in cells]
                check_columns(header, columns, place)
            elif cells:
                yield place, dict(zip(header, cells, strict=True)) if len(cells) == len(header) else {}
        if header is None:
            check_columns([], columns, place)


def json_lines(path: str, sign: str) -> Iterator[tuple[Place, str]]:
    """Each line of newline-delimited JSON that is not empty. `sign` is a key that this format cannot be without.

    Raises:
        ConfigError: as `lines`, or a part's first line is no JSON object with that key.
    """
    known = ""
    for place, line in lines(path):
        if not line.strip():
            continue
        if place.file != known:
            known = place.file
            _check_object(line, sign, place)
        yield place, line


def _check_object(line: str, sign: str, place: Place) -> None:
    try:
        first = msgspec.json.decode(line)
    except msgspec.DecodeError:
        first = None
    if not isinstance(first, dict) or sign not in first:
        wanted = f"is no JSON object with {sign!r}. Next: export as newline-delimited JSON, one object a line."
        raise ConfigError(wanted, file=place.file, line=place.line)


def check_columns(header: list[str], columns: tuple[str, ...], place: Place) -> None:
    """Raises `ConfigError` where one of these columns is missing."""
    missing = [name for name in columns if name not in header]
    if missing:
        wanted = f"has no column {missing[0]!r}. Next: bring a file whose first line names {', '.join(columns)}."
        raise ConfigError(wanted, file=place.file, line=place.line)


def _cells(part: Path) -> Iterator[tuple[Place, list[str]]]:
    """The rows; one that csv cannot read is `[""]`, which is of no header's width."""
    reader = csv.reader(line for _, line in _lines_of(part))
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = [""]
        yield Place(part.name, reader.line_num), cells


def file_key(path: str) -> bytes:
    """32 bytes that follow from how the first file begins: whoever has no copy of it cannot try out visitors' ids."""
    first = parts_of(path)[0]
    try:
        with first.open("rb") as handle:
            return blake2b(handle.read(65_536), digest_size=32).digest()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}. Next: check who may.", file=first.name) from None
