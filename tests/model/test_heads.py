"""Heads are data: what each asks is answered by what follows, and never by the event itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.errors import ConfigError
from core.records import Scores
from model.dataset import encode_session
from model.heads import HEADS, LEVERAGE, Head, Question, chance_of, columns_of, targets_of
from model.importers.simulated import played
from model.simulator.shopper import draw_shopper
from model.train import Plan, fit
from tests.model.builders import dwell, page, visit

ADD = ev.AddToCart(seq=1, at_ms=0, currency="USD", value_minor=4_000)
BUY = ev.Purchase(seq=1, at_ms=0, transaction_id="o-1", currency="USD", value_minor=8_000)
NAMES = [head.name for head in HEADS]


def targets(name: str, *events: ev.Event, has_bought: bool = False) -> list[float]:
    encoded = encode_session(visit(*events, has_bought=has_bought))
    return [round(float(value), 3) for value in encoded.targets[:, NAMES.index(name)]]


def asked(name: str, *events: ev.Event, has_bought: bool = False) -> list[bool]:
    encoded = encode_session(visit(*events, has_bought=has_bought))
    return [bool(value > 0) for value in encoded.asked[:, NAMES.index(name)]]


def test_every_head_that_the_core_serves_is_trained_and_the_purchase_head_comes_first() -> None:
    assert set(Scores.__struct_fields__) <= {*NAMES, LEVERAGE.name}, "one is fitted afterwards"
    assert NAMES[0] == "purchase"
    assert len(set(NAMES)) == len(NAMES)


# shows: D3
def test_a_cart_that_is_left_behind_is_abandonment_and_one_that_is_bought_is_not() -> None:
    assert targets("abandonment", page("home"), ADD, page("cart")) == [1.0, 1.0, 1.0]
    assert targets("abandonment", page("home"), page("cart")) == [0.0, 0.0]
    assert targets("abandonment", page("home"), ADD, BUY, has_bought=True) == [0.0, 0.0, 0.0]
    assert asked("abandonment", page("home"), ADD, BUY, page("home"), has_bought=True) == [True, True, False, False]


# shows: D3
def test_assistance_is_a_help_page_an_empty_search_or_trouble_with_a_form_within_five_events() -> None:
    quiet = [dwell(2)] * 4
    assert targets("assistance", page("home"), *quiet, page("faq")) == [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    assert targets("assistance", page("home"), dwell(2), *quiet, page("faq"))[0] == 0.0
    empty, found = (ev.Search(seq=1, at_ms=0, term_length=4, result_count=count) for count in (0, 7))
    assert targets("assistance", page("home"), empty) == [1.0, 0.0]
    assert targets("assistance", page("home"), found) == [0.0, 0.0]
    left = ev.FieldLeft(seq=1, at_ms=0, is_filled=False)
    assert targets("assistance", page("checkout"), left) == [1.0, 0.0]
    assert targets("assistance", page("account"), left) == [0.0, 0.0]


def test_the_next_addition_is_asked_at_every_step_and_an_event_never_answers_its_own_question() -> None:
    assert targets("add_to_cart", page("home"), ADD, page("cart")) == [1.0, 0.0, 0.0]
    assert targets("add_to_cart", ADD, ADD) == [1.0, 0.0]


def test_the_order_s_value_is_learned_from_visits_that_bought_and_measured_by_what_was_in_view() -> None:
    before = (page("product"), ADD)
    assert asked("order_ratio", *before, dwell(2)) == [False, False, False]
    assert asked("order_ratio", *before, BUY, has_bought=True) == [False, True, False]
    assert targets("order_ratio", *before, BUY, has_bought=True)[1] == pytest.approx(np.log(2.0), abs=1e-3)


def test_the_next_event_is_the_type_of_the_one_that_follows() -> None:
    tags = [ev.TAG_BY_TYPE[kind] for kind in (ev.Dwell, ev.AddToCart)]
    assert targets("next_event", page("home"), dwell(2), ADD)[:2] == tags
    assert asked("next_event", page("home"), dwell(2), ADD) == [True, True, False]


@given(st.integers(0, 400))
def test_an_answer_depends_on_what_follows_and_not_on_what_was_before(seed: int) -> None:
    events = [(event, "") for _, event in played(draw_shopper(seed)).events if not isinstance(event, ev.UNSEEN_EVENTS)]
    for question in (Question(("add_to_cart",)), Question(("dwell",), within=3), Question(("end",), within=3)):
        whole = targets_of(question, events, has_bought=False)
        for cut in (1, len(events) // 2):
            assert np.array_equal(targets_of(question, events[cut:], has_bought=False), whole[cut:])


def test_any_event_can_be_a_head_and_is_learned() -> None:
    heads = (*HEADS[:1], chance_of("select_item"))
    sessions = [encode_session(played(draw_shopper(seed)), heads=heads) for seed in range(700)]
    trained = fit(sessions, Plan(epochs=2, batch=64), heads=heads)
    assert set(trained.calibration) == {"purchase", "select_item"}
    assert trained.network.head.out_features == 2
    with pytest.raises(ConfigError, match="there is no event 'select_items'"):
        chance_of("select_items")


def test_the_columns_of_the_last_layer_are_the_heads_one_after_the_other() -> None:
    heads = (Head("a", Question(("click",))), Head("b", Question(()), kind="event"), Head("c", Question(("click",))))
    assert columns_of(heads) == {"a": slice(0, 1), "b": slice(1, 1 + ev.EVENT_TAG_COUNT), "c": slice(34, 35)}
