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
    return (played(draw_shopper(seed)) for seed in range(first, first + count))


def played(shopper: Shopper, start_ms: int = START_MS) -> Recorded:
    """The whole visit of one shopper to whom nothing is shown."""
    play = Play(shopper, start_ms)
    events: list[tuple[bytes, ev.Event]] = []
    happening = play.next()
    while happening is not None:
        events.append((stream_of(shopper.seed, happening.document, start_ms), happening.event))
        happening = play.next()
    return Recorded(session_id=f"shopper-{shopper.seed}", events=events, has_bought=play.mind.has_bought)


def stream_of(seed: int, document: int, start_ms: int) -> bytes:
    """A name for one page load: always the same for the same shopper."""
    day = start_ms // 86_400_000
    return day.to_bytes(2, "big") + seed.to_bytes(8, "big") + document.to_bytes(4, "big")
