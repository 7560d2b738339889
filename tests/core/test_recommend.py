"""What is recommended: neighbours of this visit's products, and never one in view, in the cart or out of stock."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core import events as ev
from core.cart import hash_of, hashes_in
from core.fields import Item
from core.recommend import Assortment, Kind, Product, Snapshot, in_view, pack_neighbours, pick, ranked
from core.session import Session, observe

START_MS = 1_700_000_000_000
STREAM = b"\x50\x00" + b"r" * 12
IDS = [f"sku-{n}" for n in range(12)]
KINDS: tuple[Kind, ...] = ("also_bought", "also_viewed", "popular")


def product(item_id: str, **fields: Any) -> Product:
    return Product(item_id, **{"url": f"https://shop.example/p/{item_id}", "title": item_id, **fields})


def visit(*moves: tuple[str, str]) -> Session:
    """A session of (what, item id): page, view, add, remove, cart, purchase."""
    session = Session(id=b"v" * 16)
    for number, (what, item_id) in enumerate(moves, 1):
        session = observe(session, STREAM, _event(number, what, item_id))
    return session


def _event(seq: int, what: str, item_id: str) -> ev.Event:
    at_ms, items = START_MS + seq * 5_000, (Item(item_id, "lamps"),) if item_id else ()
    match what:
        case "page":
            return ev.PageView(seq=seq, at_ms=at_ms, page_type=item_id or "product")
        case "view":
            return ev.ViewItem(seq=seq, at_ms=at_ms, items=items)
        case "add":
            return ev.AddToCart(seq=seq, at_ms=at_ms, items=items)
        case "remove":
            return ev.RemoveFromCart(seq=seq, at_ms=at_ms, items=items)
        case "cart":
            return ev.ViewCart(seq=seq, at_ms=at_ms, items=items)
    return ev.Purchase(seq=seq, at_ms=at_ms, items=items, transaction_id="T-1")


def shelf(*products: Product) -> Assortment:
    return Assortment(Snapshot(products))


def ids_of(products: Sequence[Product]) -> list[str]:
    return [product.item_id for product in products]


catalogues = st.lists(
    st.builds(
        lambda item_id, category, is_in_stock, has_page, margin, bought, viewed: product(
            item_id,
            url=f"https://shop.example/p/{item_id}" if has_page else "",
            category=category,
            is_in_stock=is_in_stock,
            margin_minor=margin,
            bought_with=pack_neighbours(bought),
            viewed_with=pack_neighbours(viewed),
        ),
        st.sampled_from(IDS),
        st.sampled_from(["lamps", "rugs", ""]),
        st.booleans(),
        st.booleans(),
        st.none() | st.integers(0, 5_000),
        *[st.lists(st.tuples(st.integers(0, 15), st.floats(0, 1)), max_size=25)] * 2,
    ),
    max_size=12,
    unique_by=lambda p: p.item_id,
)
visits = st.lists(
    st.tuples(st.sampled_from(["page", "view", "add", "remove", "cart", "purchase"]), st.sampled_from(["", *IDS])),
    max_size=30,
)


# shows: G1
@given(catalogues, visits, st.sampled_from(KINDS))
def test_what_is_in_view_in_the_cart_or_out_of_stock_is_never_recommended(
    products: list[Product], moves: list[tuple[str, str]], kind: Kind
) -> None:
    session, assortment = visit(*moves), shelf(*products)
    given_ = list(ranked(assortment, session, kind))
    kept_out = {session.cart.in_view, in_view(session), *hashes_in(session.cart.items)}
    assert [p for p in given_ if hash_of(p.item_id) in kept_out or not p.is_in_stock or not p.url] == []
    assert len(set(ids_of(given_))) == len(given_)
    wanted = [p for p in products if p.is_in_stock and p.url and hash_of(p.item_id) not in kept_out]
    assert sorted(ids_of(given_)) == sorted(ids_of(wanted)), "something that may be shown was left out"
    assert pick(assortment, session, kind) == (given_[0] if given_ else None)
    assert list(ranked(shelf(*products), session, kind)) == given_


@given(visits)
def test_the_session_knows_the_cart_as_the_shop_tells_it(moves: list[tuple[str, str]]) -> None:
    cart: list[str] = []
    for what, item_id in moves:
        match what:
            case "add" if item_id:
                cart = [*(i for i in cart if i != item_id), item_id][-8:]
            case "remove" if item_id:
                cart = [i for i in cart if i != item_id]
            case "cart" if item_id:
                cart = [item_id]
            case "purchase":
                cart = []
    assert hashes_in(visit(*moves).cart.items) == [hash_of(item_id) for item_id in cart]


def test_a_product_is_in_view_until_another_page_opens_and_not_when_another_is_put_into_the_cart() -> None:
    moves = [("page", "product"), ("view", "sku-1")]
    assert in_view(visit(*moves)) == hash_of("sku-1")
    assert in_view(visit(*moves, ("add", "sku-2"))) == hash_of("sku-1")
    assert in_view(visit(*moves, ("page", "category"))) == b""
    assert in_view(visit(("page", "category"))) == b""
    again = [*moves, ("page", "product"), ("view", "sku-2"), ("page", "product"), ("view", "sku-1")]
    assert in_view(visit(*again)) == hash_of("sku-1"), "a product that is looked at again is in view again"


def test_what_was_bought_together_comes_before_what_was_only_looked_at_together() -> None:
    pairs = {"bought_with": pack_neighbours([(2, 0.9)]), "viewed_with": pack_neighbours([(3, 0.9)])}
    stock = shelf(product("a"), product("b", **pairs), product("c"), product("d"))
    session = visit(("page", "product"), ("view", "b"))
    assert ids_of(list(ranked(stock, session, "also_bought"))) == ["c", "d", "a"]
    assert ids_of(list(ranked(stock, session, "also_viewed"))) == ["d", "a", "c"]
    assert ids_of(list(ranked(stock, session, "popular"))) == ["a", "c", "d"]


def test_without_neighbours_the_popular_products_of_the_category_come_first() -> None:
    stock = shelf(
        product("vase", category="vases"), product("lamp", category="lamps"), product("rug", category="rugs"),
        product("light", category="lamps"),
    )  # fmt: skip
    on_lamp = visit(("page", "product"), ("view", "lamp"))
    assert ids_of(list(ranked(stock, on_lamp, "also_bought"))) == ["light", "vase", "rug"]
    unknown_product = visit(("page", "product"), ("view", "of-the-feed-nothing-is-known"))
    assert pick(stock, unknown_product, "also_bought") == stock.products[1], "its event says lamps"
    assert pick(stock, visit(), "popular") == stock.products[0]
    assert pick(shelf(), on_lamp, "popular") is None


def test_newer_products_of_the_visit_count_more_and_repeated_agreement_most() -> None:
    def looked_at(place: int) -> bytes:
        return pack_neighbours([(place, 0.5)])

    stock = shelf(
        product("old", viewed_with=looked_at(2)), product("new", viewed_with=looked_at(3)), product("x"), product("y")
    )
    session = visit(("page", "product"), ("view", "old"), ("page", "product"), ("view", "new"))
    assert pick(stock, session, "also_viewed") == stock.products[3]
    both = replace(stock.products[1], viewed_with=pack_neighbours([(3, 0.5), (2, 0.45)]))
    assert pick(shelf(stock.products[0], both, *stock.products[2:]), session, "also_viewed") == stock.products[2]


def test_where_margins_are_known_a_neighbour_counts_for_what_it_may_earn() -> None:
    near = pack_neighbours([(1, 0.5), (2, 0.4), (3, 0.1)])
    plain = [product("seed", bought_with=near), product("a"), product("b"), product("c")]
    session = visit(("page", "product"), ("view", "seed"))
    assert pick(shelf(*plain), session, "also_bought") == plain[1]
    paid = [plain[0], *(replace(p, margin_minor=m) for p, m in zip(plain[1:], (100, 900, 1_000), strict=True))]
    assert pick(shelf(*paid), session, "also_bought") == paid[2]
    half_known = [plain[0], paid[1], plain[2], plain[3]]
    assert pick(shelf(*half_known), session, "also_bought") == paid[1], "an unknown margin counts as the usual one"


def test_products_whose_hashes_collide_are_not_taken_for_one_another() -> None:
    # CRC-32 of both is 4ddb0c25: a known pair.
    assert hash_of("plumless") == hash_of("buckeroo")
    stock = shelf(product("plumless", viewed_with=pack_neighbours([(2, 1.0)])), product("buckeroo"), product("x"))
    session = visit(("page", "product"), ("view", "plumless"))
    assert ids_of(list(ranked(stock, session, "also_viewed"))) == ["x"], "neither is shown, for one may be in view"
    assert stock.of(hash_of("plumless")) is None


def test_a_hundred_neighbours_are_cut_to_twenty_and_a_place_beyond_the_end_is_passed_over() -> None:
    packed = pack_neighbours([(place, 1.0) for place in range(100)])
    assert len(packed) == 6 * 20
    stock = shelf(product("a", viewed_with=packed), product("b"))
    assert ids_of(list(ranked(stock, visit(("page", "product"), ("view", "a")), "also_viewed"))) == ["b"]
