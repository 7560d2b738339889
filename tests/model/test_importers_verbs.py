"""`fifthclick train` and `evaluate` from each file format, as a shop would call them."""

import json
from pathlib import Path

import pytest

from model.bundle import load_bundle
from server.cli import main
from tests.model.imported import WRITERS, write

FORMATS = [name for name in WRITERS if name != "shop-a"]


# shows: D5
@pytest.mark.parametrize("name", FORMATS)
def test_a_bundle_is_trained_on_a_file_of_each_format_and_says_so(name: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    assert main(["train", "--from", name, str(write(name, tmp_path, 120)), "--out", str(bundle), "--epochs", "1"]) == 0
    manifest = load_bundle(bundle).manifest
    assert manifest.trained_on.endswith(name)
    assert manifest.sessions == 120 - 3 * 12
    assert {row["click"] for row in manifest.metrics} >= {1, 2, 3}


# shows: D5
def test_what_was_trained_on_a_file_is_measured_by_the_same_words(tmp_path: Path) -> None:
    file, bundle, report = write("rees46", tmp_path, 160), tmp_path / "bundle", tmp_path / "report.json"
    assert main(["train", "--from", "rees46", str(file), "--out", str(bundle), "--epochs", "1"]) == 0
    assert main(["evaluate", "--bundle", str(bundle), "--from", "rees46", str(file), "--json", str(report)]) == 0
    figures = json.loads(report.read_text())
    assert figures["source"] == "rees46"
    assert [row["click"] for row in figures["by_click"]][:3] == [1, 2, 3]


def test_rows_that_are_left_out_are_said_once_with_their_place_and_without_what_stood_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("retailrocket", tmp_path, 120)
    file.write_text(file.read_text() + "soon,ada@example.com,view,5,\nlater,ada@example.com,view,5,\n")
    assert main(["train", "--from", "retailrocket", str(file), "--out", str(tmp_path / "b"), "--epochs", "1"]) == 0
    said = capsys.readouterr()
    together = "".join((said.out + said.err).split("\n"))
    assert together.count("2 rows not usable") == 1
    assert f"retailrocket:{len(file.read_text().splitlines()) - 1}" in together
    assert "ada@" not in together


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_that_is_a_file_asks_for_its_path(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--from", name, "--out", "b"]) == 1
    assert f"--from {name} takes one PATH. Next:" in " ".join(capsys.readouterr().err.split())
