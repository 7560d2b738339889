"""A lift in one sentence that a merchant can act on and an analyst can sign."""

from typing import Literal

from core.analysis.measures import Measure
from core.analysis.power import Seen

Verdict = Literal["lift", "harm", "no_claim", "not_enough_data", "fault"]

_WHAT = {
    "conversion": "converted",
    "revenue_per_session": "brought revenue",
    "order_value": "had orders worth",
    "margin_per_session": "brought margin",
}


def sentence_of(verdict: Verdict, primary: str, measure: Measure, faults: tuple[str, ...], power: Seen | None) -> str:
    """What is claimed, or why nothing is."""
    if verdict == "fault":
        return f"Nothing is claimed, because the experiment is at fault. {faults[0]}"
    if verdict == "not_enough_data":
        return f"No lift can be given: {measure.reason}"
    told = _told(primary, measure)
    if verdict in ("lift", "harm"):
        word = "A lift" if verdict == "lift" else "A harm"
        return f"{word} is claimed: {told} This may be looked at every day: 19 of 20 such intervals hold the truth throughout."
    return f"No lift is claimed: {told} The interval holds 0, so chance may be all there is.{_below(power)}"


def _told(primary: str, m: Measure) -> str:
    assert m.lift is not None
    assert m.low is not None
    assert m.high is not None
    if m.unit == "share":
        moved = f"{abs(m.lift) * 100:.2f} points {'more' if m.lift >= 0 else 'less'} often"
        levels = f"{m.treated:.2%} and {m.held_back:.2%}"
        ends = f"{m.low * 100:+.2f} and {m.high * 100:+.2f} points"
        text = f"treated visits {_WHAT[primary]} {moved} than those held back ({levels}), between {ends}"
    else:
        moved = f"{abs(m.lift):,.1f} minor units {'more' if m.lift >= 0 else 'less'}"
        levels = f"{m.treated:,.1f} and {m.held_back:,.1f}"
        text = f"treated visits {_WHAT[primary]} {moved} than those held back ({levels}), between {m.low:+,.1f} and {m.high:+,.1f}"
    if m.relative_lift is None:
        return text + "."
    high = "without an upper end" if m.relative_high is None else f"to {m.relative_high:+.1%}"
    return f"{text}; that is {m.relative_lift:+.1%}, from {m.relative_low:+.1%} {high}."


def _below(power: Seen | None) -> str:
    if power is None or not power.is_below:
        return ""
    text = f" Below power: by now only a lift of {power.smallest_lift_share:.0%} or more would be seen."
    if power.reason:
        return f"{text} A lift of {power.expected_lift_share:.0%} is out of reach: {power.reason}"
    return f"{text} For a lift of {power.expected_lift_share:.0%} the answer is about {power.more_day_count:,} more days away."
