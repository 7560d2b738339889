"""The shop's own books: orders in a JSON file, newsletter addresses in memory. Nobody else reads them."""

import json
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from demo.catalogue import CURRENCY
from demo.visits import Visit

EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,}$")
ADDRESSES_KEPT = 10_000


@dataclass(frozen=True)
class Line:
    product_id: str
    quantity: int
    price_minor: int


@dataclass(frozen=True)
class Order:
    """What was bought. Money in minor units. No name, address or card: the demo's checkout never sends them."""

    id: str
    lines: tuple[Line, ...]
    value_minor: int
    shipping_minor: int
    shipping_tier: str
    currency: str = CURRENCY
    coupon: str = ""
    discount_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.value_minor - self.discount_minor + self.shipping_minor


class Orders:
    """Orders by number, kept in `file` so that they survive a restart."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._by_id = {order.id: order for order in _read(file)}

    def get(self, order_id: str) -> Order | None:
        return self._by_id.get(order_id)

    def coupons(self) -> list[str]:
        """The codes that were spent."""
        return [order.coupon for order in self._by_id.values() if order.coupon]

    def place(self, visit: Visit) -> Order:
        """Book the visit's cart as it is priced now."""
        order = Order(
            id="NL-" + secrets.token_hex(4).upper(),
            lines=tuple(Line(p.id, quantity, p.price_minor) for p, quantity in visit.lines),
            value_minor=visit.value_minor,
            shipping_minor=visit.shipping_minor,
            shipping_tier=visit.tier,
            coupon=visit.coupon,
            discount_minor=visit.discount_minor,
        )
        self._by_id[order.id] = order
        self._file.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and moved into place: a stop in between leaves the old file whole.
        new_file = self._file.with_suffix(".new")
        new_file.write_text(json.dumps([asdict(o) for o in self._by_id.values()], indent=1))
        new_file.replace(self._file)
        return order


class Newsletter:
    """Who asked for the letter. Bounded: when it is full, new addresses are turned away."""

    def __init__(self) -> None:
        self._addresses: set[str] = set()

    def __len__(self) -> int:
        return len(self._addresses)

    def sign_up(self, address: str) -> bool:
        """Whether this is an address that now gets the letter, once however often it is given."""
        address = address.strip().lower()
        if not EMAIL.match(address) or (len(self) >= ADDRESSES_KEPT and address not in self._addresses):
            return False
        self._addresses.add(address)
        return True


def _read(file: Path) -> list[Order]:
    if not file.exists():
        return []
    return [
        Order(**{**row, "lines": tuple(Line(**line) for line in row["lines"])}) for row in json.loads(file.read_text())
    ]
