"""How the report opens: no row is kinder than what was measured, and the first sentence no kinder than its rows."""

import numpy as np
import pytest

from core.pages import page_code
from model.compared import Compared
from model.report.opening import Check, checks, in_short
from tests.model.builders import VOCABULARY
from tests.model.walked import asked, walk

CORE = ("rank", "base rate", "calibration", "baselines")
UNKNOWN = next(word for word in ("page_own", "page_new", "page_x") if page_code(word) not in VOCABULARY)


def opening(known: int, unknown: int, brier: tuple[float, float, float] | None = None) -> dict[str, Check]:
    """The checks by name, of visits with so many pages that the bundle knows and so many that it does not."""
    words = ["home"] * known + [UNKNOWN] * unknown
    test = [walk(words, i % 2 == 0, name=str(i)) for i in range(40)]
    found = asked(test)._replace(scores=[np.full(len(words), 0.5)] * 40)
    row = {"click": 5, "sessions": 40, "auroc": 0.7, "auroc_low": 0.6, "auroc_high": 0.8, "ece": 0.01, "base_rate": 0.5}
    better = {"click": 5.0, "auroc": 0.1, "auroc_low": 0.08, "auroc_high": 0.12}
    differences = {name: [better] for name in ("rule", "logistic_regression", "boosted_trees")}
    value, low, high = brier or (-0.02, -0.03, -0.01)
    differences["base_rate"] = [{"click": 5, "brier": value, "brier_low": low, "brier_high": high}]
    return {check.name: check for check in checks(found, Compared([row], {}, differences))}


# shows: D7
@pytest.mark.parametrize(
    ("brier", "verdict"),
    [
        ((-0.02, -0.03, -0.01), "good"),
        ((-0.01, -0.03, 0.01), "bad"),
        ((0.02, 0.01, 0.03), "bad"),
        ((0.0, 0.0, 0.0), "bad"),
    ],
)
def test_a_brier_score_that_is_not_surely_below_the_base_rates_is_bad(
    brier: tuple[float, float, float], verdict: str
) -> None:
    found = opening(5, 0, brier)
    assert found["base rate"].verdict == verdict
    assert ("not shown to be better than knowing nothing" in found["base rate"].words) is (verdict == "bad")
    assert ("base rate" in in_short(list(found.values()))) is (verdict == "bad")


# shows: D7
@pytest.mark.parametrize(
    ("known", "unknown", "verdict"), [(9, 0, "good"), (8, 2, "good"), (6, 4, "unsure"), (4, 6, "bad"), (0, 9, "bad")]
)
def test_pages_that_the_bundle_has_never_heard_of_are_counted_and_the_next_step_is_named(
    known: int, unknown: int, verdict: str
) -> None:
    check = opening(known, unknown)["page types"]
    assert check.verdict == verdict
    assert f"of {100 * known // (known + unknown)}\N{NO-BREAK SPACE}% of the" in check.words
    assert ("Next: train on this shop's own visits" in check.words) is (verdict != "good")


def test_the_first_sentence_is_no_kinder_than_two_open_questions() -> None:
    for unsure in (("rank", "calibration"), ("calibration", "baselines"), ("rank", "base rate", "baselines")):
        rows = [Check(name, "unsure" if name in unsure else "good", "") for name in CORE]
        said = in_short(rows)
        assert said.startswith("Not shown to be of use here yet")
        assert all(name in said for name in unsure)
    one = [Check(name, "unsure" if name == "calibration" else "good", "") for name in CORE]
    assert in_short([*one, Check("offers", "unsure", "")]) == "Usable with care: see calibration, offers."
    assert in_short([*one, Check("rank", "bad", "")]).startswith("Not to be relied on here yet: see rank")
