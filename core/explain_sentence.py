"""One sentence that a merchant understands: how near the visit is, what holds it back, and what was chosen to answer it.

Each part of it is a friction that holds, with its own figures, or a signal that moved the score. Nothing else is said.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from core import events as ev
from core.explain_words import EVERYDAY, number
from core.frictions import FRICTIONS, SHORT_WAIT_MS, has_turned_back
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
        about, mark = _by_signals(head, moved), "; "
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


def _by_signals(head: str, moved: Sequence[Said]) -> str:
    """The two strongest for it, and the strongest against; what every visit has comes last."""
    telling = sorted(moved, key=lambda s: s.signal in EVERYDAY)
    speaks_for = list(dict.fromkeys(_briefly(s.words) for s in telling if s.contribution > 0))[:2]
    against = (_briefly(s.words) for s in telling if s.contribution < 0)
    speaks_against = [words for words in against if words not in speaks_for][:1]
    for_it = f": {_joined(speaks_for)}" if speaks_for else ""
    return head + for_it + (f", but {speaks_against[0]}" if speaks_against else "")


def _briefly(words: str) -> str:
    return words.partition(" (page ")[0]


_ANSWERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "free_shipping": ("free shipping", ("shipping_cost", "price_doubt")),
    "content": ("something to read", ("comparison_research", "open_question")),
    "upsell": ("a product beside it", ("comparison_research", "search_trouble")),
    "email_capture": ("the newsletter", ()),
}
"""By action type: what it is called, and the hesitations that it answers."""


def _closing(frictions: Sequence[str], action_type: str) -> str:
    if not action_type:
        return ""
    name, answers = _ANSWERS.get(action_type, (action_type.replace("_", " "), ()))
    return f"{name} answers that" if set(frictions) & set(answers) else f"{name} is what fits"


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(parts)
