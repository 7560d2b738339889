"""Google Merchant's XML, RSS 2.0 or Atom, as rows: one for each `item` or `entry`, read as a stream.

A document type is refused: nothing in a feed needs one, and entities that unfold into gigabytes do.
"""

from pathlib import Path
from typing import IO
from xml.parsers import expat

from core.errors import ConfigError
from server.verbs._feed_files import UNREADABLE, Opener, Place, Rows, binary_of, spelled

_CHUNK = 65_536
_PRODUCT = ("item", "entry")
_TEXT_MOST = 20_000


class _DoctypeRefused(Exception):
    pass


class _Reader:
    """Handlers of one document. A product's fields are its direct children; the first of a name counts."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._path: list[str] = []
        self._row: dict[str, str] | None = None
        self._depth = 0
        self._line = 0
        self._text: list[str] = []
        self.done: list[tuple[Place, dict[str, str]]] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = spelled(name)
        self._path.append(name)
        if self._row is None and name in _PRODUCT:
            self._row, self._depth, self._line = {}, len(self._path), self.parser.CurrentLineNumber
        elif self._row is not None and name == "link" and attributes.get("href"):
            self._row.setdefault("link", attributes["href"])
        self._text = []

    def _end(self, _name: str) -> None:
        name = self._path.pop()
        if self._row is None:
            return
        if len(self._path) + 1 == self._depth:
            self.done.append((Place(self._file.name, self._line), self._row))
            self._row = None
        elif len(self._path) == self._depth and (text := "".join(self._text).strip()):
            self._row.setdefault(name, text)
        self._text = []

    def _data(self, text: str) -> None:
        if self._row is not None and sum(map(len, self._text)) < _TEXT_MOST:
            self._text.append(text)

    def _doctype(self, *_: object) -> None:
        raise _DoctypeRefused


def xml(file: Path, opener: Opener) -> Rows:
    """Each product of the feed.

    Raises:
        ConfigError: it is no XML, breaks off, or has a document type; with the line.
    """
    reader = _Reader(file)
    with binary_of(file, opener) as handle:
        while True:
            data = _read(handle, file, reader)
            try:
                reader.parser.Parse(data, not data)
            except expat.ExpatError as error:
                what = expat.errors.messages.get(error.code, "a mistake")
                raise _refused(f"is no whole XML ({what})", file, error.lineno) from None
            except _DoctypeRefused:
                line = reader.parser.CurrentLineNumber
                raise _refused("has a document type, which no feed needs", file, line) from None
            yield from reader.done
            reader.done = []
            if not data:
                return


def _read(handle: IO[bytes], file: Path, reader: _Reader) -> bytes:
    try:
        return handle.read(_CHUNK)
    except UNREADABLE:
        raise _refused("cannot be read to its end", file, reader.parser.CurrentLineNumber) from None


def _refused(what: str, file: Path, line: int) -> ConfigError:
    return ConfigError(f"{what}. Next: export or fetch the feed again.", file=file.name, line=line)
