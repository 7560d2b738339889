"""Which product of the catalogue goes with this visit. Pure: a snapshot and a session in, products out.

Lives here: the snapshot that gateways hold, and the choice. Not here: how neighbours are counted
(`server.store.neighbours`), and whether anything is offered at all (`policy`).

Item-based collaborative filtering: what is bought or looked at together with the products of this visit, newest products
first. Source: Linden, Smith and York, "Amazon.com recommendations: item-to-item collaborative filtering" (2003).
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from statistics import median
from struct import Struct as Packing
from struct import pack
from typing import Literal

from msgspec import Struct

from core import events as ev
from core.cart import hash_of, hashes_in
from core.session import Session

Kind = Literal["also_bought", "also_viewed", "popular"]

PRODUCTS_MOST = 20_000
NEIGHBOURS_MOST = 20
SEED_WEIGHT = 0.5
"""What a product of the visit counts beside the one after it: taste moves on within minutes."""

VIEWED_BESIDE_BOUGHT = 0.5
"""What was looked at together says something of what is bought together, of which little is known in most shops."""

_NEIGHBOUR = Packing("<IH")
_SCORE_STEPS = 65_535


class Product(Struct, frozen=True, array_like=True, gc=False):
    """A line of the catalogue. Units: money in minor units of `currency`.

    `bought_with`, `viewed_with`: its neighbours, packed by `pack_neighbours`. Without `url` it is known, never shown.
    """

    item_id: str
    url: str = ""
    title: str = ""
    category: str = ""
    image_url: str = ""
    price_minor: int | None = None
    currency: str = ""
    margin_minor: int | None = None
    is_in_stock: bool = True
    bought_with: bytes = b""
    viewed_with: bytes = b""


class Snapshot(Struct, frozen=True, array_like=True):
    """The catalogue of one site, most popular product first, at most `PRODUCTS_MOST`. Neighbours are places in it."""

    products: tuple[Product, ...] = ()


class Assortment:
    """A snapshot that can be asked quickly. Two products whose hashes collide are never taken for one another."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.products = snapshot.products
        self._hashes = [hash_of(product.item_id) for product in self.products]
        self._places: dict[bytes, int | None] = {}
        self._shown: list[int] = []
        self._shown_of_category: dict[bytes, list[int]] = {}
        for place, (product, key) in enumerate(zip(self.products, self._hashes, strict=True)):
            self._places[key] = None if key in self._places else place
            if is_showable(product):
                self._shown.append(place)
                self._shown_of_category.setdefault(hash_of(product.category), []).append(place)

    @property
    def has_showable(self) -> bool:
        """Whether any product could be shown to somebody."""
        return bool(self._shown)

    def of(self, key: bytes) -> Product | None:
        """The product with this hash; None where there is none, or more than one."""
        place = self._places.get(key)
        return None if place is None else self.products[place]

    def is_one_of(self, place: int, keys: frozenset[bytes]) -> bool:
        return self._hashes[place] in keys

    def popular(self, category: bytes | None) -> Iterable[int]:
        """Places of what may be shown, most popular first: of one category by its hash, or of all."""
        return self._shown if category is None else self._shown_of_category.get(category, ())


def is_showable(product: Product) -> bool:
    """Whether it may be offered to anybody: it can be bought, and there is a page to lead to."""
    return product.is_in_stock and bool(product.url)


def in_view(session: Session) -> bytes:
    """The hash of the product that the page on screen shows; empty where it shows none, or does not say which."""
    is_of_this_page = session.last_seen_ds[ev.TAG_BY_TYPE[ev.ViewItem]] >= session.page.since_ms // 100
    return session.cart.in_view if session.count(ev.ViewItem) and is_of_this_page else b""


def pick(assortment: Assortment, session: Session, kind: Kind) -> Product | None:
    """The one product to show; None where nothing is left that may be shown."""
    return next(ranked(assortment, session, kind), None)


def ranked(assortment: Assortment, session: Session, kind: Kind) -> Iterator[Product]:
    """Products for this visit, best first: neighbours, then what is popular in its category, then what is popular.

    Never the product in view, one that is in the cart, or one that is out of stock. The same for the same values: ties go
    to the more popular one.
    """
    kept_out = frozenset((session.cart.in_view, *hashes_in(session.cart.items)))
    given: set[int] = set()
    for places in _in_turn(assortment, session, kind, kept_out):
        for place in places:
            if place not in given and not assortment.is_one_of(place, kept_out):
                given.add(place)
                yield assortment.products[place]


def pack_neighbours(neighbours: Iterable[tuple[int, float]]) -> bytes:
    """Pairs of (place, score in 0..1), best first, in 6 bytes each; what is beyond `NEIGHBOURS_MOST` is left out."""
    kept = islice(neighbours, NEIGHBOURS_MOST)
    flat = [part for place, score in kept for part in (place, round(min(max(score, 0.0), 1.0) * _SCORE_STEPS))]
    return pack("<" + "IH" * (len(flat) // 2), *flat)


def unpack_neighbours(packed: bytes) -> list[tuple[int, float]]:
    """What `pack_neighbours` was given, scores rounded to 16 bits."""
    return [(place, score / _SCORE_STEPS) for place, score in _NEIGHBOUR.iter_unpack(packed)]


def _in_turn(
    assortment: Assortment, session: Session, kind: Kind, kept_out: frozenset[bytes]
) -> Iterator[Iterable[int]]:
    if kind != "popular":
        yield _neighbours(assortment, session, kind, kept_out)
    category = _category(assortment, session)
    if category is not None:
        yield assortment.popular(category)
    yield assortment.popular(None)


def _neighbours(assortment: Assortment, session: Session, kind: Kind, kept_out: frozenset[bytes]) -> list[int]:
    """Places of what may be shown beside the visit's products, by the sum of their scores.

    Where margins are known, by score times margin, which is what a recommendation can be expected to earn; one whose margin
    is not known counts with the median of the others.
    """
    scores: dict[int, float] = {}
    weight = 1.0
    for key in _seeds(session):
        seed = assortment.of(key)
        if seed is not None:
            viewed_weight = weight * VIEWED_BESIDE_BOUGHT if kind == "also_bought" else weight
            told = [(seed.viewed_with, viewed_weight), (seed.bought_with, weight)]
            for packed, counts in told if kind == "also_bought" else told[:1]:
                for place, score in _NEIGHBOUR.iter_unpack(packed):
                    scores[place] = scores.get(place, 0.0) + counts * score
            weight *= SEED_WEIGHT
    last = len(assortment.products)
    left = {
        place: score
        for place, score in scores.items()
        if place < last and is_showable(assortment.products[place]) and not assortment.is_one_of(place, kept_out)
    }
    margins = {place: assortment.products[place].margin_minor for place in left}
    known = [margin for margin in margins.values() if margin is not None]
    if known:
        usual = median(known)
        for place, margin in margins.items():
            left[place] *= usual if margin is None else margin
    return sorted(left, key=lambda place: (-left[place], place))


def _seeds(session: Session) -> list[bytes]:
    """The visit's products: in view, then in the cart, then looked at before; newest first, each once."""
    rings = (session.cart.items, session.seen.items)
    keys = [in_view(session), *(key for ring in rings for key in reversed(hashes_in(ring)))]
    return [key for key in dict.fromkeys(keys) if key]


def _category(assortment: Assortment, session: Session) -> bytes | None:
    """The category of the product in view, else of the newest in the cart, else the one looked at last, as a hash."""
    for key in (in_view(session), session.cart.items[-4:]):
        product = assortment.of(key) if key else None
        if product is not None and product.category:
            return hash_of(product.category)
    return session.seen.categories[-4:] or None
