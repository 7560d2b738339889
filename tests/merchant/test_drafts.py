"""Drafts in a real Postgres: kept with their mistakes, published whole, and never over what somebody else published."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.errors import ConfigError
from server.store.drafts import draft_of, drafts, drop_draft, keep_draft, publish_draft
from server.store.history import history
from server.store.kill import kill
from server.store.live_rules import site_of
from server.store.pool import connect
from server.store.publish import add_site, publish_rules
from tests.merchant.texts import FREE_SHIPPING, NEWSLETTER

CALM = "[pacing]\nquiet_ms = 20000\n"
TYPO = "[pacing]\nquite_ms = 9000\n"


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect(postgres_url)
    await add_site(pool, name="Shop", origins=["https://a.example"])
    yield pool
    await pool.close()


async def test_a_draft_is_live_only_once_it_is_published_with_its_note_and_then_no_draft_any_more(
    pool: asyncpg.Pool,
) -> None:
    before = await site_of(pool, "shop")
    await keep_draft(pool, "shop", CALM + FREE_SHIPPING, "for the summer")
    assert await site_of(pool, "shop") == before
    done = await publish_draft(pool, "shop", made_by="ann")
    assert (await site_of(pool, "shop")).toml == CALM + FREE_SHIPPING
    newest = (await history(pool, "shop"))[0]
    assert (newest.version, newest.verb, newest.note, newest.made_by) == (
        done.version,
        "publish",
        "for the summer",
        "ann",
    )
    assert await drafts(pool, "shop") == []


async def test_a_draft_may_hold_mistakes_and_is_refused_with_them_when_it_is_published(pool: asyncpg.Pool) -> None:
    before = await site_of(pool, "shop")
    await keep_draft(pool, "shop", TYPO, name="summer")
    with pytest.raises(ConfigError, match=r"summer:2: unknown key 'quite_ms'. Did you mean 'quiet_ms'"):
        await publish_draft(pool, "shop", "summer")
    assert await site_of(pool, "shop") == before
    assert (await draft_of(pool, "shop", "summer")).toml == TYPO
    await keep_draft(pool, "shop", CALM, name="summer")
    assert (await publish_draft(pool, "shop", "summer")).is_change


async def test_what_is_wrong_for_this_site_only_is_refused_too(pool: asyncpg.Pool) -> None:
    await keep_draft(pool, "shop", NEWSLETTER.format(form_url="https://fc.example/mail"))
    with pytest.raises(ConfigError, match="must never receive an e-mail address"):
        await publish_draft(pool, "shop", our_base_url="https://fc.example")


async def test_a_draft_is_refused_once_other_text_went_live_unless_that_is_meant(pool: asyncpg.Pool) -> None:
    begun = await site_of(pool, "shop")
    await keep_draft(pool, "shop", CALM)
    theirs = await publish_rules(pool, "shop", FREE_SHIPPING)
    # Kept again: it still is the draft that was begun before.
    draft = await keep_draft(pool, "shop", CALM + "# and more\n")
    assert (draft.is_outdated, draft.based_on) == (True, begun.version)
    with pytest.raises(
        ConfigError, match=rf"{theirs.version} is live. Next: `fifthclick rules diff shop --draft draft`"
    ):
        await publish_draft(pool, "shop")
    assert (await site_of(pool, "shop")).version == theirs.version
    await publish_draft(pool, "shop", is_forced=True)
    assert (await site_of(pool, "shop")).toml == CALM + "# and more\n"


async def test_a_kill_outdates_no_draft_and_stays_when_the_draft_is_published(pool: asyncpg.Pool) -> None:
    await keep_draft(pool, "shop", CALM)
    await kill(pool, "shop")
    [draft] = await drafts(pool, "shop")
    assert not draft.is_outdated
    assert (await publish_draft(pool, "shop")).killed == ("*",)


async def test_drafts_are_told_apart_by_name_and_forgotten_by_name(pool: asyncpg.Pool) -> None:
    await keep_draft(pool, "shop", CALM, "one", name="summer")
    await keep_draft(pool, "shop", CALM, name="winter")
    await keep_draft(pool, "shop", TYPO, name="summer")
    assert [(d.name, d.toml, d.note) for d in await drafts(pool, "shop")] == [
        ("summer", TYPO, "one"), ("winter", CALM, ""),
    ]  # fmt: skip
    await drop_draft(pool, "shop", "summer")
    with pytest.raises(ConfigError, match=r"no draft 'summer'. There are: winter. Next: "):
        await publish_draft(pool, "shop", "summer")
    with pytest.raises(ConfigError, match="no name for a draft"):
        await keep_draft(pool, "shop", CALM, name="My summer")
    with pytest.raises(ConfigError, match=r"rules.toml: is no text"):
        await keep_draft(pool, "shop", "\0", file="rules.toml")


async def test_a_draft_that_decides_as_the_live_rules_do_is_no_change_and_stays_a_draft(pool: asyncpg.Pool) -> None:
    await publish_rules(pool, "shop", CALM)
    await keep_draft(pool, "shop", CALM + "# only a comment more\n")
    assert (await publish_draft(pool, "shop")).is_change is False
    assert len(await drafts(pool, "shop")) == 1
