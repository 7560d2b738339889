"""Where a shopper goes next: a choice among page types by intent, with two memories: the cart, and a fright at the costs."""

from random import Random

from msgspec import Struct

from model.simulator.intents import BUY, LEAVE, WAVERING, Intent, Paying
from model.simulator.shopper import Shopper, pick

BACK_AFTER_BUYING = 0.06


class Mind(Struct):
    """What the shopper remembers. `odds` is what offers did to her odds of going on to pay."""

    page_type: str = ""
    has_cart: bool = False
    has_just_added: bool = False
    is_shocked: bool = False
    is_wavering: bool = False
    has_returned: bool = False
    has_bought: bool = False
    odds: float = 1.0


def with_odds(share: float, odds: float) -> float:
    """The share after its odds were multiplied."""
    return share * odds / (1.0 - share + share * odds)


def next_move(chance: Random, shopper: Shopper, mind: Mind) -> str:
    """A page type, or BUY for the next step towards paying, or LEAVE. Turns a shock into wavering."""
    intent, paying = shopper.intent, shopper.parameters.paying
    if mind.has_bought:
        return "home" if chance.random() < BACK_AFTER_BUYING else LEAVE
    if mind.page_type in shopper.tagging.steps:
        return _from_step(chance, intent, paying, mind)
    if mind.is_wavering:
        return _wavering(chance, intent, mind)
    if mind.page_type == "cart" and mind.has_cart:
        share = paying.steady_after_return if mind.has_returned else with_odds(intent.go_on_share, mind.odds)
        return BUY if chance.random() < share else pick(chance, intent.moves["cart"])
    if mind.has_cart and chance.random() < (paying.cart_after_add if mind.has_just_added else paying.cart_later):
        return "cart"
    return pick(chance, intent.moves.get(mind.page_type, intent.moves["faq"]))


def shock_share(intent: Intent, mind: Mind, *, shipping_minor: int, cart_minor: int) -> float:
    """How likely the first sight of the shipping costs stops this shopper."""
    if mind.has_returned or mind.is_wavering:
        return 0.0
    percent = 100.0 * shipping_minor / max(cart_minor, 1)
    share = min(0.9, intent.friction_share + intent.friction_per_percent * percent)
    return with_odds(share, 1.0 / mind.odds)


def add_share(intent: Intent, paying: Paying, mind: Mind) -> float:
    if mind.has_bought or mind.is_wavering:
        return 0.0
    return intent.add_share * (paying.second_add if mind.has_cart else 1.0)


def _from_step(chance: Random, intent: Intent, paying: Paying, mind: Mind) -> str:
    if mind.is_shocked:
        mind.is_shocked = False
        if chance.random() < with_odds(paying.go_on_anyway, mind.odds):
            mind.has_returned = True
            return BUY
        mind.is_wavering = True
        return LEAVE if chance.random() < intent.waver_leave else pick(chance, intent.moves[WAVERING])
    share = paying.steady_after_return if mind.has_returned else intent.step_share
    if chance.random() < share:
        return BUY
    return "cart" if chance.random() < paying.back_to_cart else LEAVE


def _wavering(chance: Random, intent: Intent, mind: Mind) -> str:
    """Each page ends in one of three ways: back to pay, away, or one more page. Offers move the first against the second."""
    leaves_or_returns = intent.waver_return + intent.waver_leave
    if chance.random() < leaves_or_returns:
        share = with_odds(intent.waver_return / leaves_or_returns, mind.odds)
        if chance.random() >= share:
            return LEAVE
        mind.is_wavering, mind.has_returned = False, True
        return BUY if mind.page_type == "cart" else "cart"
    return pick(chance, intent.moves[WAVERING])
