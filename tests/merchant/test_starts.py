"""New actions: half go without until they are known, and a change of the text, a rollback or a kill makes none new again."""

import asyncpg
import pytest

from core.errors import ConfigError
from server.store.kill import kill, revive
from server.store.publish import add_site, history, publish_rules, rollback, site_of
from server.store.starts import settle_action, starts
from tests.merchant.texts import FREE_SHIPPING

CALM = "[pacing]\nquiet_ms = 20000\n" + FREE_SHIPPING


async def new_of(pool: asyncpg.Pool) -> tuple[str, ...]:
    return (await site_of(pool, "shop")).rules().new_actions


# shows: H1
async def test_an_action_is_new_from_its_first_publish_until_it_is_settled(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://a.example"])
    assert await new_of(pool) == ()
    await publish_rules(pool, "shop", FREE_SHIPPING)
    assert await new_of(pool) == ("free-shipping",)
    before = (await site_of(pool, "shop")).version

    done = await settle_action(pool, "shop", "free-shipping", made_by="ann")
    assert done.is_change
    assert done.version != before
    assert await new_of(pool) == ()
    newest = (await history(pool, "shop"))[0]
    assert (newest.verb, newest.made_by) == ("settle", "ann")
    assert "free-shipping: said by hand" in newest.note
    [start] = await starts(pool, "shop")
    assert (start.action_id, start.because, start.settled_at is not None) == ("free-shipping", "said", True)

    # Another text, a rollback, a kill and its end: the action is the same, and no visit is dealt again.
    await publish_rules(pool, "shop", FREE_SHIPPING.replace("title = ", 'title = "And " # '))
    await rollback(pool, "shop")
    await kill(pool, "shop", "free-shipping")
    await revive(pool, "shop", "free-shipping")
    assert await new_of(pool) == ()


async def test_a_rollback_to_before_it_was_settled_makes_no_action_new(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://a.example"])
    first = await publish_rules(pool, "shop", FREE_SHIPPING)
    await settle_action(pool, "shop", "free-shipping", "known")
    await publish_rules(pool, "shop", CALM)
    await rollback(pool, "shop", first.version)
    assert await new_of(pool) == ()


async def test_an_action_that_is_switched_off_begins_when_it_is_switched_on(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://a.example"])
    off = FREE_SHIPPING.replace('id = "free-shipping"', 'id = "free-shipping"\nis_on = false')
    assert off != FREE_SHIPPING
    await publish_rules(pool, "shop", off)
    assert await starts(pool, "shop") == []
    await publish_rules(pool, "shop", FREE_SHIPPING)
    assert [start.action_id for start in await starts(pool, "shop")] == ["free-shipping"]


async def test_what_is_not_new_cannot_be_settled_and_what_is_new_is_named(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://a.example"])
    await publish_rules(pool, "shop", FREE_SHIPPING)
    with pytest.raises(ConfigError, match=r"has had no action 'guide'\. New are: free-shipping\."):
        await settle_action(pool, "shop", "guide")
    await settle_action(pool, "shop", "free-shipping")
    before = (await site_of(pool, "shop")).version
    with pytest.raises(ConfigError, match="is not new any more"):
        await settle_action(pool, "shop", "free-shipping")
    assert (await site_of(pool, "shop")).version == before
