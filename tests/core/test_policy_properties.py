"""No rules and no visit break what protects margin and calm. The long form, over 10,000: `python -m tests.faults policy`."""

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import engine, policy, withdrawal
from core.assignment import Assignment
from core.policy import Situation
from core.records import Arm
from tests.support.policy_properties import PROPERTIES, Tried, tried
from tests.support.random_visits import Scene, play

OTHER_ARMS: tuple[Arm, ...] = ("control", "holdout")


# shows: F2 F4 F6 F9 F10 H3
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(OTHER_ARMS))
def test_whatever_the_rules_and_the_visit_every_property_of_the_policy_holds(seed: int, other: Arm) -> None:
    visit = tried(seed, ("treatment", other))
    for holds in PROPERTIES:
        holds(visit)


Patch = pytest.MonkeyPatch


def _without(patch: Patch, *reasons: str) -> None:
    """The policy without these of its checks."""
    for table in ("SESSION_CHECKS", "MEANT_CHECKS", "PROMISE_CHECKS", "PRICE_CHECKS", "MOMENT_CHECKS"):
        patch.setattr(policy, table, tuple(row for row in getattr(policy, table) if row[0] not in reasons))


def _with(patch: Patch, reason: str, applies: Callable[[Situation], bool]) -> None:
    patch.setattr(policy, "SESSION_CHECKS", ((reason, applies), *policy.SESSION_CHECKS))


def _forgetful(patch: Patch) -> None:
    calls = count()
    _with(patch, "quiet_period", lambda _: next(calls) % 3 == 0)


def _never_over(patch: Patch) -> None:
    patch.setattr(policy, "is_over", lambda situation, rule: False)


def _unkillable(patch: Patch) -> None:
    patch.setattr(withdrawal, "_is_named", lambda killed, action_id: False)
    _without(patch, "killed")


def _whatever_is_missing(patch: Patch) -> None:
    patch.setattr(
        engine, "Situation", lambda session, event, segment, rules, _: Situation(session, event, segment, rules)
    )


def _everybody_is_treated(patch: Patch) -> None:
    patch.setattr(engine, "assign", lambda *_: Assignment("treatment", 1.0))


BROKEN: dict[str, Callable[[Patch], None]] = {
    "nothing_that_costs_reaches_a_sure_buyer": lambda p: _without(p, "no_discount_for_sure_buyers"),
    "each_refusal_has_one_reason_that_is_known": lambda p: p.setattr(policy, "OUTRANKED", "somehow"),
    "only_treatment_is_given_anything": _everybody_is_treated,
    "all_arms_are_decided_alike_up_to_the_first_choice": lambda p: _with(
        p, "quiet_period", lambda s: s.session.forced_arm == "control" and s.session.step % 3 == 0
    ),
    "replay_gives_the_same_decisions": _forgetful,
    "no_offer_costs_more_than_the_order_earns": lambda p: _without(p, "below_margin_floor", "not_worth_it"),
    "nothing_is_offered_where_it_would_disturb": lambda p: _without(p, "payment_step"),
    "what_was_killed_is_gone_at_once": _unkillable,
    "what_cannot_be_had_is_not_offered": _whatever_is_missing,
    "a_deadline_is_kept_and_never_given_twice": _never_over,
    "conditions_hold_where_an_action_is_chosen": lambda p: p.setattr(policy, "unmet", lambda session, when: None),
}
"""For each property a way to break the policy that it must notice."""


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_a_property_notices_a_policy_that_breaks_it(
    holds: Callable[[Tried], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    BROKEN[holds.__name__](monkeypatch)

    def until_it_fails() -> None:
        for seed in range(400):
            holds(tried(seed, ("treatment", "control")))

    with pytest.raises((AssertionError, KeyError)):
        until_it_fails()


def test_a_seed_gives_the_same_visit_again() -> None:
    first, again = tried(7), tried(7)
    assert isinstance(first.made, Scene)
    assert first == again
    assert play(first.made, "treatment") != play(tried(8).made, "treatment")
