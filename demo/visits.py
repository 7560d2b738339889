"""What the shop remembers of a visit, behind its own cookie: the cart, the shipping choice, a granted offer, a code, a guided walk.

In memory and bounded: the oldest visits are forgotten first, and a forgotten visitor finds an empty cart.
"""

import secrets
from dataclasses import dataclass, field

from demo.catalogue import BY_ID, Product
from demo.codes import OFF_SHARE

COOKIE = "northlight"
VISITS_KEPT = 20_000
MAX_QUANTITY = 9
SHIPPING_MINOR = {"standard": 999, "express": 1999}
ARMS = ("treatment", "holdout")


@dataclass
class Visit:
    """One browser. Money in minor units. `arm` is a preview that the visitor asked for with `?arm=`."""

    id: str
    quantities: dict[str, int] = field(default_factory=dict)
    tier: str = "standard"
    has_free_shipping: bool = False
    coupon: str = ""
    arm: str = ""
    walk: str = ""
    walk_step: int = 0
    last_product_id: str = ""

    @property
    def lines(self) -> list[tuple[Product, int]]:
        return [(BY_ID[product_id], quantity) for product_id, quantity in self.quantities.items()]

    @property
    def item_count(self) -> int:
        return sum(self.quantities.values())

    @property
    def value_minor(self) -> int:
        return sum(p.price_minor * quantity for p, quantity in self.lines)

    @property
    def discount_minor(self) -> int:
        return round(self.value_minor * OFF_SHARE) if self.coupon else 0

    @property
    def shipping_minor(self) -> int:
        return self.fee_minor(self.tier)

    @property
    def total_minor(self) -> int:
        return self.value_minor - self.discount_minor + self.shipping_minor

    def fee_minor(self, tier: str) -> int:
        """What a way of shipping costs this visitor: the granted offer is for the standard one."""
        return 0 if self.has_free_shipping and tier == "standard" else SHIPPING_MINOR[tier]

    def add(self, product_id: str) -> None:
        self.quantities[product_id] = min(MAX_QUANTITY, self.quantities.get(product_id, 0) + 1)

    def remove(self, product_id: str) -> None:
        self.quantities.pop(product_id, None)

    def start_over(self) -> None:
        """An empty cart and nothing granted: the offer was for one order."""
        self.quantities.clear()
        self.tier = "standard"
        self.has_free_shipping = False
        self.coupon = ""


class Visits:
    """All visits by cookie value."""

    def __init__(self) -> None:
        self._by_id: dict[str, Visit] = {}

    def get(self, visit_id: str | None) -> Visit | None:
        return self._by_id.get(visit_id or "")

    def start(self) -> Visit:
        visit = Visit(secrets.token_urlsafe(16))
        self._by_id[visit.id] = visit
        if len(self._by_id) > VISITS_KEPT:
            del self._by_id[next(iter(self._by_id))]
        return visit
