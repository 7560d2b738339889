"""What is measured and what is not: never what taught the bundle, and words where that cannot be known."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.errors import ConfigError
from model.bundle import Manifest, save_bundle
from model.cli_evaluate import write_html
from model.importers.source import Source
from model.origin import label_of, left_alone, part, words_on
from server.cli import main
from tests.model.builders import page, untrained, visit


# shows: D7
def test_a_bundle_is_not_measured_on_the_shoppers_that_taught_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taught = untrained()
    label = label_of("simulated", Source(seed=6))
    save_bundle(tmp_path / "bundle", taught.weights, replace(taught.manifest, trained_on=label))
    words = ["evaluate", "--bundle", str(tmp_path / "bundle"), "--from", "simulated", "20", "--quick", "--seed", "6"]
    assert main(words) == 1
    assert "so they cannot judge it. Next: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "trained_on", "is_split", "says"),
    [
        ("simulated", "simulated shoppers, seed 7, not your shop", False, "none of whom the bundle has seen"),
        ("shop-a", "recorded page sequences, data", True, "flatters the figures a little"),
        ("shop-a", "recorded page sequences, data", False, "the figures may be too good"),
        ("shop-a", "recorded page sequences, other", False, "as far as its label tells"),
    ],
)
def test_what_is_known_of_what_it_learned_from_is_said(name: str, trained_on: str, is_split: bool, says: str) -> None:
    source = Source(path="folder/data", seed=6)
    [words] = words_on(Manifest(trained_on=trained_on), name, source, is_split=is_split)
    assert says in words


# shows: D7
def test_what_was_measured_is_said_in_the_terminal_as_it_is_in_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.json"
    assert main(["evaluate", "--from", "simulated", "20", "--quick", "--json", str(file)]) == 0
    told = json.loads(file.read_text())["words"]
    assert any("none of whom the bundle has seen" in words for words in told)
    said = capsys.readouterr().out.splitlines()
    assert all(words in said for words in told)


# shows: D7
def test_train_rows_teach_and_all_others_are_measured_but_only_where_there_are_val_rows_too() -> None:
    rows = [visit(page("home"), split=split) for split in ("train", "val", "test", "train", "")]
    assert part(rows) == ([0, 3], [1, 2, 4])
    assert part([row for row in rows if row.split != "val"]) == ([], [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--segments", "0.1", "0.7"], "the greater first"),
        (["--precision", "60"], "is no share"),
    ],
)
def test_a_wish_that_cannot_be_met_is_one_sentence(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--from", "simulated", "20", "--quick", *words]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert "Next: " in said


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be written.*Next: "):
        write_html("<p>", tmp_path / "nowhere" / "r.html")


def test_visits_in_which_an_action_was_chosen_are_measured_only_where_too_few_were_left_alone() -> None:
    visits = [visit(page("home"), was_offered=i % 3 == 0) for i in range(400)]
    everybody, few = list(range(400)), list(range(90))
    assert left_alone(visits, everybody) == [i for i in everybody if i % 3]
    assert left_alone(visits, few) == few
    assert left_alone(visits[1:3] * 100, list(range(200))) == list(range(200))


def test_another_simulated_shop_is_other_data() -> None:
    assert label_of("simulated", Source(seed=6)) != label_of("simulated", Source(seed=6, shop="mine/shop.toml"))
