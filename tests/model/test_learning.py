"""How many sessions are enough: said where the curve says it, left open where it does not; and the pictures of learning."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.bundle import Platt, save_bundle
from model.dataset import Encoded
from model.report import learning
from model.report.enough import NO_WORSE, Point, answer_of, growth_words
from model.report.learning import parts_of, section, sizes_of
from model.report.pictures_training import learning_picture, training_picture
from model.report.power_law import PowerLaw, fit_power_law
from model.train import Epoch
from tests.model.builders import untrained
from tests.model.walked import asked, walk

SIZES = (250, 500, 1000, 2000, 4000)


def told_by_pages(count: int, seed: int) -> list[Encoded]:
    """Who sees the prices buys more often."""
    chance = Random(seed)
    sessions = []
    for i in range(count):
        is_keen = chance.random() < 0.4
        words = ["home", "pricing" if is_keen else "blog", chance.choice(("home", "faq")), "listing", "home"]
        sessions.append(walk(words, chance.random() < (0.7 if is_keen else 0.1), name=f"{i}", began_at_ms=1000 * i))
    return sessions


def curve(losses: Sequence[float], starter: float, error: float = 0.004) -> list[Point]:
    """Points of these losses, each known to twice `error` beside a starter of this loss."""
    return [
        Point(size, 0.7, 0.68, 0.72, loss, True, loss - starter, loss - starter - 2 * error, loss - starter + 2 * error)
        for size, loss in zip(SIZES, losses, strict=True)
    ]


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A starter bundle that knows nothing, and trainings of a moment."""
    bundle = untrained(calibration={"purchase": (Platt(),) * 11})
    save_bundle(tmp_path, bundle.weights, bundle.manifest)
    monkeypatch.setattr(learning, "STARTER", tmp_path)
    monkeypatch.setattr(learning, "STEPS_LEAST", 150)


# shows: D10
@pytest.mark.usefixtures("starter")
def test_a_shop_that_outgrew_the_starter_is_told_how_many_sessions_that_took() -> None:
    seen: list[tuple[str, int, int]] = []
    told = section(asked(told_by_pages(900, 1), told_by_pages(480, 2), progress=lambda *step: seen.append(step)))
    assert [row["sessions learned from"] for row in told.table] == [240, 480]
    assert "of your own are enough" in told.words[0]
    assert "starter bundle on the same visits" in told.words[1]
    assert msgspec.json.decode(msgspec.json.encode(told.data))
    assert float(str(told.table[-1]["AUROC"])) > 0.75
    assert float(str(told.table[-1]["beside the starter"])) < -0.05
    assert [(done, total) for _, done, total in seen] == [(0, 2), (1, 2)]
    assert ElementTree.fromstring(told.pictures[0].svg).tag.endswith("svg")


@pytest.mark.usefixtures("starter")
def test_sessions_that_tell_nothing_are_never_enough() -> None:
    chance = Random(3)
    noise = [walk(["home", "faq", "home"], chance.random() < 0.3, name=str(i), began_at_ms=i) for i in range(1000)]
    told = section(asked(noise[:600], noise[600:]))
    assert "does not surely know more than the share of buyers" in told.words[0]
    assert not any("are enough" in line for line in told.words)


def test_too_few_sessions_are_said_in_words_and_train_nothing() -> None:
    told = section(asked(told_by_pages(900, 1), told_by_pages(40, 2)))
    assert (told.table, told.pictures) == ((), ())
    assert "No learning curve" in told.words[0]
    assert "No learning curve" in section(asked(told_by_pages(40, 1), told_by_pages(900, 2))).words[0]


def test_without_a_starter_bundle_nothing_is_called_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "STARTER", tmp_path / "none")
    monkeypatch.setattr(learning, "STEPS_LEAST", 20)
    told = section(asked(told_by_pages(400, 1), told_by_pages(200, 2)))
    assert "There is no starter bundle to compare with" in told.words[0]
    assert told.table[0]["beside the starter"] is None


@given(st.integers(150, 100_000), st.integers(0, 5))
def test_every_part_is_within_the_next_and_the_last_holds_all(count: int, seed: int) -> None:
    sizes = sizes_of(count)
    assert sizes[-1] == count
    assert sizes == sorted(set(sizes))
    sessions = told_by_pages(40, 1)
    parts = parts_of(sessions, [10, 20, 40], seed)
    names = [[session.session_id for session in part] for part in parts]
    assert names[1][:10] == names[0]
    assert names[2][:20] == names[1]
    assert len(set(names[2])) == 40


# shows: D10
def test_a_planted_law_gives_the_planted_number_of_sessions_that_are_still_missing() -> None:
    law = PowerLaw(floor=0.30, scale=4.0, rate=0.5)
    answer = answer_of(curve([law.at(size) for size in SIZES], starter=law.at(12_000)), law.at(12_000))
    assert answer.kind == "not yet"
    assert answer.sessions == pytest.approx(8_000, rel=0.05)
    assert f"{answer.sessions:,} more" in answer.words


def test_a_shop_that_is_no_worse_from_some_size_on_is_told_that_size_and_not_a_lucky_smaller_one() -> None:
    losses = (0.52, 0.40, 0.47, 0.41, 0.40)
    answer = answer_of(curve(losses, starter=0.42), 0.42)
    assert (answer.kind, answer.sessions) == ("enough", 2000)
    assert "surely better than the starter" in answer.words
    level = answer_of(curve((0.4,) * 5, starter=0.399), 0.399)
    assert (level.kind, "no worse than the starter" in level.words) == ("enough", True)
    assert answer_of(curve((0.4,) * 5, starter=0.42), 0.42).words.startswith(
        "250 sessions of your own are enough, perhaps"
    )


@pytest.mark.parametrize(
    ("losses", "starter_loss", "error", "says"),
    [
        # Flat above the starter: no number of sessions gets there.
        ((0.50, 0.48, 0.47, 0.47, 0.47), 0.40, 0.004, "the data does not say"),
        # Getting worse with more.
        ((0.44, 0.45, 0.46, 0.47, 0.48), 0.40, 0.004, "the data does not say"),
        # So far off that it would be a guess.
        (tuple(0.30 + 4.0 * size**-0.5 for size in SIZES), 0.301, 0.004, "the data does not say"),
        # Too few sessions to measure on.
        ((0.50, 0.47, 0.45, 0.44, 0.43), 0.42, 0.03, "differ by less than chance"),
    ],
)
def test_where_the_curve_does_not_say_no_number_is_made_up(
    losses: tuple[float, ...], starter_loss: float, error: float, says: str
) -> None:
    answer = answer_of(curve(losses, starter_loss, error), starter_loss)
    assert (answer.kind, answer.sessions) == ("unknown", None)
    assert says in answer.words


@settings(max_examples=40, deadline=None)
@given(st.floats(0.2, 0.5), st.floats(0.02, 0.2), st.floats(0.2, 1.5))
def test_a_law_without_noise_is_found_again(floor: float, drop: float, rate: float) -> None:
    planted = PowerLaw(floor, drop * SIZES[0] ** rate, rate)
    found = fit_power_law(SIZES, [planted.at(size) for size in SIZES])
    assert found is not None
    assert found.at(8000) == pytest.approx(planted.at(8000), abs=2e-3)
    assert found.sessions_for(found.at(3000)) == pytest.approx(3000, rel=1e-6)
    assert found.sessions_for(found.floor) == float("inf")


def test_three_points_are_no_law_and_nothing_is_said_about_more_sessions() -> None:
    assert fit_power_law(SIZES[:3], [0.5, 0.4, 0.35]) is None
    assert "Too few sizes" in growth_words(curve((0.5,) * 5, 0.5), None)
    flat, steep = PowerLaw(0.4, 0.5, 1.0), PowerLaw(0.2, 4.0, 0.3)
    assert "the curve is flat" in growth_words(curve((0.4,) * 5, 0.5), flat)
    assert "still learning" in growth_words(curve((0.4,) * 5, 0.5), steep)
    assert steep.at(4000) - steep.at(8000) > NO_WORSE


HISTORY = [Epoch(i, 3.0 / i, 3.2 / i + 0.1 * max(0, i - 4) ** 2) for i in range(1, 8)]


def test_the_picture_of_a_training_names_the_epoch_that_was_kept_and_fetches_nothing() -> None:
    svg = training_picture(HISTORY)
    words = "".join(ElementTree.fromstring(svg).itertext())
    best = min(HISTORY, key=lambda epoch: epoch.choose_loss)
    assert f"kept: epoch {best.number}" in words
    assert "sessions that choose" in words
    assert svg == training_picture(HISTORY) != training_picture(HISTORY[:3])
    assert not any(word in svg for word in ("<script", "<image", "@import", "url(http"))


def test_a_training_of_one_epoch_or_of_none_has_a_picture_too() -> None:
    assert "kept: epoch 1" in training_picture(HISTORY[:1])
    assert "kept" not in training_picture([])


def test_the_curve_s_picture_draws_only_what_is_known() -> None:
    bare = learning_picture(SIZES, [0.5, 0.45, 0.42, 0.41, 0.4], None, None)
    full = learning_picture(SIZES, [0.5, 0.45, 0.42, 0.41, 0.4], lambda n: 0.4 + 5 / n, 0.43)
    assert ("starter" in bare, "power law" in bare) == (False, False)
    assert ("starter" in full, "power law" in full) == (True, True)
    assert "4,000" in "".join(ElementTree.fromstring(full).itertext())
