"""Reasons to hesitate are named by what was done, and ordinary shopping has none."""

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given

from core import events as ev
from core.fields import Item
from core.frictions import FRICTION_NAMES, FRICTIONS, frictions_of
from core.rules import FrictionName
from core.session import Session, observe
from tests.core.journey import START_MS, STREAM
from tests.faults.frictions import measured
from tests.support.strategies import journeys

Did = tuple[type[ev.Event], dict[str, Any]]


def page(page_type: str, topic: str = "") -> Did:
    return ev.PageView, {"page_type": page_type, "topic": topic}


def product(name: str = "a") -> list[Did]:
    return [page("product"), (ev.ViewItem, {"items": (Item(f"sku-{name}", price_minor=4_000),), "currency": "EUR"})]


CART: Did = (ev.AddToCart, {"value_minor": 4_000, "currency": "EUR", "items": (Item("sku-a"),)})
CHECKOUT: Did = (ev.BeginCheckout, {"value_minor": 4_000, "currency": "EUR"})
BOUGHT: Did = (ev.Purchase, {"value_minor": 4_000, "currency": "EUR"})
EMPTY_FIELD: Did = (ev.FieldLeft, {"is_filled": False})
FILLED_FIELD: Did = (ev.FieldLeft, {"is_filled": True})
RAGE: Did = (ev.RageClick, {})
COMPARISON = page("blog", "comparison")
READY = [page("home"), *product(), CART, page("cart"), CHECKOUT]


def pause(seconds: int, section: str = "") -> Did:
    return ev.Idle, {"waited_ms": seconds * 1000, "section": section}


def search(found: int) -> list[Did]:
    return [page("search"), (ev.Search, {"term_length": 8, "result_count": found})]


def after(did: Sequence[Did]) -> Session:
    """The session after all of this, ten seconds apart."""
    session = Session(id=b"s" * 16)
    for i, (kind, fields) in enumerate(did):
        session = observe(session, STREAM, kind(seq=i + 1, at_ms=START_MS + 10_000 * i, **fields))
    return session


NAMED_FIRST: dict[str, list[Did]] = {
    "shipping_cost": [*READY, page("shipping"), pause(15), pause(45, "shipping_options"), page("product")],
    "form_trouble": [*READY, page("checkout"), EMPTY_FIELD, EMPTY_FIELD, EMPTY_FIELD],
    "search_trouble": [page("home"), *search(0), *search(0)],
    "comparison_research": [*product("a"), COMPARISON, *product("b"), COMPARISON],
    "open_question": [*product(), page("faq"), page("help"), *product(), page("faq")],
    "price_doubt": [*product("a"), *product("b"), *product("a"), *product("b"), *product("a")],
}


# shows: D8
@pytest.mark.parametrize("name", FRICTION_NAMES)
def test_each_friction_is_named_first_in_a_visit_that_shows_it(name: str) -> None:
    assert frictions_of(after(NAMED_FIRST[name]))[:1] == (name,)


@pytest.mark.parametrize("name", FRICTION_NAMES)
def test_a_purchase_ends_every_hesitation(name: str) -> None:
    assert frictions_of(after([*NAMED_FIRST[name], BOUGHT])) == ()


def test_the_names_in_the_rules_are_those_of_the_table_and_each_has_words() -> None:
    assert get_args(FrictionName) == FRICTION_NAMES == tuple(NAMED_FIRST)
    assert all(friction.words and friction.words[0].islower() for friction in FRICTIONS)


ORDINARY: dict[str, list[Did]] = {
    "straight through the checkout with a pause": [*READY, page("shipping"), pause(45), page("payment")],
    "a pause at the costs": [*READY, page("shipping"), pause(15)],
    "about to leave the costs without a pause": [*READY, page("shipping"), (ev.ExitIntent, {})],
    "a pause at the costs on the way, and back at them for a moment": [
        *READY,
        page("shipping"),
        pause(45),
        page("payment"),
        page("shipping"),
    ],
    "a silence over a banner about shipping, then in and out of the checkout": [
        page("home"),
        pause(45, "free_shipping"),
        *READY,
        page("checkout"),
        pause(15),
        page("cart"),
    ],
    "about to leave another page": [*READY, (ev.ExitIntent, {}), page("shipping"), pause(15)],
    "a long pause at the payment step, the costs long passed": [*READY, page("shipping"), page("payment"), pause(45)],
    "out of the checkout, not from the costs": [*READY, page("checkout"), page("cart")],
    "a silence over costs in the cart, no checkout left": [*READY[:5], pause(45, "shipping_note"), page("product")],
    "one comparison while looking around": [*product(), COMPARISON, *product("b")],
    "comparisons before any product": [COMPARISON, COMPARISON, page("listing")],
    "a guide is no comparison": [*product(), page("blog", "guide"), page("blog", "guide")],
    "a field forgotten": [*READY, page("checkout"), FILLED_FIELD, EMPTY_FIELD, EMPTY_FIELD, FILLED_FIELD],
    "empty fields that are none of the checkout's": [page("account"), EMPTY_FIELD, EMPTY_FIELD, EMPTY_FIELD],
    "angry clicks on a gallery": [*product(), RAGE, RAGE, RAGE],
    "one search in vain": [*search(0), *search(7), *product()],
    "searches in vain until it is found": [*search(0), *search(0), *search(2), *product(), CART],
    "two looks into the help": [page("faq"), *product(), page("help")],
    "back to a product twice": [*product("a"), *product("b"), *product("a"), *product("b")],
    "back to a product that is in the cart": [*NAMED_FIRST["price_doubt"], CART],
}


@pytest.mark.parametrize("did", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_shopping_has_no_name(did: list[Did]) -> None:
    assert frictions_of(after(did)) == ()


def test_a_shop_without_a_shipping_page_is_judged_by_a_silence_over_its_costs() -> None:
    stalled = [*READY, page("checkout"), pause(15, "shipping_options"), page("product")]
    assert frictions_of(after(stalled)) == ("shipping_cost",)


def test_the_worked_example_names_shipping_costs_at_the_way_back_and_comparing_on_the_blog() -> None:
    rows = [*READY, page("shipping"), pause(45, "shipping_options"), page("product")]
    assert frictions_of(after(rows[:-2])) == ()
    assert frictions_of(after(rows[:-1])) == ("shipping_cost",)
    assert frictions_of(after(rows)) == ("shipping_cost",)
    on_the_blog = [*rows, COMPARISON, (ev.Dwell, {"active_ms": 30_000})]
    assert frictions_of(after(on_the_blog)) == ("shipping_cost", "comparison_research")


def test_a_shopper_who_stands_before_the_costs_is_named_until_she_goes_on() -> None:
    stands = [*READY, page("shipping"), pause(15), pause(45)]
    assert frictions_of(after(stands)) == ("shipping_cost",)
    assert frictions_of(after([*READY, page("shipping"), pause(15), (ev.ExitIntent, {})])) == ("shipping_cost",)
    assert frictions_of(after([*stands, page("payment")])) == ()


def test_a_longer_silence_over_the_costs_makes_the_friction_stronger() -> None:
    [shipping] = [friction for friction in FRICTIONS if friction.name == "shipping_cost"]
    visits = [after([*READY, page("shipping"), pause(seconds), page("product")]) for seconds in (0, 15, 45)]
    strengths = [shipping.strength(visit) for visit in visits]
    assert strengths == sorted(set(strengths))
    assert shipping.strength(after([*READY, page("shipping"), pause(900), page("product")])) == strengths[-1]


# shows: D8
def test_shoppers_made_to_hesitate_are_named_rightly_and_others_hardly_ever() -> None:
    """The short form of `python -m tests.faults frictions`."""
    found = measured(240, first_seed=10_000)
    assert found["planted"] == 120
    assert found["named_first_share"] >= 0.8
    assert min(found["named_first_by_friction"].values()) >= 0.7
    assert found["named_without_share"] <= 0.1


@given(journeys(longest=40))
def test_whatever_is_done_names_are_known_and_come_strongest_first(
    events: list[tuple[bytes, ev.Event]],
) -> None:
    session = Session(id=b"s" * 16)
    for stream, event in events:
        session = observe(session, stream, event)
    names = frictions_of(session)
    strength = {friction.name: friction.strength(session) for friction in FRICTIONS}
    assert [strength[name] for name in names] == sorted((strength[name] for name in names), reverse=True)
    assert all(value >= 0 for value in strength.values())
    if session.count(ev.Purchase):
        assert names == ()
    else:
        assert set(names) == {name for name, value in strength.items() if value >= 1}
