"""Intervals that may be looked at every day: against the integral that they come from, and by trying."""

from math import exp, inf, log, pi, sqrt

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

from core.analysis.sequential import PLANNED_VISITS, always_valid_p, mixing, width_factor


def mixture(total: float, count: float, variance: float) -> float:
    """The integral of exp(m S - m^2 t / 2) over m ~ Normal(0, variance): the martingale, by quadrature."""

    def inside(m: float) -> float:
        return exp(m * total - m * m * count / 2.0 - m * m / (2.0 * variance)) / sqrt(2.0 * pi * variance)

    reach = 12.0 * sqrt(1.0 / (count + 1.0 / variance))
    centre = total / (count + 1.0 / variance)
    value, _ = quad(inside, centre - reach, centre + reach, epsabs=0, epsrel=1e-10)
    return float(value)


@pytest.mark.parametrize("count", [50, 1_000, 25_000, 400_000])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_interval_ends_where_the_mixture_reaches_one_over_alpha(count: int, alpha: float) -> None:
    variance = mixing(PLANNED_VISITS, alpha)
    end = brentq(
        lambda s: log(mixture(s, count, variance)) - log(1.0 / alpha),
        0.0,
        1.5 * width_factor(count, alpha) * sqrt(count),
    )
    assert width_factor(count, alpha) == pytest.approx(end / sqrt(count), rel=1e-6)


@pytest.mark.parametrize("count", [200, 25_000, 300_000])
def test_the_p_value_is_one_over_the_mixture_and_says_what_the_interval_says(count: int) -> None:
    total = 3.4 * sqrt(count)
    assert always_valid_p(3.4, count) == pytest.approx(min(1.0, 1.0 / mixture(total, count, mixing(PLANNED_VISITS))))
    assert (
        always_valid_p(width_factor(count) * 1.0001, count) < 0.05 < always_valid_p(width_factor(count) * 0.9999, count)
    )


def test_the_interval_is_narrowest_against_a_fixed_one_where_it_was_planned() -> None:
    def width(variance_log: float) -> float:
        mixed = 5_000.0 * exp(variance_log)
        return sqrt(2.0 * (mixed + 1.0) / mixed * log(sqrt(mixed + 1.0) / 0.05))

    best = minimize_scalar(width, bounds=(-15.0, 0.0), method="bounded").x
    assert mixing(5_000) == pytest.approx(exp(best), rel=1e-3)
    assert width_factor(PLANNED_VISITS) / 1.96 == pytest.approx(1.55, abs=0.01)
    assert all(width_factor(PLANNED_VISITS * times) / 1.96 <= 1.7 for times in (0.25, 0.5, 2, 5, 10, 15))


def test_with_no_visits_there_is_no_end() -> None:
    assert width_factor(0) == inf


def test_over_a_thousand_looks_the_truth_is_left_out_once_in_twenty_at_most_and_a_fixed_interval_does_worse() -> None:
    chance = np.random.default_rng(3)
    looks = np.arange(200, 40_001, 200)
    means = np.add.accumulate(chance.normal(0.0, sqrt(200), (2_000, len(looks))), axis=1) / looks
    off = np.abs(means) * np.sqrt(looks)
    ever = (off > np.array([width_factor(int(n)) for n in looks])).any(axis=1).mean()
    fixed = (off > 1.96).any(axis=1).mean()
    assert ever <= 0.05
    assert fixed > 0.3
