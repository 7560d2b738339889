"""The kill switch in a real Postgres: off in every later version until it is revived, and in the history."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import asyncpg
import pytest

from core.errors import ConfigError
from core.margin import Response
from core.rules import Rules
from server.store.drafts import keep_draft, publish_draft
from server.store.history import history
from server.store.kill import kill, revive
from server.store.live_rules import site_of
from server.store.pool import connect
from server.store.publish import add_site, keep_readable, publish_rules, rollback, set_responses
from server.store.rulebook import Rulebook
from tests.merchant.texts import FREE_SHIPPING

CALM = "[pacing]\nquiet_ms = 20000\n" + FREE_SHIPPING
LEARNED = {"free-shipping": Response(weights=(0.1, -0.0, 1e-7, 1 / 3, 0.0, 2.0), session_count=812)}


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A shop with one action."""
    pool = await connect(postgres_url)
    await add_site(pool, name="Shop", origins=["https://a.example"])
    await publish_rules(pool, "shop", FREE_SHIPPING)
    yield pool
    await pool.close()


async def live(pool: asyncpg.Pool) -> Rules:
    """The live rules as a worker reads them, which are those that a replay finds under their version."""
    site = await site_of(pool, "shop")
    rules = site.rules()
    assert rules.version == site.version
    async with pool.acquire() as connection:
        assert await Rulebook().of(connection, "shop", site.version) == rules
    return rules


# shows: F9
async def test_a_killed_action_is_off_in_a_version_of_its_own_and_in_the_history(pool: asyncpg.Pool) -> None:
    before = await live(pool)
    done = await kill(pool, "shop", "free-shipping", "it costs too much", made_by="ann")
    assert (await live(pool)).killed == ("free-shipping",)
    assert (done.version, done.is_change) == ((await live(pool)).version, True)
    assert done.version != before.version
    newest = (await history(pool, "shop"))[0]
    told = (newest.verb, newest.note, newest.made_by, newest.killed, newest.is_live)
    assert told == ("kill", "it costs too much", "ann", ("free-shipping",), True)


async def test_revived_rules_are_the_version_that_they_were(pool: asyncpg.Pool) -> None:
    before = await live(pool)
    await kill(pool, "shop")
    assert (await live(pool)).killed == ("*",)
    assert (await revive(pool, "shop")).version == before.version
    assert await live(pool) == before


async def test_neither_publish_nor_rollback_nor_restart_nor_lesson_revives_what_was_killed(pool: asyncpg.Pool) -> None:
    await publish_rules(pool, "shop", CALM)
    await kill(pool, "shop", "free-shipping")
    for change in (
        publish_rules(pool, "shop", CALM + "# a word\n[segments]\nlikely_to_buy_at = 0.8\n"),
        rollback(pool, "shop"),
        set_responses(pool, "shop", LEARNED, "of the night"),
        publish_rules(pool, "shop", "[pacing]\nquiet_ms = 9000\n"),
        publish_rules(pool, "shop", FREE_SHIPPING),
    ):
        assert (await change).killed == ("free-shipping",)
        assert (await live(pool)).killed == ("free-shipping",)
    assert await keep_readable(pool) == []
    assert {change.killed for change in (await history(pool, "shop"))[:6]} == {("free-shipping",)}


async def test_a_rollback_after_a_kill_goes_back_to_other_text_and_stays_killed(pool: asyncpg.Pool) -> None:
    calm = await publish_rules(pool, "shop", CALM)
    await kill(pool, "shop")
    await rollback(pool, "shop")
    rules = await live(pool)
    assert (rules.pacing.quiet_ms, rules.killed) == (5000, ("*",))
    by_name = await rollback(pool, "shop", calm.version)
    assert by_name.version not in {calm.version}, "with the kill it is a version of its own"
    assert ((await live(pool)).pacing.quiet_ms, (await live(pool)).killed) == (20000, ("*",))


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_changes_exactly_what_was_killed_and_not_revived_is_off(pool: asyncpg.Pool, seed: int) -> None:
    chance = Random(seed)
    off: set[str] = set()
    for number in range(25):
        versions = [change.version for change in await history(pool, "shop")]
        match chance.choice(("kill", "revive", "publish", "rollback", "learn", "draft")):
            case "kill":
                off.add(action_id := chance.choice(["*", *(rule.id for rule in (await live(pool)).actions)]))
                await kill(pool, "shop", action_id)
            case "revive" if off:
                off.remove(action_id := chance.choice(sorted(off)))
                await revive(pool, "shop", action_id)
            case "publish":
                await publish_rules(pool, "shop", chance.choice((CALM, FREE_SHIPPING, f"# {number}\n")))
            case "rollback":
                await rollback(pool, "shop", chance.choice(versions))
            case "learn":
                await set_responses(pool, "shop", chance.choice(({}, LEARNED)))
            case "draft":
                await keep_draft(pool, "shop", chance.choice((CALM, FREE_SHIPPING)))
                await publish_draft(pool, "shop", is_forced=True)
        assert set((await live(pool)).killed) == off


async def test_one_action_stays_off_when_all_of_them_are_revived(pool: asyncpg.Pool) -> None:
    await kill(pool, "shop", "free-shipping")
    assert (await kill(pool, "shop")).killed == ("*", "free-shipping")
    assert (await kill(pool, "shop")).is_change is False
    assert (await revive(pool, "shop")).killed == ("free-shipping",)
    assert (await revive(pool, "shop", "free-shipping")).killed == ()


async def test_what_is_not_there_or_not_off_is_said_with_the_next_step(pool: asyncpg.Pool) -> None:
    with pytest.raises(ConfigError, match=r"no action 'shipping'. There are: free-shipping. Next: "):
        await kill(pool, "shop", "shipping")
    with pytest.raises(ConfigError, match=r"is not switched off; nothing is. Next: "):
        await revive(pool, "shop")
    await kill(pool, "shop", "free-shipping")
    with pytest.raises(ConfigError, match=r"for one of: free-shipping"):
        await revive(pool, "shop")
    await kill(pool, "shop")
    await revive(pool, "shop", "free-shipping")
    with pytest.raises(ConfigError, match=r"every action is. Next: fifthclick rules revive shop\."):
        await revive(pool, "shop", "free-shipping")


# shows: F9
async def test_a_kill_wins_over_every_publish_that_races_with_it(pool: asyncpg.Pool) -> None:
    texts = [f"[pacing]\nquiet_ms = {quiet_ms}\n" + FREE_SHIPPING for quiet_ms in range(6000, 14000, 1000)]
    racing = [publish_rules(pool, "shop", text) for text in texts]
    await asyncio.gather(*racing[:4], kill(pool, "shop", "free-shipping"), *racing[4:])
    assert (await live(pool)).killed == ("free-shipping",)
    changes = (await history(pool, "shop"))[:9]
    assert sorted(change.verb for change in changes) == ["kill", *["publish"] * 8]
    at = next(place for place, change in enumerate(changes) if change.verb == "kill")
    assert all(change.killed == ("free-shipping",) for change in changes[: at + 1])
    assert all(change.killed == () for change in changes[at + 1 :])


async def test_what_was_learned_is_part_of_the_version_to_the_last_digit_and_a_rollback_undoes_it(
    pool: asyncpg.Pool,
) -> None:
    before = await live(pool)
    done = await set_responses(pool, "shop", LEARNED, "of 812 visits")
    assert (await live(pool)).responses == LEARNED
    assert (await set_responses(pool, "shop", LEARNED)).is_change is False
    newest = (await history(pool, "shop"))[0]
    assert (newest.verb, newest.note, newest.version) == ("learn", "of 812 visits", done.version)
    await publish_rules(pool, "shop", CALM)
    assert (await live(pool)).responses == LEARNED, "new text forgets nothing"
    await rollback(pool, "shop", done.version)
    await rollback(pool, "shop", before.version)
    assert (await live(pool)).responses == {}


async def test_a_lesson_with_a_number_that_is_none_is_refused_and_changes_nothing(pool: asyncpg.Pool) -> None:
    before = await live(pool)
    broken = {"free-shipping": Response(weights=(float("nan"), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))}
    with pytest.raises(ConfigError, match=r"cannot be read.*Next: "):
        await set_responses(pool, "shop", broken)
    assert await live(pool) == before


async def test_a_site_whose_lesson_is_of_another_program_keeps_no_other_from_its_rules(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Other", origins=["https://b.example"])
    await pool.execute(
        "UPDATE config.rules SET responses = '{\"free-shipping\": {\"weights\": [1]}}' WHERE site_id = 'shop'"
    )
    assert (await site_of(pool, "other")).rules().actions == ()
    with pytest.raises(ConfigError, match="learn it again"):
        (await site_of(pool, "shop")).rules()
