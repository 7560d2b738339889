"""What a preview link shows: the rules, published or a draft, with the one action that is to be shown. Written before the link is.

Such rules are a version of their own, so the records of a preview name a row that replay finds.
"""

from datetime import datetime

import asyncpg

from core.errors import ConfigError
from core.nearest import nearest
from core.rules import bind
from core.rules_text import check_rules_for_site, parse_rules
from server.store.drafts import draft_of
from server.store.live_rules import StoredSite, decode_responses
from server.store.named import load

_SQL = load("previews.sql")


async def keep_preview(
    pool: asyncpg.Pool,
    site: StoredSite,
    action_id: str,
    *,
    expires_at: datetime,
    draft: str | None = None,
    our_base_url: str = "",
) -> str:
    """Let links name this action of the site's live rules, or of a draft, until then. Gives the version to name.

    Raises:
        ConfigError: no such draft, a text with mistakes, or no such action in it.
    """
    async with pool.acquire() as connection, connection.transaction():
        name = "the live rules" if draft is None else f"draft {draft!r}"
        text = site.toml if draft is None else (await draft_of(connection, site.site_id, draft)).toml
        rules = parse_rules(text, draft or "")
        check_rules_for_site(text, rules, origins=site.origins, our_base_url=our_base_url, file=draft or "")
        known = [rule.id for rule in rules.actions]
        if action_id not in known:
            raise ConfigError(f"{name} of {site.site_id} have no action {action_id!r}. {_instead(action_id, known)}")
        bound = bind(
            rules,
            site_id=site.site_id,
            holdout_salt=site.holdout_salt,
            responses=decode_responses(site.responses),
            preview=action_id,
        )
        row = (site.site_id, bound.version, text, site.responses, action_id)
        await connection.execute(_SQL["forget"])
        await connection.execute(_SQL["add_rules"], *row)
        await connection.execute(_SQL["keep"], site.site_id, bound.version, expires_at)
    return bound.version


def _instead(action_id: str, known: list[str]) -> str:
    if not known:
        return "They have none at all. Next: fifthclick rules pull SITE > rules.toml, and add one."
    guess = nearest(action_id, known)
    meant = f"Did you mean {guess!r}? " if guess else ""
    return f"{meant}Next: name one of {', '.join(known)}, or a draft that has it with --draft."
