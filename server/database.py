"""The store as a starting server needs it, now or as soon as it comes: migrated, with a login for the analyst, read for sites."""

import asyncio
from pathlib import Path

import asyncpg
import structlog

from core.errors import OurError
from server.store.migrate import migrate
from server.store.pool import UNREACHABLE, StoreUnavailable, connect
from server.store.publish import StoredSite, keep_readable, load_sites
from server.store.roles import ANALYST, ensure_login

log = structlog.get_logger()

_FIRST_TRY_S = 20.0
"""How long a start waits. An index over a large table takes longer: later tries give a migration the time that it needs."""

_LATER_TRY_S = 3600.0
_RETRY_S = 2.0

_NOTE_MODEL = "INSERT INTO config.models (version, manifest) VALUES ($1, $2) ON CONFLICT DO NOTHING"


class Database:
    """One database by its URL. `is_ready`: this version's schema is in it."""

    def __init__(self, url: str, data_path: Path) -> None:
        self._url = url
        self._data_path = data_path
        self._pool: asyncpg.Pool | None = None
        self.is_ready = False
        self.analyst_dsn = ""

    def problems(self) -> list[str]:
        """Why it is not ready, in words."""
        return (
            [] if self.is_ready else ["Postgres is not reached yet: events wait in the log, rules are the last known"]
        )

    async def prepare(self, *, within_s: float = _FIRST_TRY_S) -> None:
        """Migrate, publish live rules under the name that this version gives them, and give the analyst a login.

        A store that is down is no error: `keep_prepared` goes on trying.

        Raises:
            OurError: the schema is of another version, or may not be changed by this account.
        """
        try:
            async with asyncio.timeout(within_s):
                applied = await migrate(self._url)
                renamed = await keep_readable(await self._connected())
        except (StoreUnavailable, TimeoutError, *UNREACHABLE) as error:
            log.warning("store_down", error=str(error) or type(error).__name__)
            return
        if applied:
            log.info("migrated", files=applied)
        if renamed:
            log.info("rules_renamed", sites=renamed)
        self.is_ready = True
        try:
            self.analyst_dsn = await ensure_login(self._url, ANALYST, self._data_path / f"{ANALYST}.password")
        except OurError as error:
            # A database of the merchant's own may keep its roles to itself; then they give the analyst a login.
            log.info("no_login_for_the_analyst", error=str(error))

    async def keep_prepared(self) -> None:
        """Try `prepare` until it has worked."""
        while not self.is_ready:
            await asyncio.sleep(_RETRY_S)
            await self.prepare(within_s=_LATER_TRY_S)

    async def load_sites(self) -> list[StoredSite]:
        """The sites with their live rules. Raises what the driver raises: `Refresher` keeps the last ones."""
        return await load_sites(await self._connected())

    async def keep_model(self, version: str, manifest: bytes) -> None:
        """Note once, as soon as the store is there, that this model was loaded. `manifest`: what its bundle says, as JSON."""
        while not self.is_ready:
            await asyncio.sleep(_RETRY_S)
        await (await self._connected()).execute(_NOTE_MODEL, version, manifest.decode())

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()

    async def _connected(self) -> asyncpg.Pool:
        if self._pool is None:
            self._pool = await connect(self._url, max_size=2)
        return self._pool
