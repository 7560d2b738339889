"""How far an offer would move a visit of the simulated shop, at any moment of it: the truth that `model.leverage` learns."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from core import events as ev
from model.simulator.intents import Answer, Parameters
from model.simulator.oracle import Minds, Watch
from model.simulator.seen import Known, see_next

OFFER = "free_shipping"
"""The offer that moves the hesitating of this shop, and nobody else much."""
_LEAST = 1e-4


def leverages_along(events: Iterable[ev.Event], known: Known, parameters: Parameters) -> Iterator[float | None]:
    """After each event, in log-odds of buying: what free shipping would add if it were shown now, who may be behind these
    events weighed as the oracle weighs them. None before the first page view and where nothing is open any more."""
    seen, watch = None, Watch(known, parameters)
    answers = [intent.answers.get(OFFER, Answer()) for intent in parameters.intents.values()]
    shares = np.array([answer.click_share for answer in answers])
    clicked = tuple(answer.seen_odds * answer.return_odds for answer in answers)
    passed = tuple(answer.seen_odds for answer in answers)
    for event in events:
        seen = see_next(seen, event, known.tagging)
        if seen is None or seen.has_bought or not 0.0 < (chance := watch.chance(seen)) < 1.0:
            yield None
            continue
        moved = shares @ _by_intent(watch.minds(seen, clicked)) + (1.0 - shares) @ _by_intent(watch.minds(seen, passed))
        yield _log_odds(float(moved)) - _log_odds(chance)


def _by_intent(minds: Minds) -> np.ndarray:
    """Of all, the share that is of each intent and buys [intents]."""
    axes = (1, 2, 3)
    buys = (minds.resting * minds.buys_resting).sum(axis=axes) + (minds.adding * minds.buys_adding).sum(axis=axes)
    weight = minds.resting.sum() + minds.adding.sum()
    result: np.ndarray = buys / weight
    return result


def _log_odds(chance: float) -> float:
    held = min(max(chance, _LEAST), 1.0 - _LEAST)
    return math.log(held / (1.0 - held))
