"""`python -m bench queries` in short: every view of the marts is asked, beside one pass over the events."""

import json
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import queries

VIEWS = Path(__file__).parents[2] / "migrations/views"


# shows: I2
@pytest.mark.timeout(240)
def test_every_view_is_timed_beside_a_pass_over_all_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(queries, "QUICK_PLAYED", 60)
    monkeypatch.setattr(queries, "QUICK_VISITS", 480)
    monkeypatch.setattr(queries, "QUICK_ROUNDS", 1)
    monkeypatch.setattr(queries, "QUICK_LONGEST_S", 60)
    assert bench.main(["queries", "--quick", "--json", str(tmp_path / "figures.json")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert set(figures["views"]) == {file.stem for file in VIEWS.glob("*.sql")}
    assert (figures["visits_of_the_smaller"], figures["visits"]) == (120, 480)
    assert all(found["ms"] > 0 for found in figures["views"].values())
    # Copies are visits of their own: what is counted by visit grows with them.
    assert figures["views"]["predictions"]["row_count"] == figures["events"]
    assert figures["views"]["lift_rows"]["row_count"] > 0
    for name, found in figures["views"].items():
        assert found["over_pass"] == pytest.approx(found["ms"] / figures["pass_ms"], rel=0.05, abs=0.01), name
    assert "one pass over all events" in capsys.readouterr().out
