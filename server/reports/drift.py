"""Have the visits changed since the week or month before? A model that learned from others may be wrong about these."""

from collections.abc import Sequence
from math import asin, sqrt
from typing import Any

from msgspec import Struct

EACH_LEAST = 200
"""Visits on each side: with fewer, an effect of 0.2 is within what chance does."""
SMALL, MIDDLING = 0.2, 0.5


class Drift(Struct, frozen=True, kw_only=True):
    """One thing now and before. `effect`: Cohen's d of a mean, Cohen's h of a share; None where `reason` says what is missing."""

    name: str
    now: float | None
    before: float | None
    effect: float | None
    words: str
    reason: str = ""


MEANS = (("score at the fifth page", "mean_score", "spread_score"), ("pages per visit", "mean_pages", "spread_pages"))
SHARES = (
    ("visits that bought", "purchase_share"),
    ("visits on mobiles", "mobile_share"),
    ("visits without a source", "direct_share"),
)


def drifts(rows: Sequence[dict[str, Any]]) -> list[Drift]:
    """From the rows of `drift`: one before, one now, or fewer.

    Source: Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988), 2.2 and 6.2: 0.2 is small, 0.5 middling.
    """
    now = next((row for row in rows if row["is_now"]), None)
    before = next((row for row in rows if not row["is_now"]), None)
    found = [_mean(name, mean, spread, now, before) for name, mean, spread in MEANS]
    return found + [_share(name, column, now, before) for name, column in SHARES]


Side = dict[str, Any] | None


def _mean(name: str, mean: str, spread: str, now: Side, before: Side) -> Drift:
    counted = "scored_count" if mean == "mean_score" else "session_count"
    reason = _missing(now, before, counted)
    if reason or now is None or before is None:
        return _none(name, reason)
    n, m = now[counted], before[counted]
    pooled = sqrt(((n - 1) * now[spread] ** 2 + (m - 1) * before[spread] ** 2) / (n + m - 2))
    if pooled == 0:
        return _none(name, "it never varies.")
    return _told(name, now[mean], before[mean], (now[mean] - before[mean]) / pooled)


def _share(name: str, column: str, now: Side, before: Side) -> Drift:
    reason = _missing(now, before, "session_count")
    if reason or now is None or before is None:
        return _none(name, reason)
    effect = 2 * asin(sqrt(now[column])) - 2 * asin(sqrt(before[column]))
    return _told(name, now[column], before[column], effect)


def _missing(now: Side, before: Side, counted: str) -> str:
    for side, when in ((now, "now"), (before, "before")):
        there = side[counted] if side is not None else 0
        if there < EACH_LEAST:
            return f"{there:,} visits {when}; {EACH_LEAST} are the least."
    return ""


def _told(name: str, now: float, before: float, effect: float) -> Drift:
    size = abs(effect)
    words = "as before" if size < SMALL else "somewhat changed" if size < MIDDLING else "changed: train again"
    return Drift(name=name, now=now, before=before, effect=effect, words=words)


def _none(name: str, reason: str) -> Drift:
    return Drift(name=name, now=None, before=None, effect=None, words="cannot be said", reason=reason)
