"""The long form of the precision level: on 100 simulated shops, what is stated beforehand holds on new sessions.

Each shop has its own scores and its own lie in them; the level is chosen and stated on its visits at the fifth click, then
measured on as many new ones. A part of the shops is not made up of chances but played by the simulator's shoppers and
scored by a cheap scorer, so that scores come in steps and ties as they do in a shop.
"""

import argparse
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.features import FEATURE_NAMES
from model.dataset import Encoded, encode_session
from model.evaluate import at_click
from model.importers import read
from model.importers.source import Source
from model.precision import Level, level_for
from tests.model.shops import planted

Floats = NDArray[np.float64]
SHOPS = 100
SESSIONS = 5000
PLAYED = 10_000
"""Simulated shoppers that are drawn again, shop by shop: about a quarter of them gets to the fifth click."""
TARGETS = (0.5, 0.6, 0.7)
WANTED_INSIDE = 90
HALF_WIDTH_MOST = 0.05
CLICK = 5
_CART, _CHECKOUTS = (FEATURE_NAMES.index(name) for name in ("cart_lines", "checkouts"))


def run(_: argparse.Namespace) -> dict[str, Any]:
    """For each target: in how many of the shops the new sessions' precision lies in the stated interval."""
    played = _played()
    figures: dict[str, Any] = {}
    passed = True
    for name, draw in (("planted", _planted), ("played", lambda seed: _drawn(played, seed))):
        for target in TARGETS:
            result = measure([draw(seed) for seed in range(SHOPS)], target)
            figures[f"{name}_{target:g}"] = result
            passed = passed and result["inside"] >= WANTED_INSIDE * result["granted"] / SHOPS
            passed = passed and result["median_half_width"] <= HALF_WIDTH_MOST
            passed = passed and result["granted"] >= SHOPS // 2
    return {"passed": passed, "shops": SHOPS, **figures}


def measure(shops: list[tuple[Floats, Floats, Floats, Floats]], target: float) -> dict[str, Any]:
    """Choose and state on the first half of each shop, measure on the other."""
    inside, half_widths, reached = 0, [], []
    for seed, (scores, outcomes, new_scores, new_outcomes) in enumerate(shops):
        level = level_for(scores, outcomes, target, seed)
        if not isinstance(level, Level):
            continue
        precision = float(new_outcomes[new_scores >= level.threshold].mean())
        inside += level.low <= precision <= level.high
        half_widths.append((level.high - level.low) / 2.0)
        reached.append(precision)
    return {
        "granted": len(reached),
        "inside": inside,
        "median_half_width": round(float(np.median(half_widths)), 4) if half_widths else 1.0,
        "mean_precision_reached": round(float(np.mean(reached)), 4) if reached else 0.0,
    }


def _planted(seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    chance = Random(seed)
    lie = {"stretch": chance.uniform(0.8, 1.2), "shift": chance.uniform(-0.2, 0.5)}
    return (*planted(SESSIONS, seed, **lie), *planted(SESSIONS, SHOPS + seed, **lie))


def _played() -> tuple[Floats, Floats]:
    """A cheap score and the outcome of every simulated visit that gets to the fifth click."""
    sessions = [encode_session(one) for one in read("simulated", Source(path=str(PLAYED), seed=31))]
    reached, steps = at_click(sessions, CLICK)
    scores = np.array([_cheap(sessions[i], step) for i, step in zip(reached, steps, strict=True)])
    return scores, np.array([float(sessions[i].has_bought) for i in reached])


def _cheap(session: Encoded, step: int) -> float:
    """A few steps and many ties: what is in the cart, whether the checkout was begun, and how hasty the visit is."""
    row = session.numbers[step]
    logit = -1.5 + 1.6 * float(row[_CART] > 0) + 1.8 * float(row[_CHECKOUTS] > 0) - 0.1 * round(float(row.sum()) / 4.0)
    return float(1.0 / (1.0 + np.exp(-logit)))


def _drawn(played: tuple[Floats, Floats], seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """One shop: half of the visits in a new order to choose on, the other half as the new ones."""
    scores, outcomes = played
    order = np.random.default_rng(seed).permutation(len(scores))
    first, second = order[: len(order) // 2], order[len(order) // 2 :]
    return scores[first], outcomes[first], scores[second], outcomes[second]
