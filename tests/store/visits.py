"""Visits to a small shop, as the records that the server would log: made by the real engine with a scorer that is told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any

from core import events as ev
from core.engine import Turn, advance, record_of
from core.features import Encoded
from core.fields import Item
from core.records import Arm, Frame, Record, Scores, Traffic, encode_frame
from core.rules import Rules, bind
from core.rules_text import parse_rules
from core.scoring import Scored, Scorer
from core.session import Session
from server.store.pool import connect
from server.store.publish import add_site, publish_rules, site_of
from tests.core.journey import FixedScorer

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)

SALT = "salt"

RULES = """
[goals.purchase]
event = "purchase"
[goals.cart]
event = "add_to_cart"
[arms]
new_action_share = 0.0
holdout_share = 0.5
control_share = 0.2
[[actions]]
id = "free-shipping"
segments = ["on_the_fence"]
[actions.action]
type = "free_shipping"
title = "Free shipping on this order"
honour = { by = "code", code = "SHIP" }
"""


class AllScores(FixedScorer):
    """Every head answers, each with a number of its own."""

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        told = super().step(hidden, encoded)
        return [Scored(t.hidden, _six(t.scores.purchase)) for t in told]


def _six(purchase: float) -> Scores:
    return Scores(purchase, 0.1, 0.9 - purchase, 0.2, purchase / 3, 1.0 + purchase, leverage=0.6)


SCORER = AllScores(lambda n: min(0.1 + n / 40, 0.5))
"""Unlikely at first, on the fence by the fourth page."""


async def shop(url: str, text: str = RULES) -> Rules:
    """A site in the store; its live rules, bound. Its salt is given, so that each run draws the same arms."""
    pool = await connect(url)
    try:
        site = await add_site(pool, name="Shop", origins=["https://shop.example"])
        await pool.execute("UPDATE config.sites SET holdout_salt = $2 WHERE site_id = $1", site.site_id, SALT)
        await publish_rules(pool, site.site_id, text)
        return (await site_of(pool, site.site_id)).rules()
    finally:
        await pool.close()


RULES_UNSTORED = bind(parse_rules(RULES), site_id="shop", holdout_salt=SALT)
"""The same rules for tests that need no site in the store."""


def stream_of(number: int, page: int = 0, at_ms: int = NOON_MS) -> bytes:
    """One opened page of visit `number`."""
    return (at_ms // 86_400_000).to_bytes(2, "big") + sha256(f"{number}|{page}".encode()).digest()[:12]


def session_of(number: int) -> bytes:
    return number.to_bytes(4, "big") * 4


def events_of(
    *, start_ms: int = NOON_MS, pages: int = 6, order: str | None = None, value_minor: int = 4_200
) -> list[ev.Event]:
    """Page views with a rest on each, and, with an order's id, a cart, a checkout and a purchase of it."""
    made: list[ev.Event] = []
    at_ms = start_ms

    def seq() -> int:
        return len(made) + 1

    for page in range(pages):
        page_type = "home" if page == 0 else "product"
        made.append(
            ev.PageView(seq=seq(), at_ms=at_ms, page_type=page_type, path=f"/{page_type}/{page}", device="mobile",
                        source="organic_search", is_new_visitor=True)
        )  # fmt: skip
        if page_type == "product":
            made.append(ev.ViewItem(seq=seq(), at_ms=at_ms + 100, items=(Item(f"sku-{page}"),)))
        made.append(ev.Dwell(seq=seq(), at_ms=at_ms + 4_000, active_ms=4_000))
        at_ms += 10_000
    if order is not None:
        bought = {"currency": "EUR", "value_minor": value_minor, "items": (Item("sku-1", price_minor=value_minor),)}
        made.append(ev.AddToCart(seq=seq(), at_ms=at_ms, **bought))  # type: ignore[arg-type]
        made.append(ev.BeginCheckout(seq=seq(), at_ms=at_ms + 5_000, **bought))  # type: ignore[arg-type]
        made.append(
            ev.Purchase(seq=seq(), at_ms=at_ms + 9_000, transaction_id=order, shipping_minor=0, **bought)  # type: ignore[arg-type]
        )
    return made


def turned_back(*, start_ms: int = NOON_MS) -> list[ev.Event]:
    """A visit that goes to the checkout, stops at the shipping costs for 45 s, turns back, and rests."""
    shown = events_of(start_ms=start_ms, pages=4)
    at_ms = shown[-1].at_ms + 5_000
    cart = {"currency": "EUR", "value_minor": 4_200, "items": (Item("sku-1", price_minor=4_200),)}
    views = ("cart", 20_000), ("shipping", 30_000), ("product", 90_000)
    makers: list[tuple[int, type[ev.Event], dict[str, Any]]] = [
        (0, ev.AddToCart, cart),
        (25_000, ev.BeginCheckout, cart),
        (80_000, ev.Idle, {"waited_ms": 45_000, "section": "shipping_options"}),
        (110_000, ev.Dwell, {"active_ms": 20_000}),
        *((after_ms, ev.PageView, {"page_type": page}) for page, after_ms in views),
    ]
    later = sorted(makers, key=lambda made: made[0])
    return [
        *shown,
        *(m(seq=len(shown) + 1 + i, at_ms=at_ms + after_ms, **f) for i, (after_ms, m, f) in enumerate(later)),
    ]


def records_of(
    events: Sequence[ev.Event],
    rules: Rules,
    *,
    number: int = 1,
    traffic: Traffic = "live",
    arm: Arm | None = None,
    page: int = 0,
    received_after_ms: int = 20,
    scorer: Scorer | None = SCORER,
    unavailable: tuple[tuple[str, str], ...] = (),
) -> list[Record]:
    """The records of one visit on one page, each received a moment after it happened; `unavailable` all the while."""
    session = Session(id=session_of(number), traffic=traffic, forced_arm=arm)
    stream = stream_of(number, page, events[0].at_ms)
    records = []
    for event in events:
        turn = Turn(session, stream, event, rules, unavailable)
        [step] = advance([turn], scorer)
        session = step.session
        received_at_ms = event.at_ms + received_after_ms
        records.append(record_of(turn, step, received_at_ms=received_at_ms, latency_us=800))
    return records


def with_offer_shown(
    records: Sequence[Record], rules: Rules, *, then: Sequence[str] = ("shown",), scorer: Scorer | None = SCORER
) -> list[Record]:
    """The visit's action events, on a page of their own: what the shopper did with the first offer. None without one."""
    chosen = next((r for r in records if r.decision and r.decision.action_id), None)
    if chosen is None or chosen.decision is None:
        return []
    ids = {"decision_id": chosen.decision.decision_id, "action_id": chosen.decision.action_id}
    at_ms = chosen.received_at_ms
    makers: dict[str, Callable[..., ev.Event]] = {
        "shown": ev.ActionShown,
        "clicked": ev.ActionClicked,
        "dismissed": ev.ActionDismissed,
    }
    makers["answered"] = partial(ev.ActionSubmitted, answer=4)
    events = [makers[what](seq=i + 1, at_ms=at_ms + i * 1_000, **ids) for i, what in enumerate(then)]
    number = int.from_bytes(chosen.session_id[:4], "big")
    return records_of(events, rules, number=number, traffic=chosen.traffic, page=1, scorer=scorer)


def frame_of(records: Sequence[Record]) -> Frame:
    return Frame(tuple(records))


def as_beaconed(record: Record) -> Record:
    """The record as it is logged when it came by beacon: the same event, nothing computed."""
    return Record(
        site_id=record.site_id, stream=record.stream, seq=record.seq, session_id=record.session_id,
        received_at_ms=record.received_at_ms + 5_000, payload=record.payload, traffic=record.traffic,
    )  # fmt: skip


def data_of(*records: Record) -> bytes:
    return encode_frame(frame_of(records))
