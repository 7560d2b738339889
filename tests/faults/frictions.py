"""A friction planted in every second of 2,000 visits, by what the shopper does: is it the one that is named, and first?

The other visits have none. What is asked: the names at the last event before the visit's end or its purchase.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import Any

from core import events as ev
from core.frictions import FRICTION_NAMES, frictions_of
from core.session import Session, observe
from model.simulator.planted import played_with

VISITS = 2_000
FIRST_AT_LEAST = 0.8
OTHERS_AT_MOST = 0.1


def run(options: argparse.Namespace) -> dict[str, Any]:
    return measured(VISITS)


def measured(visits: int, first_seed: int = 0) -> dict[str, Any]:
    """Figures, with `passed`. Every second visit has a friction, each of them as often as the others."""
    planted, first, any_name = Counter[str](), Counter[str](), 0
    mistaken: Counter[str] = Counter()
    for number in range(visits):
        friction = FRICTION_NAMES[number // 2 % len(FRICTION_NAMES)] if number % 2 else None
        names = named(friction, first_seed + number)
        if friction is None:
            any_name += bool(names)
            mistaken.update(names)
            continue
        planted[friction] += 1
        first[friction] += names[:1] == (friction,)
    planted_count = planted.total()
    shares = {name: round(first[name] / planted[name], 4) for name in planted}
    first_share = first.total() / planted_count
    others_share = any_name / (visits - planted_count)
    return {
        "passed": first_share >= FIRST_AT_LEAST and others_share <= OTHERS_AT_MOST,
        "visits": visits,
        "planted": planted_count,
        "named_first_share": round(first_share, 4),
        "named_first_by_friction": shares,
        "named_without_share": round(others_share, 4),
        "named_without": dict(mistaken),
    }


def named(friction: str | None, seed: int) -> tuple[str, ...]:
    """What is named at the end of this visit, as far as its events tell."""
    session = Session(id=b"planted-visit-00")
    for stream, event in _before_the_end(friction, seed):
        session = observe(session, stream, event)
    return frictions_of(session)


def _before_the_end(friction: str | None, seed: int) -> Iterator[tuple[bytes, ev.Event]]:
    for stream, event in played_with(friction, seed).events:
        if isinstance(event, ev.Purchase) or (isinstance(event, ev.PageView) and event.page_type == "confirmation"):
            return
        yield stream, event
