"""A moment at which something may be shown, and who decides whether it is: what the compared policies share."""

from collections.abc import Callable
from typing import NamedTuple

from core import events as ev
from model.simulator.shopper import Shopper

DISCOUNT = "free_shipping"
"""The action that gives money away."""


class Moment(NamedTuple):
    """A moment at which something may be shown, to a policy that knows the events so far. `score` is the model's, if asked."""

    shopper: Shopper
    events: list[ev.Event]
    page_views: int
    score: float | None


Judge = Callable[[Moment], str | None]
"""Decides for one visit: names the type of action to show now, or None. Asked until it names one."""
