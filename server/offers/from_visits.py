"""The loops of the settle role that change the rules by what settled visits say, each with a version of its own."""

from collections.abc import Awaitable, Callable

from server.offers.guarding import Guarding
from server.offers.learning import Learn, Learning
from server.offers.new_actions import NewActions


def loops_of(url: str, learn: Learn) -> dict[str, Callable[[], Awaitable[None]]]:
    """By name; each runs until cancelled. `learn` as `Learning` takes it."""
    return {
        "learning": Learning(url, learn).run,
        "new actions": NewActions(url).run,
        "guardrails": Guarding(url).run,
    }
