"""Made-up shoppers: repeatable, shaped like a real tracker's events, with a known answer to what they are shown."""

from collections import Counter
from hashlib import sha256

import pytest

from core import events as ev
from core.wire import decode_event
from model.importers.simulated import played
from model.simulator.parameters import load_parameters
from model.simulator.play import Happening, Play
from model.simulator.shopper import Shopper, draw_shopper
from model.simulator.visit import DWELL_MARKS_S, IDLE_MARKS_MS, SCROLL_MARKS
from model.simulator.walk import with_odds

START_MS = 1_767_225_600_000
DECISION = "0123456789abcdef"


def visit(shopper: Shopper, offer: str = "") -> tuple[list[Happening], bool]:
    """The whole visit. `offer`: this kind of action is shown at each pause after the shipping costs were seen."""
    play, happenings, is_shown = Play(shopper, START_MS), [], False
    happening = play.next()
    while happening is not None:
        happenings.append(happening)
        is_pause = isinstance(happening.event, ev.Dwell | ev.Idle | ev.ExitIntent)
        if offer and not is_shown and is_pause and play.mind.has_cart and play.mind.is_wavering:
            play.offer(DECISION, "an-offer", offer)
            is_shown = True
        happening = play.next()
    return happenings, play.mind.has_bought


@pytest.fixture(scope="module")
def visits() -> list[tuple[Shopper, list[Happening], bool]]:
    shoppers = [draw_shopper(seed) for seed in range(3000)]
    return [(shopper, *visit(shopper)) for shopper in shoppers]


Visits = list[tuple[Shopper, list[Happening], bool]]


def test_a_seed_is_always_the_same_shopper_on_the_same_way() -> None:
    for seed in range(30):
        assert visit(draw_shopper(seed)) == visit(draw_shopper(seed))
    assert visit(draw_shopper(1)) != visit(draw_shopper(2))


def test_about_one_visit_in_seven_buys_and_every_intent_behaves_as_it_is_called(visits: Visits) -> None:
    by_intent: dict[str, list[bool]] = {name: [] for name in load_parameters().intents}
    for shopper, _, has_bought in visits:
        by_intent[shopper.intent_name].append(has_bought)
    rates = {name: sum(bought) / len(bought) for name, bought in by_intent.items()}
    assert 0.10 < sum(map(sum, by_intent.values())) / len(visits) < 0.18
    assert rates["sure_buyer"] > 0.75
    assert 0.2 < rates["on_the_fence"] < 0.45
    assert rates["just_looking"] < 0.02


def test_every_event_can_be_read_and_its_place_is_the_next_of_its_document(visits: Visits) -> None:
    for _, happenings, has_bought in visits[:400]:
        seqs: Counter[int] = Counter()
        last_ms = START_MS
        for document, event in happenings:
            assert decode_event(ev.encode_event(event)) == event
            seqs[document] += 1
            assert event.seq == seqs[document]
            assert event.at_ms >= last_ms
            last_ms = event.at_ms
        assert isinstance(happenings[0].event, ev.PageView)
        assert any(isinstance(h.event, ev.Purchase) for h in happenings) == has_bought


def test_marks_are_those_of_the_tracker(visits: Visits) -> None:
    events = [happening.event for _, happenings, _ in visits for happening in happenings]
    assert {e.active_ms // 1000 for e in events if isinstance(e, ev.Dwell)} == set(DWELL_MARKS_S)
    assert {e.waited_ms for e in events if isinstance(e, ev.Idle)} == set(IDLE_MARKS_MS)
    assert {e.percent for e in events if isinstance(e, ev.Scroll)} == set(SCROLL_MARKS)


def test_a_page_load_is_a_document_of_its_own_except_in_a_shop_without_page_loads(visits: Visits) -> None:
    for shopper, happenings, _ in visits[:400]:
        pages = [h for h in happenings if isinstance(h.event, ev.PageView)]
        documents = {h.document for h in happenings}
        assert len(documents) == (1 if shopper.tagging.is_spa else len(pages))


def test_money_always_names_its_currency(visits: Visits) -> None:
    for shopper, happenings, _ in visits[:400]:
        for _, event in happenings:
            if isinstance(event, ev.COMMERCE_EVENTS):
                assert event.currency == shopper.currency


# shows: H1
def test_free_shipping_persuades_those_on_the_fence_and_a_sure_buyer_gains_nothing() -> None:
    shoppers = [draw_shopper(seed) for seed in range(6000)]
    bought: dict[tuple[str, str], int] = {}
    for intent in ("on_the_fence", "sure_buyer"):
        chosen = [shopper for shopper in shoppers if shopper.intent_name == intent]
        for offer in ("", "free_shipping", "email_capture"):
            bought[intent, offer] = sum(visit(shopper, offer)[1] for shopper in chosen)
    fence = len([s for s in shoppers if s.intent_name == "on_the_fence"])
    assert bought["on_the_fence", "free_shipping"] > bought["on_the_fence", ""] + 0.01 * fence
    assert bought["sure_buyer", "free_shipping"] == bought["sure_buyer", ""]
    assert bought["on_the_fence", "email_capture"] == bought["on_the_fence", ""]


def test_an_offer_is_shown_and_then_answered_or_ignored() -> None:
    answers: Counter[str] = Counter()
    for seed in range(4000):
        happenings, _ = visit(draw_shopper(seed), "free_shipping")
        names = [ev.name_of(h.event) for h in happenings if isinstance(h.event, ev.ACTION_EVENTS)]
        assert names[:1] in ([], ["action_shown"])
        assert len(names) <= 2
        answers.update(names)
    assert answers["action_shown"] > 60
    assert answers["action_clicked"] > answers["action_dismissed"] > 0
    assert answers["action_shown"] > answers["action_clicked"] + answers["action_dismissed"]


def test_odds_move_a_share_and_one_leaves_it() -> None:
    assert with_odds(0.3, 1.0) == pytest.approx(0.3)
    assert with_odds(0.5, 3.0) == pytest.approx(0.75)
    assert with_odds(0.0, 3.0) == 0.0


def test_asking_for_the_chances_leaves_the_visit_as_it_was_and_gives_one_to_each_event() -> None:
    for seed in range(60):
        asked, left_alone = played(draw_shopper(seed), knows_chances=True), played(draw_shopper(seed))
        assert (asked.events, asked.has_bought) == (left_alone.events, left_alone.has_bought)
        assert len(asked.chances) == len(asked.events)
        assert all(chance is not None and 0.0 <= chance <= 1.0 for chance in asked.chances)
        assert left_alone.chances == ()


# shows: O2
def test_the_default_shop_has_the_shoppers_that_it_always_had() -> None:
    """A bundle that was trained on them, and every figure that was measured on them, rest on it.

    The number was another one while the pointer left only where the visit ended, and before a dwell had room for two sums: the
    same pages, the same outcomes.
    """
    digest = sha256()
    for seed in range(200):
        for stream, event in played(draw_shopper(seed)).events:
            digest.update(stream + ev.encode_event(event))
    assert digest.hexdigest() == "dfdfd0553684b6ed7830feab468532e616a56773f80206b33c6b2f4a741348f4"
