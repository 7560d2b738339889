"""A database for a verb that needs one for a moment: the merchant's own, the one that `serve` runs, or started for now."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.embedded.nats import EmbeddedNats
from server.embedded.postgres import EmbeddedPostgres
from server.settings import Settings


def bundled_postgres(settings: Settings) -> EmbeddedPostgres:
    return EmbeddedPostgres(settings.data_path / "postgres")


def bundled_nats(settings: Settings) -> EmbeddedNats:
    return EmbeddedNats(settings.data_path / "nats")


@asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[str]:
    """The URL of the database that `settings` mean. A bundled server that is started for this is stopped after it."""
    if settings.database_url:
        yield settings.database_url
        return
    postgres = bundled_postgres(settings)
    url = await postgres.start()
    try:
        yield url
    finally:
        await postgres.stop()


@asynccontextmanager
async def nats_url(settings: Settings) -> AsyncIterator[str]:
    """The URL of the log's server that `settings` mean, as `database_url`."""
    if settings.nats_url:
        yield settings.nats_url
        return
    nats = bundled_nats(settings)
    url = await nats.start()
    try:
        yield url
    finally:
        await nats.stop()
