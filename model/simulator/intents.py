"""Every number of the simulated shop in one place: who comes, where they go, how long they stay, what moves them.

No measurement of any shop stands behind these: they are chosen so that about one visit in seven buys, and so that what
a shopper will do shows in what she does, never in who she is. Weights need not add up to 1; shares are in 0..1.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from core.fields import Source

IntentName = Literal["sure_buyer", "on_the_fence", "just_looking"]
Weights = Mapping[str, float]

LEAVE = "leave"
BUY = "buy"
"""Move names beside the page types: the visit ends; the next step towards paying."""


class Answer(Struct, frozen=True):
    """What one kind of shopper does with one kind of offer, and what it does to her.

    `click_share`, `submit_share`, `dismiss_share`: of those who see it; the rest ignore it. `return_odds`: by how
    much an offer that was clicked multiplies the odds of going on to pay; 1.0 changes nothing and only costs.
    """

    click_share: float = 0.0
    submit_share: float = 0.0
    dismiss_share: float = 0.1
    return_odds: float = 1.0


class Intent(Struct, frozen=True):
    """One kind of visit.

    `lands_on`, `moves`: where it begins, and from each page type where it goes. `stay_s`: median seconds on a page
    type. `add_share`: of product pages that end in the cart. `go_on_share`: of cart pages that go to checkout, and of
    checkout steps that go on. `friction_share`: of first looks at the shipping costs that make her stop and think;
    each percent that shipping adds to the cart adds `friction_per_percent`. After that she wavers: of page ends,
    `waver_return` go back to pay and `waver_leave` end the visit. `reviews_share`: of product pages read to the
    reviews. `compares_share`: of blog pages that are comparisons. `pause_share`: of pages with a pause of 15 s.
    """

    share: float
    lands_on: Weights
    moves: dict[str, Weights]
    stay_s: Weights
    add_share: float
    go_on_share: float
    step_share: float
    friction_share: float
    friction_per_percent: float
    waver_return: float
    waver_leave: float
    reviews_share: float
    compares_share: float
    pause_share: float
    returning_share: float
    mobile_share: float
    sources: Mapping[Source, float]
    answers: dict[str, Answer]


_WAVERING: Weights = {"product": 0.4, "blog": 0.3, "listing": 0.15, "faq": 0.1, "cart": 0.05}

SURE_BUYER = Intent(
    share=0.09,
    lands_on={"home": 0.45, "listing": 0.27, "product": 0.22, "search": 0.04, "blog": 0.02},
    moves={
        "home": {"listing": 0.55, "search": 0.2, "product": 0.2, "faq": 0.02, LEAVE: 0.03},
        "listing": {"product": 0.86, "listing": 0.05, "search": 0.04, "home": 0.02, LEAVE: 0.03},
        "search": {"product": 0.85, "listing": 0.1, LEAVE: 0.05},
        "product": {"listing": 0.45, "product": 0.3, "search": 0.1, "faq": 0.05, LEAVE: 0.1},
        "blog": {"listing": 0.5, "product": 0.4, LEAVE: 0.1},
        "faq": {"listing": 0.4, "product": 0.4, "home": 0.1, LEAVE: 0.1},
        "cart": {"listing": 0.45, "product": 0.45, LEAVE: 0.1},
        "wavering": _WAVERING,
    },
    stay_s={
        "home": 7,
        "listing": 10,
        "search": 8,
        "product": 22,
        "cart": 9,
        "shipping": 12,
        "checkout": 20,
        "payment": 22,
    }
    | {"blog": 20, "faq": 15, "confirmation": 12},
    add_share=0.74,
    go_on_share=0.9,
    step_share=0.99,
    friction_share=0.02,
    friction_per_percent=0.002,
    waver_return=0.33,
    waver_leave=0.2,
    reviews_share=0.2,
    compares_share=0.15,
    pause_share=0.04,
    returning_share=0.55,
    mobile_share=0.45,
    sources={"direct": 0.35, "email": 0.15, "organic_search": 0.25, "paid": 0.15, "social": 0.03, "referral": 0.07},
    answers={
        "free_shipping": Answer(click_share=0.5, dismiss_share=0.05),
        "upsell": Answer(click_share=0.12, dismiss_share=0.1),
        "email_capture": Answer(submit_share=0.04, dismiss_share=0.2),
        "content": Answer(click_share=0.02, dismiss_share=0.1),
    },
)

ON_THE_FENCE = Intent(
    share=0.18,
    lands_on={"home": 0.27, "listing": 0.35, "product": 0.28, "blog": 0.06, "search": 0.04},
    moves={
        "home": {"listing": 0.52, "product": 0.15, "search": 0.14, "blog": 0.08, "faq": 0.03, LEAVE: 0.08},
        "listing": {"product": 0.76, "listing": 0.08, "search": 0.04, "home": 0.03, LEAVE: 0.09},
        "search": {"product": 0.7, "listing": 0.16, LEAVE: 0.14},
        "product": {"listing": 0.34, "product": 0.26, "blog": 0.12, "faq": 0.06, LEAVE: 0.22},
        "blog": {"product": 0.36, "listing": 0.3, "blog": 0.12, "faq": 0.04, LEAVE: 0.18},
        "faq": {"product": 0.36, "listing": 0.3, "blog": 0.1, LEAVE: 0.24},
        "cart": {"product": 0.3, "listing": 0.25, "blog": 0.1, "faq": 0.1, LEAVE: 0.25},
        "wavering": _WAVERING,
    },
    stay_s={
        "home": 10,
        "listing": 16,
        "search": 12,
        "product": 42,
        "cart": 16,
        "shipping": 20,
        "checkout": 26,
        "payment": 26,
    }
    | {"blog": 35, "faq": 25, "confirmation": 12},
    add_share=0.33,
    go_on_share=0.76,
    step_share=0.985,
    friction_share=0.44,
    friction_per_percent=0.006,
    waver_return=0.33,
    waver_leave=0.2,
    reviews_share=0.6,
    compares_share=0.73,
    pause_share=0.1,
    returning_share=0.35,
    mobile_share=0.55,
    sources={"direct": 0.2, "email": 0.08, "organic_search": 0.38, "paid": 0.2, "social": 0.06, "referral": 0.08},
    answers={
        "free_shipping": Answer(click_share=0.6, dismiss_share=0.08, return_odds=3.0),
        "upsell": Answer(click_share=0.06, dismiss_share=0.15),
        "email_capture": Answer(submit_share=0.08, dismiss_share=0.25),
        "content": Answer(click_share=0.12, dismiss_share=0.1, return_odds=1.15),
    },
)

JUST_LOOKING = Intent(
    share=0.73,
    lands_on={"home": 0.3, "listing": 0.22, "product": 0.2, "blog": 0.22, "faq": 0.04, "search": 0.02},
    moves={
        "home": {"listing": 0.33, "blog": 0.15, "faq": 0.05, "product": 0.1, "search": 0.04, LEAVE: 0.33},
        "listing": {"product": 0.4, "listing": 0.14, "home": 0.05, "blog": 0.06, "search": 0.03, LEAVE: 0.32},
        "search": {"product": 0.4, "listing": 0.2, LEAVE: 0.4},
        "product": {"listing": 0.3, "product": 0.16, "blog": 0.06, "faq": 0.03, "home": 0.03, LEAVE: 0.42},
        "blog": {"blog": 0.26, "listing": 0.14, "home": 0.12, "faq": 0.06, "product": 0.05, LEAVE: 0.37},
        "faq": {"home": 0.14, "listing": 0.18, "blog": 0.18, "faq": 0.05, LEAVE: 0.45},
        "cart": {"listing": 0.3, "product": 0.2, "home": 0.05, LEAVE: 0.45},
        "wavering": _WAVERING,
    },
    stay_s={
        "home": 9,
        "listing": 13,
        "search": 10,
        "product": 18,
        "cart": 10,
        "shipping": 14,
        "checkout": 18,
        "payment": 20,
    }
    | {"blog": 30, "faq": 18, "confirmation": 10},
    add_share=0.035,
    go_on_share=0.3,
    step_share=0.85,
    friction_share=0.5,
    friction_per_percent=0.01,
    waver_return=0.1,
    waver_leave=0.4,
    reviews_share=0.15,
    compares_share=0.12,
    pause_share=0.07,
    returning_share=0.25,
    mobile_share=0.62,
    sources={"direct": 0.16, "email": 0.05, "organic_search": 0.36, "paid": 0.16, "social": 0.17, "referral": 0.1},
    answers={
        "free_shipping": Answer(click_share=0.08, dismiss_share=0.25, return_odds=1.2),
        "upsell": Answer(click_share=0.02, dismiss_share=0.3),
        "email_capture": Answer(submit_share=0.06, dismiss_share=0.3),
        "content": Answer(click_share=0.1, dismiss_share=0.15),
    },
)

INTENTS: dict[IntentName, Intent] = {
    "sure_buyer": SURE_BUYER,
    "on_the_fence": ON_THE_FENCE,
    "just_looking": JUST_LOOKING,
}
