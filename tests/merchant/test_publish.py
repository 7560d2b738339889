"""Sites and rules in a real Postgres: what is live, what was, and what is refused."""

import asyncpg
import pytest

from core.errors import ConfigError
from core.rules import bind
from core.rules_text import parse_rules
from server.store.publish import (
    add_site,
    history,
    keep_readable,
    load_sites,
    publish_rules,
    rollback,
    rules_text_of,
    set_origins,
    site_of,
)
from tests.merchant.texts import FREE_SHIPPING, NEWSLETTER

CALM = "[pacing]\nquiet_ms = 20000\n"


async def test_a_new_site_has_a_key_and_watches_without_showing_anything(pool: asyncpg.Pool) -> None:
    site = await add_site(pool, name="Café Nord", origins=["https://Shop.Example:443/", "http://127.0.0.1:8790"])
    assert site.site_id == "cafe-nord"
    assert site.key.startswith("pk_")
    assert site.origins == ("https://shop.example", "http://127.0.0.1:8790")
    assert parse_rules(site.toml).actions == ()
    assert await load_sites(pool) == [site]


async def test_two_sites_of_one_name_share_nothing(pool: asyncpg.Pool) -> None:
    first = await add_site(pool, name="Shop", origins=["https://a.example"])
    second = await add_site(pool, name="Shop", origins=["https://a.example"])
    assert [first.site_id, second.site_id] == ["shop", "shop-2"]
    assert len({first.key, second.key, first.holdout_salt, second.holdout_salt}) == 4
    assert first.version != second.version


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("shop.example", "such as https://shop.example"),
        ("https://shop.example/cart", "Next: use https://shop.example"),
        ("*", "is not an origin"),
        ("https://*.shop.example", "is not an origin"),
        ("null", "is not an origin"),
        ("", "is not an origin"),
        ("ftp://shop.example", "is not an origin"),
        ("https://shop.example:port", "is not an origin"),
    ],
)
async def test_what_is_no_origin_is_refused_with_the_next_step(pool: asyncpg.Pool, origin: str, said: str) -> None:
    with pytest.raises(ConfigError, match="origin") as caught:
        await add_site(pool, name="Shop", origins=[origin])
    assert said in str(caught.value)
    assert await load_sites(pool) == []


async def test_an_origin_is_added_and_removed_and_the_last_one_stays(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://a.example"])
    site = await set_origins(pool, "shop", add="https://müller.example")
    assert site.origins == ("https://a.example", "https://xn--mller-kva.example")
    assert (await set_origins(pool, "shop", remove="https://a.example/")).origins == ("https://xn--mller-kva.example",)
    with pytest.raises(ConfigError, match="at least one origin"):
        await set_origins(pool, "shop", remove="https://müller.example")


async def test_published_rules_are_live_under_their_hash_and_readable_as_they_were_written(pool: asyncpg.Pool) -> None:
    site = await add_site(pool, name="Shop", origins=["https://a.example"])
    done = await publish_rules(pool, "shop", CALM + FREE_SHIPPING, "calmer")
    text = parse_rules(CALM + FREE_SHIPPING)
    rules = bind(text, site_id="shop", holdout_salt=site.holdout_salt, new_actions=["free-shipping"])
    assert done == (rules.version, True, ())
    assert (await site_of(pool, "shop")).version == rules.version
    assert await rules_text_of(pool, "shop") == CALM + FREE_SHIPPING


async def test_a_text_with_a_mistake_leaves_the_old_rules_live(pool: asyncpg.Pool) -> None:
    site = await add_site(pool, name="Shop", origins=["https://a.example"])
    with pytest.raises(ConfigError, match=r"rules.toml:2: unknown key 'quite_ms'\. Did you mean 'quiet_ms'"):
        await publish_rules(pool, "shop", CALM.replace("quiet", "quite"), file="rules.toml")
    assert await load_sites(pool) == [site]
    assert len(await history(pool, "shop")) == 1


async def test_a_form_on_our_own_origin_is_refused_at_publishing_too(pool: asyncpg.Pool) -> None:
    site = await add_site(pool, name="Shop", origins=["https://a.example"])
    text = NEWSLETTER.format(form_url="https://fc.example/mail")
    with pytest.raises(ConfigError, match="must never receive an e-mail address"):
        await publish_rules(pool, "shop", text, our_base_url="https://fc.example")
    assert await load_sites(pool) == [site]


async def test_rules_that_decide_alike_are_no_new_version(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://a.example"])
    first = await publish_rules(pool, "shop", CALM)
    again = await publish_rules(pool, "shop", "# only a comment more\n" + CALM)
    assert again == (first.version, False, ())
    assert len(await history(pool, "shop")) == 2


async def test_history_says_what_was_live_newest_first_and_only_the_newest_is(pool: asyncpg.Pool) -> None:
    site = await add_site(pool, name="Shop", origins=["https://a.example"])
    calm = await publish_rules(pool, "shop", CALM, "calmer")
    await rollback(pool, "shop", note="too calm")
    lines = [(c.version, c.verb, c.note, c.is_live) for c in await history(pool, "shop")]
    assert lines == [
        (site.version, "rollback", "too calm", True),
        (calm.version, "publish", "calmer", False),
        (site.version, "publish", "the site was added", False),
    ]


async def test_a_rollback_undoes_a_rollback(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://a.example"])
    calm = await publish_rules(pool, "shop", CALM)
    await rollback(pool, "shop")
    assert await rollback(pool, "shop") == (calm.version, True, ())


async def test_a_rollback_goes_to_the_version_that_is_named_by_its_first_characters(pool: asyncpg.Pool) -> None:
    site = await add_site(pool, name="Shop", origins=["https://a.example"])
    await publish_rules(pool, "shop", CALM)
    await publish_rules(pool, "shop", FREE_SHIPPING)
    assert (await rollback(pool, "shop", site.version[:8])).version == site.version
    with pytest.raises(ConfigError, match="no version beginning with 'zz'"):
        await rollback(pool, "shop", "zz")


async def test_there_is_nothing_to_go_back_to_before_the_first_change(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://a.example"])
    with pytest.raises(ConfigError, match="nothing to go back to"):
        await rollback(pool, "shop")


async def test_an_unknown_site_is_answered_with_those_that_there_are(pool: asyncpg.Pool) -> None:
    with pytest.raises(ConfigError, match="Next: fifthclick site add"):
        await site_of(pool, "shop")
    await add_site(pool, name="Shop", origins=["https://a.example"])
    with pytest.raises(ConfigError, match="There are: shop"):
        await publish_rules(pool, "shpo", CALM)


async def test_rules_that_a_newer_program_hashes_otherwise_are_live_under_their_new_name(pool: asyncpg.Pool) -> None:
    site = await add_site(pool, name="Shop", origins=["https://a.example"])
    await pool.execute("INSERT INTO config.rules (site_id, version, toml) VALUES ('shop', 'of-an-older-one', $1)", CALM)
    await pool.execute(
        "INSERT INTO config.rules_history (site_id, version, verb) VALUES ('shop', 'of-an-older-one', 'publish')"
    )
    assert await keep_readable(pool) == ["shop"]
    live = await site_of(pool, "shop")
    assert live.version == bind(parse_rules(CALM), site_id="shop", holdout_salt=site.holdout_salt).version
    assert await keep_readable(pool) == []


async def test_live_rules_are_kept_readable_also_where_they_would_not_be_published_now(pool: asyncpg.Pool) -> None:
    await add_site(pool, name="Shop", origins=["https://shop.example"])
    text = NEWSLETTER.format(form_url="http://news.example/letter")
    await pool.execute("INSERT INTO config.rules (site_id, version, toml) VALUES ('shop', 'of-an-older-one', $1)", text)
    await pool.execute(
        "INSERT INTO config.rules_history (site_id, version, verb) VALUES ('shop', 'of-an-older-one', 'publish')"
    )
    with pytest.raises(ConfigError, match="form_url"):
        await publish_rules(pool, "shop", text)
    assert await keep_readable(pool) == ["shop"]
    assert (await site_of(pool, "shop")).toml == text
