"""What `train` and `evaluate` refuse before they do anything: numbers out of range, and files that could not be written."""

from pathlib import Path

import pytest

from model import cli_evaluate, cli_train
from server.cli import main

TRAIN = ["train", "--from", "simulated", "200", "--out", "bundle"]
EVALUATE = ["evaluate", "--from", "simulated", "20", "--quick"]


@pytest.fixture(autouse=True)
def nothing_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever gets as far as the work is told so."""

    def work(*_: object) -> None:
        raise AssertionError("the work was begun")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli_train, "train", work)
    monkeypatch.setattr(cli_evaluate, "evaluate", work)
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([*TRAIN, "--seed", "-3"], "argument --seed: '-3' is no seed"),
        ([*TRAIN, "--seed", "1.5"], "argument --seed: '1.5' is no seed"),
        ([*TRAIN, "--seed", str(2**32)], "is no seed"),
        ([*TRAIN, "--epochs", "0"], "argument --epochs: '0' is no number of passes"),
        ([*TRAIN, "--epochs", "many"], "argument --epochs: 'many' is no number of passes"),
        ([*EVALUATE, "--seed", "-3"], "argument --seed: '-3' is no seed"),
        ([*EVALUATE, "--threshold", "nan"], "argument --threshold: 'nan' is no score"),
        ([*EVALUATE, "--threshold", "7"], "argument --threshold: '7' is no score"),
        ([*EVALUATE, "--threshold", "-0.1"], "argument --threshold: '-0.1' is no score"),
        ([*EVALUATE, "--threshold", "half"], "argument --threshold: 'half' is no score"),
    ],
)
def test_a_number_out_of_its_range_is_a_wrong_command_line(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as status:
        main(words)
    assert status.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert "Next: " in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([*TRAIN[:-1], "file"], "--out file: "),
        ([*TRAIN[:-1], "file/bundle"], "is no folder"),
        ([*EVALUATE, "--json", "nowhere/r.json"], "--json nowhere/r.json cannot be written: there is no folder"),
        ([*EVALUATE, "--html", "nowhere/r.html"], "--html nowhere/r.html cannot be written: there is no folder"),
        ([*EVALUATE, "--html", "file/r.html"], "there is no folder"),
        ([*EVALUATE, "--json", "folder"], "--json folder is a folder"),
        ([*EVALUATE, "--json", "r", "--html", "folder/../r"], "--json and --html name the same file"),
    ],
)
def test_what_could_not_be_written_is_refused_before_the_work_and_nothing_is_touched(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    said = capsys.readouterr().err
    assert says in said
    assert "Next: " in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize(
    "words",
    [
        [*TRAIN[:-1], "new/deep/bundle", "--seed", "0", "--epochs", "1"],
        [*TRAIN[:-1], "folder"],
        [*EVALUATE, "--json", "file", "--html", "folder/r.html", "--threshold", "1"],
    ],
)
def test_what_can_be_written_is_worked_for(words: list[str]) -> None:
    with pytest.raises(AssertionError, match="the work was begun"):
        main(words)
