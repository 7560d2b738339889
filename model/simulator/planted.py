"""Visits with one reason to hesitate planted into what the shopper does, and visits without any.

What a model or a rule calls it is for them to say: nothing in the events but behaviour tells it.
"""

from collections import Counter
from random import Random

from msgspec.structs import replace

from core import events as ev
from core.errors import ConfigError
from model.dataset import Recorded
from model.importers.simulated import played
from model.simulator.plants import PLANTS, Events, calm
from model.simulator.shopper import draw_shopper

TRIES_MOST = 400
"""Somebody who leaves after one page shows nothing, whatever troubles her: another shopper is drawn then."""


def played_with(friction: str | None, seed: int) -> Recorded:
    """A visit with this friction (a name in `PLANTS`), or with None one without, in which no shipping costs frighten.

    Always the same visit for the same arguments.

    Raises:
        ConfigError: there is no such plant.
    """
    if friction is None:
        return played(calm(draw_shopper(seed)))
    if friction not in PLANTS:
        raise ConfigError(f"there is no planted friction {friction!r}. Next: use one of {', '.join(PLANTS)}.")
    plant = PLANTS[friction]
    for attempt in range(TRIES_MOST):
        shopper = plant.change(calm(draw_shopper(seed * TRIES_MOST + attempt)))
        visit = played(shopper)
        chance = Random(f"planted:{friction}:{shopper.seed}")
        events = _numbered(plant.touch(visit.events, shopper, chance))
        if plant.shows(events, shopper):
            has_bought = any(isinstance(event, ev.Purchase) for _, event in events)
            return Recorded(session_id=visit.session_id, events=events, has_bought=has_bought)
    raise ConfigError(f"no shopper near seed {seed} came to show {friction}. Next: use another seed.")


def _numbered(events: Events) -> Events:
    """Each stream's events counted from 1 again."""
    counts: Counter[bytes] = Counter()
    numbered = []
    for stream, event in events:
        counts[stream] += 1
        numbered.append((stream, replace(event, seq=counts[stream])))
    return numbered
