"""The shop's own discount codes: each takes a tenth off one order. Made once, kept in a file, honoured by nobody else.

The file is what a merchant uploads as a pool: `fifthclick codes add <site> <pool> codes.txt`.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path

CODES_MADE = 500
OFF_SHARE = 0.1
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No letter that is read as a digit."""


class Codes:
    """Every code is good for one order. `spent`: those that earlier orders used."""

    def __init__(self, file: Path, spent: Iterable[str]) -> None:
        self._all = _read(file)
        self._spent = set(spent)

    def is_good(self, code: str) -> bool:
        return code in self._all and code not in self._spent

    def spend(self, code: str) -> None:
        self._spent.add(code)


def cleaned(text: str) -> str:
    """A code as a person types it."""
    return text.strip().upper()[:40]


def _read(file: Path) -> frozenset[str]:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = {"WARM-" + "".join(secrets.choice(_LETTERS) for _ in range(6)) for _ in range(CODES_MADE)}
        file.write_text("".join(f"{code}\n" for code in sorted(made)))
    return frozenset(file.read_text().split())
