"""A store in memory and a bell, for tests of what keeps running workers up to date."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from core.rules_template import NEW_SITE_RULES
from server.live.refresh import Announcements, Refresher
from server.live.sites import Sites
from server.store.publish import StoredSite

BROKEN = "[pacing]\nquite_ms = 5000\n"


def row(
    site_id: str = "shop",
    version: str = "v1",
    toml: str = NEW_SITE_RULES,
    killed: tuple[str, ...] = (),
    responses: str = "{}",
) -> StoredSite:
    return StoredSite(
        site_id=site_id,
        name=site_id,
        key=f"pk_{site_id}",
        origins=("https://a.example",),
        is_demo=False,
        holdout_salt="salt",
        version=version,
        toml=toml,
        killed=killed,
        responses=responses,
    )


class Store:
    """A store in memory that can be down."""

    def __init__(self, *rows: StoredSite) -> None:
        self.rows = list(rows)
        self.error: Exception | None = None
        self.loads = 0

    async def load(self) -> list[StoredSite]:
        self.loads += 1
        if self.error is not None:
            raise self.error
        return list(self.rows)


class Bell:
    """Announcements that a test rings. `is_broken`: the connection fails as soon as somebody listens."""

    def __init__(self) -> None:
        self.rung: asyncio.Queue[str] = asyncio.Queue()
        self.is_broken = False

    async def watch(self) -> AsyncIterator[str]:
        while not self.is_broken:
            yield await self.rung.get()
        raise ConnectionError("the log is down")


async def until(condition: Callable[[], bool], timeout_s: float = 5.0) -> float:
    """Waits for a condition; gives the seconds that took."""
    started = time.monotonic()
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.005)
    return time.monotonic() - started


def refresher(
    store: Store, folder: Path, announcements: Announcements | None = None, every_s: float = 60.0
) -> tuple[Sites, Refresher]:
    sites = Sites()
    return sites, Refresher(sites, store.load, folder / "sites.json", announcements=announcements, every_s=every_s)
