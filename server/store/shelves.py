"""What gateways load of a site's catalogue: one row a kind, named by the hash of its content, with when it was counted."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Literal, NamedTuple

import asyncpg
import msgspec
from msgspec import Struct

from core.recommend import Snapshot
from server.store.named import load

ShelfKind = Literal["assortment", "purchases"]

_SQL = load("catalogue.sql")


class Purchases(Struct, frozen=True, array_like=True):
    """When each product was bought, in seconds since 1970, oldest first: one entry for each order that it was in."""

    times: dict[str, list[int]] = {}


Content = Snapshot | Purchases
_TYPES: Mapping[ShelfKind, type[Content]] = {"assortment": Snapshot, "purchases": Purchases}


class ShelfVersion(NamedTuple):
    """One row without its content."""

    site_id: str
    kind: ShelfKind
    version: str
    made_at: datetime


async def publish(
    connection: asyncpg.Connection, site_id: str, kind: ShelfKind, content: Content, made_at: datetime
) -> str:
    """Make this the newest of its kind; its version, which is the old one where nothing has changed."""
    data = msgspec.msgpack.encode(content, order="deterministic")
    version = sha256(data).hexdigest()[:16]
    await connection.execute(_SQL["publish_shelf"], site_id, kind, version, data, made_at)
    return version


async def versions(connection: asyncpg.Connection) -> list[ShelfVersion]:
    """What there is, of every site."""
    return [ShelfVersion(*row) for row in await connection.fetch(_SQL["shelf_versions"])]


async def content(connection: asyncpg.Connection, site_id: str, kind: ShelfKind) -> tuple[str, bytes] | None:
    """The newest version of this kind and its bytes; None where the site has none."""
    row = await connection.fetchrow(_SQL["shelf_content"], site_id, kind)
    return None if row is None else (row["version"], row["content"])


def decode(kind: ShelfKind, data: bytes) -> Content:
    """Raises `msgspec.MsgspecError` for what another version of the program has written."""
    return msgspec.msgpack.decode(data, type=_TYPES[kind])
