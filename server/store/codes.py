"""The merchant's pools of single-use codes: what is put in, what is left, and what was done with them."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from core.errors import ConfigError
from server.store.named import load

_sql = load("codes.sql")
BATCH = 5_000
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_POOL = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_NAMED = 3


class Pool(NamedTuple):
    """One pool. `redeemed_count`: of the codes that were taken, those that an order used."""

    pool: str
    code_count: int
    free_count: int
    redeemed_count: int
    last_claimed_at: datetime | None


def read_codes(text: str, file: str = "") -> list[str]:
    """The codes of a file, one a line; empty lines and lines that begin with # say nothing.

    Raises:
        ConfigError: a line is no code, or a code comes twice; with the line.
    """
    lines_by_code: dict[str, int] = {}
    codes = []
    for number, line in enumerate(text.splitlines(), 1):
        code = line.strip()
        if not code or code.startswith("#"):
            continue
        if not _CODE.fullmatch(code):
            raise ConfigError(
                "is no code: letters, digits, - and _, 40 at most. Next: one code a line, without a header or commas.",
                file=file, line=number,
            )  # fmt: skip
        before = lines_by_code.setdefault(code.lower(), number)
        if before != number:
            raise ConfigError(
                f"the code {code} is on line {before} already. Next: remove one of the two.", file=file, line=number
            )
        codes.append(code)
    if not codes:
        raise ConfigError("holds no code. Next: one code a line.", file=file)
    return codes


class Adding:
    """Puts codes into a pool: all of them or, where one is known already, none. `begin`, then `add` each of `batches`, in one
    transaction."""

    def __init__(self, connection: asyncpg.Connection, site_id: str, pool: str, codes: Sequence[str]) -> None:
        """Raises `ConfigError` for a pool that no rule can name."""
        if not _POOL.fullmatch(pool):
            raise ConfigError(
                f"{pool!r} is no name of a pool. Next: small letters, digits, - and _, such as spring-10."
            )
        self._connection = connection
        self._place = (site_id, pool)
        self._batches = [codes[at : at + BATCH] for at in range(0, len(codes), BATCH)]
        self._count = len(codes)

    def __len__(self) -> int:
        return len(self._batches)

    def batches(self) -> Iterator[Sequence[str]]:
        return iter(self._batches)

    async def begin(self) -> None:
        """The pool is there from now on, and counts what is to come."""
        await self._connection.execute(_sql["add_pool"], *self._place)
        await self._connection.execute(_sql["count_added"], *self._place, self._count)

    async def add(self, batch: Sequence[str]) -> None:
        """One batch. Raises `ConfigError` naming codes that the site has already."""
        known = await self._connection.fetch(
            _sql["known_codes"], self._place[0], [code.lower() for code in batch], _NAMED + 1
        )
        if known:
            named = ", ".join(f"{row['code']} (pool {row['pool']})" for row in known[:_NAMED])
            more = " and more" if len(known) > _NAMED else ""
            raise ConfigError(
                f"{self._place[0]} has these codes already: {named}{more}; nothing was added. Next: remove them from the file."
            )
        await self._connection.execute(_sql["add_codes"], *self._place, list(batch))


async def fill_once(pool: asyncpg.Pool, site_id: str, name: str, codes: Sequence[str]) -> bool:
    """Make a pool of these codes where there is none of that name. Whether it was made."""
    if any(known.pool == name for known in await pools_of(pool, site_id)):
        return False
    async with pool.acquire() as connection, connection.transaction():
        adding = Adding(connection, site_id, name, codes)
        await adding.begin()
        for batch in adding.batches():
            await adding.add(batch)
    return True


async def pools_of(pool: asyncpg.Pool, site_id: str) -> list[Pool]:
    """Every pool of a site, by name."""
    redeemed = {row["pool"]: row["redeemed_count"] for row in await pool.fetch(_sql["redeemed"], site_id)}
    rows = await pool.fetch(_sql["pools"], site_id)
    return [
        Pool(r["pool"], r["code_count"], r["free_count"], redeemed.get(r["pool"], 0), r["last_claimed_at"])
        for r in rows
    ]


async def abuse_of(pool: asyncpg.Pool, site_id: str, most: int) -> list[Any]:
    """The newest cases of `marts.coupon_abuse` in live traffic."""
    return list(await pool.fetch(_sql["abuse"], site_id, most))
