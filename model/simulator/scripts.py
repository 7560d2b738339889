"""What can be played over sockets: a made-up shopper, or a recorded session."""

from collections.abc import Iterator, Sequence
from random import Random

from core import events as ev
from model.dataset import Recorded
from model.simulator.client import DAY_MS, Scripted
from model.simulator.intents import Parameters
from model.simulator.play import Play
from model.simulator.shopper import draw_shopper

SETTLED_MS = 2 * 3_600_000
"""Visits begin at least this long ago, so that they are over and can be settled at once."""


class ShopperScript:
    """A made-up shopper, who answers what she is shown."""

    takes_offers = True

    def __init__(self, seed: int, start_ms: int, parameters: Parameters | None = None) -> None:
        self.shopper = draw_shopper(seed, parameters)
        self.takes_socket_per_page = self.shopper.takes_socket_per_page
        self._play = Play(self.shopper, start_ms)

    @property
    def has_bought(self) -> bool:
        return self._play.mind.has_bought

    def next(self) -> Scripted | None:
        happening = self._play.next()
        return None if happening is None else Scripted(happening.document, happening.event)

    def offer(self, decision_id: str, action_id: str, action_type: str) -> None:
        self._play.offer(decision_id, action_id, action_type)


class RecordedScript:
    """A session as it was recorded. Nothing is invented: no purchase event, and an offer is not answered."""

    takes_socket_per_page = False
    takes_offers = False

    def __init__(self, recorded: Recorded) -> None:
        self.has_bought = recorded.has_bought
        self._events: Iterator[tuple[bytes, ev.Event]] = iter(recorded.events)

    def next(self) -> Scripted | None:
        following = next(self._events, None)
        return None if following is None else Scripted(0, following[1])

    def offer(self, decision_id: str, action_id: str, action_type: str) -> None:
        """It was recorded where nothing was shown."""


def start_times(count: int, *, now_ms: int, days: float, seed: int) -> Sequence[int]:
    """When each of `count` visits begins: over the past `days`, all of them over by now."""
    chance = Random(f"starts:{seed}")
    return [now_ms - SETTLED_MS - int(chance.random() * days * DAY_MS) for _ in range(count)]
