"""What counts as a page that behaves badly: the "poor" of web.dev's three measures.

Lives here: the limits, and whether a value is above one. Not here: who is compared (`core.analysis.guards`).
Source: web.dev/articles/vitals, "LCP", "CLS", "INP": good up to 2.5 s, 0.1 and 200 ms, poor above what is said here.
"""

from typing import Literal, NamedTuple

Vital = Literal["paint_ms", "shift_permille", "response_ms"]

POOR_ABOVE: dict[Vital, int] = {"paint_ms": 4_000, "shift_permille": 250, "response_ms": 500}


class PageVitals(NamedTuple):
    """Of one page; None where the browser does not tell, or where the page never told anything."""

    paint_ms: int | None = None
    shift_permille: int | None = None
    response_ms: int | None = None

    def is_poor(self, vital: Vital) -> bool | None:
        """None where that is not known."""
        value: int | None = getattr(self, vital)
        return None if value is None else value > POOR_ABOVE[vital]
