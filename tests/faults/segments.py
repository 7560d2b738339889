"""The three segments at click 5 on the simulator's default shop: who buys, and how many change until click 8."""

import argparse
from typing import Any

import numpy as np

from core.records import Scores
from core.rules import Segments
from core.segments import segment_of
from model.bundle import STARTER, Bundle, load_bundle
from model.dataset import Encoded, encode_all
from model.importers.simulated import played
from model.scores import scores_of
from model.simulator.shopper import draw_shopper

SHOPPERS = 12_000
FIRST_SEED = 910_000_000
"""Far from what any bundle was trained on."""
AT, LATER = 5, 8
NAMES = ("likely_to_buy", "on_the_fence", "unlikely_to_buy")
TWICE, HALF = 2.0, 0.5


def run(options: argparse.Namespace) -> dict[str, Any]:
    return measured(load_bundle(STARTER))


def measured(bundle: Bundle, shoppers: int = SHOPPERS) -> dict[str, Any]:
    """Of the visits that come to a fifth page and are not decided by then."""
    visits = encode_all(played(draw_shopper(seed)) for seed in range(FIRST_SEED, FIRST_SEED + shoppers))
    now, later = segments_at(bundle, visits, AT), segments_at(bundle, visits, LATER)
    bought = {visit.session_id: visit.has_bought for visit in visits}
    base = float(np.mean([bought[one] for one in now]))
    table = {}
    for name in NAMES:
        inside = [bought[one] for one, segment in now.items() if segment == name]
        rate = float(np.mean(inside)) if inside else 0.0
        table[name] = {
            "share": round(len(inside) / len(now), 4),
            "buy_rate": round(rate, 4),
            "over_base": round(rate / base, 2),
            "buyers": sum(inside),
        }
    changed = [now[one] != segment for one, segment in later.items() if one in now]
    return {
        "passed": bool(table["likely_to_buy"]["over_base"] >= TWICE and table["unlikely_to_buy"]["over_base"] <= HALF),
        "bundle": bundle.manifest.version,
        "visits": len(now),
        "base_rate": round(base, 4),
        "segments": table,
        "changed_between_5_and_8": round(float(np.mean(changed)), 4),
        "visits_at_8": len(changed),
    }


def segments_at(bundle: Bundle, visits: list[Encoded], click: int) -> dict[str, str]:
    """The segment of each visit as its page number `click` is shown, of those that are open then."""
    scores = scores_of(bundle.network(), bundle.manifest.calibration["purchase"], visits)
    found: dict[str, str] = {}
    for visit, score in zip(visits, scores, strict=True):
        places = np.flatnonzero(visit.is_click & (visit.clicks == click))
        if len(places) and places[0] < visit.open_steps:
            found[visit.session_id] = segment_of(Scores(purchase=float(score[places[0]]), exit=0.0), Segments())
    return found
