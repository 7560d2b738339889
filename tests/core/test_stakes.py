"""What is at stake in a visit: the order that may come, what an offer costs, and what becomes of both without a price."""

from typing import Any

import msgspec
import pytest

from core import events as ev
from core.actions import ByCode, ByPool, Content, EmailCapture, FreeShipping, Upsell
from core.cart import Cart
from core.hesitation import Hesitation
from core.margin import Response
from core.records import Scores
from core.rules import ActionRule, Choosing, Money, Rules, bind
from core.session import Session
from core.stakes import (
    cost_minor,
    costs_money,
    expected_order_minor,
    is_price_unknown,
    leaves_too_little,
    order_margin_minor,
    worth_of,
)

URL = "https://shop.example/x"
SHIPPING = FreeShipping(title="Free shipping", honour=ByCode(code="SHIP"))
PAUSE = ev.Dwell(seq=9, at_ms=9, active_ms=1)


def visit(*, ratio: float = 0.0, purchase: float = 0.3, **cart: Any) -> Session:
    scores = Scores(purchase, 0.1, order_ratio=ratio)
    return Session(id=b"s" * 16, cart=Cart(**cart), scores=scores, peak_score=purchase)


def rule(action: Any = SHIPPING, **said: Any) -> ActionRule:
    return ActionRule(id="offer", action=action, segments=("on_the_fence",), **said)


def under(action: ActionRule, money: Money | None = None, **responses: Response) -> Rules:
    made = Rules(actions=(action,), money=money or Money(), choosing=Choosing(explore_share=0.0))
    return bind(made, site_id="shop", holdout_salt="salt", responses=responses)


def test_the_order_that_may_come_is_the_cart_else_a_product_looked_at_times_what_the_model_says() -> None:
    assert expected_order_minor(visit()) is None
    assert expected_order_minor(visit(price_sum_minor=9000, price_count=3)) == 3000
    assert expected_order_minor(visit(value_minor=5000, price_sum_minor=9000, price_count=3)) == 5000
    assert expected_order_minor(visit(value_minor=5000, ratio=1.2)) == 6000


def test_an_orders_margin_counts_what_is_paid_and_what_sending_costs() -> None:
    rules = under(rule(), Money(margin_share=0.4, shipping_cost_minor=300))
    assert order_margin_minor(visit(), rules) is None
    assert order_margin_minor(visit(value_minor=5000, shipping_minor=490), rules) == 2000 + 490 - 300
    assert order_margin_minor(visit(value_minor=5000, shipping_minor=0), rules) == 2000 - 300
    assert order_margin_minor(visit(value_minor=100, shipping_minor=0), rules) == 0
    # Nothing is quoted yet: the shopper is taken to pay what sending costs.
    assert order_margin_minor(visit(value_minor=5000), rules) == 2000


def test_free_shipping_costs_the_fee_and_before_it_is_quoted_what_sending_costs() -> None:
    money = Money(shipping_cost_minor=300)
    assert cost_minor(visit(value_minor=5000, shipping_minor=490), rule(), money) == 490
    assert cost_minor(visit(value_minor=5000), rule(), money) == 300
    assert cost_minor(visit(value_minor=5000), rule()) == 0
    assert cost_minor(visit(value_minor=5000, shipping_minor=490), rule(cost_minor=200), money) == 200
    assert cost_minor(visit(value_minor=5000), rule(cost_minor=200, cost_share=0.1), money) == 700
    assert cost_minor(visit(value_minor=5000, shipping_minor=490), rule(Content(title="Read", url=URL)), money) == 0


# shows: F2
@pytest.mark.parametrize(
    ("action", "said", "is_costly"),
    [
        (SHIPPING, {}, True),
        (Upsell(title="A case", url=URL), {}, False),
        (Upsell(title="A case", url=URL, honour=ByPool(pool="spring")), {}, True),
        (Content(title="Read", url=URL), {"cost_minor": 0}, False),
        (Content(title="Read", url=URL), {"cost_minor": 1}, True),
        (EmailCapture(title="News", form_url=URL, consent="I agree."), {"cost_share": 0.01}, True),
    ],
)
def test_what_costs_the_shop_anything_is_known_as_costing(action: Any, said: dict[str, Any], is_costly: bool) -> None:
    assert costs_money(rule(action, **said)) is is_costly


def test_the_floor_is_what_an_order_must_leave_and_an_offer_never_costs_more_than_it_earns() -> None:
    fixed = rule(cost_minor=1500)
    order = visit(value_minor=5000, shipping_minor=0)
    assert not leaves_too_little(order, under(fixed, Money(least_margin_minor=500)), fixed)
    assert leaves_too_little(order, under(fixed, Money(least_margin_minor=501)), fixed)
    dear = rule(cost_minor=2001)
    assert leaves_too_little(order, under(dear), dear)
    free = rule(Content(title="Read", url=URL))
    assert not leaves_too_little(order, under(free, Money(least_margin_minor=10**9)), free)


def test_without_a_price_the_floor_cannot_be_kept_so_what_costs_is_not_offered() -> None:
    for said in ({"cost_minor": 1}, {"cost_share": 0.01}):
        costly = rule(**said)
        assert is_price_unknown(visit(), under(costly), costly)
        assert not is_price_unknown(visit(price_sum_minor=1, price_count=1), under(costly), costly)
    unstated = rule()
    assert not is_price_unknown(visit(), under(unstated), unstated)
    assert is_price_unknown(visit(shipping_minor=490), under(unstated), unstated)


def test_the_worth_rests_on_the_types_prior_until_the_site_has_data_of_its_own() -> None:
    offer = rule(cost_minor=300)
    here = visit(value_minor=5000)
    assert worth_of(here, PAUSE, under(offer), offer).basis == "prior"
    works = Response(weights=(2.0, 0, 0, 0, 0, 0, 0), take_share=1.0, session_count=5000)
    learned = worth_of(here, PAUSE, under(offer, offer=works), offer)
    assert learned.basis == "data"
    assert (learned.margin_minor or 0) > (worth_of(here, PAUSE, under(offer), offer).margin_minor or 0)
    hurts = Response(weights=(-1.0, 0, 0, 0, 0, 0, 0), session_count=5000)
    assert (worth_of(here, PAUSE, under(offer, offer=hurts), offer).margin_minor or 0) < 0


def test_an_offer_is_worth_more_where_it_answers_the_reason_that_holds() -> None:
    offer = rule()
    here = visit(value_minor=5000, shipping_minor=490)
    troubled = msgspec.structs.replace(here, hesitation=Hesitation(left_at_shipping=True))
    plain, answered = (worth_of(s, PAUSE, under(offer), offer).margin_minor for s in (here, troubled))
    assert plain is not None
    assert answered is not None
    assert answered > plain


def test_without_a_price_or_a_score_nothing_is_said_of_an_actions_worth() -> None:
    offer = rule()
    assert worth_of(visit(), PAUSE, under(offer), offer).margin_minor is None
    unscored = msgspec.structs.replace(visit(value_minor=5000), scores=None)
    assert worth_of(unscored, PAUSE, under(offer), offer).margin_minor is None


def test_what_was_learned_before_models_had_a_leverage_gives_way_to_the_prior() -> None:
    offer, here = rule(), visit(value_minor=5000)
    old = Response(weights=(2.0, 0, 0, 0, 0, 0), session_count=5000)
    assert worth_of(here, PAUSE, under(offer, offer=old), offer) == worth_of(here, PAUSE, under(offer), offer)


def test_what_puts_shoppers_off_is_known_as_a_loss_without_a_price_too() -> None:
    help_offer = rule(Content(title="Read", url=URL))
    off = Response(weights=(-0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), session_count=5000)
    works = Response(weights=(0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), session_count=5000)
    assert worth_of(visit(), PAUSE, under(help_offer, offer=off), help_offer).is_loss
    assert not worth_of(visit(), PAUSE, under(help_offer, offer=works), help_offer).is_loss
    assert not worth_of(visit(), PAUSE, under(help_offer), help_offer).is_loss, "a prior expects no harm"


def test_what_was_learned_counts_for_a_little_less_than_is_expected_and_a_prior_for_what_it_says() -> None:
    weights, spread = (0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), (0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assumed = Response(weights=weights, spread=spread)
    learned = Response(weights=weights, spread=spread, session_count=1000)
    session = visit(value_minor=5000, line_count=1, currency="EUR", shipping_minor=500)
    by_prior = worth_of(session, PAUSE, under(rule(), offer=assumed), rule())
    by_data = worth_of(session, PAUSE, under(rule(), offer=learned), rule())
    assert by_prior.drawn_minor == by_prior.margin_minor == by_data.margin_minor
    assert by_data.drawn_minor is not None
    assert by_data.margin_minor is not None
    assert by_data.drawn_minor < by_data.margin_minor


def test_the_more_is_known_the_fewer_visits_try_otherwise() -> None:
    def tries(session_count: int) -> int:
        response = Response(weights=(0.3,) + (0.0,) * 6, spread=(0.2,) + (0.0,) * 6, session_count=session_count)
        made = bind(
            Rules(actions=(rule(),), choosing=Choosing(explore_share=0.5)),
            site_id="shop",
            holdout_salt="salt",
            responses={"offer": response},
        )
        base = visit(value_minor=5000, line_count=1, currency="EUR", shipping_minor=500)
        drawn = []
        for number in range(400):
            session = msgspec.structs.replace(base, id=number.to_bytes(16, "big"))
            drawn.append(worth_of(session, PAUSE, made, rule()).drawn_minor)
        usual = max(set(drawn), key=drawn.count)
        return sum(value != usual for value in drawn)

    assert 170 < tries(0) < 230
    assert 75 < tries(500) < 125
    assert tries(50_000) < 8
