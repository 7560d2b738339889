"""`fifthclick migrate`: bring the database to this version's schema, and say what that took."""

import argparse
import asyncio

from server.embedded.running import database_url
from server.store.migrate import migrate
from server.verbs import _store


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)


def run(args: argparse.Namespace) -> int:
    applied = asyncio.run(_migrate(args))
    for name in applied:
        print(f"applied {name}")
    print("The database has this version's schema." if applied else "The database has this version's schema already.")
    return 0


async def _migrate(args: argparse.Namespace) -> list[str]:
    async with database_url(_store.settings_of(args)) as url:
        return await migrate(url)
