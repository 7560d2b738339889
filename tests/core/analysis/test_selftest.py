"""The A/A self-test: on visits as the simulator draws them it claims hardly ever, and a split that knows the outcome is named."""

import pytest
from msgspec.structs import replace

from core.analysis.selftest import by_hash, self_test
from core.analysis.visits import Row
from core.assignment import bucket
from model.simulator.experiments import NO_EFFECT, Scenario, draw

RUNS = 40


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """A shop's visits of both arms; only those that were held back are the self-test's."""
    return draw(Scenario(kinds=NO_EFFECT, day_count=10, visits_per_day=400, treatment_shares=(0.5,)), seed=3).rows()


# shows: H5
def test_on_visits_that_were_shown_nothing_hardly_any_split_claims_anything(rows: list[Row]) -> None:
    calls: list[None] = []
    found = self_test(rows, runs=RUNS, told=lambda: calls.append(None))
    assert found.visit_count == sum(row.arm != "treatment" for row in rows)
    assert (found.run_count, len(calls)) == (RUNS, RUNS)
    assert found.is_sound is True
    assert found.claimed_count <= 4
    assert "as it should be" in found.sentence


# shows: H5
def test_a_split_that_knows_who_buys_is_named_and_so_is_one_that_loses_visits_of_a_half(rows: list[Row]) -> None:
    leaning = self_test(
        rows, runs=RUNS, split=lambda run, row: by_hash(run, row) if not row.converted or run % 3 else True
    )
    assert leaning.is_sound is False
    assert leaning.claimed_count + leaning.fault_count >= RUNS / 3 - 1
    assert "no lift of this shop can be believed" in leaning.sentence
    uneven = self_test(rows, runs=RUNS, split=lambda run, row: bucket(f"{run}", row.session_id.encode()) < 0.4)
    assert (uneven.is_sound, uneven.fault_count) == (False, RUNS)


def test_each_run_splits_anew_in_halves_and_the_same_run_alike(rows: list[Row]) -> None:
    first, again, other = ([by_hash(run, row) for row in rows] for run in (1, 1, 2))
    assert first == again
    assert 0.45 < sum(first) / len(rows) < 0.55
    assert 0.4 < sum(a == b for a, b in zip(first, other, strict=True)) / len(rows) < 0.6


def test_too_few_held_back_visits_are_refused_in_words(rows: list[Row]) -> None:
    for some in ([], rows[:40], [replace(row, converted=False) for row in rows]):
        found = self_test(some, runs=RUNS)
        assert (found.is_sound, found.run_count) == (None, 0)
        assert found.sentence.startswith("No self-test: ")
        assert "Next: " in found.sentence
