"""Codes and tickets for tests of claims, on a real database."""

import asyncpg

from core.records import Traffic
from server.offers.ticket import LIFETIME_MS, Ticket, TicketSealer
from tests.store.visits import NOON_MS

SITE = "shop"


def make_ticket_sealer(sealing_key_id: int = 1) -> TicketSealer:
    return TicketSealer({1: b"1" * 32, 2: b"2" * 32}, sealing_key_id=sealing_key_id)


def ticket(
    number: int = 1,
    *,
    action_id: str = "welcome",
    pool: str = "welcome",
    code: str = "",
    traffic: Traffic = "live",
    deadline_ms: int | None = None,
) -> Ticket:
    """The ticket of decision `number`, sealed at noon."""
    return Ticket(
        decision_id=f"{number:016x}",
        action_id=action_id,
        traffic=traffic,
        expires_ms=NOON_MS + LIFETIME_MS,
        deadline_ms=deadline_ms,
        pool=pool,
        code=code,
        amount_minor=500,
        currency="EUR",
    )


async def add_codes(url: str, count: int, *, pool: str = "welcome") -> None:
    """A pool of codes named after it and their number, in a site that is there."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO config.code_pools (site_id, pool, code_count) VALUES ($1, $2, $3)", SITE, pool, count
        )
        await connection.execute(
            "INSERT INTO config.codes (site_id, pool, code)"
            " SELECT $1, $2, upper($2) || '-' || n FROM generate_series(1, $3) AS n",
            SITE, pool, count,
        )  # fmt: skip
    finally:
        await connection.close()
