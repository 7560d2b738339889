"""From a claim to the order that redeems it: settle joins them, and the views name cost and abuse."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from core import events as ev
from server.offers.claims import Claimed, Claims
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.offers.claiming import SITE, add_codes, ticket
from tests.store.visits import NOON, NOON_MS, RULES_UNSTORED, events_of, frame_of, records_of, session_of, shop

HOUR_MS = 3_600_000


class Shop:
    """A database with codes, in which visits claim and buy."""

    def __init__(self, url: str, connection: asyncpg.Connection) -> None:
        self.url, self.connection, self.claims = url, connection, Claims(url)

    async def claim(
        self, number: int, *, deadline_ms: int | None = None, decision: int | None = None, **of: str
    ) -> str:
        sealed = ticket(decision or number, deadline_ms=deadline_ms, **of)  # type: ignore[arg-type]
        answer = await self.claims.claim(SITE, session_of(number), sealed, now_ms=NOON_MS)
        assert isinstance(answer, Claimed)
        return answer.code or ""

    async def buy(self, number: int, coupon: str, *, order: str, after_ms: int = 0) -> None:
        events: list[ev.Event] = []
        for event in events_of(order=order, start_ms=NOON_MS + after_ms):
            events.append(replace(event, coupon=coupon) if isinstance(event, ev.Purchase) else event)
        store = FrameStore(self.connection)
        await store.prepare()
        await store.store(frame_of(records_of(events, RULES_UNSTORED, number=number)))

    async def settle(self) -> None:
        await Settler(self.url).settle(NOON + timedelta(days=2))

    async def rows(self, query: str) -> list[Sequence[Any]]:
        return [tuple(row) for row in await self.connection.fetch(query)]

    async def abuse(self) -> list[Sequence[Any]]:
        return await self.rows("SELECT kind, code, order_id FROM marts.coupon_abuse ORDER BY kind, code, order_id")


@pytest.fixture
async def desk(postgres_url: str, connection: asyncpg.Connection) -> AsyncIterator[Shop]:
    await shop(postgres_url)
    await add_codes(postgres_url, 10)
    desk = Shop(postgres_url, connection)
    yield desk
    await desk.claims.close()


@pytest.fixture
async def connection(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


# shows: G7
async def test_an_order_redeems_the_claim_whose_code_it_uses_whatever_its_case(desk: Shop) -> None:
    code = await desk.claim(1)
    await desk.claim(2)
    await desk.buy(1, code.lower(), order="A-1")
    await desk.buy(2, "", order="A-2")
    await desk.settle()
    found = await desk.rows("SELECT session_id, redeemed_order_id, redeemed_at IS NULL FROM marts.claims ORDER BY 1")
    assert [row[1:] for row in found] == [("A-1", False), (None, True)]
    await desk.settle()
    assert found == await desk.rows(
        "SELECT session_id, redeemed_order_id, redeemed_at IS NULL FROM marts.claims ORDER BY 1"
    )


async def test_a_code_that_everybody_gets_is_redeemed_by_each_visits_own_order(desk: Shop) -> None:
    for number in (1, 2):
        assert await desk.claim(number, pool="", code="SHIP", action_id="ship") == "SHIP"
    await desk.buy(1, "SHIP", order="A-1")
    await desk.claim(3, pool="", action_id="landing")
    await desk.buy(3, "", order="A-3")
    await desk.settle()
    found = await desk.rows("SELECT action_id, redeemed_order_id FROM marts.claims ORDER BY session_id")
    assert found == [("ship", "A-1"), ("ship", None), ("landing", "A-3")]
    assert all(kind == "claimed_unseen" for kind, _, _ in await desk.abuse()), "an honest use is no abuse"


async def test_abuse_is_named_each_by_its_kind_and_an_honest_use_is_not(desk: Shop) -> None:
    honest, shared, late = [await desk.claim(n, deadline_ms=NOON_MS + HOUR_MS) for n in (1, 2, 3)]
    await desk.buy(1, honest, order="honest")
    await desk.buy(2, shared, order="first")
    await desk.buy(4, shared, order="second", after_ms=60_000)
    await desk.buy(3, late, order="late", after_ms=2 * HOUR_MS)
    await desk.buy(5, "WELCOME-9", order="stolen")
    for decision in (6, 7, 8):
        await desk.claim(6, decision=decision, action_id=f"action-{decision}")
    shown = "INSERT INTO marts.exposures (site_id, decision_id, session_id, traffic, action_id, shown_at)"
    await desk.connection.execute(
        f"{shown} SELECT site_id, decision_id, session_id, traffic, action_id, claimed_at FROM marts.claims"
        " WHERE decision_id <> $1",
        ticket(3).decision_id,
    )
    await desk.settle()
    assert await desk.abuse() == [
        ("claimed_unseen", late, None),
        ("many_claims_in_one_visit", None, None),
        ("never_claimed", "WELCOME-9", "stolen"),
        ("redeemed_after_deadline", late, "late"),
        ("redeemed_by_another_visit", shared, "second"),
        ("redeemed_more_than_once", shared, "second"),
    ]


async def test_offers_cost_what_was_redeemed_and_the_usual_share_of_what_is_open(desk: Shop) -> None:
    codes = [await desk.claim(number) for number in range(1, 9)]
    columns = "claimed_count, claimed_minor, redeemed_count, redeemed_minor, open_count, expected_minor"
    query = f"SELECT action_id, currency, {columns} FROM marts.offer_cost"
    open_until = "UPDATE marts.claims SET expires_at = now() + interval '1 day'"
    await desk.connection.execute(open_until)
    assert await desk.rows(query) == [("welcome", "EUR", 8, 4000, 0, 0, 8, 4000)], "nothing is known yet: in full"
    await desk.buy(1, codes[0], order="A-1")
    await desk.settle()
    await desk.connection.execute(
        "UPDATE marts.claims SET expires_at = now() - interval '1 day' WHERE code = ANY($1::text[])", codes[1:4]
    )
    [row] = await desk.rows(query)
    assert row == ("welcome", "EUR", 8, 4000, 1, 500, 4, 500 + round(4 * 500 / 4))
