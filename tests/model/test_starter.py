"""The starter bundle in the engine: by the fifth click each kind of visit is in its segment, whatever its pace.

The demo's guided walks rest on this. Thresholds are the product's defaults.
"""

import pytest

from core.records import SegmentName
from core.rules import Segments
from model.bundle import STARTER, load_bundle
from model.dataset import encode_all
from model.evaluate import by_click
from model.importers import read
from model.importers.source import Source
from model.scorer import load_scorer
from model.scores import scores_of
from tests.model.walks import FENCE_BLOG, FENCE_PRODUCT, LOOKING_BLOG, LOOKING_FAQ, SURE_BUYER, Way, walk

WALKS = 80
SCORER = load_scorer()
THRESHOLDS = Segments()


def fifth_page(way: Way, seed: int) -> list[tuple[SegmentName, float]]:
    """(segment, purchase score) at each event of the fifth page from the first pause on, where offers come."""
    answers: list[tuple[SegmentName, float]] = []
    for step in walk(way, SCORER, seed)[4]:
        assert step.scores is not None
        assert step.segment is not None
        answers.append((step.segment, step.scores.purchase))
    return answers[2:]


# shows: E1
@pytest.mark.parametrize(
    ("way", "segment"),
    [
        (SURE_BUYER, "likely_to_buy"),
        (FENCE_BLOG, "on_the_fence"),
        (FENCE_PRODUCT, "on_the_fence"),
        (LOOKING_FAQ, "unlikely_to_buy"),
        (LOOKING_BLOG, "unlikely_to_buy"),
    ],
    ids=["sure", "fence-blog", "fence-product", "looking-faq", "looking-blog"],
)
def test_by_the_fifth_click_a_walk_is_in_its_segment_at_any_pace(way: Way, segment: str) -> None:
    found = [answer for seed in range(WALKS) for answer in fifth_page(way, seed)]
    assert {name for name, _ in found} == {segment}


def test_the_segments_keep_their_distance_from_the_thresholds() -> None:
    sure, fence, looking = (
        [score for seed in range(WALKS) for _, score in fifth_page(way, seed)]
        for way in (SURE_BUYER, FENCE_BLOG, LOOKING_FAQ)
    )
    assert min(sure) > THRESHOLDS.likely_to_buy_at + 0.03
    assert max(fence) < THRESHOLDS.likely_to_buy_at - 0.03
    assert min(fence) > THRESHOLDS.on_the_fence_at + 0.1
    assert max(looking) < THRESHOLDS.on_the_fence_at - 0.05


def test_nobody_is_sure_before_something_is_in_the_cart() -> None:
    for seed in range(WALKS):
        for steps in walk(SURE_BUYER, SCORER, seed)[:2]:
            assert all(step.segment != "likely_to_buy" for step in steps)


# shows: D2 D5
def test_on_shoppers_never_seen_the_scores_rank_well_by_the_fifth_click_and_mean_what_they_say() -> None:
    bundle = load_bundle(STARTER)
    sessions = encode_all(read("simulated", Source(path="4000", seed=424_242)))
    rows = {
        row["click"]: row
        for row in by_click(sessions, scores_of(bundle.network(), bundle.manifest.calibration["purchase"], sessions))
    }
    assert rows[1]["auroc"] > 0.66
    assert rows[5]["auroc"] > 0.86
    assert rows[5]["precision"] > 0.75
    assert max(rows[click]["ece"] for click in (1, 2, 3, 4, 5)) < 0.06
    assert rows[5]["accuracy"] > rows[5]["majority_accuracy"] + 0.2
