"""One made-up visitor, drawn from a seed: what she wants, how she came, and how the shop in front of her is tagged."""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

from msgspec import Struct

from core.fields import Device, Item, Source
from model.simulator.intents import Intent, IntentName, Parameters
from model.simulator.parameters import load_parameters

Name = TypeVar("Name", bound=str)

CURRENCIES = ("USD", "EUR", "GBP", "BRL")
CATEGORIES = ("audio", "kitchen", "garden", "shoes", "bags", "lamps")

CHECKOUTS: tuple[tuple[str, ...], ...] = (
    ("shipping", "checkout"),
    ("shipping", "payment"),
    ("checkout", "shipping", "payment"),
    ("checkout", "payment"),
    ("checkout",),
)
"""The ways in which shops cut up paying, before the confirmation."""


class Tagging(Struct, frozen=True):
    """How this shop reports itself: shops differ, and a model must not learn one shop's habits.

    The first group are the shop's data-layer habits, the second how its pages behave under the tracker.
    """

    steps: tuple[str, ...] = ("shipping", "checkout")
    has_item_lists: bool = True
    features_items: bool = False
    has_select_item: bool = True
    has_view_cart: bool = True
    adds_on_next_page: bool = False
    begins_checkout_on_click: bool = True
    reports_shipping_on_arrival: bool = False
    reports_clicks: bool = True
    reports_sections: bool = True
    hides_on_leaving: bool = False
    is_spa: bool = False


class Shopper(Struct, frozen=True):
    """`pace` multiplies every stay; `is_still` means a page is read without moving, so that silence is reported."""

    seed: int
    intent_name: IntentName
    device: Device
    source: Source
    local_hour: int
    is_new_visitor: bool
    pace: float
    is_still: bool
    tagging: Tagging
    currency: str
    shipping_minor: int
    catalogue: tuple[Item, ...]
    parameters: Parameters
    takes_socket_per_page: bool = True

    @property
    def intent(self) -> Intent:
        return self.parameters.intents[self.intent_name]


def draw_shopper(seed: int, parameters: Parameters | None = None) -> Shopper:
    """The shopper of this seed: always the same one. Without `parameters` she comes to the default shop."""
    shop = parameters or load_parameters()
    chance = Random(f"shopper:{seed}")
    intent_name = pick(chance, {name: intent.share for name, intent in shop.intents.items()})
    intent, pace = shop.intents[intent_name], shop.pace
    is_mobile = chance.random() < intent.mobile_share
    device: Device = "mobile" if is_mobile else "tablet" if chance.random() < 0.07 else "desktop"
    source = pick(chance, intent.sources)
    tagging = _draw_tagging(chance)
    return Shopper(
        seed=seed,
        intent_name=intent_name,
        device=device,
        source=source,
        local_hour=int(chance.triangular(6, 24, 20)) % 24,
        is_new_visitor=chance.random() >= intent.returning_share,
        # Wide on purpose: some people click every three seconds, and that alone says little.
        pace=min(pace.most, max(pace.least, chance.lognormvariate(pace.middle, pace.spread))),
        is_still=chance.random() < pace.still_share,
        tagging=tagging,
        currency=chance.choice(CURRENCIES),
        shipping_minor=chance.choice((399, 499, 599, 799, 999, 1299)),
        catalogue=_draw_catalogue(chance),
        parameters=shop,
        takes_socket_per_page=not tagging.is_spa,
    )


def pick(chance: Random, weights: Mapping[Name, float]) -> Name:
    """One of the names, by weight."""
    return chance.choices(list(weights), list(weights.values()))[0]


def _draw_tagging(chance: Random) -> Tagging:
    def often(share: float) -> bool:
        return chance.random() < share

    return Tagging(
        steps=chance.choice(CHECKOUTS),
        has_item_lists=often(0.85),
        features_items=often(0.5),
        has_select_item=often(0.6),
        has_view_cart=often(0.8),
        adds_on_next_page=often(0.3),
        begins_checkout_on_click=often(0.5),
        reports_shipping_on_arrival=often(0.35),
        reports_clicks=often(0.8),
        reports_sections=often(0.75),
        hides_on_leaving=often(0.25),
        is_spa=often(0.4),
    )


def _draw_catalogue(chance: Random) -> tuple[Item, ...]:
    level = chance.lognormvariate(8.6, 0.8)
    return tuple(
        Item(
            item_id=f"sku-{i}",
            category=CATEGORIES[i % len(CATEGORIES)],
            price_minor=max(300, int(level * chance.lognormvariate(0, 0.4)) // 100 * 100),
        )
        for i in range(12)
    )
