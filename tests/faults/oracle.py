"""The starter bundle beside the oracle: the worked example, its twenty neighbours, and random visits nobody was shown
anything in. And the oracle beside what then happened, on which all of it rests.
"""

import argparse
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import events as ev
from model.bundle import STARTER, Bundle, load_bundle
from model.dataset import Recorded, encode_session
from model.importers.simulated import played
from model.scores import scores_of
from model.simulator.continuations import share_that_buys
from model.simulator.oracle import chance_to_buy
from model.simulator.seen import Known
from model.simulator.shopper import draw_shopper
from tests.model.scenario import Told, known_of, neighbours, session

Array = NDArray[np.float64]
PREFIXES, COMPARED = 5000, 500
FIRST_SEED = 900_000_000
"""Far from what any bundle was trained on."""
LATEST_CUT = 60
DIFFERENCE_MOST, NEIGHBOUR_MOST, NEIGHBOURS_LEAST = 0.04, 0.05, 18
BINS = 10


class Cut(NamedTuple):
    """A visit up to some event, and whether it bought in the end."""

    events: list[tuple[bytes, ev.Event]]
    known: Known
    has_bought: bool

    @property
    def chance(self) -> float:
        return chance_to_buy([event for _, event in self.events], self.known)


def run(options: argparse.Namespace) -> dict[str, Any]:
    return measured(load_bundle(STARTER))


def measured(bundle: Bundle, prefixes: int = PREFIXES) -> dict[str, Any]:
    """Every figure; `passed` says whether all promises hold."""
    cuts = random_cuts(prefixes)
    chances, bought = np.array([cut.chance for cut in cuts]), np.array([cut.has_bought for cut in cuts], dtype=float)
    scores = scores_at_end(bundle, [cut.events for cut in cuts])
    worst_z = max(abs(row["z"]) for row in calibration(chances, bought))
    example, around = _example(bundle), _around(bundle)
    differences = np.abs(scores - chances)[:COMPARED]
    every = [example["difference"], *(row["difference"] for row in around), *differences.tolist()]
    losses = {
        "oracle": loss(chances, bought),
        "bundle": loss(scores, bought),
        "base_rate": loss(0 * bought + bought.mean(), bought),
    }
    close = sum(abs(row["score"] - row["continuations"]) <= NEIGHBOUR_MOST for row in around)
    return {
        "passed": bool(
            np.mean(every) <= DIFFERENCE_MOST
            and 0.55 <= example["score"] <= 0.65
            and 0.57 <= example["continuations"] <= 0.63
            and close >= NEIGHBOURS_LEAST
            and worst_z < 3.5
            and losses["oracle"] < min(losses["bundle"], losses["base_rate"])
        ),
        "bundle": bundle.manifest.version,
        "mean_absolute_difference": round(float(np.mean(every)), 4),
        "random_prefixes": {
            "count": len(differences),
            "mean_absolute_difference": round(float(differences.mean()), 4),
            "difference_90_percent_below": round(float(np.quantile(differences, 0.9)), 4),
        },
        "worked_example": example,
        "neighbours_within_0.05": close,
        "neighbours": around,
        "log_loss": {name: round(value, 4) for name, value in losses.items()},
        "oracle_worst_z": round(worst_z, 2),
        "oracle_calibration": calibration(chances, bought),
    }


def random_cuts(count: int) -> list[Cut]:
    """Visits cut after a number of events that does not depend on their length, before they are decided."""
    cuts: list[Cut] = []
    seed = FIRST_SEED
    while len(cuts) < count:
        shopper, cut = draw_shopper(seed), 1 + Random(f"cut:{seed}").randrange(LATEST_CUT)
        visit, seed = played(shopper), seed + 1
        shown = visit.events[:cut]
        is_decided = any(isinstance(e, ev.PageView) and e.page_type == "confirmation" for _, e in shown)
        if len(visit.events) >= cut and not is_decided:
            cuts.append(Cut(list(shown), Known.about(shopper), visit.has_bought))
    return cuts


def scores_at_end(bundle: Bundle, visits: list[list[tuple[bytes, ev.Event]]]) -> Array:
    """The bundle's purchase score after the last event of each."""
    encoded = [encode_session(Recorded(str(i), events, has_bought=False)) for i, events in enumerate(visits)]
    scores = scores_of(bundle.network(), bundle.manifest.calibration["purchase"], encoded)
    return np.array([one[-1] for one in scores])


def calibration(chances: Array, bought: Array) -> list[dict[str, float]]:
    """By tenths of the oracle's answers: what it said, what happened, and how many standard errors lie between."""
    rows = []
    for place in np.array_split(np.argsort(chances), BINS):
        said, happened = chances[place].mean(), bought[place].mean()
        error = np.sqrt((chances[place] * (1 - chances[place])).sum()) / len(place)
        rows.append(
            {"said": round(float(said), 4), "bought": round(float(happened), 4), "z": float((happened - said) / error)}
        )
    return rows


def loss(answers: Array, bought: Array) -> float:
    kept = answers.clip(1e-4, 1 - 1e-4)
    return float(-(bought * np.log(kept) + (1 - bought) * np.log(1 - kept)).mean())


def _example(bundle: Bundle) -> dict[str, float]:
    return _beside(bundle, Told(), continuations=10_000)


def _around(bundle: Bundle) -> list[dict[str, Any]]:
    return [
        {"without": [name for name, is_told in told._asdict().items() if not is_told]}
        | _beside(bundle, told, continuations=2000)
        for told in neighbours()
    ]


def _beside(bundle: Bundle, told: Told, *, continuations: int) -> dict[str, float]:
    shown, known = session(told), known_of(told)
    events = [event for _, event in shown]
    score, chance = float(scores_at_end(bundle, [shown])[0]), chance_to_buy(events, known)
    return {
        "score": round(score, 4),
        "oracle": round(chance, 4),
        "difference": round(abs(score - chance), 4),
        "continuations": share_that_buys(events, known, continuations, seed=1),
    }
