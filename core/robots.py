"""Which visits are no person's: the two words that a connection brings, and the two that a whole visit shows.

Pure; settle asks. Nothing here changes a decision: who is offered nothing is said at the door (`server.live.offering`).
"""

from collections.abc import Sequence

from core import events as ev
from core.outcomes import LoggedEvent
from core.records import FoundReason

FAST_PAGES_LEAST = 10
FAST_PAGE_MS = 1_500
"""So many pages, each for less: more than a person opens. The same numbers as marts.is_machine_pace."""

HANDLESS_PAGES_LEAST = 20
"""So many pages without a single sign of a hand: a link that is followed by a person is clicked, by keyboard too."""

_HANDS = (
    ev.Click, ev.Scroll, ev.RageClick, ev.ExitIntent, ev.FieldLeft, ev.AddToCart, ev.RemoveFromCart,
    ev.AddToWishlist, ev.ActionClicked, ev.ActionDismissed, ev.ActionSubmitted,
)  # fmt: skip
_MONEY = (ev.Purchase, ev.Refund)


def found_robot(events: Sequence[LoggedEvent]) -> FoundReason | None:
    """What the events of a visit that has ended show; None for a person's, and for whatever could be a person's.

    A visit of one page and nothing else is no proof: people leave as fast. One with an order is never a robot's here: money
    is not taken out of the books on a guess.
    """
    views = [e.at_ms for e in events if isinstance(e.event, ev.PageView)]
    if len(views) < FAST_PAGES_LEAST or any(isinstance(e.event, _MONEY) for e in events):
        return None
    if any(isinstance(e.event, _HANDS) or _has_pointer(e.event) for e in events):
        return None
    if max(views) - min(views) < len(views) * FAST_PAGE_MS:
        return "machine_pace"
    return "no_hands" if len(views) >= HANDLESS_PAGES_LEAST else None


def _has_pointer(event: ev.Event) -> bool:
    return isinstance(event, ev.Dwell) and bool(event.pointer_px)
