"""Named reasons to hesitate, judged by what is in the session's state and nothing else (DESIGN 3.11).

To add one: a row in `FRICTIONS`. A test walks the table and asks for words and for a visit in which it is found first.
"""

from collections.abc import Callable
from typing import NamedTuple

from core import events as ev
from core.pages import page_bucket
from core.session import Session


class Friction(NamedTuple):
    """`strength` of a session: 0 is none, from 1 on it is named, and more is more. `words` follow "The shopper ..."."""

    name: str
    strength: Callable[[Session], float]
    words: str


def _shipping_cost(s: Session) -> float:
    """Turned back with the shipping costs in view; a long silence before makes it the clearer."""
    wait = s.hesitation.shipping_wait_ms / 45_000
    return 1.0 + wait if s.hesitation.left_at_shipping else min(wait, 0.9)


def _comparison_research(s: Session) -> float:
    """Reads comparisons after a product was looked at."""
    return float(s.hesitation.comparison_count) if s.count(ev.ViewItem) else 0.0


def _form_trouble(s: Session) -> float:
    """Leaves fields of the checkout empty, or hits its buttons in vain."""
    return (s.hesitation.empty_field_count + 2 * s.count(ev.RageClick) * bool(s.count(ev.BeginCheckout))) / 3


def _search_trouble(s: Session) -> float:
    """Searches and finds nothing, more than once."""
    return s.hesitation.empty_search_count / 2


def _open_question(s: Session) -> float:
    """Looks things up on help pages again and again."""
    return (s.page_counts[page_bucket("faq")] + s.page_counts[page_bucket("help")]) / 3


def _price_doubt(s: Session) -> float:
    """Comes back to products that were seen before without putting one into the cart."""
    return s.hesitation.repeat_look_count / 3 if not s.count(ev.AddToCart) else 0.0


FRICTIONS: tuple[Friction, ...] = (
    Friction("shipping_cost", _shipping_cost, "turned back at the shipping costs"),
    Friction("form_trouble", _form_trouble, "had trouble with the checkout form"),
    Friction("search_trouble", _search_trouble, "searched and found nothing"),
    Friction("comparison_research", _comparison_research, "is comparing with other products"),
    Friction("open_question", _open_question, "keeps looking for an answer on the help pages"),
    Friction("price_doubt", _price_doubt, "keeps coming back to the same products without deciding"),
)

FRICTION_NAMES = tuple(friction.name for friction in FRICTIONS)


def frictions_of(session: Session) -> tuple[str, ...]:
    """The names of those that hold, strongest first; ties in the table's order. None after a purchase."""
    if session.count(ev.Purchase):
        return ()
    found = [(friction.strength(session), friction.name) for friction in FRICTIONS]
    return tuple(name for strength, name in sorted(found, key=lambda pair: -pair[0]) if strength >= 1.0)
