"""Visits that look at products and buy them, stored as a writer would; and a shelf that has loaded what was counted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core import events as ev
from core.engine import Offer
from core.fields import Item
from core.records import Traffic
from core.rules import Rules
from core.session import Session, observe
from server.offers.counting import Counting
from server.offers.shelf import Shelf
from server.writer.frames import FrameStore
from tests.store.visits import NOON, NOON_MS, frame_of, records_of, shop, stream_of

NOW = NOON + timedelta(hours=2)
NOW_MS = NOON_MS + 7_200_000


def shopping(
    *looked_at: str,
    buys: Sequence[str] = (),
    order: str = "",
    start_ms: int = NOON_MS,
    page_ms: int = 10_000,
    price_minor: int = 1_900,
    category: str = "lamps",
) -> list[ev.Event]:
    """A page and a look at each product, then an order of `buys`."""
    made: list[ev.Event] = []
    for number, item_id in enumerate(looked_at):
        at_ms = start_ms + number * page_ms
        item = Item(item_id, category, price_minor)
        made.append(ev.PageView(seq=len(made) + 1, at_ms=at_ms, page_type="product", path=f"/p/{item_id}"))
        made.append(ev.ViewItem(seq=len(made) + 1, at_ms=at_ms + 50, items=(item,), currency="EUR"))
    if buys:
        at_ms = start_ms + len(looked_at) * page_ms
        items = tuple(Item(item_id, price_minor=price_minor) for item_id in buys)
        made.append(
            ev.Purchase(
                seq=len(made) + 1, at_ms=at_ms, transaction_id=order, currency="EUR", value_minor=1, items=items
            )
        )
    return made


async def keep(
    store: FrameStore,
    rules: Rules,
    number: int,
    events: Sequence[ev.Event],
    *,
    traffic: Traffic = "live",
    received_after_ms: int = 20,
) -> None:
    """Store one visit."""
    made = records_of(events, rules, number=number, traffic=traffic, received_after_ms=received_after_ms, scorer=None)
    await store.store(frame_of(made))


async def loaded(url: str, now: datetime = NOW) -> Shelf:
    """A shelf after a count as of `now`."""
    await Counting(url).count(now)
    shelf = Shelf(url)
    await shelf.load()
    return shelf


def seen(*events: ev.Event) -> Session:
    """The state of a visit after these."""
    session = Session(id=b"n" * 16)
    for event in events:
        session = observe(session, stream_of(999), event)
    return session


def offer_of(action_id: str) -> Offer:
    return Offer("0" * 16, action_id, {}, 15_000)


RULES = """
[goals.purchase]
event = "purchase"
""" + "".join(
    f"""
[[actions]]
id = "{name}"
segments = ["on_the_fence"]
[actions.action]
{action}
"""
    for name, action in {
        "buyers": 'type = "social_proof"\ntitle = "{count} bought this today"',
        "week": 'type = "social_proof"\ntitle = "{count} bought this in a week"\nwindow_hours = 168\nat_least = 7',
        "bought": 'type = "upsell"\ntitle = "Goes with it"\npick = "also_bought"',
        "viewed": 'type = "upsell"\ntitle = "Others looked at"\npick = "also_viewed"',
        "guide": 'type = "content"\ntitle = "How to choose"\nurl = "https://shop.example/guide"',
    }.items()
)
LAMP = seen(*shopping("lamp"))


async def rules_of(url: str) -> Rules:
    return await shop(url, RULES)
