"""What shoppers do with an action, learned from randomised visits: planted effects are found, and none where there is none."""

import math
from random import Random

import pytest

from core.margin import PRIORS, Response, Trial, propensity_with, situation_of
from model.responses import EACH_ARM_LEAST, SPREAD_LEAST, learn, posterior

PRIOR = PRIORS["free_shipping"]


def trials(
    count: int,
    weights: tuple[float, ...],
    *,
    seed: int = 1,
    take_share: float = 0.6,
    grows: float = 0.0,
    bias: float = 0.0,
    has_leverage: bool = False,
) -> list[Trial]:
    """Visits of which half are treated, whose odds to buy move by these weights; `bias`: by how much the scores are off."""
    chance, planted, made = Random(seed), Response(weights=weights), []
    for _ in range(count):
        propensity = chance.uniform(0.15, 0.7)
        situation = situation_of(
            propensity=propensity,
            answers_friction=chance.random() < 0.5,
            has_cart=chance.random() < 0.6,
            is_falling=chance.random() < 0.4,
            is_leaving=chance.random() < 0.2,
            leverage=chance.uniform(0.0, 0.6) if has_leverage else 0.0,
        )
        odds = propensity / (1 - propensity) * math.exp(bias)
        is_treated, truth = chance.random() < 0.5, odds / (1 + odds)
        buys = chance.random() < (propensity_with(planted, truth, situation) if is_treated else truth)
        order = 5000 * chance.lognormvariate(0, 0.3) * (1 + grows * is_treated) if buys else 0.0
        is_taken = is_treated and chance.random() < take_share
        made.append(Trial("ship", situation, propensity, is_treated, is_taken, 5000.0, order))
    return made


# shows: F8
def test_a_planted_effect_is_found_and_its_spread_narrows() -> None:
    found = posterior(trials(20_000, (0.3, 0.8, 0.0, 0.0, 0.0, 0.0)), PRIOR)
    assert found.weights[0] == pytest.approx(0.3, abs=0.15)
    assert found.weights[1] == pytest.approx(0.8, abs=0.15)
    assert all(after < before for after, before in zip(found.spread[:6], SPREAD_LEAST, strict=False))
    assert found.session_count == 20_000


@pytest.mark.parametrize("planted", [1.6, 0.0, -0.8])
def test_how_much_of_the_models_leverage_holds_in_this_shop_is_learned(planted: float) -> None:
    found = posterior(trials(20_000, (0.0,) * 6 + (planted,), has_leverage=True), PRIOR)
    assert found.weights[-1] == pytest.approx(planted, abs=0.35)
    here = situation_of(
        propensity=0.4, answers_friction=False, has_cart=False, is_falling=False, is_leaving=False, leverage=0.4
    )
    assert found.spread_of(here) < 0.5 * PRIOR.spread_of(here), "seen together, they are known together"


def test_where_nothing_works_the_prior_is_unlearned() -> None:
    found = posterior(trials(20_000, (0.0,) * 6), PRIOR)
    assert abs(found.weights[0] + found.weights[1]) < 0.2 < PRIOR.weights[0] + PRIOR.weights[1]


def test_an_offer_that_puts_people_off_is_found_out() -> None:
    found = posterior(trials(8000, (-0.6, 0.0, 0.0, 0.0, 0.0, 0.0)), PRIOR)
    assert found.weights[0] + found.weights[1] / 2 < -0.2


def test_scores_that_are_off_in_both_arms_are_no_effect() -> None:
    found = posterior(trials(20_000, (0.0,) * 6, bias=0.6), PRIOR)
    assert abs(found.weights[0] + found.weights[1]) < 0.25


def test_who_takes_it_and_how_orders_grow_are_learned_too() -> None:
    found = posterior(trials(20_000, (0.0,) * 6, take_share=0.3, grows=0.2), PRIORS["upsell"])
    assert found.take_share == pytest.approx(0.3, abs=0.03)
    assert 0.1 < found.order_share < 0.22


def test_from_a_handful_of_visits_nothing_is_learned() -> None:
    few = trials(2 * EACH_ARM_LEAST - 20, (0.3,) * 6)
    assert learn(few, {"ship": PRIOR}) == {}
    one_arm = [trial._replace(is_treated=True) for trial in trials(4000, (0.3,) * 6)]
    assert learn(one_arm, {"ship": PRIOR}) == {}
    assert set(learn(trials(400, (0.3,) * 6), {"ship": PRIOR, "other": PRIOR})) == {"ship"}
