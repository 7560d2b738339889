"""The three intents. A segment is a state of this session now, not of a visitor."""

from core.records import Scores, SegmentName, Trend
from core.rules import Segments
from core.session import Session

TREND_LEAST = 0.05
"""A smaller move of the score says nothing."""


def segment_of(scores: Scores, thresholds: Segments) -> SegmentName:
    """Always one of the three: at a threshold counts as above it."""
    if scores.purchase >= thresholds.likely_to_buy_at:
        return "likely_to_buy"
    if scores.purchase >= thresholds.on_the_fence_at:
        return "on_the_fence"
    return "unlikely_to_buy"


def trend_of(session: Session) -> Trend:
    """Where the purchase score is going: against the visit's peak, and against its value as this page was opened.

    `falling`: well below the peak and not on the way back up.
    """
    if session.scores is None:
        return "steady"
    score = session.scores.purchase
    before = session.page.score_before if session.page.score_before is not None else score
    if score >= before + TREND_LEAST:
        return "rising"
    return "falling" if score <= session.peak_score - TREND_LEAST else "steady"
