"""Which action, or why none: what no configuration and no journey can bring about."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as ev
from core.actions import ByCode, Content, EmailCapture, FreeShipping, Upsell, gives_money_away
from core.engine import Turn, advance, record_of
from core.errors import ConfigError
from core.features import is_feature
from core.policy import ACTION_REASONS, PAYMENT_PAGES, SESSION_CHECKS, decision_id
from core.preview import PREVIEW_CHECKS
from core.reasons import CHOSEN, NO_MODEL, NOTHING_FITS, OUTRANKED, PREVIEWED, STEPPED_ASIDE, WORDS
from core.records import Arm, Record
from core.replay import StoredEvent, replay
from core.rules import ActionRule, Pacing, Rules, Segments, bind
from core.rules_text import parse_rules
from core.session import Session
from tests.core.journey import START_MS, offers, reasons
from tests.core.journey import play as walk
from tests.support.builders import make_rules
from tests.support.scorer import HashScorer
from tests.support.strategies import journeys

SEGMENTS = ("likely_to_buy", "on_the_fence", "unlikely_to_buy")
ARMS: tuple[Arm, ...] = ("treatment", "control", "holdout")
MADE: dict[str, Any] = {
    "bar": FreeShipping(title="Free shipping", honour=ByCode(code="SHIP")),
    "priced": Upsell(title="A case", url="https://shop.example/case", honour=ByCode(code="CASE")),
    "case": Upsell(title="A case", url="https://shop.example/case"),
    "mail": EmailCapture(title="News", form_url="https://shop.example/news", consent="I agree."),
    "guide": Content(title="How to choose", url="https://shop.example/blog"),
}


@st.composite
def rule_sets(draw: st.DrawFn) -> Rules:
    """Rules as careless as the schema allows: any action for any segment, pages and triggers, hardly any pause."""
    chosen = draw(st.lists(st.sampled_from(sorted(MADE)), min_size=1, max_size=4, unique=True))
    actions = [
        ActionRule(
            id=name,
            action=MADE[name],
            segments=tuple(draw(st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3, unique=True))),
            not_on_pages=(),
            trigger=draw(st.sampled_from(["pause", "exit_intent"])),
            is_on=draw(st.booleans()),
        )
        for name in chosen
    ]
    pacing = Pacing(
        quiet_ms=5000,
        after_page_views=1,
        gap_ms=0,
        shows_per_session=draw(st.integers(0, 5)),
        shows_per_action=draw(st.integers(0, 2)),
    )
    return make_rules(*actions, pacing=pacing)


def play(events: list[tuple[bytes, ev.Event]], rules: Rules, arm: Arm = "treatment") -> list[tuple[Turn, Any]]:
    session = Session(id=b"s" * 16, forced_arm=arm)
    played = []
    for stream, event in events:
        turn = Turn(session, stream, event, rules)
        [step] = advance([turn], HashScorer())
        session = step.session
        played.append((turn, step))
    return played


@settings(max_examples=200)
@given(journeys(longest=40), rule_sets(), st.sampled_from(ARMS))
def test_no_rules_and_no_journey_break_what_protects_margin_and_calm(
    events: list[tuple[bytes, ev.Event]], rules: Rules, arm: Arm
) -> None:
    by_id = {rule.id: rule for rule in rules.actions}
    shown = 0
    is_dismissed = False
    for turn, step in play(events, rules, arm):
        answer = step.answer
        if answer is not None and answer.action_id:
            chosen = by_id[answer.action_id]
            assert not (answer.segment == "likely_to_buy" and gives_money_away(chosen.action))
            assert chosen.is_on
            assert answer.segment in chosen.segments
            assert step.session.page.page_type not in PAYMENT_PAGES
            assert not isinstance(turn.event, ev.PageView | ev.Click)
            assert step.session.count(ev.Purchase) == 0
            assert not is_dismissed
            assert shown < rules.pacing.shows_per_session
        if isinstance(turn.event, ev.ActionDismissed) or step.session.pacing.is_dismissed:
            is_dismissed = True
        shown = step.session.pacing.offered_count
        assert (step.offer is not None) == bool(answer and answer.action_id and arm == "treatment")


@given(journeys(), rule_sets(), st.sampled_from(ARMS))
def test_every_answer_has_one_reason_and_so_has_every_action_that_was_not_chosen(
    events: list[tuple[bytes, ev.Event]], rules: Rules, arm: Arm
) -> None:
    for _, step in play(events, rules, arm):
        answer = step.answer
        if answer is None:
            continue
        assert answer.reason in WORDS
        assert (answer.reason == CHOSEN) == bool(answer.action_id)
        refused = [action_id for action_id, _ in answer.refused]
        assert sorted([*refused, *filter(None, [answer.action_id])]) == sorted(rule.id for rule in rules.actions)
        assert all(reason in WORDS and reason != CHOSEN for _, reason in answer.refused)


def test_every_reason_code_has_words_and_there_are_no_words_without_one() -> None:
    session_codes = {code for code, _ in SESSION_CHECKS}
    assert len(session_codes) == len(SESSION_CHECKS)
    assert len(set(ACTION_REASONS)) == len(ACTION_REASONS)
    assert session_codes & set(ACTION_REASONS) == {"killed"}, "the kill switch is for the site or for one action"
    codes = session_codes | set(ACTION_REASONS)
    codes |= {code for code, _ in PREVIEW_CHECKS}
    assert codes | {CHOSEN, STEPPED_ASIDE, NOTHING_FITS, NO_MODEL, OUTRANKED, PREVIEWED} == set(WORDS)
    assert all(words.endswith(".") and words[0].isupper() for words in WORDS.values())


@given(journeys(), rule_sets())
def test_the_arms_part_only_after_the_first_choice(events: list[tuple[bytes, ev.Event]], rules: Rules) -> None:
    # Before an offer there is nothing to have been shown, so no journey of a page begins with such an event.
    plain = [(s, e) for s, e in events if is_feature(e)]
    seen = []
    for arm in ARMS:
        answers = []
        for _, step in play(plain, rules, arm):
            if step.answer is not None:
                a = step.answer
                answers.append((a.decision_id, a.action_id, a.reason, a.segment, a.refused, a.is_after_first_choice))
                if a.action_id:
                    break
        seen.append(answers)
    assert seen[0] == seen[1] == seen[2]


def test_a_decision_id_follows_from_its_key_and_from_every_part_of_it() -> None:
    base: dict[str, Any] = {
        "site_id": "shop", "stream": b"a" * 14, "seq": 1, "rules_version": "r" * 16, "scorer_version": "s" * 16
    }  # fmt: skip
    other: dict[str, Any] = {
        "site_id": "shoe", "stream": b"b" * 14, "seq": 2, "rules_version": "q" * 16, "scorer_version": "t" * 16
    }  # fmt: skip
    ids = {decision_id(**base)} | {decision_id(**{**base, name: other[name]}) for name in base}
    assert len(ids) == 6
    assert decision_id(**base) == decision_id(**dict(base))
    assert all(len(i) == 16 for i in ids)


AT_THE_FRICTION = """
[arms]
holdout_share = 0
no_holdout_because = "a test"
[pacing]
after_page_views = 1
[[actions]]
id = "free-shipping"
segments = ["on_the_fence"]
frictions = ["shipping_cost", "price_doubt"]
[actions.action]
type = "free_shipping"
title = "Free shipping on this order"
honour = { by = "code", code = "SHIP" }
"""


def _at_the_checkout(*, turns_back: bool) -> list[ev.Event]:
    """A visit that pauses at the shipping costs, then goes on, or turns back, and rests."""
    last = "product" if turns_back else "listing"
    pages = ("product", "cart", "shipping", last) if turns_back else ("product", "cart", last)
    shown: list[ev.Event] = [
        ev.PageView(seq=i + 1, at_ms=START_MS + i * 20_000, page_type=page) for i, page in enumerate(pages)
    ]
    return [*shown, ev.Dwell(seq=len(pages) + 1, at_ms=START_MS + 300_000, active_ms=10_000)]


# shows: D8
def test_an_action_for_a_friction_comes_only_where_that_friction_holds() -> None:
    rules = bind(parse_rules(AT_THE_FRICTION), site_id="shop", holdout_salt="salt")
    assert offers(walk(_at_the_checkout(turns_back=True), rules, score=0.3)) == ["free-shipping"]
    smooth = walk(_at_the_checkout(turns_back=False), rules, score=0.3)
    assert offers(smooth) == []
    assert reasons(smooth)[-1] == "other_friction"
    assert all(step.answer.refused == (("free-shipping", step.answer.reason),) for step in smooth[-1:] if step.answer)


def test_a_choice_says_which_frictions_held_in_every_arm() -> None:
    rules = bind(parse_rules(AT_THE_FRICTION), site_id="shop", holdout_salt="salt")
    for arm in ARMS:
        steps = walk(_at_the_checkout(turns_back=True), rules, score=0.3, arm=arm)
        [chosen] = [step.answer for step in steps if step.answer and step.answer.action_id]
        assert chosen.frictions == ("shipping_cost",)
        assert chosen.is_delivered is (arm == "treatment")


def test_a_friction_never_opens_what_the_guards_keep_shut() -> None:
    rules = bind(parse_rules(AT_THE_FRICTION), site_id="shop", holdout_salt="salt")
    sure = walk(_at_the_checkout(turns_back=True), rules, score=0.9)
    assert offers(sure) == []
    assert {why for step in sure if step.answer for _, why in step.answer.refused} >= {"no_discount_for_sure_buyers"}


def test_a_friction_that_nobody_knows_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"frictions.*'shiping_cost'"):
        parse_rules(AT_THE_FRICTION.replace("shipping_cost", "shiping_cost"))


def as_stored(record: Record) -> StoredEvent:
    return StoredEvent(
        record.stream, record.seq, record.payload, record.received_at_ms, record.epoch, record.step,
        record.rules_version, record.scorer_version, record.traffic, record.forced_arm,
    )  # fmt: skip


@given(journeys(), rule_sets(), st.sampled_from(ARMS), st.randoms())
def test_stored_events_replay_to_the_very_same_records_in_whatever_order_they_are_read(
    events: list[tuple[bytes, ev.Event]], rules: Rules, arm: Arm, chance: Any
) -> None:
    records = [record_of(turn, step, received_at_ms=0, latency_us=None) for turn, step in play(events, rules, arm)]
    rows = [as_stored(record) for record in records]
    chance.shuffle(rows)
    scorer = HashScorer()
    again = replay(b"s" * 16, rows, scorers={scorer.version: scorer, "": scorer}, rules={rules.version: rules})
    assert [r.step.scores for r in again] == [r.scores for r in records]
    assert [r.step.answer if r.step.is_new_answer else None for r in again] == [r.decision for r in records]


@pytest.mark.parametrize(
    ("score", "segment"), [(0.7, "likely_to_buy"), (0.15, "on_the_fence"), (0.149, "unlikely_to_buy")]
)
def test_a_session_at_a_threshold_counts_as_above_it(score: float, segment: str) -> None:
    from core.records import Scores
    from core.segments import segment_of

    assert segment_of(Scores(score, 0.0), Segments()) == segment
