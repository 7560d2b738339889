"""The oracle: right on average wherever it is asked, sharper than the base rate, and blind to what cannot be seen."""

from collections.abc import Iterator
from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from numpy.typing import NDArray

from core import events as ev
from model.importers.simulated import played
from model.simulator.continuations import share_that_buys
from model.simulator.oracle import chance_to_buy, chances_along, minds_behind
from model.simulator.seen import Known
from model.simulator.shopper import Shopper, draw_shopper
from tests.model.scenario import Told, known_of, session

FIRST_SEED = 40_000_000
BINS = 6
Prefix = tuple[list[ev.Event], Known, bool]


def events_of(shopper: Shopper) -> tuple[list[ev.Event], bool]:
    """What a visit shows until it is decided, and whether it bought."""
    visit = played(shopper)
    shown = [event for _, event in visit.events]
    end = next((i for i, e in enumerate(shown) if isinstance(e, ev.PageView) and e.page_type == "confirmation"), None)
    return shown[:end], visit.has_bought


def prefixes(shoppers: int, *, with_cart: bool) -> Iterator[Prefix]:
    """Visits cut after a number of events that does not depend on how long they are: else the cut tells the end."""
    for seed in range(FIRST_SEED, FIRST_SEED + shoppers):
        shopper, chance = draw_shopper(seed), Random(f"cut:{seed}")
        shown, has_bought = events_of(shopper)
        added = next((i for i, event in enumerate(shown) if isinstance(event, ev.AddToCart)), None)
        if with_cart and added is None:
            continue
        cut = (added or 0) + 1 + chance.randrange(30) if with_cart else 1 + chance.randrange(50)
        if cut <= len(shown):
            yield shown[:cut], Known.about(shopper), has_bought


@cache
def answers(shoppers: int, *, with_cart: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pairs = [(chance_to_buy(shown, known), bought) for shown, known, bought in prefixes(shoppers, with_cart=with_cart)]
    chances, bought = zip(*pairs, strict=True)
    return np.array(chances), np.array(bought, dtype=np.float64)


@pytest.mark.parametrize(("shoppers", "with_cart"), [(1500, False), (2500, True)], ids=["any", "with-cart"])
def test_of_those_with_the_same_chance_that_share_buys(shoppers: int, with_cart: bool) -> None:
    chances, bought = answers(shoppers, with_cart=with_cart)
    assert len(chances) > 400
    for part in np.array_split(np.argsort(chances), BINS):
        error = np.sqrt((chances[part] * (1.0 - chances[part])).sum()) / len(part)
        assert abs(chances[part].mean() - bought[part].mean()) < 3.0 * error + 0.002


def test_it_says_much_more_than_the_base_rate_and_a_blind_guess_of_its_own_answers_says_less() -> None:
    chances, bought = answers(1500, with_cart=False)

    def loss(answer: NDArray[np.float64]) -> float:
        kept = answer.clip(1e-6, 1 - 1e-6)
        return float(-(bought * np.log(kept) + (1 - bought) * np.log(1 - kept)).mean())

    shuffled = np.random.default_rng(1).permutation(chances)
    assert loss(chances) < 0.8 * loss(np.full_like(chances, bought.mean()))
    assert loss(shuffled) > loss(np.full_like(chances, bought.mean()))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_the_answers_along_a_visit_are_those_to_each_of_its_beginnings(seed: int) -> None:
    shopper = draw_shopper(seed)
    shown, known = [event for _, event in played(shopper).events][:60], Known.about(shopper)
    along = list(chances_along(shown, known))
    for cut in {1, len(shown) // 2, len(shown)} - {0}:
        assert along[cut - 1] == chance_to_buy(shown[:cut], known)


@pytest.mark.parametrize(
    "told", [Told(), Told(has_pause=False), Told(compares=False)], ids=["as-told", "quick", "back"]
)
def test_the_equations_and_the_play_itself_agree(told: Told) -> None:
    shown, known = [event for _, event in session(told)], known_of(told)
    assert share_that_buys(shown, known, 1500, seed=3) == pytest.approx(chance_to_buy(shown, known), abs=0.04)


def test_the_play_agrees_on_visits_with_an_open_end_too() -> None:
    checked = 0
    for shown, known, _ in prefixes(120, with_cart=False):
        chance = chance_to_buy(shown, known)
        if 0.1 < chance < 0.9 and isinstance(shown[-1], ev.Dwell) and checked < 6:
            assert share_that_buys(shown, known, 600, seed=4) == pytest.approx(chance, abs=0.075)
            checked += 1
    assert checked == 6


def test_a_purchase_is_certain() -> None:
    shown = [event for _, event in session()]
    confirmed = ev.PageView(seq=1, at_ms=shown[-1].at_ms + 900, page_type="confirmation")
    assert chance_to_buy([*shown, confirmed], known_of(Told())) == 1.0


def test_what_no_mind_decides_changes_nothing() -> None:
    shown, known = [event for _, event in session()], known_of(Told())
    told = chance_to_buy(shown, known)
    at_night = [replace(event, local_hour=3) if isinstance(event, ev.PageView) else event for event in shown]
    later = [replace(event, at_ms=event.at_ms + 86_400_000) for event in shown]
    assert chance_to_buy(at_night, known) == told
    assert chance_to_buy(later, known) == told
    assert len({chance_to_buy(shown[:cut], known) for cut in range(1, len(shown))}) > 20


def test_the_minds_are_weights_of_everybody_who_could_be_there() -> None:
    shown, known = [event for _, event in session()], known_of(Told())
    at_first, at_last = minds_behind(shown[:1], known), minds_behind(shown, known)
    for minds in (at_first, at_last):
        assert (minds.resting >= 0).all()
        assert minds.resting.sum() + minds.adding.sum() == pytest.approx(1.0)
    by_mode = at_last.resting.sum(axis=(0, 1, 2))
    assert by_mode[2] > 0.99, "whoever turned back at the shipping costs wavers"
    assert at_first.resting.sum(axis=(0, 1, 2))[2] == 0.0


def test_without_a_page_view_there_is_no_visit_to_judge() -> None:
    with pytest.raises(ValueError, match="page view"):
        chance_to_buy([], known_of(Told()))
    assert list(chances_along([ev.Scroll(seq=1, at_ms=0, percent=25)], known_of(Told()))) == [None]
