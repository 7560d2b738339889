"""A starting server and its store: a start waits a little, and the schema gets all the time that it needs."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server import database
from tests.support.loop import virtually


class NoPool:
    def terminate(self) -> None:
        pass


async def _no_pool(*_: Any, **__: Any) -> NoPool:
    return NoPool()


async def _nothing(*_: Any, **__: Any) -> list[str]:
    return []


@pytest.mark.parametrize("takes_s", [1.0, 15 * 60.0])
def test_a_migration_of_large_tables_is_not_given_up_and_begun_again_for_ever(
    monkeypatch: pytest.MonkeyPatch, takes_s: float
) -> None:
    begun = []

    async def migrate(url: str) -> list[str]:
        begun.append(url)
        assert len(begun) <= 2
        await asyncio.sleep(takes_s)
        return ["0009_catalogue.sql"]

    for name, fake in (("migrate", migrate), ("connect", _no_pool), ("keep_readable", _nothing)):
        monkeypatch.setattr(database, name, fake)
    monkeypatch.setattr(database, "ensure_login", _nothing)

    @virtually
    async def start() -> None:
        store = database.Database("postgres://large", Path("unused"))
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await store.prepare()
        assert loop.time() - began_s < 30.0, "a start does not wait for it"
        await store.keep_prepared()
        assert store.is_ready

    start()
