"""Guardrails over months: actions that do nothing are not paused though looked at daily, and each planted harm is, in its time.

One in 20 harmless actions may be paused by mistake, by all guardrails together; dismissals are just below their limit here.
"""

import argparse
from statistics import median
from typing import Any

from rich.console import Console

from core.analysis.guards import Guarded, breaches
from core.guardrails import Guardrails
from model.terminal import progress_of
from tests.support.guarded import visits

DAYS, VISITS_PER_DAY = 30, 100
HARMLESS, EACH_HARM = 100, 20
PAUSED_BY_MISTAKE_MOST = 0.05
FOUND_LEAST = 0.9

HARMS: dict[str, dict[str, Any]] = {
    "dismissals": {"dismissed": 0.8},
    "bounces": {"bounced": (0.3, 0.2)},
    "checkout_trouble": {"trouble": (0.4, 0.1)},
    "purchases": {"bought": (0.04, 0.1)},
    "web_vitals": {"jumpy": (0.25, 0.1)},
}


def run(options: argparse.Namespace) -> dict[str, Any]:
    return measured(HARMLESS, EACH_HARM)


def measured(harmless: int, each_harm: int) -> dict[str, Any]:
    """Figures, with `passed`; the median day on which a harm was found."""
    with progress_of(Console(stderr=True)) as progress:
        task = progress.add_task("actions", total=harmless + each_harm * len(HARMS))
        mistakes = []
        for seed in range(harmless):
            mistakes += [seed] if _day_of(visits(DAYS * VISITS_PER_DAY, seed=seed, dismissed=0.58)) else []
            progress.advance(task)
        days: dict[str, list[int]] = {}
        for name, harm in HARMS.items():
            found = []
            for seed in range(1_000, 1_000 + each_harm):
                found.append(_day_of(visits(DAYS * VISITS_PER_DAY, seed=seed, **harm), name))
                progress.advance(task)
            days[name] = [day for day in found if day]
    found_shares = {name: len(found) / each_harm for name, found in days.items()}
    return {
        "passed": len(mistakes) <= PAUSED_BY_MISTAKE_MOST * harmless and min(found_shares.values()) >= FOUND_LEAST,
        "harmless_actions": harmless,
        "paused_by_mistake": mistakes,
        "found_share": found_shares,
        "median_day": {name: median(found) if found else None for name, found in days.items()},
        "visits_per_day": VISITS_PER_DAY,
    }


def _day_of(found: list[Guarded], guardrail: str = "") -> int:
    """The first day on which this guardrail, or any, is broken; 0 where it never is."""
    for day in range(1, DAYS + 1):
        broken = [breach.guardrail for breach in breaches(found[: day * VISITS_PER_DAY], Guardrails())]
        if guardrail in broken or (broken and not guardrail):
            return day
    return 0
