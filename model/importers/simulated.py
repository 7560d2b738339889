"""Made-up shoppers as training data, left alone by us: nobody is shown anything."""

from collections.abc import Iterator

from core import events as ev
from core.errors import ConfigError
from model.dataset import Recorded
from model.importers.source import Source
from model.simulator.play import Play
from model.simulator.shopper import Shopper, draw_shopper

DEFAULT_SHOPPERS = 30_000
SHOPPERS_PER_SEED = 10_000_000
TRIES = 16
START_MS = 1_767_225_600_000
"""2026-01-01 UTC. Only differences of times are ever used."""


def read(source: Source) -> Iterator[Recorded]:
    """`source.path` is how many shoppers; another seed gives other shoppers.

    Raises:
        ConfigError: the path is no number.
    """
    count = DEFAULT_SHOPPERS if not source.path else int(source.path) if source.path.isdigit() else 0
    if count < 1:
        raise ConfigError(f"{source.path!r} is no number of shoppers. Next: for example --from simulated 30000.")
    first = source.seed * SHOPPERS_PER_SEED
    tries = TRIES if source.is_for_training else 0
    return (played(draw_shopper(seed), tries=tries) for seed in range(first, first + count))


def played(shopper: Shopper, start_ms: int = START_MS, *, tries: int = 0) -> Recorded:
    """The whole visit of one shopper to whom nothing is shown.

    With `tries` the chance to buy is estimated by that many continuations wherever something is in the cart, which is
    where the outcome is far from certain and the cases are few; elsewhere the outcome itself is the target.
    """
    play = Play(shopper, start_ms)
    events: list[tuple[bytes, ev.Event]] = []
    chances: list[float | None] = []
    turn, chance = -1, None
    happening = play.next()
    while happening is not None:
        if turn != play.turn:
            turn = play.turn
            chance = play.chance_to_buy(tries) if tries and play.mind.has_cart else None
        events.append((stream_of(shopper.seed, happening.document, start_ms), happening.event))
        chances.append(chance)
        happening = play.next()
    return Recorded(
        session_id=f"shopper-{shopper.seed}",
        events=events,
        has_bought=play.mind.has_bought,
        chances=chances if tries else (),
    )


def stream_of(seed: int, document: int, start_ms: int) -> bytes:
    """A name for one page load: always the same for the same shopper."""
    day = start_ms // 86_400_000
    return day.to_bytes(2, "big") + seed.to_bytes(8, "big") + document.to_bytes(4, "big")
