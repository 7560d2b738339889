"""The report as a merchant and a script find it: figures beside baselines, intervals, words, a page that fetches nothing."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from core.rules import Segments
from model.compared import Compared
from model.dataset import Encoded
from model.report import heads, levels, reliability, segments
from model.report.opening import checks, in_short
from model.report.page import render
from model.report.section import Asked, Picture, Section
from server.cli import main
from tests.model.builders import untrained, write_recorded
from tests.model.shops import planted
from tests.model.walked import asked, walk

MEASURES = ("auroc", "auprc", "brier", "ece")
BASELINES = {"base_rate", "rule", "logistic_regression", "boosted_trees"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], str]:
    """The JSON and the page of the starter bundle on a made-up shop."""
    folder = tmp_path_factory.mktemp("report")
    data = write_recorded(folder / "data", 500)
    words = ["evaluate", "--from", "shop-a", str(data), "--precision", "0.6"]
    assert main([*words, "--json", str(folder / "r.json"), "--html", str(folder / "r.html")]) == 0
    return json.loads((folder / "r.json").read_text()), (folder / "r.html").read_text()


# shows: D6 D7
def test_each_click_stands_beside_every_baseline_with_intervals_and_paired_differences(
    written: tuple[dict[str, object], str],
) -> None:
    report, _ = written
    ours, baselines, differences = report["by_click"], report["baselines"], report["differences"]
    assert isinstance(ours, list)
    assert isinstance(baselines, dict)
    assert isinstance(differences, dict)
    assert set(baselines) == set(differences) == BASELINES
    for rows in (ours, *baselines.values()):
        for row in rows:
            assert all(row[f"{m}_low"] <= row[m] <= row[f"{m}_high"] for m in MEASURES)
            assert row["majority_accuracy"] >= 0.5
    for name, rows in differences.items():
        for place, row in enumerate(rows):
            assert row["auroc"] == pytest.approx(ours[place]["auroc"] - baselines[name][place]["auroc"], abs=2e-6)
            assert row["auroc_low"] <= row["auroc"] <= row["auroc_high"]
    assert {row["auroc"] for row in baselines["base_rate"]} == {0.5}
    assert baselines["boosted_trees"][4]["auroc"] > 0.6


# shows: D5 D7
def test_the_page_is_whole_in_itself_and_accuracy_never_stands_alone(written: tuple[dict[str, object], str]) -> None:
    report, html = written
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*"', html)
    assert "<script" not in html
    assert "@import" not in html
    assert not re.findall(r"url\((?!#)", html)
    for name in ("clicks", "segments", "precision", "reliability", "heads", "patterns", "signals"):
        assert f'<section id="{name}">' in html
    assert html.count("<svg") >= 5
    assert str(report["bundle"]) in html
    assert html.index("Can this model be trusted here?") < html.index('class="checks"') < html.index('id="clicks"')
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert ">accuracy</th>" not in table or ">accuracy of the majority</th>" in table
    assert _unclosed(html) == []


def test_an_accuracy_in_the_terminal_stands_beside_the_majority_s() -> None:
    from model.terminal import COLUMNS

    assert COLUMNS.index("majority_accuracy") == COLUMNS.index("accuracy") + 1


def test_what_a_source_says_is_never_markup() -> None:
    html = render(
        title="<b>",
        about=[("Model", "<script>alert(1)</script>")],
        short="a & b",
        checks=[],
        words=["<i>"],
        sections=[Section("x", "<u>", ("<em>",), [{"<th>": "<td>"}], (Picture("<p>", '"><script>', "<svg></svg>"),))],
    )
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<svg role=" in html


def shop(count: int = 3000, seed: int = 1, segments: Segments | None = None) -> Asked:
    """Visits of nine pages whose scores are planted, alike at each click."""
    scores, outcomes = planted(count, seed, stretch=1.0, shift=0.0)
    test = [walk(["home"] * 9, bool(outcome), name=str(i)) for i, outcome in enumerate(outcomes)]
    found = asked(test)._replace(scores=[np.full(9, score) for score in scores])
    return found if segments is None else found._replace(segments=segments)


# shows: E1
def test_segments_have_the_size_and_the_buy_rate_that_their_scores_promise() -> None:
    found = shop()
    data = segments.section(found).data
    assert isinstance(data, dict)
    rows = {row["segment"]: row for row in data["segments"]}
    assert sum(row["sessions"] for row in rows.values()) == 3000
    assert rows["likely_to_buy"]["buy_rate"] > 0.7 > rows["on_the_fence"]["buy_rate"] > 0.15
    assert rows["unlikely_to_buy"]["buy_rate"] < 0.15
    assert all(row["low"] <= row["buy_rate"] <= row["high"] for row in rows.values())
    assert data["changed_share"] == 0.0


def test_a_visit_that_changes_its_segment_is_counted_once() -> None:
    found = shop(200)
    moved = [scores.copy() for scores in found.scores]
    for scores in moved[:50]:
        scores[7] = 0.99 if scores[4] < 0.5 else 0.01
    data = segments.section(found._replace(scores=moved)).data
    assert isinstance(data, dict)
    assert data["reach_both"] == 200
    assert data["changed_share"] == 0.25


# shows: D5
def test_reliability_tells_true_scores_from_those_that_promise_double() -> None:
    honest = shop()
    double = honest._replace(scores=[np.minimum(2.0 * scores, 1.0) for scores in honest.scores])
    for found, most, least in ((honest, 2, 0), (double, 10, 6)):
        data = reliability.section(found).data
        assert isinstance(data, dict)
        far = sum(not b["low"] <= b["said"] <= b["high"] for b in data["5"])
        assert least <= far <= most


# shows: E2
def test_a_level_that_is_asked_for_comes_with_lines_for_the_rules_and_a_refused_one_with_none() -> None:
    granted = levels.section(shop()._replace(precision=0.6))
    assert granted.lines[0] == "[segments]"
    assert any("A precision of 60" in sentence for sentence in granted.words)
    refused = levels.section(shop(60)._replace(precision=0.6))
    assert refused.lines == ()
    assert any("is refused" in sentence for sentence in refused.words)


def test_a_head_that_the_visits_do_not_hold_is_said_to_be_so() -> None:
    found = heads.section(shop(300)._replace(bundle=untrained()))
    assert isinstance(found.data, dict)
    assert found.data["purchase"][0]["base_rate"] > 0
    assert found.data["assistance"] == []
    assert any("needs help" in word and "cannot be judged" in word for word in found.words)


# shows: D3
def test_every_kind_of_answer_is_measured_beside_what_costs_nothing() -> None:
    targets = np.array([1.0, 0.0, 1.0, 1.0])
    assert heads.chance_figures(np.array([0.9, 0.1, 0.8, 0.7]), targets)["auroc"] == 1.0
    assert heads.ratio_figures(np.array([0.0, 0.0]), np.array([0.0, 1.0])) == {
        "log_error": 0.5,
        "median_log_error": 0.5,
    }
    events = heads.event_figures(np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]), np.array([1.0, 1.0, 1.0]))
    assert events == {"accuracy": pytest.approx(2 / 3), "majority_accuracy": 1.0}


def test_where_few_buy_a_small_distance_is_no_good_calibration() -> None:
    row = {
        "click": 5,
        "sessions": 3000,
        "auroc": 0.7,
        "auroc_low": 0.66,
        "auroc_high": 0.74,
        "ece": 0.02,
        "ece_low": 0.0,
    }
    better = {name: [{"click": 5, "auroc": 0.1, "auroc_low": 0.08, "auroc_high": 0.12}] for name in BASELINES}
    verdicts = [
        {check.name: check.verdict for check in checks(shop(), Compared([row | {"base_rate": base}], {}, better))}
        for base in (0.02, 0.2)
    ]
    assert [verdict["calibration"] for verdict in verdicts] == ["unsure", "good"]


def test_the_first_sentence_does_not_praise_a_model_that_a_simple_rule_beats() -> None:
    found = shop()
    row = {
        "click": 5,
        "sessions": 3000,
        "auroc": 0.7,
        "auroc_low": 0.66,
        "auroc_high": 0.74,
        "base_rate": 0.2,
        "ece": 0.01,
        "ece_low": 0.0,
    }
    worse = {"click": 5, "auroc": -0.1, "auroc_low": -0.12, "auroc_high": -0.08}
    better = {"click": 5, "auroc": 0.1, "auroc_low": 0.08, "auroc_high": 0.12}
    names = BASELINES - {"base_rate"}
    base = {"base_rate": [{"click": 5, "brier": -0.02, "brier_low": -0.03, "brier_high": -0.01}]}
    good = checks(found, Compared([row], {}, {name: [better] for name in names} | base))
    bad = checks(found, Compared([row], {}, {name: [better if name != "rule" else worse] for name in names} | base))
    assert in_short(good).startswith("Sound")
    assert in_short(bad).startswith("Not to be relied on")


def _unclosed(page: str) -> list[str]:
    """Tags that are opened and never closed, or closed in another order."""

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.wrong: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in ("meta", "br", "img"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if not self.open or self.open.pop() != tag:
                self.wrong.append(tag)

    reader = Reader()
    reader.feed(page)
    return reader.wrong + reader.open


def encoded(count: int) -> list[Encoded]:
    return [walk(["home"], False, name=str(i)) for i in range(count)]


def test_too_few_visits_are_said_and_no_section_breaks() -> None:
    found = asked(encoded(3))._replace(scores=[np.array([0.2])] * 3)
    for make in (segments.section, reliability.section, levels.section, heads.section):
        section = make(found)
        assert section.words
        assert section.pictures == ()
