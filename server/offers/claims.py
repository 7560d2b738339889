"""Takes what an offer promised: one claim per visit and action, and each code of a pool once.

Create-if-absent: asked again it is the same answer, also in another process, for the rows decide and nothing in memory does.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from server.offers.stock import PoolStock
from server.offers.ticket import Ticket
from server.store.few import FewConnections
from server.store.named import load

_sql = load("claims.sql")
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


class Claimed(NamedTuple):
    """What the page is told. `ends_ms`: until when it is promised, by the server's clock; `is_new`: asked for the first time."""

    code: str | None
    ends_ms: int | None
    is_sample: bool
    is_new: bool


class NoCodes(Exception):
    """The pool is empty: the transaction must not stay."""


class Claims:
    """Over a few connections of its own (`FewConnections`)."""

    def __init__(self, url: str) -> None:
        self._store = FewConnections(url, "claims")

    async def claim(self, site_id: str, session_id: bytes, ticket: Ticket, *, now_ms: int) -> Claimed | str:
        """The claim of this ticket, or why there is none: `deadline_passed`, `withheld`, `no_codes`.

        Raises:
            StoreUnavailable: Postgres does not answer, or not in time; the page asks again.
        """

        async def work(connection: Any) -> Claimed | str:
            return await _claim(connection, site_id, UUID(bytes=session_id), ticket, now_ms)

        try:
            answer = await self._store.run(work)
        except NoCodes:
            return "no_codes"
        return answer

    async def void(self, site_id: str, decision_id: str, session_id: bytes) -> bool:
        """From now on nothing can be claimed for this offer; False where something was. Raises `StoreUnavailable`."""

        async def work(connection: Any) -> bool:
            await connection.execute(_sql["forget_void_offers"])
            await connection.execute(_sql["lock_offer"], site_id, decision_id)
            row = await connection.fetchval(_sql["void_offer"], site_id, decision_id, UUID(bytes=session_id))
            return row is True

        return await self._store.run(work)

    async def stock(self) -> Sequence[PoolStock]:
        """Every pool. Raises `StoreUnavailable`."""

        async def work(connection: Any) -> list[PoolStock]:
            rows = await connection.fetch(_sql["stock"])
            return [PoolStock(r["site_id"], r["pool"], r["code_count"], r["free_count"]) for r in rows]

        return await self._store.run(work)

    async def close(self) -> None:
        await self._store.close()


async def _claim(connection: Any, site_id: str, session_id: UUID, ticket: Ticket, now_ms: int) -> Claimed | str:
    await connection.execute(_sql["lock_offer"], site_id, ticket.decision_id)
    whose = (site_id, session_id, ticket.action_id)
    row = await connection.fetchrow(_sql["claim_of"], *whose)
    if row is not None:
        return _as_before(row, ticket)
    if now_ms >= ticket.ends_ms:
        return "deadline_passed"
    if await connection.fetchval(_sql["is_void"], site_id, ticket.decision_id):
        return "withheld"
    is_sample = _is_sample(ticket)
    code = _sample(site_id, session_id, ticket) if is_sample else ticket.code or None
    claimed_at, expires_at = _time(now_ms), None if ticket.deadline_ms is None else _time(ticket.deadline_ms)
    is_new = await connection.fetchval(
        _sql["add_claim"], *whose, ticket.decision_id, ticket.traffic, claimed_at, expires_at,
        ticket.amount_minor, ticket.currency or None, ticket.pool, code,
    )  # fmt: skip
    if not is_new:  # another offer of the same action was claimed at the same moment
        return _as_before(await connection.fetchrow(_sql["claim_of"], *whose), ticket)
    if ticket.pool and not is_sample:
        code = await connection.fetchval(
            _sql["take_code"],
            site_id,
            ticket.pool,
            session_id,
            ticket.action_id,
            ticket.decision_id,
            claimed_at,
            expires_at,
        )
        if code is None:
            raise NoCodes
        await connection.execute(_sql["note_code"], *whose, code)
    return Claimed(code, ticket.deadline_ms, is_sample, True)


def _as_before(row: Any, ticket: Ticket) -> Claimed:
    ends_ms = None if row["expires_at"] is None else (row["expires_at"] - _BEGIN) // timedelta(milliseconds=1)
    return Claimed(row["code"], ends_ms, _is_sample(ticket), False)


def _is_sample(ticket: Ticket) -> bool:
    """Only a real shopper takes a code out of a pool: a preview or a simulation would use up the merchant's."""
    return bool(ticket.pool) and ticket.traffic != "live"


def _sample(site_id: str, session_id: UUID, ticket: Ticket) -> str:
    name = f"{site_id}|{session_id}|{ticket.action_id}"
    return f"SAMPLE-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"


def _time(ms: int) -> datetime:
    return _BEGIN + timedelta(milliseconds=ms)
