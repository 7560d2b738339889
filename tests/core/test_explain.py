"""An explanation says what moved the score, in words that are true of the visit, and nothing that did not happen."""

import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from struct import pack, unpack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as ev
from core.engine import Turn, advance, record_of
from core.explain import EVENTS_MOST, LEAST, Explanation, explain, explaining
from core.explain_words import WORDS, signal_of
from core.features import FEATURE_NAMES, Encoded, is_feature
from core.records import Scores
from core.replay import StoredEvent
from core.rules import Rules, bind
from core.scoring import Scored, Scorer
from core.session import Session, observe
from tests.core.journey import START_MS, STREAM
from tests.core.test_frictions import CART, CHECKOUT, COMPARISON, NAMED_FIRST, READY, Did, page, pause, product
from tests.support.scorer import HashScorer
from tests.support.strategies import events_of, journeys

RULES = bind(Rules(), site_id="shop", holdout_salt="salt")
ID = b"s" * 16
_NEW = FEATURE_NAMES.index("is_new_visitor")


class AddingScorer:
    """The log odds of a purchase are a sum: so much for each type of event, and something for being new."""

    version = "add"
    max_batch = 64

    def __init__(self, weights: dict[type[ev.Event], float], new: float = 0.0) -> None:
        self._weights = {ev.TAG_BY_TYPE[kind]: weight for kind, weight in weights.items()}
        self._new = new
        self.rows: list[int] = []

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        assert len(hidden) == len(encoded) <= self.max_batch
        self.rows.append(len(encoded))
        return [self._one(h, e) for h, e in zip(hidden, encoded, strict=True)]

    def _one(self, hidden: bytes, e: Encoded) -> Scored:
        total = (unpack("<d", hidden)[0] if hidden else 0.0) + self._weights.get(e.event, 0.0)
        odds = total + self._new * (e.numbers[_NEW] > 0)
        return Scored(pack("<d", total), Scores(1 / (1 + math.exp(-odds)), 0.0))


def stored(events: Sequence[tuple[bytes, ev.Event]], scorer: Scorer) -> list[StoredEvent]:
    """The rows that the engine logs of these events."""
    session, rows = Session(id=ID), []
    for stream, event in events:
        turn = Turn(session, stream, event, RULES)
        [step] = advance([turn], scorer)
        session = step.session
        r = record_of(turn, step, received_at_ms=0, latency_us=None)
        rows.append(
            StoredEvent(stream, r.seq, r.payload, 0, r.epoch, r.step, r.rules_version, scorer.version, "live", None)
        )
    return rows


def events_from(did: Sequence[Did], **entry: Any) -> list[tuple[bytes, ev.Event]]:
    """What was done, ten seconds apart; pages say how the visitor came, as the tracker's do."""
    made = []
    for i, (kind, fields) in enumerate(did):
        told = entry if kind is ev.PageView else {}
        made.append((STREAM, kind(seq=i + 1, at_ms=START_MS + 10_000 * i, **fields, **told)))
    return made


def explained(did: Sequence[Did], scorer: Scorer, *, action_type: str = "", **entry: Any) -> Explanation:
    events = events_from(did, **entry)
    found = explain(ID, stored(events, scorer), (STREAM, len(events)), scorer, RULES, action_type=action_type)
    assert found is not None
    return found


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
        "Undecided: long look at a product (120 s) and looked at a product, but new visitor; the newsletter is what fits."
    )


@pytest.mark.parametrize(("is_new", "signal"), [(True, "new_visitor"), (False, "returning_visitor"), (None, None)])
def test_only_a_new_visitor_is_called_new(is_new: bool | None, signal: str | None) -> None:
    found = explained(READY, HashScorer(), is_new_visitor=is_new)
    of_entry = {s.signal for s in found.signals} & {"new_visitor", "returning_visitor"}
    assert of_entry == ({signal} if signal else set())


@pytest.mark.parametrize("name", NAMED_FIRST)
def test_the_frictions_of_the_decision_are_in_it_and_in_the_sentence(name: str) -> None:
    found = explained(NAMED_FIRST[name], HashScorer(), action_type="free_shipping")
    assert found.frictions[0] == name
    assert ", but " in found.sentence


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


@pytest.mark.parametrize(
    "kind", [t for t in ev.EVENT_TYPES if t not in ev.ACTION_EVENTS], ids=lambda t: ev.NAME_BY_TYPE[t]
)
@settings(max_examples=10)
@given(st.data())
def test_every_event_of_a_visitor_has_a_signal_with_words(kind: type[ev.Event], data: st.DataObject) -> None:
    event = data.draw(events_of(kind))
    before = Session(id=ID)
    signal, _ = signal_of(before, event, observe(before, STREAM, event))
    assert signal.partition(":")[0] in {*WORDS, "custom"}


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
