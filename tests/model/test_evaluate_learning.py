"""`--learning-curve` on a source that does not say which visits teach: the earlier ones do, and that is said."""

from collections.abc import Sequence

import numpy as np
import pytest
from msgspec.structs import replace

from model.cli_evaluate import curve_of
from model.report.section import Asked, Section
from server.cli import main
from tests.model.builders import visit
from tests.model.walked import asked, walk


def _seen(found: Asked) -> tuple[Asked, Section]:
    """What the section was asked, and what was made of it."""
    heard: list[Asked] = []

    def section(part: Asked) -> Section:
        heard.append(part)
        return Section("learning", "title", ("An answer.",))

    made = curve_of(found, section)
    [part] = heard
    return part, made


def _visits(times: Sequence[int]) -> Asked:
    """Visits of these times, each with its time as its score and its name."""
    test = [walk(["home"] * 5, i % 2 == 0, name=str(time), began_at_ms=time) for i, time in enumerate(times)]
    scores = [np.full(5, float(time)) for time in times]
    return asked(test)._replace(scores=scores, recorded=[replace(visit(), session_id=str(time)) for time in times])


# shows: D10
def test_the_earlier_two_thirds_teach_the_rest_is_measured_and_no_visit_does_both() -> None:
    part, made = _seen(_visits([50, 10, 90, 30, 70, 20, 80, 40, 60]))
    assert [one.began_at_ms for one in part.learn] == [10, 20, 30, 40, 50, 60]
    assert [one.began_at_ms for one in part.test] == [70, 80, 90]
    assert [float(scores[0]) for scores in part.scores] == [70.0, 80.0, 90.0]
    assert [one.session_id for one in part.recorded] == ["70", "80", "90"]
    assert made.words[0] == "An answer."
    assert "earlier two thirds by time (6) teach and the later 3 are measured" in made.words[1]


def test_train_rows_teach_where_there_are_some_and_nothing_is_parted() -> None:
    found = _visits([3, 1, 2])._replace(learn=[walk(["home"], False)])
    part, made = _seen(found)
    assert part is found
    assert made.words == ("An answer.",)


def test_a_source_without_train_rows_gets_a_curve_of_its_earlier_visits_from_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["evaluate", "--from", "simulated", "60", "--quick", "--learning-curve"]) == 0
    said = capsys.readouterr().out
    assert "40 sessions to learn from and 20 to measure on are too few" in said
    assert "earlier two thirds by time (40) teach and the later 20 are measured" in said
