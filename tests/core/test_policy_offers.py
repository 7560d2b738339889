"""An offer from its first moment to its end: taken back where a newer answer forbids it, killed at once, kept to its time."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from core import events as ev
from core.actions import ByCode, ByPool, Content, Upsell
from core.engine import Step, Turn, advance
from core.margin import Response
from core.reasons import UNAVAILABLE
from core.records import Arm
from core.rules import ALL_ACTIONS, ActionRule, Choosing, Pacing, Rules, When, bind
from core.session import Session
from core.withdrawal import is_killed
from tests.core.journey import FREE_SHIPPING, GUIDE, START_MS, STREAM, FixedScorer, browse, offers, play, rules

CALM = Pacing(after_page_views=1, gap_ms=0, shows_per_action=2)
ARMS: tuple[Arm, ...] = ("treatment", "control", "holdout")


def changed(rule: ActionRule, **said: Any) -> ActionRule:
    return msgspec.structs.replace(rule, **said)


def killing(under: Rules, *killed: str) -> Rules:
    return bind(under, site_id="shop", holdout_salt="salt", killed=killed)


def go_on(steps: Sequence[Step], event: ev.Event, under: Rules, *, score: float = 0.3, **turn: Any) -> Step:
    """One more event of the visit that these steps were of."""
    fold = FixedScorer(score)
    fold.version = steps[-1].session.scorer_version
    [step] = advance([Turn(steps[-1].session, STREAM, event, under, **turn)], fold)
    return step


def offered(under: Rules) -> tuple[list[Step], str]:
    """A visit whose last event brought an offer, and that offer's decision."""
    events = [event for event in browse(2) if event.seq <= 4]
    steps = play(events, under, arm="treatment")
    assert steps[-1].offer is not None
    return steps, steps[-1].offer.decision_id


def dwell(seq: int = 5, after_s: float = 15) -> ev.Event:
    return ev.Dwell(seq=seq, at_ms=START_MS + round(after_s * 1000), active_ms=3000)


def at(seq: int, kind: type[ev.Event], after_s: float = 15, **said: Any) -> ev.Event:
    return kind(seq=seq, at_ms=START_MS + round(after_s * 1000), **said)


def seen(decision: str) -> ev.Event:
    return at(5, ev.ActionShown, 13, decision_id=decision, action_id="free-shipping")


UNDER = rules(FREE_SHIPPING, GUIDE, pacing=CALM)


# shows: F9
@pytest.mark.parametrize("killed", ["free-shipping", ALL_ACTIONS])
def test_a_kill_takes_back_the_offer_on_its_way_with_the_next_event_and_makes_no_other(killed: str) -> None:
    steps, decision = offered(UNDER)
    step = go_on(steps, dwell(), killing(UNDER, killed))
    assert step.withdrawn == (decision, "killed")
    assert step.session.pacing.pending == ""
    assert step.offer is None
    assert step.answer is not None
    assert dict(step.answer.refused)["free-shipping"] == "killed"


def test_a_kill_of_another_action_leaves_the_offer_where_it_is() -> None:
    steps, _ = offered(UNDER)
    step = go_on(steps, dwell(), killing(UNDER, "guide"))
    assert step.withdrawn is None
    assert step.session.pacing.pending != ""


@pytest.mark.parametrize("arm", ARMS)
def test_what_is_killed_is_chosen_in_no_arm(arm: Arm) -> None:
    steps = play(browse(6), killing(UNDER, "free-shipping"), arm=arm)
    assert not any(step.answer and step.answer.action_id for step in steps)


def test_a_rule_that_is_switched_off_or_gone_ends_its_offer_too() -> None:
    for later in (rules(changed(FREE_SHIPPING, is_on=False), pacing=CALM), rules(GUIDE, pacing=CALM)):
        steps, decision = offered(UNDER)
        assert is_killed(later, "free-shipping")
        assert go_on(steps, dwell(), later).withdrawn == (decision, "switched_off")
    assert not is_killed(UNDER, "free-shipping")
    assert is_killed(killing(UNDER, ALL_ACTIONS), "free-shipping")


# shows: F5 F6
@pytest.mark.parametrize(
    ("event", "score", "said", "reason"),
    [
        (dwell(), 0.9, {}, "no_discount_for_sure_buyers"),
        (dwell(), 0.05, {}, "other_segment"),
        (at(5, ev.PageView, page_type="cart", navigation="spa"), 0.3, {"pages": ("product",)}, "other_page"),
        (at(5, ev.PageView, page_type="shipping", navigation="spa"), 0.3, {}, "kept_off_this_page"),
        (dwell(), 0.31, {"when": When(trends=("steady",))}, None),
        (at(5, ev.AddToCart, currency="EUR", value_minor=9), 0.3, {"when": When(max_cart_minor=8)}, "cart_too_large"),
        (at(5, ev.AddShippingInfo, currency="EUR", shipping_minor=0), 0.3, {}, "not_applicable"),
        (at(5, ev.AddShippingInfo, currency="EUR", shipping_minor=490), 0.3, {}, "price_unknown"),
        (at(5, ev.Purchase, transaction_id="o1"), 0.3, {}, "already_bought"),
    ],
)
def test_a_waiting_offer_is_dropped_with_the_reason_of_the_newer_answer(
    event: ev.Event, score: float, said: dict[str, Any], reason: str | None
) -> None:
    under = rules(changed(FREE_SHIPPING, **said), pacing=CALM)
    steps, decision = offered(under)
    step = go_on(steps, event, under, score=score)
    assert step.withdrawn == ((decision, reason) if reason else None)


def test_an_offer_on_the_page_stays_through_a_change_of_mind_and_goes_when_the_shopper_pays() -> None:
    steps, decision = offered(UNDER)
    shown = go_on(steps, seen(decision), UNDER)
    assert go_on([shown], dwell(6), UNDER, score=0.9).withdrawn is None
    paying = ev.PageView(seq=6, at_ms=START_MS + 15_000, page_type="payment", navigation="spa")
    assert go_on([shown], paying, UNDER).withdrawn == (decision, "payment_step")


def test_a_late_word_on_an_earlier_offer_leaves_the_one_that_is_on_its_way() -> None:
    steps, decision = offered(UNDER)
    late = ev.ActionWithheld(seq=5, at_ms=START_MS + 13_000, decision_id="0" * 16, action_id="guide", reason="typing")
    assert go_on(steps, late, UNDER).session.pacing.pending == decision
    own = ev.ActionWithheld(seq=5, at_ms=START_MS + 13_000, decision_id=decision, action_id="free-shipping")
    assert go_on(steps, own, UNDER).session.pacing.pending == ""


TIMED = rules(changed(FREE_SHIPPING, deadline_minutes=15), pacing=CALM)
QUARTER_MS = 15 * 60_000


# shows: G5
def test_a_deadline_is_the_same_after_a_reload_and_when_the_offer_is_made_again() -> None:
    steps, _ = offered(TIMED)
    first = steps[-1].offer
    assert first is not None
    at_ms = START_MS + 12_000
    assert first.deadline_at_ms == first.params["ends_at_ms"] == at_ms + QUARTER_MS
    reload = ev.PageView(seq=5, at_ms=at_ms + 400_000, page_type="product", navigation="reload")
    again = go_on([go_on(steps, reload, TIMED)], dwell(6, 500), TIMED).offer
    assert again is not None
    assert again.decision_id != first.decision_id
    assert again.deadline_at_ms == again.params["ends_at_ms"] == first.deadline_at_ms


def test_after_its_deadline_an_offer_is_made_no_more_and_leaves_the_page() -> None:
    steps, decision = offered(TIMED)
    reload = ev.PageView(seq=5, at_ms=START_MS + 400_000, page_type="product", navigation="reload")
    over = go_on([go_on(steps, reload, TIMED)], dwell(6, 913), TIMED)
    assert over.answer is not None
    assert over.answer.refused == (("free-shipping", "deadline_passed"),)
    shown = go_on(steps, seen(decision), TIMED)
    assert go_on([shown], dwell(6, 911), TIMED).withdrawn is None
    assert go_on([shown], dwell(6, 913), TIMED).withdrawn == (decision, "deadline_passed")


def test_control_keeps_the_same_deadline_for_itself() -> None:
    treated, control = (play(browse(2), TIMED, arm=arm)[-1].session.pacing.deadlines for arm in ARMS[:2])
    assert treated == control != {}


@pytest.mark.parametrize("reason", UNAVAILABLE)
def test_what_cannot_be_had_is_refused_in_every_arm_with_its_own_reason(reason: str) -> None:
    under = rules(FREE_SHIPPING, changed(GUIDE, segments=("on_the_fence",)), pacing=CALM)
    answers = []
    for arm in ARMS:
        steps = play(browse(2)[:3], under, arm=arm)
        step = go_on(steps, dwell(4, 12), under, unavailable=(("free-shipping", reason),))
        assert step.answer is not None
        assert (step.offer is not None) == (arm == "treatment")
        answers.append((step.answer.action_id, step.answer.refused))
    assert set(answers) == {("guide", (("free-shipping", reason),))}


def test_of_what_fits_the_action_with_the_greater_worth_comes_or_the_first_in_the_file() -> None:
    pair = (
        changed(GUIDE, id="read", segments=("on_the_fence",)),
        changed(
            GUIDE, id="case", segments=("on_the_fence",), action=Upsell(title="A case", url="https://shop.example/c")
        ),
    )
    priced: list[ev.Event] = [
        ev.PageView(seq=1, at_ms=START_MS, page_type="product"),
        ev.AddToCart(seq=2, at_ms=START_MS + 1000, currency="EUR", value_minor=9000),
        dwell(3, 10),
    ]
    better = {"case": Response(weights=(0.5, 0, 0, 0, 0, 0, 0), session_count=900)}
    for by, expected in (("margin", "case"), ("order", "read")):
        made = Rules(actions=pair, pacing=CALM, choosing=Choosing(by=by), arms=UNDER.arms)  # type: ignore[arg-type]
        steps = play(priced, bind(made, site_id="shop", holdout_salt="salt", responses=better))
        assert offers(steps) == [expected]
        assert steps[-1].answer is not None
        assert dict(steps[-1].answer.refused) == {({"read", "case"} - {expected}).pop(): "outranked"}
        assert steps[-1].answer.margin_basis == ("data" if expected == "case" else "prior")


# shows: F2 F8
@pytest.mark.parametrize("honour", [ByCode(code="SAVE"), ByPool(pool="spring")])
def test_an_offer_that_brings_less_than_it_costs_is_not_made(honour: ByCode | ByPool) -> None:
    action = Upsell(title="Ten off", url="https://shop.example/c", honour=honour)
    cart = ev.AddToCart(seq=1, at_ms=START_MS, currency="EUR", value_minor=9000)
    priced = [msgspec.structs.replace(e, seq=i + 1) for i, e in enumerate([cart, *browse(2)])]
    rule = changed(FREE_SHIPPING, id="ten-off", action=action, cost_minor=1000)
    steps = play(priced, rules(rule, pacing=CALM))
    assert offers(steps) == []
    assert steps[-1].answer is not None
    assert steps[-1].answer.refused == (("ten-off", "not_worth_it"),)
    works = {"ten-off": Response(weights=(2.0, 0, 0, 0, 0, 0, 0), session_count=900)}
    learned = bind(rules(rule, pacing=CALM), site_id="shop", holdout_salt="salt", responses=works)
    assert offers(play(priced, learned)) == ["ten-off"]


def test_an_action_that_costs_anything_stays_away_from_sure_buyers_whatever_its_segments_say() -> None:
    letter = ActionRule(
        id="guide",
        segments=("likely_to_buy",),
        action=Content(title="Read", url="https://shop.example/b"),
        cost_minor=5,
    )
    steps = play(browse(4), rules(letter, pacing=CALM), score=0.9)
    assert offers(steps) == []
    assert all(step.answer and dict(step.answer.refused)["guide"] != "other_segment" for step in steps)
    free = rules(changed(letter, cost_minor=None), pacing=CALM)
    assert set(offers(play(browse(4), free, score=0.9))) == {"guide"}


def test_a_session_without_an_offer_has_nothing_to_take_back() -> None:
    [step] = advance([Turn(Session(id=b"s" * 16), STREAM, dwell(1), killing(UNDER, ALL_ACTIONS))], FixedScorer())
    assert step.withdrawn is None
