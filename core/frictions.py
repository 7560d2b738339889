"""Named reasons to hesitate, judged by what is in the session's state and nothing else (DESIGN 3.11).

To add one: a row in `FRICTIONS`. A test walks the table and asks for words and for a visit in which it is found first.
The counts from which a reason is named are this program's own choice: what ordinary shopping shows now and then stays
below them. `tests/faults/frictions.py` measures both sides on shoppers whose behaviour was changed.
"""

from collections.abc import Callable
from typing import NamedTuple

from core import events as ev
from core.hesitation import CHECKOUT_STEPS
from core.pages import page_bucket
from core.session import Session


class Friction(NamedTuple):
    """`strength` of a session: 0 is none, from 1 on it is named, and more is more. `words` follow "The shopper ..."."""

    name: str
    strength: Callable[[Session], float]
    words: str


LONG_WAIT_MS = 45_000
"""The tracker's second mark of silence; the first, at 15 s, may be a search for the right address."""
SHORT_WAIT_MS = 15_000

FORM_TROUBLES = 3
EMPTY_SEARCHES = 2
HELP_PAGES = 3
REPEAT_LOOKS = 3
COMPARISONS = 2


def _counted(count: int, enough: int) -> float:
    """1 where there are enough of them; each further one adds little, for one way back out of the checkout weighs more."""
    return count / enough if count <= enough else 1.0 + (count - enough) / 8


def has_turned_back(s: Session) -> bool:
    """Whether the shopper left the shipping costs for the shop.

    A shop that shows the costs on another step of its checkout is judged by a silence over them, and a way back.
    """
    is_elsewhere = not s.page_counts[page_bucket("shipping")] and s.hesitation.shipping_wait_ms >= SHORT_WAIT_MS
    return s.hesitation.left_at_shipping or bool(is_elsewhere and s.hesitation.checkout_left_count)


def _shipping_cost(s: Session) -> float:
    """Turned back with the shipping costs in view, or stands before them for long; a long silence makes it the clearer."""
    wait = min(s.hesitation.shipping_wait_ms / LONG_WAIT_MS, 1.0)
    if has_turned_back(s):
        return 1.0 + wait
    here = s.page.page_type
    is_there = here == "shipping" or (here in CHECKOUT_STEPS and not s.page_counts[page_bucket("shipping")])
    # The longest silence may be of an earlier page, one that she went on from.
    is_there = is_there and _was_here(s, ev.Idle)
    if is_there and (wait >= 1.0 or (_was_here(s, ev.ExitIntent) and s.hesitation.shipping_wait_ms >= SHORT_WAIT_MS)):
        return 1.0
    return 0.9 * wait


def _was_here(s: Session, kind: type[ev.Event]) -> bool:
    """Whether the last event of this type was on the page on screen."""
    return bool(s.count(kind)) and s.last_seen_ds[ev.TAG_BY_TYPE[kind]] * 100 >= s.page.since_ms


def _comparison_research(s: Session) -> float:
    """Reads comparisons after a product was looked at: several, or one with something in the cart."""
    if not s.count(ev.ViewItem):
        return 0.0
    is_near = s.count(ev.AddToCart) or s.count(ev.BeginCheckout)
    return _counted(s.hesitation.comparison_count, 1 if is_near else COMPARISONS)


def _form_trouble(s: Session) -> float:
    """Leaves fields of the checkout empty, or hits its buttons in vain, which counts twice."""
    has_begun = s.count(ev.BeginCheckout) or any(s.page_counts[page_bucket(step)] for step in CHECKOUT_STEPS)
    troubles = s.hesitation.empty_field_count + 2 * s.count(ev.RageClick) * bool(has_begun)
    # Once it is named it is the more specific reason to turn back, whatever the page.
    return troubles / 2 if troubles >= FORM_TROUBLES else 0.9 * troubles / FORM_TROUBLES


def _search_trouble(s: Session) -> float:
    """Searches and finds nothing, more than once, and has put nothing into the cart since."""
    last_search, last_add = (s.last_seen_ds[ev.TAG_BY_TYPE[kind]] for kind in (ev.Search, ev.AddToCart))
    has_found = s.count(ev.AddToCart) and last_add >= last_search
    return 0.0 if has_found else _counted(s.hesitation.empty_search_count, EMPTY_SEARCHES)


def _open_question(s: Session) -> float:
    """Looks things up on help pages again and again."""
    return _counted(s.page_counts[page_bucket("faq")] + s.page_counts[page_bucket("help")], HELP_PAGES)


def _price_doubt(s: Session) -> float:
    """Comes back to products that were seen before without putting one into the cart."""
    return _counted(s.hesitation.repeat_look_count, REPEAT_LOOKS) if not s.count(ev.AddToCart) else 0.0


FRICTIONS: tuple[Friction, ...] = (
    Friction("shipping_cost", _shipping_cost, "hesitates at the shipping costs"),
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
