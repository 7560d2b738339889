"""Named SQL: files in `queries/`, each statement under a line `-- name --`, so that a query is read and found as SQL."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)


def load(file: str) -> dict[str, str]:
    """The statements of one file by name, each without its trailing semicolon."""
    text = (Path(__file__).parent / "queries" / file).read_text()
    parts = _NAME.split(text)
    return {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2], strict=True)}
