"""The pipeline from event to decision, in every arm."""

import pytest

from core import events as ev
from core.engine import Step, Turn, advance
from core.records import Arm
from core.rules import Pacing
from core.session import Session
from tests.core.journey import (
    FREE_SHIPPING,
    GUIDE,
    START_MS,
    STREAM,
    UPSELL,
    FixedScorer,
    browse,
    offers,
    play,
    reasons,
    rules,
    then,
)

UNSHOWN: tuple[Arm, ...] = ("control", "holdout")


def until_first_choice(steps: list[Step]) -> list[tuple[str, str, str, bool]]:
    answers: list[tuple[str, str, str, bool]] = []
    for step in steps:
        assert step.answer is not None
        a = step.answer
        answers.append((a.action_id, a.reason, a.segment, a.is_after_first_choice))
        if a.action_id:
            break
    return answers


# shows: F1 G2
def test_on_the_fence_is_offered_free_shipping_at_a_pause_of_the_fourth_page() -> None:
    steps = play(browse(5), rules())
    assert next(i for i, step in enumerate(steps) if step.offer) == 7
    assert offers(steps)[0] == "free-shipping"


# shows: F1
def test_likely_to_buy_is_left_alone() -> None:
    steps = play(browse(6), rules(FREE_SHIPPING), score=0.9)
    assert offers(steps) == []
    assert reasons(steps)[-1] == "stepped_aside"


def test_a_discount_that_is_configured_for_sure_buyers_still_never_reaches_one() -> None:
    answer = play(browse(6), rules(FREE_SHIPPING), score=0.9)[-1].answer
    assert answer is not None
    assert ("free-shipping", "no_discount_for_sure_buyers") in answer.refused


# shows: G1
def test_likely_to_buy_is_shown_an_upsell_where_one_is_configured() -> None:
    assert offers(play(browse(4), rules(UPSELL), score=0.9)) == ["case"]


# shows: G3
def test_unlikely_to_buy_is_asked_for_an_address_or_given_something_to_read() -> None:
    assert offers(play(browse(4), rules(), score=0.02)) == ["newsletter"]
    assert offers(play(browse(4), rules(GUIDE), score=0.02)) == ["guide"]


# shows: F6
def test_nothing_comes_in_the_quiet_period_or_before_enough_pages() -> None:
    hasty = browse(8, rest_s=2)
    steps = play(hasty, rules(pacing=Pacing(quiet_ms=60_000)))
    assert offers(steps) == []
    assert set(reasons(steps)) == {"quiet_period"}
    assert reasons(play(browse(3), rules())) == ["quiet_period", "too_early"]


# shows: F6
def test_nothing_comes_with_a_click_or_as_a_page_lands() -> None:
    for step, event in zip(play(browse(8), rules()), browse(8), strict=True):
        assert step.offer is None or not isinstance(event, ev.PageView | ev.Click)


@pytest.mark.parametrize("page_type", ["checkout", "payment", "shipping"])
def test_nothing_comes_on_a_checkout_step(page_type: str) -> None:
    assert offers(play(browse(8, page_type=page_type), rules())) == []


# shows: F4
def test_a_dismissal_ends_offers_for_the_session() -> None:
    shown = browse(4)
    decision = play(shown, rules())[-1].offer
    assert decision is not None
    seen = then(
        shown, lambda q, t: ev.ActionShown(seq=q, at_ms=t, decision_id=decision.decision_id, action_id="free-shipping")
    )
    closed = then(
        seen,
        lambda q, t: ev.ActionDismissed(seq=q, at_ms=t, decision_id=decision.decision_id, action_id="free-shipping"),
    )
    later = closed
    for _ in range(5):
        later = then(later, lambda q, t: ev.PageView(seq=q, at_ms=t, page_type="product"), 60_000)
        later = then(later, lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=2000), 2000)
    steps = play(later, rules())
    assert offers(steps) == ["free-shipping"]
    assert reasons(steps)[-1] == "dismissed"


def test_an_offer_that_was_taken_is_the_last_of_the_visit() -> None:
    offer = play(browse(4), rules())[-1].offer
    assert offer is not None
    taken = then(browse(4), lambda q, t: ev.ActionClicked(seq=q, at_ms=t, decision_id=offer.decision_id, action_id="x"))
    taken = then(taken, lambda q, t: ev.PageView(seq=q, at_ms=t, page_type="product"), 60_000)
    taken = then(taken, lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=2000), 2000)
    steps = play(taken, rules())
    assert offers(steps) == ["free-shipping"]
    assert reasons(steps)[-1] == "taken"


# shows: F4
def test_caps_count_what_was_seen() -> None:
    events = browse(4)
    under = rules(pacing=Pacing(shows_per_session=2, shows_per_action=2, gap_ms=0))
    for _ in range(6):
        offer = play(events, under)[-1].offer
        if offer:
            events = then(
                events,
                lambda q, t, d=offer.decision_id: ev.ActionShown(
                    seq=q, at_ms=t, decision_id=d, action_id="free-shipping"
                ),  # type: ignore[misc]
            )
        events = then(events, lambda q, t: ev.PageView(seq=q, at_ms=t, page_type="product"), 60_000)
        events = then(events, lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=2000), 2000)
    steps = play(events, under)
    assert offers(steps) == ["free-shipping", "free-shipping"]
    assert reasons(steps)[-1] == "session_cap"


# shows: F5
def test_nothing_comes_while_an_offer_is_open_or_on_its_way() -> None:
    waiting = then(browse(4), lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=5000), 3000)
    assert offers(play(waiting, rules())) == ["free-shipping"]
    assert reasons(play(waiting, rules()))[-1] == "on_its_way"


def test_an_offer_that_was_lost_on_its_way_gives_room_for_another() -> None:
    lost = then(browse(4), lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=10_000), 20_000)
    assert offers(play(lost, rules())) == ["free-shipping"]
    later = then(lost, lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=30_000), 10_000)
    assert offers(play(later, rules())) == ["free-shipping", "free-shipping"]


def test_each_offer_has_a_decision_of_its_own_also_when_the_same_one_follows_a_lost_one_at_once() -> None:
    lost = then(browse(4), lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=30_000), 200_000)
    chosen = [step for step in play(lost, rules()) if step.offer]
    assert [step.offer.action_id for step in chosen if step.offer] == ["free-shipping", "free-shipping"]
    assert all(step.is_new_answer for step in chosen)


# shows: H1 H3
@pytest.mark.parametrize("arm", UNSHOWN)
def test_all_arms_are_decided_alike_up_to_the_first_choice_and_only_treatment_is_shown(arm: Arm) -> None:
    treated = play(browse(6), rules(), arm="treatment")
    other = play(browse(6), rules(), arm=arm)
    assert until_first_choice(other) == until_first_choice(treated)
    assert offers(treated) != []
    assert offers(other) == []
    assert all(step.answer is None or not step.answer.is_delivered for step in other)


def test_in_control_a_choice_counts_as_shown() -> None:
    steps = play(browse(8, rest_s=60), rules(pacing=Pacing(gap_ms=0, shows_per_session=2)), arm="control")
    chosen = [step.answer for step in steps if step.answer and step.answer.action_id]
    assert len(chosen) == 2
    assert [c.is_after_first_choice for c in chosen] == [False, True]
    assert reasons(steps)[-1] == "session_cap"


# shows: H2
def test_a_tenth_of_the_sessions_is_held_out_by_default() -> None:
    under = rules(holdout_share=0.1)
    arms = [play(browse(4), under, session_id=i.to_bytes(16, "big"))[-1].answer for i in range(1500)]
    held = sum(a is not None and a.arm == "holdout" for a in arms)
    assert 0.07 * 1500 < held < 0.13 * 1500
    assert {a.treatment_probability for a in arms if a} == {0.9}


def test_an_offer_gives_way_when_the_shopper_pays() -> None:
    paying = then(browse(4), lambda q, t: ev.PageView(seq=q, at_ms=t, page_type="payment", navigation="spa"))
    steps = play(paying, rules())
    offer = steps[-2].offer
    assert offer is not None
    assert steps[-1].withdrawn == (offer.decision_id, "payment_step")
    assert steps[-1].session.pacing.pending == ""


# shows: D10
def test_without_a_model_events_are_folded_and_nothing_is_chosen() -> None:
    session = Session(id=b"s" * 16)
    for event in browse(6):
        [step] = advance([Turn(session, STREAM, event, rules())], None)
        assert (step.scores, step.segment, step.answer, step.offer) == (None, None, None, None)
        session = step.session
    assert session.count(ev.PageView) == 6


# shows: D1
def test_every_event_of_the_visitor_is_scored_and_ours_keep_the_score() -> None:
    events = then(
        browse(2), lambda q, t: ev.ActionShown(seq=q, at_ms=t, decision_id="0" * 16, action_id="free-shipping")
    )
    steps = play(events, rules(), score=lambda n: n / 100)
    assert [step.scores.purchase for step in steps if step.scores] == [0.01, 0.02, 0.03, 0.04, 0.04]


def test_one_batch_gives_each_session_what_it_would_get_alone() -> None:
    under = rules()
    sessions = [Session(id=bytes([i]) * 16) for i in range(5)]
    event = ev.PageView(seq=1, at_ms=START_MS, page_type="home")
    together = advance([Turn(s, STREAM, event, under) for s in sessions], FixedScorer())
    alone = [advance([Turn(s, STREAM, event, under)], FixedScorer())[0] for s in sessions]
    assert together == alone
