"""`python -m bench recommend` in short: planted partners are found, a file of one's own is read, and nothing is made up."""

import csv
import json
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import recommend
from bench.recommend_files import make_file, read_categories, read_visits


# shows: G1
def test_planted_partners_are_found_and_beat_what_is_popular(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recommend, "QUICK_VISITS", 6_000)
    monkeypatch.setattr(recommend, "QUICK_ASKED_VISITS", 500)
    assert bench.main(["recommend", "--quick", "--json", str(tmp_path / "figures.json")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    viewed = figures["next_viewed"]
    rates = viewed["hit_rate_at_5"]
    assert 1.0 > rates["ours"] > rates["category"] > rates["popularity"] > 0.0
    assert viewed["ours_less"]["popularity"]["low"] > 0.0
    assert viewed["ours_less"]["category"]["low"] > 0.0
    assert viewed["questions"] > figures["next_bought"]["questions"] > 0
    assert "next viewed" in capsys.readouterr().out


def test_a_file_without_categories_has_no_such_column_and_too_few_questions_have_no_interval(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    with file.open("w", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(("timestamp", "visitorid", "event", "itemid", "transactionid"))
        for visit in range(40):
            for place, item in enumerate(("a", "b", "c")):
                rows.writerow((visit * 10_000_000 + place * 5_000, visit, "view", item, ""))
    figures = recommend.run(quick=True, source=file)
    assert figures["has_categories"] is False
    assert figures["next_viewed"]["hit_rate_at_5"] == {"ours": 1.0, "popularity": 1.0}
    assert figures["next_viewed"]["ours_less"]["popularity"] == {"difference": 0.0, "low": None, "high": None}
    assert figures["next_bought"]["hit_rate_at_5"] == {"ours": None, "popularity": None}


def test_a_made_up_file_is_the_same_for_a_seed_and_its_visits_end_with_silence(tmp_path: Path) -> None:
    for name in ("one", "two", "other"):
        (tmp_path / name).mkdir()
    files = [make_file(tmp_path / name, 200, seed) for name, seed in (("one", 1), ("two", 1), ("other", 2))]
    assert files[0].read_bytes() == files[1].read_bytes() != files[2].read_bytes()
    visits = read_visits(files[0])
    assert len(visits) == 200
    assert all(visit == sorted(visit, key=lambda step: step.at_ms) for visit in visits)
    assert len(set(read_categories(files[0]).values())) == 20


def test_options_of_another_benchmark_and_files_of_another_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        bench.main(["train", "--from", "events.csv"])
    (tmp_path / "events.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Exception, match="Next: use that format"):
        recommend.run(quick=True, source=tmp_path / "events.csv")
