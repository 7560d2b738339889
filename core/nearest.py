"""The valid word that a misspelt one most likely stands for. For error messages only: nothing is ever corrected silently."""

from collections.abc import Iterable
from difflib import get_close_matches

_SIMILAR_ENOUGH = 0.6
"""difflib's own default: `quite_ms` finds `quiet_ms`, and `title` does not find `text`."""


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The closest of the valid words, or None where none is close."""
    found = get_close_matches(word.lower(), list(valid), n=1, cutoff=_SIMILAR_ENOUGH)
    return found[0] if found else None


def hint(word: str, valid: Iterable[str]) -> str:
    """A sentence that helps: the nearest word, or all of them where none is close."""
    words = list(valid)
    close = nearest(word, words)
    return f"Did you mean {close!r}?" if close else f"Valid: {', '.join(words)}."
