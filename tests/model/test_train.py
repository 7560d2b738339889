"""Training: better than the base rate, the same again from the same seed, and honest about who tests."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from core.errors import ConfigError
from model.baselines import BASELINES
from model.baselines import by_click as baselines_by_click
from model.dataset import Encoded, encode_all, encode_session
from model.evaluate import by_click
from model.importers import read
from model.importers.source import Source
from model.scores import scores_of
from model.train import Plan, Trained, fit, split
from tests.model.builders import page, visit

PLAN = Plan(seed=5, epochs=4, batch=64)


@pytest.fixture(scope="module")
def sessions() -> list[Encoded]:
    return encode_all(read("simulated", Source(path="1500", seed=8)))


@pytest.fixture(scope="module")
def trained(sessions: Sequence[Encoded]) -> Trained:
    return fit(sessions, PLAN)


def test_a_short_training_ranks_far_better_than_chance_on_sessions_held_out(trained: Trained) -> None:
    other = encode_all(read("simulated", Source(path="1200", seed=77)))
    rows = by_click(other, scores_of(trained.network, trained.calibration["purchase"], other))
    assert rows[3]["auroc"] > 0.75
    assert rows[3]["brier"] < rows[3]["base_rate"] * (1 - rows[3]["base_rate"])


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(sessions: Sequence[Encoded]) -> None:
    small = sessions[:200]
    first, again = (fit(small, Plan(seed=1, epochs=1, batch=64)).network.state_dict() for _ in range(2))
    other = fit(small, Plan(seed=2, epochs=1, batch=64)).network.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_no_session_is_used_for_two_purposes(sessions: Sequence[Encoded]) -> None:
    parts = split(sessions, 1)
    ids = [id(session.numbers) for part in parts for session in part]
    assert len(ids) == len(set(ids)) == len(sessions)
    assert all(len(part) >= len(sessions) // 10 for part in parts)


def test_a_source_s_own_split_is_kept() -> None:
    own = [
        replace(
            visit(page("home"), has_bought=i % 3 == 0, split="val" if i % 5 == 0 else "train"), session_id=f"visit-{i}"
        )
        for i in range(200)
    ]
    parts = split([encode_session(one) for one in own], 1)
    assert {session.split for part in parts[1:] for session in part} == {"val"}
    assert {session.split for session in parts.fit} == {"train"}
    chose, calibrated = ({session.session_id for session in part} for part in (parts.choose, parts.calibrate))
    assert len(parts.fit) + len(chose | calibrated) == 200
    assert not chose & calibrated


def test_a_single_val_row_is_refused_because_it_cannot_choose_and_calibrate() -> None:
    own = [visit(page("home"), has_bought=i % 3 == 0, split="train" if i else "val") for i in range(200)]
    with pytest.raises(ConfigError, match=r"one val row .* Next: mark a tenth"):
        split([encode_session(one) for one in own], 1)


def test_rows_that_name_no_train_and_val_are_split_by_us() -> None:
    own = [visit(page("home"), has_bought=i % 3 == 0, split="test") for i in range(200)]
    parts = split([encode_session(one) for one in own], 1)
    assert len(parts.test) == 20


@pytest.mark.parametrize(("count", "buyers"), [(10, 3), (100, 0), (100, 100)])
def test_too_little_to_learn_from_is_said_in_words(count: int, buyers: int) -> None:
    few = [encode_session(visit(page("home"), has_bought=i < buyers)) for i in range(count)]
    with pytest.raises(ConfigError, match="too few to train on"):
        fit(few, PLAN)


# shows: D2 D6
def test_the_network_beats_the_base_rate_and_the_baselines_are_reported_alike(
    trained: Trained, sessions: Sequence[Encoded]
) -> None:
    test = trained.parts.test
    learn = [*trained.parts.fit, *trained.parts.choose, *trained.parts.calibrate]
    report = baselines_by_click(learn, test, clicks=3)
    rows = by_click(test, scores_of(trained.network, trained.calibration["purchase"], test), clicks=3)
    assert set(report) == set(BASELINES) == {"base_rate", "rule", "logistic_regression", "boosted_trees"}
    for mine, base in zip(rows, report["base_rate"], strict=True):
        assert base["auroc"] == 0.5
        assert mine["sessions"] == base["sessions"]
        assert mine["auroc"] > base["auroc"]
    assert report["logistic_regression"][2]["auroc"] > 0.6


def test_without_sessions_to_learn_from_a_baseline_never_scores_what_it_was_fitted_on() -> None:
    chance = np.random.default_rng(1)
    noise = [
        encode_session(visit(page("home"), page("faq"), has_bought=bool(chance.random() < 0.5))) for _ in range(300)
    ]
    report = baselines_by_click([], noise, clicks=1)
    assert abs(report["logistic_regression"][0]["auroc"] - 0.5) < 0.12
