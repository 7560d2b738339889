"""The three intents. A segment is a state of this session now, not of a visitor."""

from core.records import Scores, SegmentName
from core.rules import Segments


def segment_of(scores: Scores, thresholds: Segments) -> SegmentName:
    """Always one of the three: at a threshold counts as above it."""
    if scores.purchase >= thresholds.likely_to_buy_at:
        return "likely_to_buy"
    if scores.purchase >= thresholds.on_the_fence_at:
        return "on_the_fence"
    return "unlikely_to_buy"
