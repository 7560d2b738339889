"""What an action is worth: the formula against another reckoning, and the ways in which it must move."""

import math
from statistics import fmean, pstdev

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.actions import ACTION_TYPES
from core.explain_sentence import NAMES
from core.frictions import FRICTION_NAMES
from core.margin import (
    ANSWERS,
    PRIORS,
    SITUATION,
    Response,
    Stake,
    answers,
    draw_of,
    incremental_margin_minor,
    propensity_with,
    situation_of,
)

chances = st.floats(0.0, 1.0)
money = st.floats(0, 1e6)
weights = st.tuples(*[st.floats(-2, 2)] * 7)
situations = st.builds(
    situation_of,
    propensity=chances,
    answers_friction=st.booleans(),
    has_cart=st.booleans(),
    is_falling=st.booleans(),
    is_leaving=st.booleans(),
    leverage=st.just(0.0) | chances,
)
responses = st.builds(
    Response,
    weights=weights,
    spread=st.tuples(*[st.floats(0, 1)] * 7),
    take_share=chances,
    order_share=st.floats(-0.5, 0.5),
)


def by_hand(response: Response, stake: Stake, situation: tuple[float, ...], draw: float) -> float:
    """The same through odds: buyers with the action bring their margin and cost what is taken up; those without, their margin."""
    effect = sum(response.weights[i] * situation[i] for i in range(7))
    effect += draw * math.sqrt(sum((response.spread[i] * situation[i]) ** 2 for i in range(7)))
    effect = max(-10.0, min(10.0, effect))
    odds = stake.propensity / (1 - stake.propensity) * math.exp(effect)
    buyers = odds / (1 + odds)
    bring = stake.margin_minor + stake.margin_minor * response.order_share
    return buyers * bring - buyers * response.take_share * stake.cost_minor - stake.propensity * stake.margin_minor


# shows: F8
@given(responses, st.floats(0.001, 0.999), money, money, situations, st.floats(-3, 3))
def test_the_incremental_margin_is_what_another_reckoning_gives(
    response: Response, propensity: float, margin: float, cost: float, situation: tuple[float, ...], draw: float
) -> None:
    stake = Stake(propensity, margin, cost)
    expected = by_hand(response, stake, situation, draw)
    assert incremental_margin_minor(response, stake, situation, draw) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_number_that_can_be_checked_with_a_pencil() -> None:
    # Odds 1 double: 2 of 3 buy instead of 1 of 2. Each earns 30.00; half of them take up an offer of 6.00.
    doubles = Response(weights=(math.log(2), 0, 0, 0, 0, 0), take_share=0.5)
    here = situation_of(propensity=0.5, answers_friction=False, has_cart=False, is_falling=False, is_leaving=False)
    assert incremental_margin_minor(doubles, Stake(0.5, 3000, 600), here) == pytest.approx(2 / 3 * 2700 - 1500)


@given(responses, chances, money, money, money, situations)
def test_more_cost_is_never_worth_more(
    response: Response, propensity: float, margin: float, cost: float, more: float, situation: tuple[float, ...]
) -> None:
    cheap = incremental_margin_minor(response, Stake(propensity, margin, cost), situation)
    dear = incremental_margin_minor(response, Stake(propensity, margin, cost + more), situation)
    assert dear <= cheap + 1e-9


@given(weights, st.floats(0, 2), chances, money, money, situations, chances)
def test_more_effect_is_never_worth_less_where_an_order_still_earns(
    w: tuple[float, ...], more: float, propensity: float, margin: float, cost: float, at: tuple[float, ...], take: float
) -> None:
    assume(margin > cost)
    less = Response(weights=w, take_share=take)
    greater = Response(weights=(w[0] + more, *w[1:]), take_share=take)
    stake = Stake(propensity, margin, cost)
    gained = incremental_margin_minor(greater, stake, at) - incremental_margin_minor(less, stake, at)
    assert gained >= -1e-9 * (1 + margin)


@given(responses, chances, situations, st.floats(-40, 40))
def test_a_chance_stays_a_chance_and_a_decided_visit_is_not_moved(
    response: Response, propensity: float, situation: tuple[float, ...], draw: float
) -> None:
    assert 0.0 <= propensity_with(response, propensity, situation, draw) <= 1.0 + 1e-12
    assert propensity_with(response, 0.0, situation, draw) == 0.0
    assert propensity_with(response, 1.0, situation, draw) == pytest.approx(1.0)


@given(chances, money, situations)
def test_what_changes_nothing_is_worth_exactly_nothing(
    propensity: float, margin: float, situation: tuple[float, ...]
) -> None:
    nothing = Response(weights=(0.0,) * 7)
    assert propensity_with(nothing, propensity, situation) == propensity
    assert incremental_margin_minor(nothing, Stake(propensity, margin, 0.0), situation) == 0.0


@given(responses, chances, money, money, situations)
def test_the_worth_is_never_beyond_the_gain_or_the_cost(
    response: Response, propensity: float, margin: float, cost: float, situation: tuple[float, ...]
) -> None:
    worth = incremental_margin_minor(response, Stake(propensity, margin, cost), situation)
    most = margin * max(0.0, 1.0 + response.order_share)
    assert -(margin * propensity + cost) - 1e-6 <= worth <= most + 1e-6


@given(chances)
def test_a_situation_has_its_parts_in_order_and_within_one(propensity: float) -> None:
    here = situation_of(propensity=propensity, answers_friction=True, has_cart=False, is_falling=True, is_leaving=False)
    assert dict(zip(SITUATION, here, strict=True)) == {
        "always": 1.0, "answers_friction": 1.0, "has_cart": 0.0, "is_falling": 1.0, "is_leaving": 0.0,
        "propensity": here[5], "leverage": 0.0,
    }  # fmt: skip
    assert -1.0 - 1e-9 <= here[5] <= 1.0 + 1e-9


def test_the_leverage_speaks_for_the_reasons_of_what_takes_money_off_and_of_nothing_else() -> None:
    assert answers("free_shipping", ("shipping_cost",), 0.0)
    assert not answers("free_shipping", ("shipping_cost",), 0.3)
    assert answers("assistance", ("open_question",), 0.3)
    assert not answers("assistance", ("shipping_cost",), 0.0)


def test_weights_that_vary_together_are_less_unsure_where_they_were_seen_together() -> None:
    apart = Response(weights=(0.0,) * 7, spread=(0.3, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0))
    rows = [[0.0] * 7 for _ in range(7)]
    rows[0][0] = rows[1][1] = 0.09
    rows[0][1] = rows[1][0] = -0.08
    together = Response(weights=apart.weights, spread=apart.spread, covariance=tuple(map(tuple, rows)))
    both, first = (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert together.spread_of(both) < 0.5 * apart.spread_of(both)
    assert together.spread_of(first) == pytest.approx(apart.spread_of(first))


def test_every_action_type_has_a_prior_and_answers_reasons_that_exist() -> None:
    assert set(PRIORS) == set(ANSWERS) == {*ACTION_TYPES, "discount"}
    assert set(NAMES) == set(ACTION_TYPES), "each has a name for the explanation"
    assert {name for names in ANSWERS.values() for name in names} <= set(FRICTION_NAMES)
    assert all(prior.session_count == 0 for prior in PRIORS.values()), "a prior is never taken for data"


@pytest.mark.parametrize("kind", sorted(PRIORS))
def test_a_prior_expects_no_harm_and_more_where_it_answers_a_reason(kind: str) -> None:
    prior = PRIORS[kind]
    for has_cart in (True, False):
        plain, answered = (
            propensity_with(
                prior,
                0.3,
                situation_of(
                    propensity=0.3, answers_friction=answers, has_cart=has_cart, is_falling=False, is_leaving=False
                ),
            )
            for answers in (False, True)
        )
        assert 0.3 <= plain <= answered <= 0.5


def test_draws_are_fixed_for_a_visit_and_action_and_normal_over_the_visits_that_explore() -> None:
    visits = [i.to_bytes(16, "big") for i in range(4000)]
    draws = [draw_of(visit, "free-shipping", 1.0) for visit in visits]
    assert draw_of(visits[7], "free-shipping", 1.0) == draws[7]
    assert draw_of(visits[7], "guide", 1.0) != draws[7]
    # Five standard errors of 4,000 draws: 0.079 for the mean, 0.056 for the deviation.
    assert abs(fmean(draws)) < 0.079
    assert abs(pstdev(draws) - 1.0) < 0.056


def test_only_the_share_that_explores_draws_and_the_others_go_by_what_is_expected() -> None:
    visits = [i.to_bytes(16, "big") for i in range(4000)]
    drawn = [visit for visit in visits if draw_of(visit, "free-shipping", 0.1) != 0.0]
    # Five standard errors of a tenth over 4,000 visits.
    assert abs(len(drawn) / 4000 - 0.1) < 0.024
    assert all(draw_of(visit, "guide", 0.1) != 0.0 for visit in drawn), (
        "a visit explores with every action or with none"
    )
    assert all(draw_of(visit, "free-shipping", 0.0) == 0.0 for visit in visits)
