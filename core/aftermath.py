"""What came after a visit's first choice, in every arm alike: how far it went, and how the page of the choice behaved."""

from collections.abc import Sequence
from typing import NamedTuple

from core import events as ev
from core.frictions import FORM_TROUBLES
from core.hesitation import CHECKOUT_STEPS
from core.outcomes import LoggedEvent, in_order
from core.vitals import PageVitals

BOUNCE_EVENTS_MOST = 2
"""A visit that did no more than this after the choice went no further."""

_BY_ITSELF = (
    ev.Dwell, ev.Idle, ev.TabHidden, ev.TabVisible, ev.ExitIntent, *ev.UNSEEN_EVENTS,
)  # fmt: skip
"""What time and leaving bring, and what only a treated visit can do: counted, it would be a difference that is none."""


class Aftermath(NamedTuple):
    """`has_bounced`: at most `BOUNCE_EVENTS_MOST` steps came after the choice. `has_checked_out`: it was on a page of the
    checkout after it. `has_checkout_trouble`: there it left fields empty or hit in vain, `FORM_TROUBLES` in all, as the friction
    of that name counts it. `vitals`: of the page on which the choice fell, as that page told them last. Later pages are left out:
    a treated visit may go to others than one that was held back, and a shop's checkout may be slow without any offer."""

    has_bounced: bool
    has_checked_out: bool
    has_checkout_trouble: bool
    vitals: PageVitals = PageVitals()


def aftermath_of(events: Sequence[LoggedEvent], stream: bytes, seq: int) -> Aftermath | None:
    """What followed the event of the choice. None where that event was never stored: then nobody knows what came after it."""
    steps = troubles = 0
    is_after = has_checked_out = False
    here: dict[bytes, str] = {}
    vitals = PageVitals()
    for logged in in_order(events):
        event = logged.event
        if isinstance(event, ev.PageView):
            here[logged.stream] = event.page_type
        if isinstance(event, ev.WebVitals) and logged.stream == stream:
            vitals = PageVitals(event.paint_ms, event.shift_permille, event.response_ms)
        if is_after:
            is_checkout = here.get(logged.stream) in CHECKOUT_STEPS
            steps += not isinstance(event, _BY_ITSELF)
            has_checked_out |= is_checkout
            troubles += _trouble(event) * is_checkout
        is_after |= (logged.stream, logged.seq) == (stream, seq)
    if not is_after:
        return None
    return Aftermath(steps <= BOUNCE_EVENTS_MOST, has_checked_out, troubles >= FORM_TROUBLES, vitals)


def _trouble(event: ev.Event) -> int:
    if isinstance(event, ev.RageClick):
        return 2
    return isinstance(event, ev.FieldLeft) and not event.is_filled
