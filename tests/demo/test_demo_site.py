"""The demo shop as a site: added once, on the port that it runs on, and never over rules that somebody has edited."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from core.actions import FreeShipping
from core.rules_text import check_rules_for_site, parse_rules
from demo.codes import Codes
from server.settings import Settings
from server.store.pool import connect
from server.store.publish import history, load_sites, publish_rules
from server.verbs._demo_site import OUR_NOTE, POOL, RULES_FILE, SITE_ID, ensure_codes, ensure_site, on_port

PACKAGED = RULES_FILE.read_text()


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await connect(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
def settings(tmp_path: Path, nats_url: str) -> Settings:
    return Settings(data_dir=str(tmp_path), nats_url=nats_url)


async def test_the_demo_site_is_added_once_with_both_names_of_this_machine(
    pool: asyncpg.Pool, settings: Settings
) -> None:
    first = await ensure_site(pool, settings, 8701)
    again = await ensure_site(pool, settings, 8701)
    assert first == again
    assert [s.site_id for s in await load_sites(pool)] == [SITE_ID]
    assert again.is_demo
    assert again.origins == ("http://127.0.0.1:8701", "http://localhost:8701")
    assert again.toml == PACKAGED


async def test_on_another_port_origins_and_addresses_follow(pool: asyncpg.Pool, settings: Settings) -> None:
    await ensure_site(pool, settings, 8701)
    site = await ensure_site(pool, settings, 9123)
    assert "http://localhost:9123" in site.origins
    assert "http://127.0.0.1:9123/offers/free-shipping" in site.toml
    assert ":8701" not in site.toml


async def test_rules_that_somebody_edited_stay(pool: asyncpg.Pool, settings: Settings) -> None:
    await ensure_site(pool, settings, 8701)
    edited = PACKAGED.replace("Free shipping on this order", "We pay the post")
    await publish_rules(pool, SITE_ID, edited)
    site = await ensure_site(pool, settings, 9123)
    assert site.toml == edited
    assert [change.is_live for change in await history(pool, SITE_ID)] == [True, False, False]


async def test_rules_of_an_earlier_release_that_nobody_touched_are_renewed(
    pool: asyncpg.Pool, settings: Settings
) -> None:
    await ensure_site(pool, settings, 8701)
    await publish_rules(pool, SITE_ID, PACKAGED.replace("gap_ms = 45000", "gap_ms = 60000"), OUR_NOTE)
    assert (await ensure_site(pool, settings, 8701)).toml == PACKAGED


def test_the_rules_give_free_shipping_on_the_fence_and_nothing_to_sure_buyers() -> None:
    rules = parse_rules(PACKAGED, "rules.toml")
    check_rules_for_site(PACKAGED, rules, origins=["http://127.0.0.1:8701"], our_base_url="http://127.0.0.1:8700")
    assert {a.id: a.segments for a in rules.actions if isinstance(a.action, FreeShipping)} == {
        "free-shipping": ("on_the_fence",)
    }
    assert not [a.id for a in rules.actions if "likely_to_buy" in a.segments]
    assert rules.arms.holdout_share == 0.1


def test_the_upsell_that_is_commented_out_is_an_example_that_works() -> None:
    plain, example = PACKAGED.split("# [[actions]]", 1)
    lines = [line.removeprefix("#").removeprefix(" ") for line in ("# [[actions]]" + example).splitlines()]
    assert [a.id for a in parse_rules(plain + "\n".join(lines), "rules.toml").actions][-1] == "stand"


def test_only_addresses_of_this_machine_are_moved_to_the_port() -> None:
    assert on_port('url = "http://127.0.0.1:8701/a"', 9) == 'url = "http://127.0.0.1:9/a"'
    assert on_port('url = "https://shop.example:8701/a"', 9) == 'url = "https://shop.example:8701/a"'


async def test_the_codes_that_the_shop_honours_are_a_pool_once_however_often_it_is_started(
    pool: asyncpg.Pool, settings: Settings, tmp_path: Path
) -> None:
    await ensure_site(pool, settings, 8701)
    Codes(tmp_path / "codes.txt", ())
    for _ in range(2):
        await ensure_codes(pool, tmp_path / "codes.txt")
    stored = {row["code"] for row in await pool.fetch("SELECT code FROM config.codes WHERE pool = 'welcome'")}
    assert stored == set((tmp_path / "codes.txt").read_text().split())
    assert f'pool = "{POOL}"' in PACKAGED
