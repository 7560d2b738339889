"""Where each key of a TOML text stands. The standard parser gives values without places; an error message needs both.

Only for text that `tomllib` has accepted: this walks over the same text and notes lines, and checks nothing again.
"""

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]
"""Keys from the top, with the place (from 0) of an element where a list is passed: ("actions", 1, "id")."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHORT_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_LONG_STRING = re.compile(r"\"\"\"(?:[^\\]|\\.)*?\"{3,5}(?!\")|'''.*?'{3,5}(?!')", re.DOTALL)
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")


def lines_of(text: str) -> dict[Path, int]:
    """The line, counted from 1, of every table, key and list element."""
    return _Walk(text).lines


def line_at(lines: dict[Path, int], path: Path) -> int | None:
    """The line of this key, else of the nearest table around it: a key that is missing has no line of its own."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._document()

    def _document(self) -> None:
        table: Path = ()
        while self._skip(_BLANK) < len(self.text):
            if self._next("["):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        line = self._line()
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        keys = self._keys()
        self.at += 2 if is_list else 1
        path = (*self._resolve(keys[:-1]), keys[-1])
        if is_list:
            self.counts[path] = self.counts.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path += (self.counts[path],)
        self.lines.setdefault(path, line)
        return path

    def _resolve(self, keys: tuple[str, ...]) -> Path:
        """A header's keys with the current element wherever they pass through a list of tables."""
        path: Path = ()
        for key in keys:
            path += (key,)
            if path in self.counts:
                path += (self.counts[path],)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        keys = self._keys()
        for depth in range(1, len(keys) + 1):
            self.lines.setdefault(table + keys[:depth], line)
        self.at += 1  # the equals sign
        self._value(table + keys)

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        if self._next("["):
            self._list(path)
        elif self._next("{"):
            self._inline_table(path)
        elif not self._take(_LONG_STRING) and not self._take(_SHORT_STRING):
            self._take(_BARE_VALUE)

    def _list(self, path: Path) -> None:
        self.at += 1
        count = 0
        while self._skip(_BLANK) < len(self.text) and not self._next("]"):
            if self._next(","):
                self.at += 1
                continue
            self.lines.setdefault((*path, count), self._line())
            self._value((*path, count))
            count += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._skip(_BLANK) < len(self.text) and not self._next("}"):
            if self._next(","):
                self.at += 1
                continue
            self._pair(path)
        self.at += 1

    def _keys(self) -> tuple[str, ...]:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            word = self._take(_BARE_KEY)
            keys.append(word or _unquoted(self._take(_SHORT_STRING)))
            self._skip(_SPACE)
            if not self._next("."):
                return tuple(keys)
            self.at += 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def _skip(self, pattern: re.Pattern[str]) -> int:
        self._take(pattern)
        return self.at

    def _next(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def _line(self) -> int:
        return bisect_right(self._starts, self.at)


def _unquoted(key: str) -> str:
    return str(tomllib.loads(f"key = {key}")["key"]) if key else ""
