"""`fifthclick train` and `evaluate` as scripts outside this repository call them (the contract of the command line)."""

import json
from pathlib import Path

import pytest

from model.bundle import load_bundle
from model.terminal import COLUMNS
from server.cli import main
from tests.model.builders import write_recorded

KEYS = {
    "click", "sessions", "base_rate", "auroc", "auprc", "brier", "ece", "accuracy", "majority_accuracy",
    "precision", "false_positive_rate", "threshold",
}  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recorded(tmp_path_factory.mktemp("recorded"), 400)


# shows: D2 D7
def test_train_then_evaluate_writes_the_figures_by_click_and_for_each_baseline(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, report_file = tmp_path / "bundle", tmp_path / "report.json"
    trained = main(["train", "--from", "shop-a", str(recorded), "--out", str(bundle), "--epochs", "3", "--seed", "4"])
    assert trained == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "No verdict: 50 held-out sessions without an offer reach click 5" in said
    assert "It passes" not in said
    assert (bundle / "training.svg").read_text().startswith("<svg")
    words = ["evaluate", "--bundle", str(bundle), "--from", "shop-a", str(recorded), "--json", str(report_file)]
    assert main(words) == 0
    report = json.loads(report_file.read_text())
    assert report["sessions"] == 100
    assert [row["click"] for row in report["by_click"]] == list(range(1, len(report["by_click"]) + 1))
    assert len(report["by_click"]) >= 6
    for rows in (report["by_click"], *report["baselines"].values()):
        assert all(set(row) >= KEYS for row in rows)
    assert report["by_click"][4]["auroc"] > 0.6
    assert report["bundle"] == load_bundle(bundle).manifest.version
    assert load_bundle(bundle).manifest.trained_on == f"recorded page sequences, {recorded.name}"


def test_rows_of_another_split_are_evaluated_as_they_are(tmp_path: Path) -> None:
    folder = write_recorded(tmp_path / "data", 120, is_packed=False)
    sessions = folder / "sessions.csv"
    sessions.write_text(sessions.read_text().replace("train", "test").replace("val", "test"))
    assert main(["evaluate", "--from", "shop-a", str(folder), "--quick", "--json", str(tmp_path / "r.json")]) == 0
    assert json.loads((tmp_path / "r.json").read_text())["sessions"] == 120


def test_a_threshold_of_ones_own_is_used_and_named(recorded: Path, tmp_path: Path) -> None:
    words = ["evaluate", "--from", "shop-a", str(recorded), "--threshold", "0.2", "--json", str(tmp_path / "r.json")]
    assert main([*words, "--quick"]) == 0
    assert {row["threshold"] for row in json.loads((tmp_path / "r.json").read_text())["by_click"]} == {0.2}


def test_a_table_that_goes_into_a_file_is_not_cut(
    recorded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert main(["evaluate", "--from", "shop-a", str(recorded), "--quick"]) == 0
    said = capsys.readouterr().out
    [heads, *_] = [line for line in said.splitlines() if "base_rate" in line]
    assert [word for word in heads.split() if word.isidentifier()] == list(COLUMNS)
    assert "…" not in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["train", "--from", "csv", "x", "--out", "b"], "there is no format 'csv'"),
        (["train", "--from", "shop-a", "--out", "b"], "takes one PATH"),
        (["train", "--from", "shop-a", "nowhere", "--out", "b"], "has no events.csv or events.csv.gz"),
        (["train", "--from", "simulated", "10", "--out", "b"], "too few to train on"),
        (["evaluate", "--from", "simulated", "5"], "too few"),
        (["evaluate", "--bundle", "nowhere", "--from", "simulated", "5"], "is no model bundle"),
        (["replay-sessions", "nowhere"], "has no events.csv or events.csv.gz"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_next_step(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 1
    said = capsys.readouterr().err
    assert says in said
    assert "Next: " in said
    assert "Traceback" not in said
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("verb", [["simulate"], ["replay-sessions", "DATA"]])
def test_playing_needs_a_running_server_and_says_so(
    verb: list[str], recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    words = [str(recorded) if word == "DATA" else word for word in verb]
    assert main([*words, "--data-dir", str(tmp_path / "data")]) == 1
    assert "Next: start `fifthclick serve`" in capsys.readouterr().err


def test_an_address_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--url", "ftp://x", "--site", "pk_a", "--data-dir", str(tmp_path)]) == 1
    assert "is no address of a server" in capsys.readouterr().err
