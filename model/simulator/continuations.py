"""How a visit goes on, many times over: minds are drawn that fit the events, and each is played to its end.

The second way to the oracle's answer: the minds come from the same filter, but what they do next is the generator's
own play and not the chain's equations.
"""

from collections.abc import Sequence
from random import Random

import numpy as np

from core import events as ev
from core.fields import Item
from model.simulator.chain import RETURNED, SHOCKED, WAVERS
from model.simulator.intents import Parameters
from model.simulator.oracle import minds_behind
from model.simulator.parameters import load_parameters
from model.simulator.play import Play
from model.simulator.seen import Known, Seen, see
from model.simulator.shopper import Shopper
from model.simulator.stays import paces_of
from model.simulator.walk import Mind


def share_that_buys(
    events: Sequence[ev.Event], known: Known, count: int, *, seed: int, parameters: Parameters | None = None
) -> float:
    """Of `count` continuations of these events the share that buys. The page on screen must not have been left yet.

    Raises:
        ValueError: there is no page view among the events, the last page was clicked away, or the pointer left it where
            it never does.
    """
    shop, seen = parameters or load_parameters(), see(events, known.tagging)
    if seen is None or seen.has_bought or seen.pages[-1].departs_s is not None:
        raise ValueError("continuations begin on a page that is on screen, before a purchase")
    chance = Random(f"continuations:{seed}")
    minds = minds_behind(events, known, shop)
    weights = np.stack([minds.resting, minds.adding])
    paces, bought = np.exp(paces_of(shop).logs), 0
    drawn = chance.choices(range(weights.size), weights.ravel().tolist(), k=count)
    for i, place in enumerate(drawn):
        adds, intent, pace, still, mode = (int(axis) for axis in np.unravel_index(place, weights.shape))
        shopper = _shopper(seen.entry, known, shop, intent=intent, pace=float(paces[pace]), is_still=bool(still))
        cart = [page.added for page in seen.pages if page.added is not None]
        added = seen.pages[-1].item or chance.choice(shopper.catalogue)
        mind = _mind(seen, mode, has_cart=bool(cart) or bool(adds), has_just_added=bool(adds) or _has_just_added(seen))
        held, is_away = [*cart, added] if adds else cart, seen.pages[-1].exit_s is not None
        play = Play.resumed(shopper, mind, held, pages=len(seen.pages), seed=f"{seed}:{i}", is_pointer_away=is_away)
        bought += play.goes_on_to_buy()
    return bought / count


def _has_just_added(seen: Seen) -> bool:
    return seen.pages[-1].added is not None


def _mind(seen: Seen, mode: int, *, has_cart: bool, has_just_added: bool) -> Mind:
    return Mind(
        page_type=seen.pages[-1].kind,
        has_cart=has_cart,
        has_just_added=has_just_added,
        is_shocked=mode == SHOCKED,
        is_wavering=mode == WAVERS,
        has_returned=mode == RETURNED,
    )


def _shopper(
    entry: ev.PageView, known: Known, shop: Parameters, *, intent: int, pace: float, is_still: bool
) -> Shopper:
    """Somebody who could be behind the visit."""
    return Shopper(
        seed=0,
        intent_name=list(shop.intents)[intent],
        device=entry.device,
        source=entry.source,
        local_hour=entry.local_hour or 0,
        is_new_visitor=bool(entry.is_new_visitor),
        pace=pace,
        is_still=is_still,
        tagging=known.tagging,
        currency="USD",
        shipping_minor=known.shipping_minor,
        catalogue=tuple(Item(f"sku-{i}", "", price) for i, price in enumerate(known.prices)),
        parameters=shop,
    )
