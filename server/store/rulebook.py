"""The rules of any version that was ever published, as the core takes them. Read once each: a version never changes."""

import asyncpg

from core.errors import ConfigError
from core.rules import Rules, bind
from core.rules_text import parse_rules
from server.store.live_rules import decode_responses

_RULES = """
    SELECT r.toml, r.killed, r.responses::text AS responses, r.preview, r.new_actions,
           s.holdout_salt
    FROM config.rules AS r
    JOIN config.sites AS s USING (site_id)
    WHERE r.site_id = $1 AND r.version = $2
"""


class Rulebook:
    """Rules by site and version, over whatever connection is handed in."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Rules | None] = {}

    async def of(self, connection: asyncpg.Connection, site_id: str, version: str) -> Rules | None:
        """These rules, bound to their site; None where they are not in the store or can no longer be read.

        The caller compares `version` where it matters: text that an older program read differently has another hash.
        """
        key = (site_id, version)
        if key not in self._known:
            row = await connection.fetchrow(_RULES, site_id, version)
            if row is None:
                return None
            try:
                self._known[key] = bind(
                    parse_rules(row["toml"]),
                    site_id=site_id,
                    holdout_salt=row["holdout_salt"],
                    killed=row["killed"],
                    responses=decode_responses(row["responses"]),
                    preview=row["preview"],
                    new_actions=row["new_actions"],
                )
            except ConfigError:
                self._known[key] = None
        return self._known[key]
