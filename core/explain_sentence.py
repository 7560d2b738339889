"""One sentence that a merchant understands: how near the visit is, what holds it back, and what was chosen to answer it.

Each part of it is a friction that holds, with its own figures, or a signal that moved the score. Nothing else is said.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from core import events as ev
from core.explain_words import EVERYDAY, number
from core.frictions import FRICTIONS, SHORT_WAIT_MS, has_turned_back
from core.margin import ANSWERS
from core.records import SegmentName
from core.session import Session


class Said(NamedTuple):
    """A signal as far as a sentence needs it."""

    signal: str
    words: str
    contribution: float


def sentence(
    session: Session, segment: SegmentName, frictions: Sequence[str], moved: Sequence[Said], action_type: str
) -> str:
    """The sentence. `moved`: the signals, strongest first; `action_type`: what was chosen, empty for nothing."""
    head = _head(session, segment)
    if frictions:
        about = f"{head}, but {_joined([_hesitates(session, name) for name in frictions[:2]])}"
        mark = ": "
    else:
        about, mark = _by_signals(head, moved, segment == "unlikely_to_buy"), "; "
    closing = _closing(frictions[:2], action_type)
    return f"{about}{mark + closing if closing else ''}."


def _head(session: Session, segment: SegmentName) -> str:
    if segment == "likely_to_buy":
        return "Likely to buy"
    if segment == "unlikely_to_buy":
        return "Unlikely to buy"
    return "High intent" if session.cart.line_count or session.count(ev.BeginCheckout) else "Undecided"


def _hesitates(session: Session, name: str) -> str:
    figures = _FIGURES.get(name)
    return _WORDS[name] if figures is None else figures(session)


def _shipping(session: Session) -> str:
    waited_ms = session.hesitation.shipping_wait_ms
    if not has_turned_back(session):
        return f"pauses at the shipping costs ({round(waited_ms / 1000)} s)"
    pause = f" after a pause of {round(waited_ms / 1000)} s" if waited_ms >= SHORT_WAIT_MS else ""
    return "turned back at the shipping costs" + pause


def _searches(session: Session) -> str:
    return f"{_WORDS['search_trouble']} {number(session.hesitation.empty_search_count)} times"


_WORDS = {friction.name: friction.words for friction in FRICTIONS} | {"comparison_research": "is comparing"}
_FIGURES: dict[str, Callable[[Session], str]] = {"shipping_cost": _shipping, "search_trouble": _searches}


EVERYDAY_SHARE = 0.5
"""What every visit has says less, and has to have moved the score twice as far to be said first."""
LEAST_SAID = 0.005
"""A smaller move is no reason that anybody should read."""


def _by_signals(head: str, moved: Sequence[Said], is_unlikely: bool) -> str:
    """The two strongest that speak for what was said first, and the strongest that speaks against it."""
    telling = sorted(
        (s for s in moved if abs(s.contribution) >= LEAST_SAID),
        key=lambda s: -abs(s.contribution) * (EVERYDAY_SHARE if s.signal in EVERYDAY else 1.0),
    )
    said: list[str] = []
    fitting = _told([s for s in telling if (s.contribution < 0) == is_unlikely], said, 2)
    other = _told([s for s in telling if (s.contribution < 0) != is_unlikely], said, 1)
    about = f"{head}: {_joined(fitting)}" if fitting else head
    return about + (f", {'though' if is_unlikely and fitting else 'but'} {other[0]}" if other else "")


def _told(signals: Sequence[Said], said: list[str], most: int) -> list[str]:
    """The words of the first of these that are not nearly said already, which is noted in `said`."""
    found: list[str] = []
    for signal in signals:
        words = _briefly(signal.words)
        if len(found) < most and not any(words.startswith(old) or old.startswith(words) for old in said):
            found.append(words)
            said.append(words)
    return found


def _briefly(words: str) -> str:
    return words.partition(" (page ")[0]


NAMES = {
    "free_shipping": "free shipping",
    "content": "something to read",
    "upsell": "a product beside it",
    "email_capture": "the newsletter",
    "assistance": "the offer to help",
    "social_proof": "the count of buyers",
    "cross_sell": "products that go with it",
    "incentive": "an incentive",
    "store_finder": "the way to a store",
    "loyalty": "what members get",
    "satisfaction": "a question with one tap",
}
"""What an action of each type is called. The hesitations that it answers are those that the choice goes by."""


def _closing(frictions: Sequence[str], action_type: str) -> str:
    if not action_type:
        return ""
    name = NAMES.get(action_type, action_type.replace("_", " "))
    return f"{name} answers that" if set(frictions) & set(ANSWERS.get(action_type, ())) else f"{name} is what fits"


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(parts)
