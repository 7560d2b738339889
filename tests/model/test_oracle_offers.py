"""What an offer does in the simulated shop: the oracle's chance with it is the share that buys when it is shown."""

from dataclasses import dataclass
from random import Random

import pytest

from core import events as ev
from model.simulator.chain import WAVERS, Shop, Values
from model.simulator.intents import Answer
from model.simulator.play import Play
from model.simulator.reaction import react
from model.simulator.shopper import draw_shopper
from model.simulator.walk import Mind

COUNT = 4000


def test_reactions_come_in_the_shares_of_the_kind_and_move_the_odds_as_it_says() -> None:
    shopper, moods = draw_shopper(1), Random(3)
    answer = shopper.intent.answers["free_shipping"]
    drawn = [react(moods, shopper.intent, "free_shipping") for _ in range(COUNT)]
    clicked = [r for r in drawn if r.event is ev.ActionClicked]
    assert len(clicked) / COUNT == pytest.approx(answer.click_share, abs=0.03)
    assert {r.odds for r in clicked} == {answer.seen_odds * answer.return_odds}
    assert {r.odds for r in drawn if r.event is not ev.ActionClicked} == {answer.seen_odds}
    assert {r.event for r in drawn if r.event not in (ev.ActionClicked, ev.ActionDismissed)} <= {None}


def test_an_offer_that_nobody_answers_for_changes_nothing() -> None:
    assert react(Random(1), draw_shopper(1).intent, "no-such-type").odds == Answer().seen_odds == 1.0


@dataclass
class Wavering:
    """A shopper whom the shipping costs turned round, on a product page."""

    odds: float

    def share_that_buys(self) -> float:
        shopper = next(s for s in map(draw_shopper, range(1000)) if s.intent_name == "on_the_fence")
        bought = 0
        for number in range(COUNT):
            mind = Mind(page_type="product", has_cart=True, is_wavering=True, odds=self.odds)
            play = Play.resumed(shopper, mind, [shopper.catalogue[0]], pages=5, seed=f"waver:{number}")
            bought += play.goes_on_to_buy()
        return bought / COUNT

    def expected(self) -> float:
        shopper = next(s for s in map(draw_shopper, range(1000)) if s.intent_name == "on_the_fence")
        shop = Shop(shopper.parameters, shopper.tagging.steps, shopper.tagging.adds_on_next_page)
        prices = tuple(item.price_minor or 0 for item in shopper.catalogue)
        intents = list(shopper.parameters.intents)
        values = Values(
            shop,
            cart_minor=prices[0],
            shipping_minor=shopper.shipping_minor,
            prices=prices,
            odds=(self.odds,) * len(intents),
        )
        here = values.on_leaving(5, "product", extra=0, has_just_added=False)
        return float(here[intents.index("on_the_fence"), WAVERS])


@pytest.mark.parametrize("odds", [0.5, 1.0, 3.0])
def test_the_chain_with_moved_odds_is_the_share_that_buys(odds: float) -> None:
    wavering = Wavering(odds)
    assert wavering.share_that_buys() == pytest.approx(wavering.expected(), abs=0.025)


def test_more_odds_are_more_buyers() -> None:
    assert Wavering(0.5).expected() < Wavering(1.0).expected() < Wavering(3.0).expected()
