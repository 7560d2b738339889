"""The shelf: which product an offer shows, and how many bought the one in view. Answers from memory; a loop loads what was counted.

Nothing is made up: without a count that is fresh, for the very product in view and of at least five orders, none is shown.
Gateways without a store go on with what they loaded last; numbers of buyers end a quarter of an hour later.
"""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import asyncpg
import msgspec
import structlog

from core.actions import CrossSell, SocialProof, Upsell
from core.engine import Offer
from core.recommend import Assortment, Kind, Product, Snapshot, in_view, pick, ranked
from core.records import Traffic
from core.rules import ActionRule, Rules
from core.session import Session
from server.store.pool import UNREACHABLE, StoreUnavailable, connect_one
from server.store.shelves import Content, Purchases, ShelfVersion, content, decode, versions

log = structlog.get_logger()

NOTHING = "nothing_to_show"
EVERY_S = 20.0
STALE_MS = 15 * 60 * 1000
"""A count of buyers that is older than this is not shown: the store is away, or nobody counts."""

BUYERS_LEAST = 5
"""Below this a number says nothing, and might tell of somebody. No rule goes below it."""

_TIMEOUT_S = 10.0


class _Counted(NamedTuple):
    purchases: Purchases
    made_at_ms: int


class Shelf:
    """Implements `server.live.ports.Supply` for recommendations and social proof. `run` must run beside it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._versions: dict[tuple[str, str], str] = {}
        self._assortments: dict[str, Assortment] = {}
        self._counted: dict[str, _Counted] = {}
        self._failure = ""

    def problems(self) -> list[str]:
        """Why nothing new is loaded, in words; for /readyz."""
        if not self._failure:
            return []
        return [
            f"the catalogue cannot be loaded ({self._failure}): recommendations stay as they are, numbers of buyers end."
        ]

    async def run(self, every_s: float = EVERY_S) -> None:
        """Load what has changed until cancelled. While the store is away, what is loaded stays."""
        while True:
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    await self.load()
                self._failure = ""
            except (StoreUnavailable, asyncpg.PostgresError, TimeoutError, *UNREACHABLE) as error:
                self._failure = type(error).__name__
                log.warning("shelf_waits_for_postgres", error=self._failure)
            await asyncio.sleep(every_s)

    async def load(self) -> None:
        """Load what has changed since the last time.

        Raises:
            StoreUnavailable: Postgres does not answer.
        """
        connection = await connect_one(self._url, command_timeout_s=_TIMEOUT_S)
        try:
            for row in await versions(connection):
                await self._load_one(connection, row)
        finally:
            with suppress(*UNREACHABLE):
                await connection.close()

    def missing(self, rules: Rules, traffic: Traffic) -> Iterable[tuple[str, str]]:
        """Recommendations of a site without a catalogue, and social proof where nothing is counted. `traffic` is the same."""
        assortment = self._assortments.get(rules.site_id)
        has_products = assortment is not None and assortment.has_showable
        has_counts = assortment is not None and rules.site_id in self._counted
        for rule in rules.actions:
            if (_kind_of(rule) and not has_products) or (isinstance(rule.action, SocialProof) and not has_counts):
                yield rule.id, NOTHING

    def refuses(self, rules: Rules, session: Session, action_id: str, *, now_ms: int) -> str | None:
        """Whether there is nothing to show in this visit."""
        rule = next((rule for rule in rules.actions if rule.id == action_id), None)
        given = {} if rule is None else self._given(rules.site_id, rule, session, now_ms)
        return given if isinstance(given, str) else None

    def provide(self, rules: Rules, session: Session, offer: Offer, *, now_ms: int) -> dict[str, Any] | str:
        """A product as `product`, several as `products`, or a `count` of buyers and its `hours`; nothing for other actions."""
        rule = next((rule for rule in rules.actions if rule.id == offer.action_id), None)
        return {} if rule is None else self._given(rules.site_id, rule, session, now_ms)

    def give_back(self, rules: Rules, session: Session, offer: Offer) -> None:
        """Nothing was taken: a product and a number are there for everybody."""

    def withheld(self, rules: Rules, session: Session, decision_id: str) -> None:
        """As `give_back`."""

    def _given(self, site_id: str, rule: ActionRule, session: Session, now_ms: int) -> dict[str, Any] | str:
        kind = _kind_of(rule)
        assortment = self._assortments.get(site_id)
        if kind is not None:
            if assortment is None:
                return NOTHING
            if isinstance(rule.action, CrossSell):
                several = [params_of(p) for p in islice(ranked(assortment, session, kind), rule.action.at_most)]
                return {"products": several} if several else NOTHING
            product = pick(assortment, session, kind)
            return NOTHING if product is None else {"product": params_of(product)}
        if isinstance(rule.action, SocialProof):
            action = rule.action
            count = self._buyers(site_id, session, action.window_hours, now_ms)
            least = max(BUYERS_LEAST, action.at_least)
            return {"count": count, "hours": action.window_hours} if count >= least else NOTHING
        return {}

    def _buyers(self, site_id: str, session: Session, hours: int, now_ms: int) -> int:
        """Orders of the product in view in the last hours; 0 where that is not known for sure."""
        counted, assortment = self._counted.get(site_id), self._assortments.get(site_id)
        key = in_view(session)
        if counted is None or assortment is None or not key or now_ms - counted.made_at_ms > STALE_MS:
            return 0
        product = assortment.of(key)
        times = counted.purchases.times.get(product.item_id, []) if product is not None else []
        now_s = now_ms // 1000
        return bisect_right(times, now_s) - bisect_left(times, now_s - hours * 3600)

    async def _load_one(self, connection: asyncpg.Connection, row: ShelfVersion) -> None:
        key = (row.site_id, row.kind)
        if self._versions.get(key) != row.version:
            found = await content(connection, row.site_id, row.kind)
            if found is None:
                return
            try:
                # A large shop's takes some 50 ms to read: beside the loop, which answers shoppers.
                loaded = await asyncio.to_thread(_read, row, found[1])
            except msgspec.MsgspecError:
                # Another version of the program counts just now; what is loaded stays until this one's has come.
                log.warning("shelf_not_readable", site_id=row.site_id, kind=row.kind)
                return
            self._versions[key] = found[0]
            if isinstance(loaded, Assortment):
                self._assortments[row.site_id] = loaded
                return
            self._counted[row.site_id] = _Counted(loaded, _ms(row.made_at))
        elif row.site_id in self._counted and row.kind == "purchases":
            self._counted[row.site_id] = self._counted[row.site_id]._replace(made_at_ms=_ms(row.made_at))


def params_of(product: Product) -> dict[str, Any]:
    """What the page needs to draw it: what is not known is left out, and a price never comes without its currency."""
    params: dict[str, Any] = {"item_id": product.item_id, "url": product.url}
    if product.title:
        params["title"] = product.title
    if product.image_url:
        params["image_url"] = product.image_url
    if product.price_minor is not None and product.currency:
        params |= {"price_minor": product.price_minor, "currency": product.currency}
    return params


def _kind_of(rule: ActionRule) -> Kind | None:
    """Which recommendation this action asks for; None for one that names its own product, and for every other action."""
    if not isinstance(rule.action, Upsell | CrossSell) or rule.action.pick == "this":
        return None
    return rule.action.pick


def _read(row: ShelfVersion, data: bytes) -> Assortment | Purchases:
    read: Content = decode(row.kind, data)
    return Assortment(read) if isinstance(read, Snapshot) else read


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
