"""The pointer leaves the window of a desktop: often before she is gone for good, now and then where she goes on.

Which of the two it is depends on the move that she has made up her mind to and on nothing else that is hidden.
"""

from random import Random
from typing import NamedTuple

from msgspec import structs

from model.simulator.intents import LEAVE, Pages
from model.simulator.shopper import Shopper
from model.simulator.walk import Mind, next_move

LINGER_MS = 4000
"""From the pointer's leaving to the page's end: so long what appears is still seen."""
TRIES_MOST = 10_000


class Away(NamedTuple):
    """The pointer is off the page. `move`: what she is about to do; `odds`: of her mind as it left."""

    move: str
    odds: float


def leaving_share(pages: Pages, move: str) -> float:
    """Before this move, how often the pointer leaves a desktop's page."""
    return pages.pointer_leaves_share if move == LEAVE else pages.pointer_wanders_share


def move_of_one_away(chance: Random, shopper: Shopper, mind: Mind) -> tuple[str, Mind]:
    """The move of somebody whose pointer has left, and her mind with it: drawn until one fits, so by Bayes' rule.

    Raises:
        ValueError: in this mind the pointer leaves before no move.
    """
    for _ in range(TRIES_MOST):
        after = structs.replace(mind)
        move = next_move(chance, shopper, after)
        if chance.random() < leaving_share(shopper.parameters.pages, move):
            return move, after
    raise ValueError("the pointer of this shopper does not leave this page")
