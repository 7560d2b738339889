"""The oracle after the pointer left: less likely to buy, seldom certain to go, and right about how many do."""

from collections.abc import Iterator
from itertools import islice, pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from core import events as ev
from model.importers.simulated import played
from model.simulator.continuations import share_that_buys
from model.simulator.intents import Parameters
from model.simulator.oracle import chance_to_buy, minds_behind
from model.simulator.parameters import load_parameters
from model.simulator.seen import Known
from model.simulator.shopper import Shopper, draw_shopper
from tests.model.scenario import Told, known_of, session

FIRST_SEED = 45_000_000
CONTINUATIONS = 600


def shop_with(*, wanders: float, leaves: float) -> Parameters:
    shop = load_parameters()
    return replace(shop, pages=replace(shop.pages, pointer_wanders_share=wanders, pointer_leaves_share=leaves))


def first_exits(shop: Parameters, shoppers: int) -> Iterator[tuple[list[ev.Event], int, Shopper, bool]]:
    """A visit's events, the place of its first exit intent, who it was and whether she bought. One exit a visit, so
    that outcomes do not hang together."""
    for seed in range(FIRST_SEED, FIRST_SEED + shoppers):
        shopper = draw_shopper(seed, shop)
        if shopper.device == "desktop":
            visit = played(shopper)
            shown = [event for _, event in visit.events]
            place = next((i for i, event in enumerate(shown) if isinstance(event, ev.ExitIntent)), None)
            if place is not None:
                yield shown, place, shopper, visit.has_bought


def told_exit() -> tuple[list[ev.Event], ev.ExitIntent]:
    shown = [event for _, event in session()]
    return shown, ev.ExitIntent(seq=shown[-1].seq + 1, at_ms=shown[-1].at_ms + 900, trigger="pointer")


@pytest.mark.parametrize(("wanders", "leaves"), [(0.12, 0.4), (0.5, 0.2)], ids=["default", "rather-when-going-on"])
def test_continuations_after_an_exit_intent_buy_as_often_as_the_oracle_says(wanders: float, leaves: float) -> None:
    shop, kinds, distances = shop_with(wanders=wanders, leaves=leaves), set(), []
    for shown, place, shopper, _ in first_exits(shop, 1500):
        known, prefix = Known.about(shopper), shown[: place + 1]
        chance = chance_to_buy(prefix, known, shop)
        kind = [event.page_type for event in prefix if isinstance(event, ev.PageView)][-1]
        if 0.1 < chance < 0.9 and kind not in kinds:
            kinds.add(kind)
            share = share_that_buys(prefix, known, CONTINUATIONS, seed=6, parameters=shop)
            distances.append((share - chance) / np.sqrt(chance * (1.0 - chance) / CONTINUATIONS))
    assert len(distances) >= 5
    # 0.01 for what the chain knows only on average; the rest is a 99.9 percent interval of so many continuations.
    assert max(map(abs, distances)) < 3.3 + 0.01 / np.sqrt(0.25 / CONTINUATIONS)


def test_of_those_with_the_same_chance_after_an_exit_intent_that_share_buys() -> None:
    pairs = [
        (chance_to_buy(shown[: place + 1], Known.about(shopper)), has_bought)
        for shown, place, shopper, has_bought in first_exits(load_parameters(), 3500)
    ]
    chances, bought = np.array(pairs, dtype=np.float64).T
    assert len(chances) > 500
    for part in np.array_split(np.argsort(chances), 5):
        error = np.sqrt((chances[part] * (1.0 - chances[part])).sum()) / len(part)
        assert abs(chances[part].mean() - bought[part].mean()) < 3.0 * error + 0.002


def test_an_exit_intent_lowers_the_chance_and_is_the_end_only_where_the_pointer_never_wanders() -> None:
    shown, exit_intent = told_exit()
    known, after = known_of(Told()), [*shown, exit_intent]
    assert 0.3 < chance_to_buy(after, known) < chance_to_buy(shown, known) - 0.05
    assert chance_to_buy(after, known, shop_with(wanders=0.0, leaves=0.4)) == 0.0
    by_share = [chance_to_buy(after, known, shop_with(wanders=share, leaves=0.4)) for share in (0.05, 0.12, 0.4, 1.0)]
    assert all(a < b for a, b in pairwise(by_share))


def test_the_page_after_an_exit_intent_and_the_length_of_lingering_tell_nothing_of_it() -> None:
    """Where it led on nothing hidden made the pointer leave; and she was gone from the page as it left, not later."""
    default, rare = load_parameters(), shop_with(wanders=0.01, leaves=0.9)
    checked = 0
    for shown, place, shopper, _ in islice(first_exits(default, 1500), 150):
        following = next((i for i, e in enumerate(shown) if i > place and isinstance(e, ev.PageView)), None)
        if following is None:
            continue
        known = Known.about(shopper)
        led_on = chance_to_buy(shown[: following + 1], known, default)
        assert chance_to_buy(shown[: following + 1], known, rare) == pytest.approx(led_on, abs=1e-12)
        later = [replace(event, at_ms=event.at_ms + 20_000 * (i > place)) for i, event in enumerate(shown)]
        assert chance_to_buy(later[: following + 1], known, default) == pytest.approx(led_on, abs=1e-12)
        checked += 1
    assert checked > 30


def test_the_minds_after_an_exit_intent_are_weights_and_none_of_them_is_about_to_add() -> None:
    shown, exit_intent = told_exit()
    minds = minds_behind([*shown, exit_intent], known_of(Told()))
    assert minds.resting.sum() == pytest.approx(1.0)
    assert (minds.resting >= 0.0).all()
    assert minds.adding.sum() == 0.0


def test_nobody_goes_on_from_an_exit_intent_in_a_shop_without_any() -> None:
    shown, exit_intent = told_exit()
    with pytest.raises(ValueError, match="does not leave"):
        share_that_buys(
            [*shown, exit_intent], known_of(Told()), 5, seed=1, parameters=shop_with(wanders=0.0, leaves=0.0)
        )
