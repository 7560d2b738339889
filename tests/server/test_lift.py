"""`fifthclick lift`, from a file of visits to a report that others can read."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from model.simulator.experiments import FOUR_KINDS, Scenario, draw, lifted
from server.cli import main
from server.verbs._lift_file import COLUMNS, CURRENCY, OPTIONAL


def write(file: Path, scenario: Scenario, *, names: tuple[str, ...] = COLUMNS, seed: int = 4) -> Path:
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, names, extrasaction="ignore")
        writer.writeheader()
        for number, row in enumerate(draw(scenario, seed).rows()):
            writer.writerow({
                "session_id": row.session_id,
                "arm": row.arm,
                "decided_at": datetime.fromtimestamp(row.decided_at_s, UTC).isoformat(),
                "score": "" if row.score is None else row.score,
                "converted": int(row.converted),
                "revenue_minor": int(row.revenue_minor),
                "margin_minor": int(row.margin_minor or 0),
                OPTIONAL: row.treatment_probability,
                CURRENCY: ("usd" if number % 3 == 0 else "EUR") if row.revenue_minor else "",
            })  # fmt: skip
    return file


def reported(tmp_path: Path, source: Path, *more: str) -> dict[str, Any]:
    out = tmp_path / "lift.json"
    assert main(["lift", "--from", str(source), "--json", str(out), *more]) == 0
    result: dict[str, Any] = json.loads(out.read_text())
    return result


# shows: H4 H5
def test_a_lift_is_claimed_with_its_interval_and_the_sample_ratio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = Scenario(kinds=FOUR_KINDS, visits_per_day=2_000)
    found = reported(tmp_path, write(tmp_path / "visits.csv", scenario))
    assert found["claim"] is True
    assert found["verdict"] == "lift"
    low, high = found["interval"]
    assert 0 < low < found["lift"] < high
    assert found["sample_ratio"]["is_ok"] is True
    assert found["sample_ratio"]["basis"] == "guessed"
    assert found["is_score_held_equal"] is True
    assert set(found["measures"]) == {"conversion", "revenue_per_session", "order_value", "margin_per_session"}
    said = capsys.readouterr().out
    assert said.startswith("A lift is claimed: treated visits converted")
    assert "Sample ratio" in said


def test_of_two_currencies_one_is_told_and_the_other_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = Scenario(kinds=FOUR_KINDS, visits_per_day=2_000)
    alone = reported(tmp_path, write(tmp_path / "alone.csv", scenario))["measures"]["margin_per_session"]
    file = write(tmp_path / "visits.csv", scenario, names=(*COLUMNS, CURRENCY))
    found = reported(tmp_path, file)
    assert found["currency"] == "EUR"
    assert [each["currency"] for each in found["paid"]] == ["EUR", "USD"]
    said = " ".join(capsys.readouterr().out.split())
    assert f"Other visits paid {found['paid'][1]['visit_count']:,} in USD" in said
    dollars = reported(tmp_path, file, "--currency", "usd")
    assert dollars["currency"] == "USD"
    assert dollars["lift"] == found["lift"]
    parts = [each["measures"]["margin_per_session"]["treated"] for each in (found, dollars)]
    assert sum(parts) == pytest.approx(alone["treated"], rel=0.02)


def test_a_currency_that_nobody_paid_in_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "visits.csv", Scenario(kinds=FOUR_KINDS), names=(*COLUMNS, CURRENCY))
    assert main(["lift", "--from", str(file), "--currency", "CHF"]) != 0
    said = " ".join(capsys.readouterr().err.split())
    assert "visits paid in EUR, USD. Next:" in said


def test_logged_probabilities_and_a_given_share_are_gone_by(tmp_path: Path) -> None:
    scenario = Scenario(kinds=lifted(0.2), treatment_shares=(0.62,))
    logged = reported(tmp_path, write(tmp_path / "logged.csv", scenario, names=(*COLUMNS, OPTIONAL)))
    assert logged["sample_ratio"]["basis"] == "logged"
    assert logged["sample_ratio"]["is_ok"] is True
    bare = write(tmp_path / "bare.csv", scenario)
    assert reported(tmp_path, bare)["verdict"] == "fault"
    assert reported(tmp_path, bare, "--treatment-share", "0.62")["sample_ratio"]["is_ok"] is True


def test_a_file_without_scores_has_a_lift_that_says_so(tmp_path: Path) -> None:
    names = tuple(name for name in COLUMNS if name != "score")
    found = reported(tmp_path, write(tmp_path / "visits.csv", Scenario(kinds=FOUR_KINDS), names=names))
    assert found["is_score_held_equal"] is False
    assert any("no score" in note or "have none" in note for note in found["notes"])
    assert found["lift"] is not None


HEADER = ",".join(COLUMNS) + "\n"
GOOD = "a,treatment,2026-03-04T12:00:00Z,0.2,1,5000,900\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it has no header line"),
        ("session,arm,decided_at,score,converted,revenue_minor,margin_minor\n", "Is 'session' the column session_id?"),
        (HEADER.replace(",", ";"), "separated by commas"),
        (HEADER.replace("\n", ",arm\n"), "twice"),
        (HEADER + GOOD + "b,variant,2026-03-04,0.2,1,1,1\n", ":3: arm is 'variant'"),
        (HEADER + "b,control,yesterday,0.2,1,1,1\n", ":2: decided_at is 'yesterday'"),
        (HEADER + "b,control,nan,0.2,1,1,1\n", "decided_at"),
        (HEADER + "b,control,2026-03-04,0.2,maybe,1,1\n", "converted is 'maybe'"),
        (HEADER + "b,control,2026-03-04,high,1,1,1\n", "score is 'high'"),
        (HEADER + "b,control,2026-03-04,0.1,1,inf,1\n", "revenue_minor is 'inf'"),
        (HEADER + ",control,2026-03-04,0.1,1,1,1\n", "session_id is empty"),
        (HEADER + "b,control\n", "the line ends before"),
        (HEADER + "b,control,2026-03-04,0.1,1,12,34,3,21\n", "more cells than the first line names"),
        (HEADER + "b,control,2026-03-04,0.1,,1,1\n", "converted is ''"),
        (HEADER + "b,control,2026-03-04,0.1,1,,1\n", "revenue_minor is empty"),
        (HEADER + "b,control,2026-03-04,0.1,1,1e308,1\n", "an amount that can be paid"),
        (HEADER + "b,control,-1e300,0.1,1,1,1\n", "decided_at is '-1e300'"),
        (HEADER.replace("\n", ",treatment_probability\n") + "b,control,2026-03-04,0.1,1,1,1,1.5\n", "between 0 and 1"),
        ("\x00\x01\n", "there is no column"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_line_and_nothing_is_written(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "visits.csv", tmp_path / "lift.json"
    file.write_text(text)
    assert main(["lift", "--from", str(file), "--json", str(out)]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "Next:" in error
    assert not out.exists()


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "visits.csv"
    file.write_bytes(b"\xff\xfe\x00a")
    assert main(["lift", "--from", str(file)]) == 1
    assert main(["lift", "--from", str(tmp_path / "none.csv")]) == 1
    error = capsys.readouterr().err
    assert error.count("cannot be read as CSV") == 1
    assert error.count("there is no such file. Next:") == 1


@pytest.mark.parametrize("text", [HEADER, HEADER + GOOD, HEADER + GOOD * 3])
def test_too_little_data_is_a_refusal_in_words_and_no_error(text: str, tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("\ufeff" + text)
    found = reported(tmp_path, file)
    assert found["verdict"] == "not_enough_data"
    assert found["claim"] is False
    assert found["interval"] is None
    assert found["sentence"].startswith("No lift can be given: ")


def test_times_in_seconds_and_in_milliseconds_are_the_same_moments(tmp_path: Path) -> None:
    def file(name: str, ending: str) -> Path:
        lines = [
            f"{n},{('treatment', 'control')[n % 2]},{1_772_625_600 + n}{ending},0.2,{n % 8 < 3:d},100,\n"
            for n in range(400)
        ]
        (tmp_path / name).write_text(HEADER + "".join(lines))
        return tmp_path / name

    seconds, millis = reported(tmp_path, file("s.csv", "")), reported(tmp_path, file("ms.csv", "000"))
    assert seconds == millis
    assert seconds["periods"][0]["from_s"] == 1_772_625_600
    assert seconds["measures"]["margin_per_session"]["reason"] == "400 visits have no margin."


@pytest.mark.parametrize("words", [("--expected-lift", "nan"), ("--base-share", "0.1", "--visits-per-day", "5")])
def test_what_cannot_be_asked_of_a_file_is_refused(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "visits.csv", Scenario(kinds=lifted(0.5)))
    assert main(["lift", "--from", str(source), *words]) == 1
    assert "Next:" in capsys.readouterr().err


# shows: H7
def test_whom_it_moves_is_told_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "visits.csv", Scenario(kinds=lifted(0.5)))
    assert "moved" not in reported(tmp_path, source)
    found = reported(tmp_path, source, "--by-score")["moved"]
    assert len(found["tenths"]) == 10
    assert found["by_score"]["low"] > 0
    assert "Choosing the highest scores first brings +" in capsys.readouterr().out


# shows: H6
def test_days_to_an_answer_before_the_start_or_a_plain_refusal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["lift", "--base-share", "0.03", "--expected-lift", "0.12", "--visits-per-day"]
    out = tmp_path / "plan.json"
    assert main([*words, "5000", "--json", str(out)]) == 0
    assert json.loads(out.read_text())["day_count"] == 37
    assert "by day 37" in capsys.readouterr().out
    assert main([*words, "20"]) == 1
    assert "below power" in capsys.readouterr().err
    assert main(["lift"]) == 1
    assert "Next: --from FILE" in capsys.readouterr().err
