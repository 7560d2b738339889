"""Made-up shoppers as training data, left alone by us: nobody is shown anything."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core import events as ev
from core.errors import ConfigError
from model.dataset import Recorded
from model.importers.source import Source
from model.simulator.leverage import leverages_along
from model.simulator.oracle import chances_along
from model.simulator.parameters import load_parameters
from model.simulator.play import Play
from model.simulator.seen import Known
from model.simulator.shopper import Shopper, draw_shopper

DEFAULT_SHOPPERS = 30_000
SHOPPERS_PER_SEED = 10_000_000
LEVERAGE_EVERY = 5
"""Of so many shoppers one is asked how far an offer would move her: it takes twice as long again, and some thousand suffice."""
START_MS = 1_767_225_600_000
"""2026-01-01 UTC. Only differences of times are ever used."""


def read(source: Source) -> Iterator[Recorded]:
    """`source.path` is how many shoppers, of the shop in `source.shop`; another seed gives other shoppers.

    Raises:
        ConfigError: the path is no number, or the shop's file cannot be used.
    """
    count = DEFAULT_SHOPPERS if not source.path else int(source.path) if source.path.isdigit() else 0
    if count < 1:
        raise ConfigError(f"{source.path!r} is no number of shoppers. Next: for example --from simulated 30000.")
    first = source.seed * SHOPPERS_PER_SEED
    parameters = load_parameters(Path(source.shop)) if source.shop else load_parameters()
    knows = source.is_for_training
    return (played(draw_shopper(seed, parameters), knows_chances=knows) for seed in range(first, first + count))


def played(shopper: Shopper, start_ms: int = START_MS, *, knows_chances: bool = False) -> Recorded:
    """The whole visit of one shopper to whom nothing is shown.

    With `knows_chances` the oracle says the chance to buy after each event: what a model should say there, without the
    noise of the one outcome that happened to follow. Of some it also says how far an offer would move them.
    """
    play = Play(shopper, start_ms)
    events: list[tuple[bytes, ev.Event]] = []
    happening = play.next()
    while happening is not None:
        events.append((stream_of(shopper.seed, happening.document, start_ms), happening.event))
        happening = play.next()
    chances: Sequence[float | None] = ()
    leverages: Sequence[float | None] = ()
    if knows_chances:
        seen, known = [event for _, event in events], Known.about(shopper)
        chances = list(chances_along(seen, known, shopper.parameters))
        if shopper.seed % LEVERAGE_EVERY == 0:
            leverages = list(leverages_along(seen, known, shopper.parameters))
    return Recorded(
        session_id=f"shopper-{shopper.seed}",
        events=events,
        has_bought=play.mind.has_bought,
        chances=chances,
        leverages=leverages,
    )


def stream_of(seed: int, document: int, start_ms: int) -> bytes:
    """A name for one page load: always the same for the same shopper."""
    day = start_ms // 86_400_000
    return day.to_bytes(2, "big") + seed.to_bytes(8, "big") + document.to_bytes(4, "big")
