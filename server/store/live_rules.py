"""What is live for each site, and how that is changed: one change at a time, each a version of its own with a history row.

A version is the hash of the merchant's text, of what the kill switch holds off and of what was learned, with site and salt.
Who may change what is elsewhere: `publish`, `kill`, `drafts`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import asyncpg
import msgspec
from msgspec import Struct

from core.errors import ConfigError
from core.margin import Response
from core.rules import Rules, bind
from core.rules_text import parse_rules
from server.store.named import load

SQL = load("sites.sql")

Responses = Mapping[str, Response]

_decode_responses = msgspec.json.Decoder(dict[str, Response]).decode


class StoredPreview(Struct, frozen=True, kw_only=True):
    """Rules that a preview link may name, with the one action that they are there to show (`core.preview`)."""

    version: str
    toml: str
    responses: str
    action_id: str


_decode_previews = msgspec.json.Decoder(tuple[StoredPreview, ...]).decode


class StoredSite(Struct, frozen=True, kw_only=True):
    """A site with its live rules as they are stored. This is also what a worker keeps on disk.

    `killed`, `responses` and `new_actions` are those of the live version (`core.rules.Rules`). `responses` is JSON, read with
    the text: what one site cannot read of its own keeps no other site from being read.
    """

    site_id: str
    name: str
    key: str
    origins: tuple[str, ...]
    is_demo: bool
    holdout_salt: str
    version: str
    toml: str
    killed: tuple[str, ...] = ()
    responses: str = "{}"
    previews: tuple[StoredPreview, ...] = ()
    new_actions: tuple[str, ...] = ()

    def rules(self) -> Rules:
        """The live rules, bound to the site. Raises `ConfigError`: they were written for another program."""
        return bind(
            parse_rules(self.toml),
            site_id=self.site_id,
            holdout_salt=self.holdout_salt,
            killed=self.killed,
            responses=decode_responses(self.responses),
            new_actions=self.new_actions,
        )

    def preview(self, row: StoredPreview) -> Rules:
        """What a link to this shows. Raises `ConfigError`: it was written for another program."""
        return bind(
            parse_rules(row.toml),
            site_id=self.site_id,
            holdout_salt=self.holdout_salt,
            responses=decode_responses(row.responses),
            preview=row.action_id,
        )


class Published(NamedTuple):
    """The version that is live now, whether that is a change, and what the kill switch holds off in it."""

    version: str
    is_change: bool
    killed: tuple[str, ...] = ()


class Entry(NamedTuple):
    """What the history says of a change beside its time: the verb, why, and who made it."""

    verb: str
    note: str = ""
    made_by: str = ""


async def load_sites(pool: asyncpg.Pool) -> list[StoredSite]:
    """Every site with its live rules, in order of id."""
    return [_stored(row) for row in await pool.fetch(SQL["live_sites"], None)]


async def site_of(connection: Any, site_id: str) -> StoredSite:
    """One site, over a pool or a connection. Raises `ConfigError` with the sites that there are."""
    row = await connection.fetchrow(SQL["live_sites"], site_id)
    if row is None:
        raise await _unknown_site(connection, site_id)
    return _stored(row)


async def held_site(connection: Any, site_id: str) -> StoredSite:
    """The site, held until the transaction ends so that two changes follow each other. `killed` is what the next version is
    to take along: a kill that came while this waited is in it."""
    row = await connection.fetchrow(SQL["lock_site"], site_id)
    if row is None:
        raise await _unknown_site(connection, site_id)
    site = await site_of(connection, site_id)
    return msgspec.structs.replace(site, killed=tuple(row["killed"]))


async def make_live(connection: Any, site: StoredSite, entry: Entry) -> Published:
    """The site's text, kill switch and responses as its live rules. What decides as the live version does is no change.

    An action that is live for the first time, in any shop but the demo's, is new from now on, until `starts` says that it is
    new no longer.

    Raises:
        ConfigError: a text that cannot be read.
    """
    switched_on = [rule.id for rule in parse_rules(site.toml).actions if rule.is_on]
    # Of the demo shop's made-up visitors there is nothing to learn, and its guide shows offers from the first visit.
    if not site.is_demo:
        await connection.execute(SQL["start_actions"], site.site_id, switched_on)
    started = await connection.fetch(SQL["new_actions"], site.site_id)
    rules = msgspec.structs.replace(site, new_actions=tuple(row["action_id"] for row in started)).rules()
    version = rules.version
    live = await connection.fetchval(SQL["live_version"], site.site_id)
    if live == version:
        return Published(version, is_change=False, killed=site.killed)
    killed = sorted(site.killed)
    row = (site.site_id, version, site.toml, entry.note, killed, site.responses, rules.new_actions)
    await connection.execute(SQL["add_rules"], *row)
    await connection.execute(SQL["go_live"], site.site_id, version, *entry)
    return Published(version, is_change=True, killed=site.killed)


def encode_responses(responses: Responses) -> str:
    """As JSON, in one order."""
    return msgspec.json.encode(dict(responses), order="sorted").decode()


def decode_responses(text: str) -> dict[str, Response]:
    """What `encode_responses` wrote. Raises `ConfigError`: a number that is none, or of another program's shape."""
    try:
        return _decode_responses(text)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"what was learned of the actions cannot be read: {error}. Next: learn it again.") from None


async def _unknown_site(connection: Any, site_id: str) -> ConfigError:
    known = [row["site_id"] for row in await connection.fetch(SQL["site_ids"])]
    there_are = f"There are: {', '.join(known)}." if known else "Next: fifthclick site add NAME --origin URL."
    return ConfigError(f"there is no site {site_id!r}. {there_are}")


def _stored(row: Any) -> StoredSite:
    lists = {
        "origins": tuple(row["origins"]),
        "killed": tuple(row["killed"]),
        "new_actions": tuple(row["new_actions"]),
        "previews": _decode_previews(row["previews"]),
    }
    return StoredSite(**{**dict(row), **lists})
