"""What the simulated shop can be told: the shape of its file. The numbers themselves are in `shop.toml`.

docs/simulator.md says what each key does. Weights need not add up to 1; shares are in 0..1.
"""

from typing import Annotated

from msgspec import Meta, Struct

from core.fields import Source

IntentName = str
Weights = dict[str, float]
Share = Annotated[float, Meta(ge=0, le=1)]
AtLeastNothing = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]

LEAVE = "leave"
BUY = "buy"
"""Move names beside the page types: the visit ends; the next step towards paying."""
WAVERING = "wavering"
"""The row of `moves` for a shopper whom the shipping costs turned round, whatever page she is on."""


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """What one kind of shopper does with one kind of offer, and what it does to her.

    `click_share`, `submit_share`, `dismiss_share`: of those who see it; the rest ignore it. `return_odds`: by how
    much an offer that was clicked multiplies the odds of going on to pay; 1.0 changes nothing and only costs. `seen_odds`:
    the same for merely seeing it, clicked or not; below 1 it puts her off. `order_share`: of those who clicked, by how much
    the order grows, as a share of it.
    """

    click_share: Share = 0.0
    submit_share: Share = 0.0
    dismiss_share: Share = 0.1
    return_odds: Positive = 1.0
    seen_odds: Positive = 1.0
    order_share: AtLeastNothing = 0.0


class Intent(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of visit.

    `share`: its weight among all visits. `lands_on`, `moves`: where it begins, and from each page type where it goes.
    `stay_s`: median seconds on a page type. `add_share`: of product pages that end in the cart. `go_on_share`: of cart
    pages that go to checkout. `step_share`: of checkout steps that go on. `friction_share`: of first looks at the
    shipping costs that make her stop and think; each percent that shipping adds to the cart adds
    `friction_per_percent`. After that she wavers: of page ends, `waver_return` go back to pay and `waver_leave` end the
    visit. `reviews_share`: of product pages read to the reviews. `compares_share`: of blog pages that are comparisons.
    `pause_share`: of long pages with a pause. `returning_share`, `mobile_share`, `sources`: how she comes. `answers`:
    what each type of action does to her.
    """

    share: Positive
    lands_on: Weights
    moves: dict[str, Weights]
    stay_s: dict[str, Positive]
    add_share: Share
    go_on_share: Share
    step_share: Share
    friction_share: Share
    friction_per_percent: AtLeastNothing
    waver_return: Share
    waver_leave: Share
    reviews_share: Share
    compares_share: Share
    pause_share: Share
    returning_share: Share
    mobile_share: Share
    sources: dict[Source, AtLeastNothing]
    answers: dict[str, Answer] = {}


class Pages(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On a page. A stay is log-normal around its median with `stay_spread`, `reading_slows` times as long where reviews
    are read. A fright at the costs is a pause of about `shock_pause_s`; `shock_quick_share` turn round at once instead.
    `step_pause_share`: of the steps towards paying, those with a pause that means nothing. On a desktop the pointer
    leaves the window at `pointer_leaves_share` of the visits' ends and at `pointer_wanders_share` of the pages that lead on."""

    stay_spread: Positive
    reading_slows: Positive
    shock_pause_s: Positive
    shock_quick_share: Share
    step_pause_share: Share
    pointer_leaves_share: Share
    pointer_wanders_share: Share


class Pace(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What multiplies every stay of one shopper: log-normal with `middle` and `spread` of its logarithm, cut at `least`
    and `most`. `still_share` read without moving, so that silence is reported."""

    middle: float
    spread: Positive
    least: Positive
    most: Positive
    still_share: Share


class Paying(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From the cart to the order, for all kinds alike. `cart_after_add`, `cart_later`: of pages that lead to the cart, right
    after an addition and later. `second_add`: what adding is worth once the cart holds something. `go_on_anyway`: of
    those whom the costs stopped, who pay without looking back. `steady_after_return`: of cart and steps that go on once
    she came back to pay. `back_to_cart`: of those who do not go on from a step, the rest leaves."""

    cart_after_add: Share
    cart_later: Share
    second_add: Share
    go_on_anyway: Share
    steady_after_return: Share
    back_to_cart: Share


class Margins(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an order earns the shop: `margin_share` of the price, and the fee that the shopper pays for shipping less
    `shipping_cost_minor` that it costs."""

    margin_share: Share
    shipping_cost_minor: Annotated[int, Meta(ge=0)]

    def of_order(self, *, value_minor: int, shipping_paid_minor: int) -> int:
        """In minor units; below 0 where sending costs more than the order earns."""
        return round(self.margin_share * value_minor) + shipping_paid_minor - self.shipping_cost_minor


class Parameters(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole simulated shop. `intents` in the order of the file: the order decides which seed is which shopper."""

    pages: Pages
    pace: Pace
    paying: Paying
    margins: Margins
    intents: dict[IntentName, Intent]
