"""Guardrails on visits with a planted truth: each harm is named, and what is no harm switches nothing off."""

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.integrate import quad
from scipy.stats import binom

from core.analysis.guards import SHARED_ALPHA, Guarded, breaches, share_above_p
from core.guardrails import Guardrails
from core.vitals import POOR_ABOVE, PageVitals
from tests.support.guarded import DAY_S, visits

LIMITS = Guardrails()


def named(found: list[Guarded], limits: Guardrails = LIMITS) -> list[str]:
    return [breach.guardrail for breach in breaches(found, limits)]


# shows: H8
@pytest.mark.parametrize(
    ("harm", "guardrail", "words"),
    [
        ({"dismissed": 0.9}, "dismissals", "60% is the limit"),
        ({"bounced": (0.3, 0.2)}, "bounces", "of its treated visits went no further"),
        ({"trouble": (0.35, 0.1)}, "checkout_trouble", "had trouble at the checkout"),
        ({"bought": (0.04, 0.1)}, "purchases", "of its treated visits bought"),
        ({"slow": (0.3, 0.2)}, "web_vitals", "of its treated visits waited over 4 s for the page"),
        ({"jumpy": (0.2, 0.1)}, "web_vitals", "had the page of the choice shift by over 0.25 (CLS)"),
        ({"stiff": (0.12, 0.05)}, "web_vitals", "waited over 500 ms for an answer"),
    ],
)
def test_each_harm_is_named_and_only_it_and_only_where_it_is_watched_for(
    harm: dict[str, tuple[float, float]], guardrail: str, words: str
) -> None:
    found = visits(4_000, **harm)  # type: ignore[arg-type]
    [breach] = breaches(found, LIMITS)
    assert breach.guardrail == guardrail
    assert words in breach.sentence
    others = tuple(name for name in LIMITS.watch if name != guardrail)
    assert named(found, replace(LIMITS, watch=others)) == []


@pytest.mark.parametrize(
    "good",
    [
        {"bounced": (0.1, 0.2)},
        {"bought": (0.2, 0.1)},
        {"trouble": (0.0, 0.1)},
        {"dismissed": 0.5},
        {"checked_out": (0.6, 0.3)},
        {"slow": (0.1, 0.2), "jumpy": (0.0, 0.1), "stiff": (0.0, 0.05)},
        {"told": (1.0, 0.5)},
    ],
)
def test_what_does_good_switches_nothing_off(good: dict[str, tuple[float, float]]) -> None:
    """Twice as many are sent to the checkout: twice the trouble in all, and no more for anybody. And twice as many pages tell
    how they behave: twice as many bad ones are known of, and there are no more of them."""
    assert named(visits(4_000, **good)) == []  # type: ignore[arg-type]


def test_a_faulty_experiment_switches_nothing_off() -> None:
    lost = visits(4_000, treated_share=0.3, logged_share=0.5, bounced=(0.4, 0.2))
    assert named(lost) == []
    assert named(visits(4_000, treated_share=0.5, bounced=(0.4, 0.2))) == ["bounces"]


def test_a_ramp_is_no_harm() -> None:
    """A bad week in which nine of ten are treated, after a good one with a tenth: as a whole the treated bounce more."""
    good = visits(2_000, seed=1, treated_share=0.1, bounced=(0.1, 0.1))
    bad = [
        replace(v, row=replace(v.row, session_id="b" + v.row.session_id, decided_at_s=v.row.decided_at_s + 31 * DAY_S))
        for v in visits(2_000, seed=2, treated_share=0.9, bounced=(0.5, 0.5))
    ]
    bounced = {
        is_treated: np.mean([bool(v.has_bounced) for v in good + bad if v.is_shown == is_treated])
        for is_treated in (True, False)
    }
    assert bounced[True] > bounced[False] + 0.2
    assert named(good + bad) == []


# shows: H8
def test_twenty_actions_that_do_nothing_are_never_switched_off_though_looked_at_daily() -> None:
    paused = 0
    for seed in range(20):
        found = visits(3_000, seed=100 + seed, dismissed=0.55)
        paused += any(named(found[: 100 * day]) for day in range(1, 31))
    assert paused == 0


def test_visits_from_before_anything_was_kept_of_them_are_judged_by_what_is_known() -> None:
    old = [
        replace(v, has_bounced=None, has_checked_out=None, has_checkout_trouble=None)
        for v in visits(3_000, bounced=(0.9, 0.1), trouble=(0.9, 0.1), bought=(0.02, 0.1))
    ]
    assert named(old) == ["purchases"]
    assert named([]) == []
    assert named(old[:1]) == []


@pytest.mark.parametrize(
    ("count", "of", "limit"), [(45, 50, 0.6), (40, 50, 0.6), (20, 50, 0.6), (150, 200, 0.7), (0, 9, 0.1)]
)
def test_the_evidence_against_a_limit_is_the_mean_likelihood_ratio(count: int, of: int, limit: float) -> None:
    mean, _ = quad(lambda p: binom.pmf(count, of, p), limit, 1.0)
    evidence = mean / (1.0 - limit) / binom.pmf(count, of, limit)
    assert share_above_p(count, of, limit) == pytest.approx(min(1.0, 1.0 / evidence), rel=1e-6)


def test_a_share_at_its_limit_is_rarely_called_above_it_though_asked_after_every_visit() -> None:
    chance, runs = np.random.default_rng(7), 1_000
    wrong = 0
    for _ in range(runs):
        seen = np.cumsum(chance.random(400) < 0.6)
        wrong += any(share_above_p(int(seen[at]), at + 1, 0.6) < 0.05 for at in range(49, 400, 10))
    assert wrong / runs <= 0.05
    assert share_above_p(45, 50, 0.6) < SHARED_ALPHA
    assert share_above_p(5_000, 5_000, 0.6) == 0.0


def test_a_page_that_jumps_is_told_apart_from_one_that_is_slow_and_from_a_browser_that_tells_nothing() -> None:
    [breach] = breaches(visits(4_000, jumpy=(0.25, 0.1)), LIMITS)
    assert "CLS" in breach.sentence
    assert "LCP" not in breach.sentence
    assert "INP" not in breach.sentence
    silent = [replace(v, vitals=PageVitals(response_ms=v.vitals.response_ms)) for v in visits(4_000, jumpy=(0.25, 0.1))]
    assert named(silent) == []


def test_at_the_limits_of_web_dev_a_page_is_not_poor_and_above_them_it_is() -> None:
    at, above, silent = PageVitals(4_000, 250, 500), PageVitals(4_001, 251, 501), PageVitals()
    for vital in POOR_ABOVE:
        assert (at.is_poor(vital), above.is_poor(vital), silent.is_poor(vital)) == (False, True, None)
