"""Visits beside what the shop tells: stored, settled, and the rows that say what they came to."""

from datetime import datetime, timedelta
from typing import Any

from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.orders.telling import Teller
from tests.store.visits import NOON, RULES_UNSTORED, events_of, frame_of, records_of

DAY = timedelta(days=1)
SESSIONS = "SELECT has_purchase, order_count, revenue_minor, currency FROM marts.sessions ORDER BY started_at"
OUTCOMES = """
    SELECT is_converted, value_minor, is_final FROM marts.outcomes WHERE goal = 'purchase' AND is_first_choice
"""


async def visited(
    store: FrameStore, number: int = 1, *, order: str | None = None, arm: Any = "treatment", **of: Any
) -> None:
    """A visit in which an offer was chosen; with `order`, the browser tells of its purchase."""
    await store.store(frame_of(records_of(events_of(order=order, **of), RULES_UNSTORED, number=number, arm=arm)))


async def settled(teller: Teller, now: datetime = NOON + DAY) -> None:
    await Settler(teller.database_url).settle(now)


def at(days: float) -> str:
    return (NOON + days * DAY).isoformat()
