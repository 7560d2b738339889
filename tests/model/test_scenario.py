"""The worked example at its decision point: what is true of it, and what the core finds in it."""

from core import events as ev
from core.explain import Explanation, explain
from core.frictions import frictions_of
from core.session import Session, observe
from core.wire import decode_event
from model.scorer import load_scorer
from model.simulator.continuations import share_that_buys
from model.simulator.oracle import chance_to_buy
from tests.core.explained import ID, RULES, stored
from tests.model.scenario import START_MS, Told, known_of, neighbours, session


def fold(told: Told) -> Session:
    state = Session(id=bytes(16))
    for stream, event in session(told):
        state = observe(state, stream, event)
    return state


def test_it_is_the_session_that_was_told_event_by_event() -> None:
    happened = [event for _, event in session()]
    pages = [event.page_type for event in happened if isinstance(event, ev.PageView)]
    assert pages == ["listing", "product", "cart", "shipping", "product", "blog"]
    assert [(e.waited_ms, e.section) for e in happened if isinstance(e, ev.Idle)][-1] == (45_000, "shipping_options")
    assert sum(isinstance(e, ev.SectionView) and e.name == "review" for e in happened) == 3
    assert round((happened[-1].at_ms - START_MS) / 1000) == 503
    assert all(decode_event(ev.encode_event(event)) == event for event in happened)
    assert [event.at_ms for event in happened] == sorted(event.at_ms for event in happened)


def test_six_in_ten_of_those_who_could_be_behind_it_buy() -> None:
    shown = [event for _, event in session()]
    assert 0.57 <= chance_to_buy(shown, known_of(Told())) <= 0.63
    assert 0.57 <= share_that_buys(shown, known_of(Told()), 3000, seed=5) <= 0.63


# shows: D8
def test_both_frictions_are_named_and_a_session_without_them_has_none() -> None:
    assert set(frictions_of(fold(Told()))) == {"shipping_cost", "comparison_research"}
    assert frictions_of(fold(Told(compares=False))) == ("shipping_cost",)


def test_its_twenty_neighbours_differ_from_it_and_from_each_other() -> None:
    told = [Told(), *neighbours()]
    assert len({tuple(ev.encode_event(event) for _, event in session(one)) for one in told}) == 21


def explanation(told: Told) -> Explanation:
    """Why the starter bundle says what it says at the decision point."""
    events, scorer = session(told), load_scorer()
    stream, last = events[-1]
    found = explain(ID, stored(events, scorer), (stream, last.seq), scorer, RULES, action_type="free_shipping")
    assert found is not None
    return found


# shows: D1 D9
def test_the_starter_bundle_gives_it_six_in_ten_on_the_fence_and_falling() -> None:
    found = explanation(Told())
    assert 0.55 <= found.score <= 0.65
    assert (found.segment, found.trend) == ("on_the_fence", "falling")


# shows: D8
def test_its_explanation_finds_what_speaks_for_it_and_against_it() -> None:
    found = explanation(Told())
    speaks_for = {s.signal for s in found.signals if s.contribution > 0}
    against = {s.signal for s in found.signals if s.contribution < 0}
    assert len(speaks_for & {"checkout", "cart_add", "product_look", "reviews"}) >= 2
    assert len(against & {"shipping_pause", "checkout_left", "comparison", "new_visitor"}) >= 2
    assert set(found.frictions) == {"shipping_cost", "comparison_research"}
    assert found.sentence.startswith("High intent, but turned back at the shipping costs")


# shows: D8
def test_a_returning_visitor_s_explanation_does_not_list_a_new_one() -> None:
    assert "new_visitor" in {s.signal for s in explanation(Told()).signals}
    assert "new_visitor" not in {s.signal for s in explanation(Told(is_new=False)).signals}
