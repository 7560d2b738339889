"""What an explanation says is true of the visit: no word that is not earned, and words for everything."""

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as ev
from core.explain_words import WORDS, signal_of
from core.session import Session, observe
from tests.core.explained import ID, AddingScorer, events_from, explained
from tests.core.journey import STREAM
from tests.core.test_frictions import CART, CHECKOUT, COMPARISON, NAMED_FIRST, READY, Did, page, pause, product
from tests.support.scorer import HashScorer
from tests.support.strategies import events_of

_Sure = Callable[[Sequence[ev.Event]], bool]


def _has(*kinds: type[ev.Event]) -> _Sure:
    return lambda events: any(isinstance(e, kinds) for e in events)


def _pages(*types: str) -> _Sure:
    return lambda events: any(isinstance(e, ev.PageView) and e.page_type in types for e in events)


SAID: dict[str, _Sure] = {
    r"something into the cart|High intent": _has(ev.AddToCart, ev.BeginCheckout, ev.ViewCart),
    r"looked into the cart": lambda e: _pages("cart")(e) or _has(ev.ViewCart)(e),
    r"out of the cart": _has(ev.RemoveFromCart),
    r"began the checkout": _has(ev.BeginCheckout),
    r"out of the checkout|turned back|shipping costs": _pages("checkout", "shipping", "payment"),
    r"\d s pause|pause of|pauses at": _has(ev.Idle),
    r"for \d+ s|long look": _has(ev.Dwell),
    r"review": lambda events: any(isinstance(e, ev.SectionView) and "review" in e.name for e in events),
    r"compar": lambda events: any(isinstance(e, ev.PageView) and "compar" in e.topic for e in events),
    r"new visitor": lambda events: any(isinstance(e, ev.PageView) and e.is_new_visitor is True for e in events),
    r"was here before": lambda events: any(isinstance(e, ev.PageView) and e.is_new_visitor is False for e in events),
    r"found nothing": lambda events: any(isinstance(e, ev.Search) and e.result_count == 0 for e in events),
    r"help page": _pages("faq", "help"),
    r"looked at a product|came back to a product": lambda e: _pages("product")(e) or _has(ev.ViewItem)(e),
    r"scrolled": _has(ev.Scroll),
    r"bought": _has(ev.Purchase),
    r"leave the page": _has(ev.ExitIntent),
    r"another tab": _has(ev.TabHidden, ev.TabVisible),
    r"form": _has(ev.FieldLeft, ev.RageClick),
}
"""What the words claim, and what must then be in the visit."""

_DONE = st.lists(
    st.sampled_from([
        *[page(name) for name in ("home", "product", "cart", "shipping", "checkout", "payment", "faq", "blog", "odd")],
        COMPARISON, CART, CHECKOUT, product()[1], pause(15), pause(45, "shipping_options"),
        (ev.Dwell, {"active_ms": 120_000}), (ev.Scroll, {"percent": 75}), (ev.ExitIntent, {}), (ev.RageClick, {}),
        (ev.SectionView, {"name": "review"}), (ev.Search, {"term_length": 4, "result_count": 0}), (ev.TabHidden, {}),
        (ev.FieldLeft, {}), (ev.RemoveFromCart, {"currency": "EUR", "value_minor": 4_000}),
    ]), min_size=1, max_size=30,
)  # fmt: skip


# shows: D8
@settings(max_examples=150)
@given(_DONE, st.sampled_from([None, True, False]), st.sampled_from(["", "free_shipping", "content", "later_type"]))
def test_neither_sentence_nor_signals_say_what_is_not_in_the_visit(
    did: list[Did], is_new: bool | None, action_type: str
) -> None:
    did = [page("home"), *did]
    found = explained(did, HashScorer(), action_type=action_type, is_new_visitor=is_new)
    events = [event for _, event in events_from(did, is_new_visitor=is_new)]
    said = [found.sentence, *(signal.words for signal in found.signals)]
    for pattern, is_true in SAID.items():
        assert is_true(events) or not any(re.search(pattern, words) for words in said), (pattern, said)
    for signal in found.signals:
        own = [e for e in events if (STREAM, e.seq) in signal.places]
        seconds = re.search(r"(\d+) s\b", signal.words)
        assert seconds is None or int(seconds[1]) * 1000 in {
            getattr(e, "active_ms", getattr(e, "waited_ms", 0)) for e in own
        }
    assert found.sentence.endswith(".")
    assert ("answers" in found.sentence or "fits" in found.sentence) == bool(action_type)


def test_the_worked_example_is_told_in_one_sentence() -> None:
    did = [*READY, page("shipping"), pause(45, "shipping_options"), page("product"), COMPARISON]
    scorer = AddingScorer({ev.AddToCart: 0.4, ev.Idle: -0.3})
    found = explained(did, scorer, action_type="free_shipping")
    assert found.frictions == ("shipping_cost", "comparison_research")
    assert found.sentence == (
        "High intent, but turned back at the shipping costs after a pause of 45 s and is comparing:"
        " free shipping answers that."
    )


def test_without_a_friction_the_sentence_rests_on_the_signals() -> None:
    did = [page("home"), *product(), (ev.Dwell, {"active_ms": 120_000})]
    scorer = AddingScorer({ev.Dwell: 0.4, ev.ViewItem: 0.2}, new=-1.0)
    assert explained(did, scorer, is_new_visitor=True, action_type="email_capture").sentence == (
        "Undecided: looked at a product and long look at a product (120 s), but new visitor; the newsletter is what fits."
    )


@pytest.mark.parametrize("name", NAMED_FIRST)
def test_the_frictions_of_the_decision_are_in_it_and_in_the_sentence(name: str) -> None:
    found = explained(NAMED_FIRST[name], HashScorer(), action_type="free_shipping")
    assert found.frictions[0] == name
    assert ", but " in found.sentence


@pytest.mark.parametrize(
    "kind", [t for t in ev.EVENT_TYPES if t not in ev.UNSEEN_EVENTS], ids=lambda t: ev.NAME_BY_TYPE[t]
)
@settings(max_examples=10)
@given(st.data())
def test_every_event_of_a_visitor_has_a_signal_with_words(kind: type[ev.Event], data: st.DataObject) -> None:
    event = data.draw(events_of(kind))
    before = Session(id=ID)
    signal, _ = signal_of(before, event, observe(before, STREAM, event))
    assert signal.partition(":")[0] in {*WORDS, "custom"}


def test_what_comes_with_a_page_is_one_thing_with_it_and_is_counted_once() -> None:
    did = [*READY, page("shipping"), *product(), page("cart"), page("shipping"), *product("b")]
    scorer = AddingScorer({ev.PageView: -0.1, ev.ViewItem: -0.2, ev.AddToCart: 0.3})
    [left] = [s for s in explained(did, scorer).signals if s.signal == "checkout_left"]
    assert left.words == "went back out of the checkout, two times"
    n = len(READY)
    assert [seq for _, seq in left.places] == [n + 2, n + 3, n + 4, n + 6, n + 7], "all that happened outside"


def test_a_pause_over_a_banner_is_no_pause_at_the_shipping_options() -> None:
    did = [page("home"), pause(45, "free_shipping"), *READY, page("checkout"), pause(15, "shipping_options")]
    said = {s.signal: s.words for s in explained(did, AddingScorer({ev.Idle: -0.3})).signals}
    assert said == {
        "page": "opened the home page (page 1)",
        "pause": "45 s pause on the home page (page 1)",
        "shipping_pause": "15 s pause at the shipping options",
    }


def test_what_speaks_for_the_head_of_the_sentence_comes_first_and_the_strongest_of_it() -> None:
    did = [page("home"), *product(), (ev.Search, {"term_length": 4, "result_count": 7})]
    scorer = AddingScorer({ev.PageView: -1.2, ev.ViewItem: -0.9, ev.Search: 0.3})
    assert explained(did, scorer).sentence == (
        "Unlikely to buy: looked at a product and opened the home page, though searched the shop."
    )


def test_a_product_that_was_seen_before_is_called_so() -> None:
    did = [page("home"), *product("a"), *product("b"), *product("a")]
    scorer = AddingScorer({ev.ViewItem: 0.2})
    words = {s.words for s in explained(did, scorer).signals}
    assert {"looked at a product (page 2)", "looked at a product (page 3)", "came back to a product (page 4)"} == words
