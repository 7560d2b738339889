"""What an order earned, beside examples that were worked by hand as a bookkeeper would."""

from hypothesis import given
from hypothesis import strategies as st

from core.earned import Bought, Given, Goods, earned_minor
from core.fields import Item
from core.rules import Money

MONEY = Money(margin_share=0.4, shipping_cost_minor=300)
LAMPS = (Item("lamp", price_minor=3_000, quantity=2), Item("rug", price_minor=4_000))
KNOWN = {"lamp": Goods(3_000, 1_200)}
"""A lamp costs the shop 18.00; of the rug nobody knows."""


def bought(value_minor: int = 10_000, **of: object) -> Bought:
    return Bought(**{"value_minor": value_minor, "kept_minor": value_minor, "shipping_minor": 490, **of})  # type: ignore[arg-type]


def test_without_a_catalogue_the_share_of_the_goods_and_the_sending() -> None:
    # 40 % of 100.00, and 4.90 paid for a parcel that cost 3.00.
    assert earned_minor(bought(), {}, Given(), MONEY) == 4_000 + 490 - 300


def test_goods_that_the_catalogue_knows_cost_what_it_says_and_the_rest_its_share() -> None:
    # Paid 100.00; two lamps cost 36.00, the rug 60 % of 40.00.
    assert earned_minor(bought(items=LAMPS), KNOWN, Given(), MONEY) == 10_000 - 3_600 - 2_400 + 490 - 300


def test_what_the_shop_says_of_the_goods_stands_above_catalogue_and_share() -> None:
    assert (
        earned_minor(bought(items=LAMPS, goods_cost_minor=5_500), KNOWN, Given(), MONEY) == 10_000 - 5_500 + 490 - 300
    )


def test_a_lamp_that_was_sold_cheaper_cost_the_shop_the_same() -> None:
    sale = (Item("lamp", price_minor=2_500, quantity=2),)
    assert earned_minor(bought(5_000, items=sale), KNOWN, Given(), MONEY) == 5_000 - 3_600 + 490 - 300
    # Without a price in the catalogue the margin is that of the price which was paid.
    assert earned_minor(bought(5_000, items=sale), {"lamp": Goods(None, 1_200)}, Given(), MONEY) == 2_400 + 490 - 300


def test_a_code_is_in_the_price_already_and_the_goods_cost_what_they_cost_at_the_full_one() -> None:
    # 100.00 of goods for 90.00: they cost 60.00 as before, and the code is not taken off twice.
    assert earned_minor(bought(9_000), {}, Given(off_goods_minor=1_000), MONEY) == 9_000 - 6_000 + 490 - 300
    with_lamps = earned_minor(bought(9_000, items=LAMPS), KNOWN, Given(off_goods_minor=1_000), MONEY)
    assert with_lamps == 9_000 - 3_600 - 2_400 + 490 - 300


def test_free_shipping_costs_the_fee_that_was_not_paid_and_nothing_beside() -> None:
    assert earned_minor(bought(shipping_minor=0), {}, Given(off_shipping_minor=490), MONEY) == 4_000 - 300
    # A shop that does not say what was paid for sending: she paid what it cost, and with the offer so much less.
    assert earned_minor(bought(shipping_minor=None), {}, Given(), MONEY) == 4_000
    assert earned_minor(bought(shipping_minor=None), {}, Given(off_shipping_minor=490), MONEY) == 4_000 - 490


def test_the_shop_s_own_value_has_shipping_and_tax_in_it() -> None:
    order = bought(12_390, is_told_by_shop=True, tax_minor=1_900)
    assert earned_minor(order, {}, Given(), MONEY) == 4_000 + 490 - 300


def test_what_was_refunded_came_back_with_its_goods_and_its_parcel_was_paid_all_the_same() -> None:
    half = bought(kept_minor=5_000, items=LAMPS)
    assert earned_minor(half, KNOWN, Given(), MONEY) == round(0.5 * (10_000 - 6_000 + 490)) - 300
    assert earned_minor(bought(kept_minor=0), {}, Given(), MONEY) == -300
    # A cancelled one was never sent.
    assert earned_minor(bought(kept_minor=0, is_cancelled=True), {}, Given(), MONEY) == 0


def test_an_order_may_cost_more_than_it_brought() -> None:
    assert earned_minor(bought(1_000, goods_cost_minor=4_000), {}, Given(), MONEY) == 1_000 - 4_000 + 490 - 300
    # All of it for a code: the goods are still to be paid for.
    assert earned_minor(bought(0, shipping_minor=0), {}, Given(off_goods_minor=5_000), MONEY) == -3_000 - 300


AMOUNT = st.integers(0, 10**6)


@given(value=AMOUNT, kept=st.floats(0, 1), shipping=st.none() | AMOUNT, cost=st.none() | AMOUNT, share=st.floats(0, 1))
def test_no_order_earns_more_than_was_kept_of_what_was_paid(
    value: int, kept: float, shipping: int | None, cost: int | None, share: float
) -> None:
    order = bought(value, kept_minor=int(value * kept), shipping_minor=shipping, goods_cost_minor=cost)
    earned = earned_minor(order, {}, Given(), Money(margin_share=share, shipping_cost_minor=0))
    assert earned <= round(order.kept_minor + (shipping or 0)) + 1
