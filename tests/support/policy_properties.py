"""What must hold of every visit under any rules, checked by its own reckoning and not by the policy's.

To add one: a function of a `Tried` visit, listed in `PROPERTIES`; the short and the long run walk the table.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, get_args

from core import events as ev
from core.actions import FreeShipping
from core.engine import Step, Turn, record_of
from core.policy import ACTION_REASONS, SESSION_CHECKS
from core.reasons import CHOSEN, OUTRANKED, WORDS
from core.records import Arm, Decision
from core.replay import StoredEvent, replay
from core.rules import ALL_ACTIONS, ActionRule, Rules
from core.session import Session
from tests.support.random_visits import SESSION_ID, Played, Scene, play, scene
from tests.support.scorer import HashScorer

ARMS: tuple[Arm, ...] = get_args(Arm)
KNOWN = {*ACTION_REASONS, *(reason for reason, _ in SESSION_CHECKS), OUTRANKED}
CALM = (ev.Dwell, ev.Idle, ev.SectionView, ev.TabVisible, ev.ExitIntent)
REMEMBERED_VIEWS = 16


class Tried(NamedTuple):
    """One seed's visit, played in the arms that were asked for."""

    made: Scene
    by_arm: dict[Arm, Played]


def tried(seed: int, arms: tuple[Arm, ...] = ARMS) -> Tried:
    made = scene(seed)
    return Tried(made, {arm: play(made, arm) for arm in arms})


class Chosen(NamedTuple):
    """An answer that names an action: where in the visit, under which rules, and what came before."""

    number: int
    turn: Turn
    step: Step
    answer: Decision
    rule: ActionRule


def chosen(played: Played) -> Iterator[Chosen]:
    for number, (turn, step) in enumerate(played.rows):
        if step.answer is not None and step.answer.action_id:
            [rule] = [rule for rule in turn.rules.actions if rule.id == step.answer.action_id]
            yield Chosen(number, turn, step, step.answer, rule)


def _costs(rule: ActionRule) -> bool:
    is_offer = rule.action.honour is not None or isinstance(rule.action, FreeShipping)
    return is_offer or bool(rule.cost_minor) or rule.cost_share > 0


def nothing_that_costs_reaches_a_sure_buyer(visit: Tried) -> None:
    for played in visit.by_arm.values():
        for one in chosen(played):
            assert not (one.step.scores and one.step.scores.purchase >= 0.7 and _costs(one.rule))
        for turn, step in played.rows:
            # Nor is an offer left on its way to one.
            if step.session.pacing.pending and step.segment == "likely_to_buy":
                [rule] = [r for r in turn.rules.actions if r.id == step.session.pacing.current_action]
                assert not _costs(rule)


def each_refusal_has_one_reason_that_is_known(visit: Tried) -> None:
    for played in visit.by_arm.values():
        for turn, step in played.rows:
            if step.answer is None:
                continue
            named = [*(name for name, _ in step.answer.refused), *filter(None, [step.answer.action_id])]
            assert sorted(named) == sorted(rule.id for rule in turn.rules.actions)
            assert {reason for _, reason in step.answer.refused} <= KNOWN
            assert step.answer.reason in WORDS
            assert (step.answer.reason == CHOSEN) == bool(step.answer.action_id)
            if step.withdrawn is not None:
                assert step.withdrawn[1] in KNOWN


def only_treatment_is_given_anything(visit: Tried) -> None:
    for arm, played in visit.by_arm.items():
        for _, step in played.rows:
            is_chosen = step.answer is not None and bool(step.answer.action_id)
            assert (step.offer is not None) == (is_chosen and arm == "treatment")
            assert step.offer is None or (step.answer and step.offer.action_id == step.answer.action_id)
            assert arm == "treatment" or step.withdrawn is None


def _until_first_choice(played: Played) -> list[tuple[object, ...]]:
    seen: list[tuple[object, ...]] = []
    for _, step in played.rows:
        a = step.answer
        if a is not None:
            seen.append(
                (a.decision_id, a.action_id, a.reason, a.segment, a.refused, a.expected_margin_minor, a.because)
            )
            if a.action_id:
                break
    return seen


def all_arms_are_decided_alike_up_to_the_first_choice(visit: Tried) -> None:
    first, *others = (_until_first_choice(played) for played in visit.by_arm.values())
    assert all(other == first for other in others)


def replay_gives_the_same_decisions(visit: Tried) -> None:
    for played in visit.by_arm.values():
        records = [record_of(turn, step, received_at_ms=0, latency_us=None) for turn, step in played.rows]
        rows = [
            StoredEvent(
                r.stream, r.seq, r.payload, r.received_at_ms, r.epoch, r.step, r.rules_version, r.scorer_version,
                r.traffic, r.forced_arm, r.unavailable,
            )
            for r in reversed(records)
        ]  # fmt: skip
        scorer = HashScorer()
        rules = {made.version: made for made in (visit.made.rules, visit.made.later)}
        again = replay(SESSION_ID, rows, scorers={scorer.version: scorer, "": scorer}, rules=rules)
        assert [r.step.answer if r.step.is_new_answer else None for r in again] == [r.decision for r in records]
        assert [r.step.offer for r in again] == [step.offer for step in played.steps]


def _margin_and_cost(session: Session, rules: Rules, rule: ActionRule) -> tuple[float | None, float]:
    cart, money = session.cart, rules.money
    order = cart.value_minor or (cart.price_sum_minor / cart.price_count if cart.price_count else 0)
    fee = money.shipping_cost_minor if cart.shipping_minor is None else cart.shipping_minor
    fixed = rule.cost_minor
    if fixed is None:
        fixed = fee if isinstance(rule.action, FreeShipping) else 0
    if not order:
        return None, fixed + rule.cost_share
    earned = max(0.0, order * money.margin_share + fee - money.shipping_cost_minor)
    return earned, fixed + rule.cost_share * order


def no_offer_costs_more_than_the_order_earns(visit: Tried) -> None:
    for played in visit.by_arm.values():
        for one in chosen(played):
            margin, cost = _margin_and_cost(one.step.session, one.turn.rules, one.rule)
            if cost > 0:
                assert margin is not None
                assert margin - cost >= one.turn.rules.money.least_margin_minor - 1e-9
            if margin is not None and one.answer.margin_basis and one.step.offer is not None:
                assert one.step.offer.cost_minor <= margin + 1


def nothing_is_offered_where_it_would_disturb(visit: Tried) -> None:
    for arm, played in visit.by_arm.items():
        for one in chosen(played):
            before = [turn.event for turn in played.turns[: one.number + 1]]
            pacing, session = one.turn.rules.pacing, one.step.session
            views = [event for event in before if isinstance(event, ev.PageView)]
            assert views[-1].page_type not in ("checkout", "payment")
            assert isinstance(before[-1], CALM)
            assert one.rule.trigger != "exit_intent" or isinstance(before[-1], ev.ExitIntent)
            assert session.elapsed_ms >= pacing.quiet_ms >= 5000
            assert len(views) >= pacing.after_page_views
            assert not any(isinstance(e, ev.Purchase | ev.ActionDismissed | ev.ActionClicked) for e in before)
            earlier = [other.rule.id for other in chosen(played) if other.number < one.number]
            shown = [e.action_id for e in before if isinstance(e, ev.ActionShown)] if arm == "treatment" else earlier
            assert len(shown) < pacing.shows_per_session
            assert shown.count(one.rule.id) < pacing.shows_per_action


def what_was_killed_is_gone_at_once(visit: Tried) -> None:
    for played in visit.by_arm.values():
        for turn, step in played.rows:
            killed = turn.rules.killed
            everything = {rule.id for rule in turn.rules.actions}
            gone = everything if ALL_ACTIONS in killed else set(killed)
            assert step.answer is None or step.answer.action_id not in gone
            if step.answer is not None and (step.session.pacing.pending or step.session.pacing.open):
                assert step.session.pacing.current_action not in gone


def what_cannot_be_had_is_not_offered(visit: Tried) -> None:
    for played in visit.by_arm.values():
        for one in chosen(played):
            assert one.rule.id not in dict(one.turn.unavailable)


def a_deadline_is_kept_and_never_given_twice(visit: Tried) -> None:
    for played in visit.by_arm.values():
        ends: dict[str, int] = {}
        for one in chosen(played):
            now = one.turn.event.at_ms
            if one.rule.deadline_minutes is None:
                assert one.rule.id not in ends
                continue
            end = ends.setdefault(one.rule.id, now + one.rule.deadline_minutes * 60_000)
            assert now <= end
            if one.step.offer is not None:
                assert one.step.offer.deadline_at_ms == one.step.offer.params["ends_at_ms"] == end


def _has_subsequence(views: list[str], path: tuple[str, ...]) -> bool:
    rest = iter(views)
    return all(page in rest for page in path)


def conditions_hold_where_an_action_is_chosen(visit: Tried) -> None:
    for played in visit.by_arm.values():
        for one in chosen(played):
            events = [turn.event for turn in played.turns[: one.number + 1]]
            views = [event for event in events if isinstance(event, ev.PageView)]
            names = [ev.name_of(event) for event in events]
            pages = [view.page_type for view in views]
            when, scores, first = one.rule.when, one.step.scores, views[0]
            assert all(b.at_least <= getattr(scores, head) <= b.at_most for head, b in when.scores.items())
            assert not when.trends or one.answer.trend in when.trends
            assert _has_subsequence(pages[-REMEMBERED_VIEWS:], when.path)
            assert all(pages.count(page) >= times for page, times in when.visits.items())
            assert all(names.count(name) >= times for name, times in when.events.items())
            assert not when.devices or first.device in when.devices
            assert not when.sources or first.source in when.sources
            if when.visitors:
                assert {True: "new", False: "returning", None: ""}[first.is_new_visitor] in when.visitors
            if when.hours is not None:
                assert first.local_hour in _hours(*when.hours)
            assert one.step.session.elapsed_ms >= when.after_s * 1000
            assert when.max_cart_minor is None or one.step.session.cart.value_minor <= when.max_cart_minor


def _hours(first: int, end: int) -> set[int]:
    return set(range(first, end)) if first <= end else {*range(first, 24), *range(end)}


PROPERTIES: tuple[Callable[[Tried], None], ...] = (
    nothing_that_costs_reaches_a_sure_buyer,
    each_refusal_has_one_reason_that_is_known,
    only_treatment_is_given_anything,
    all_arms_are_decided_alike_up_to_the_first_choice,
    replay_gives_the_same_decisions,
    no_offer_costs_more_than_the_order_earns,
    nothing_is_offered_where_it_would_disturb,
    what_was_killed_is_gone_at_once,
    what_cannot_be_had_is_not_offered,
    a_deadline_is_kept_and_never_given_twice,
    conditions_hold_where_an_action_is_chosen,
)
