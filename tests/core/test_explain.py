"""An explanation says what moved the score, in words that are true of the visit, and nothing that did not happen."""

import math
import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as ev
from core.engine import Turn, advance
from core.explain import EVENTS_MOST, LEAST, explain, explaining
from core.features import is_feature
from core.scoring import Scorer
from core.session import Session
from tests.core.explained import ID, RULES, AddingScorer, events_from, explained, stored
from tests.core.journey import STREAM
from tests.core.test_frictions import COMPARISON, READY, Did, page, pause, product
from tests.support.scorer import HashScorer
from tests.support.strategies import journeys


def score_of(events: Sequence[tuple[bytes, ev.Event]], scorer: Scorer) -> float | None:
    session = Session(id=ID)
    for stream, event in events:
        [step] = advance([Turn(session, stream, event, RULES)], scorer)
        session = step.session
    return session.scores.purchase if session.scores else None


# shows: D8
def test_a_contribution_is_the_score_less_the_score_without_it() -> None:
    scorer = AddingScorer({ev.AddToCart: 1.0, ev.Idle: -0.5, ev.BeginCheckout: 0.2}, new=-0.3)
    found = explained([*READY, page("shipping"), pause(45)], scorer, is_new_visitor=True)

    def share(odds: float) -> float:
        return 1 / (1 + math.exp(-odds))

    assert found.score == pytest.approx(share(0.4))
    by_signal = {s.signal: s.contribution for s in found.signals}
    assert by_signal == {
        "cart_add": pytest.approx(share(0.4) - share(-0.6), abs=1e-4),
        "shipping_pause": pytest.approx(share(0.4) - share(0.9), abs=1e-4),
        "new_visitor": pytest.approx(share(0.4) - share(0.7), abs=1e-4),
        "checkout": pytest.approx(share(0.4) - share(0.2), abs=1e-4),
    }
    sizes = [abs(s.contribution) for s in found.signals]
    assert sizes == sorted(sizes, reverse=True)
    assert found.signals[1].words == "45 s pause at the shipping options"


def test_a_page_is_left_out_with_what_was_done_on_it_and_not_with_what_has_a_name_of_its_own() -> None:
    did = [page("home"), *product(), (ev.Dwell, {"active_ms": 30_000}), (ev.AddToCart, {}), page("listing")]
    scorer = AddingScorer({ev.PageView: 0.1, ev.Dwell: -0.4, ev.AddToCart: 0.5})
    found = {s.signal: s for s in explained(did, scorer).signals}
    seqs = [seq for _, seq in found["product_page"].places]
    dwelt, added = len(did) - 2, len(did) - 1
    assert dwelt in seqs
    assert added not in seqs
    assert found["product_page"].contribution < 0


@settings(max_examples=60)
@given(journeys(longest=30))
def test_each_contribution_is_what_the_engine_gives_without_these_events(
    events: list[tuple[bytes, ev.Event]],
) -> None:
    scorer = HashScorer()
    decided_at = (events[-1][0], events[-1][1].seq)
    found = explain(ID, stored(events, scorer), decided_at, scorer, RULES)
    if not is_feature(events[-1][1]):
        assert found is None
        return
    assert found is not None
    assert found.score == score_of(events, scorer)
    for signal in found.signals:
        assert {*signal.places} <= {(stream, event.seq) for stream, event in events}
        assert abs(signal.contribution) >= LEAST / 2
        if signal.signal in ("new_visitor", "returning_visitor", "source", "device"):
            continue
        rest = score_of([(s, e) for s, e in events if (s, e.seq) not in signal.places], scorer)
        assert rest is not None
        assert signal.contribution == pytest.approx(found.score - rest, abs=6e-5)


@settings(max_examples=40)
@given(journeys(longest=25), st.randoms())
def test_rows_in_any_order_and_more_than_once_give_the_same_explanation(
    events: list[tuple[bytes, ev.Event]], chance: random.Random
) -> None:
    scorer = HashScorer()
    rows = stored(events, scorer)
    decided_at = (events[-1][0], events[-1][1].seq)
    expected = explain(ID, rows, decided_at, scorer, RULES)
    shuffled = [*rows, *chance.sample(rows, k=len(rows) // 2)]
    chance.shuffle(shuffled)
    assert explain(ID, shuffled, decided_at, scorer, RULES) == expected


def test_what_came_after_the_decision_is_not_looked_at() -> None:
    scorer = HashScorer()
    rows = stored(events_from([*READY, page("shipping"), pause(45), page("product"), COMPARISON]), scorer)
    decided_at = (STREAM, len(READY) + 2)
    found = explain(ID, rows, decided_at, scorer, RULES)
    assert found == explain(ID, rows[: len(READY) + 2], decided_at, scorer, RULES)
    assert found is not None
    assert found.frictions == ("shipping_cost",)


@pytest.mark.parametrize(("is_new", "signal"), [(True, "new_visitor"), (False, "returning_visitor"), (None, None)])
def test_only_a_new_visitor_is_called_new(is_new: bool | None, signal: str | None) -> None:
    found = explained(READY, HashScorer(), is_new_visitor=is_new)
    of_entry = {s.signal for s in found.signals} & {"new_visitor", "returning_visitor"}
    assert of_entry == ({signal} if signal else set())


def test_at_most_the_last_sixty_events_are_left_out() -> None:
    did = [page("home"), *[pause(n % 50) if n % 2 else page(f"kind-{n}") for n in range(150)]]
    found = explained(did, HashScorer())
    left_out = {
        seq for s in found.signals if s.signal not in ("new_visitor", "source", "device") for _, seq in s.places
    }
    assert left_out
    assert min(left_out) > len(did) - EVENTS_MOST


# shows: D8
def test_in_small_steps_it_is_the_same_and_no_step_is_large() -> None:
    did = [*READY, page("shipping"), pause(45, "shipping_options"), page("product"), COMPARISON] * 4
    scorer = AddingScorer({ev.AddToCart: 0.1, ev.Idle: -0.3, ev.PageView: 0.01})
    events = events_from(did)
    rows = stored(events, scorer)
    decided_at = (STREAM, len(events))
    expected = explain(ID, rows, decided_at, scorer, RULES)
    scorer.rows.clear()
    steps = explaining(ID, rows, decided_at, scorer, RULES, rows_at_once=5)
    found = None

    def to_the_end() -> Iterator[None]:
        nonlocal found
        found = yield from steps

    for _ in to_the_end():
        assert sum(scorer.rows) <= 5
        scorer.rows.clear()
    assert found == expected


def test_a_decision_of_another_model_or_of_an_unknown_event_is_not_explained() -> None:
    scorer = HashScorer()
    rows = stored(events_from(READY), scorer)
    assert explain(ID, rows, (STREAM, 99), scorer, RULES) is None
    assert explain(ID, rows, (STREAM, len(rows)), HashScorer(version="another-model"), RULES) is None
    assert explain(ID, [row._replace(step=None) for row in rows], (STREAM, len(rows)), scorer, RULES) is None


def test_what_an_offer_caused_is_no_signal() -> None:
    shown: Did = (ev.ActionShown, {"decision_id": "0" * 16, "action_id": "bar"})
    with_offer = events_from([*READY, shown, page("product")])
    plain = [(stream, event) for stream, event in with_offer if is_feature(event)]
    scorer = HashScorer()
    found = [
        explain(ID, stored(events, scorer), (STREAM, len(with_offer)), scorer, RULES) for events in (with_offer, plain)
    ]
    assert len(plain) == len(with_offer) - 1
    assert found[0] == found[1]
