"""Arms by hash: shares as promised, salts apart, and the same answer everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.actions import Content
from core.assignment import assign, bucket
from core.records import Arm
from core.rules import ActionRule, Arms, Rules, bind

SESSIONS = [i.to_bytes(16, "big") for i in range(8000)]


def rules(
    *, holdout_share: float = 0.1, control_share: float = 0.3, experiment: str = "baseline", salt: str = "salt"
) -> Rules:
    arms = Arms(holdout_share=holdout_share, control_share=control_share, experiment=experiment)
    return bind(Rules(arms=arms), site_id="shop", holdout_salt=salt)


def arms_of(under: Rules) -> list[Arm]:
    return [assign(under, session).arm for session in SESSIONS]


# shows: H2
def test_the_shares_are_as_configured_and_the_probability_is_logged_alike_for_all() -> None:
    arms = arms_of(rules())
    shares = {arm: arms.count(arm) / len(arms) for arm in ("holdout", "control", "treatment")}
    assert shares["holdout"] == pytest.approx(0.1, abs=0.01)
    assert shares["control"] == pytest.approx(0.9 * 0.3, abs=0.015)
    assert shares["treatment"] == pytest.approx(0.9 * 0.7, abs=0.016)
    assert {round(assign(rules(), s).treatment_probability, 9) for s in SESSIONS[:50]} == {0.63}


def test_the_holdout_stays_the_same_whatever_is_tried_beside_it() -> None:
    first, second = arms_of(rules()), arms_of(rules(experiment="second", control_share=0.5))
    held = [[arm == "holdout" for arm in arms] for arms in (first, second)]
    assert held[0] == held[1]
    assert first != second


def test_a_new_experiment_deals_anew_and_independently() -> None:
    first, second = arms_of(rules()), arms_of(rules(experiment="second"))
    both = sum(a == b == "control" for a, b in zip(first, second, strict=True))
    kept = sum(a != "holdout" for a in first)
    assert both / kept == pytest.approx(0.09, abs=0.012)


def test_sites_deal_apart_by_their_salt() -> None:
    assert arms_of(rules(salt="one")) != arms_of(rules(salt="two"))


def test_a_larger_holdout_keeps_all_who_were_held_out() -> None:
    small, large = arms_of(rules(holdout_share=0.1)), arms_of(rules(holdout_share=0.2))
    assert all(b == "holdout" for a, b in zip(small, large, strict=True) if a == "holdout")


@given(st.binary(min_size=16, max_size=16), st.text(max_size=20))
def test_a_bucket_is_a_share_and_the_same_each_time(session_id: bytes, salt: str) -> None:
    assert 0.0 <= bucket(salt, session_id) < 1.0
    assert bucket(salt, session_id) == bucket(salt, session_id)


def test_no_share_holds_nobody_out_and_all_holds_everybody() -> None:
    assert set(arms_of(rules(holdout_share=0.0, control_share=0.0))) == {"treatment"}
    assert set(arms_of(rules(holdout_share=1.0))) == {"holdout"}


@pytest.mark.parametrize("arm", ["treatment", "control", "holdout"])
def test_a_forced_arm_wins_over_chance(arm: Arm) -> None:
    assert {assign(rules(), session, arm).arm for session in SESSIONS[:50]} == {arm}


def test_every_field_of_the_rules_is_in_their_version() -> None:
    base = rules()
    changed = replace(base, arms=replace(base.arms, holdout_share=0.2))
    assert bind(changed, site_id="shop", holdout_salt="salt").version != base.version
    assert bind(base, site_id="shop", holdout_salt="other").version != base.version
    assert bind(base, site_id="shop", holdout_salt="salt").version == base.version


def action(control_share: float | None = None) -> ActionRule:
    guide = Content(title="How to", url="https://shop.example/how")
    return ActionRule(id="guide", segments=("on_the_fence",), action=guide, control_share=control_share)


def held_of(under: Rules, rule: ActionRule) -> list[int]:
    """Which sessions that choose this action first are left without it."""
    return [i for i, session in enumerate(SESSIONS) if assign(under, session, rule=rule).arm == "control"]


# shows: H1 H2
def test_half_go_without_a_new_action_and_once_it_is_settled_only_the_permanent_control() -> None:
    new = bind(
        replace(rules(control_share=0.0), actions=(action(),)), site_id="s", holdout_salt="x", new_actions=["guide"]
    )
    settled = bind(replace(new, new_actions=()), site_id="s", holdout_salt="x")
    kept = len(SESSIONS) * 0.9
    assert len(held_of(new, action())) / kept == pytest.approx(0.5, abs=0.02)
    assert held_of(settled, action()) == []
    probabilities = [assign(each, SESSIONS[0], rule=action()).treatment_probability for each in (new, settled)]
    assert probabilities == pytest.approx([0.45, 0.9])
    # Another action of the same rules is not new, and neither is what was never chosen.
    other = replace(action(), id="other")
    assert held_of(new, other) == []
    assert "control" not in arms_of(new)


def test_an_actions_own_control_stands_above_all_others() -> None:
    under = bind(
        replace(rules(control_share=0.3), actions=(action(control_share=0.05),)),
        site_id="s",
        holdout_salt="x",
        new_actions=["guide"],
    )
    assert len(held_of(under, under.actions[0])) / (len(SESSIONS) * 0.9) == pytest.approx(0.05, abs=0.01)


def test_who_is_left_without_at_a_small_share_is_so_at_a_larger_one() -> None:
    base = rules(control_share=0.1)
    assert set(held_of(base, action())) <= set(held_of(base, action(control_share=0.4)))


def test_what_is_said_to_be_new_and_is_no_action_changes_no_version() -> None:
    assert (
        bind(rules(), site_id="s", holdout_salt="x", new_actions=["gone"]).version
        == bind(rules(), site_id="s", holdout_salt="x").version
    )
