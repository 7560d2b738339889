"""Product feeds as rows of text, each with its place: Google Merchant's table and XML, plain CSV, JSON lines, saved pages.

Lives here: which format a file is, and tables. XML is `_feed_xml`, pages are `_feed_pages`, what a row means `_feed_products`.
A row that cannot be read as one is `Unread` and is named like every other bad row.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

import msgspec

from core.errors import ConfigError

FORMATS = ("table", "json", "xml", "html")
_GZIP = b"\x1f\x8b"
_PAGES = (".html", ".htm", ".xhtml")
_LONGEST_LINE = 1_000_000
UNREADABLE = (OSError, EOFError, zlib.error)


class Place(NamedTuple):
    """Where something stands: the file's name and the line, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Unread(NamedTuple):
    """Why a row could not be read; never what stood in it."""

    reason: str


Row = Mapping[str, str]
"""Column names as they are spelled in `_feed_products`: lower case, words joined by `_`, without a namespace."""

Rows = Iterator[tuple[Place, Row | Unread]]
Opener = Callable[[Path], IO[bytes]]
"""Opens a file for reading; the verb's own counts what was read for the progress bar."""


def files_of(path: str) -> list[Path]:
    """The file, or the saved pages in the folder and the folders below, by name. Raises `ConfigError` where there is none."""
    where = Path(path)
    if where.is_dir():
        found = sorted(p for p in where.rglob("*") if p.is_file() and p.suffix.lower() in _PAGES)
        if not found:
            raise ConfigError(
                f"{path} holds no .html file. Next: name a feed file, or a folder of saved product pages."
            )
        return found
    if not where.is_file():
        raise ConfigError(f"{path} is no file and no folder. Next: check the name; addresses are not fetched.")
    return [where]


def format_of(file: Path, opener: Opener) -> str:
    """Which of `FORMATS` a file is, by how it begins. Raises `ConfigError` for one that cannot be read, or is empty."""
    with text_of(file, opener) as handle:
        try:
            start = handle.read(4096).lstrip()
        except UNREADABLE as error:
            raise _unreadable(file, error) from None
    if not start:
        raise ConfigError("is empty. Next: name the file of the products.", file=file.name)
    lower = start[:1024].lower()
    if file.suffix.lower() in _PAGES or lower.startswith("<!doctype html") or lower.startswith("<html"):
        return "html"
    if start.startswith("<"):
        return "xml"
    return "json" if start.startswith(("{", "[")) else "table"


@contextmanager
def text_of(file: Path, opener: Opener) -> Iterator[io.TextIOWrapper]:
    """The file's text, plain or gzipped, with or without a byte order mark; bytes that are no UTF-8 are replaced."""
    with (
        binary_of(file, opener) as binary,
        io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="") as handle,
    ):
        yield handle


@contextmanager
def binary_of(file: Path, opener: Opener) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked. Raises `ConfigError`."""
    try:
        with file.open("rb") as probe:
            is_packed = probe.read(2) == _GZIP
        raw = opener(file)
    except OSError as error:
        raise _unreadable(file, error) from None
    with raw:
        if is_packed:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            yield raw


def table(file: Path, opener: Opener) -> Rows:
    """Each row of a table with a header, separated by tabs, commas or semicolons. Raises `ConfigError` where it breaks off."""
    with text_of(file, opener) as handle:
        lines = _lines(file, handle)
        first = next(lines, (1, ""))[1]
        separator = max("\t,;", key=first.count)
        header = [spelled(name) for name in next(csv.reader([first], delimiter=separator), [])]
        reader = csv.reader((line for _, line in lines), delimiter=separator, strict=True)
        while True:
            line = reader.line_num + 2
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Place(file.name, line), Unread("quotes that do not close, or a cell too long")
                continue
            if len(cells) == len(header):
                yield Place(file.name, line), dict(zip(header, cells, strict=True))
            elif any(cell.strip() for cell in cells):
                yield Place(file.name, line), Unread("more or fewer cells than the first line")


def json_lines(file: Path, opener: Opener) -> Rows:
    """Each object of newline-delimited JSON. Raises `ConfigError` where the file breaks off."""
    with text_of(file, opener) as handle:
        for number, line in _lines(file, handle):
            if not line.strip():
                continue
            try:
                told = msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError):
                told = None
            if isinstance(told, dict):
                yield Place(file.name, number), {spelled(str(k)): plain(v) for k, v in told.items()}
            else:
                yield Place(file.name, number), Unread("no JSON object on one line")


def spelled(name: str) -> str:
    """A column's name as `_feed_products` knows it: "Image Link", "g:image_link" and "image_link" are one."""
    return "_".join(name.strip().lower().rpartition(":")[2].replace("-", " ").replace("_", " ").split())


def plain(value: object) -> str:
    """A JSON value as a cell: text and numbers as they are, anything else is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _lines(file: Path, handle: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        while line := handle.readline(_LONGEST_LINE):
            number += 1
            yield number, line.rstrip("\r\n") if line.endswith("\n") else line
    except UNREADABLE as error:
        raise _unreadable(file, error, number + 1) from None


def _unreadable(file: Path, error: BaseException, line: int = 0) -> ConfigError:
    said = getattr(error, "strerror", None) or str(error)
    return ConfigError(f"cannot be read: {said}. Next: fetch it again.", file=file.name, line=line or None)
