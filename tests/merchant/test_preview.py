"""`fifthclick preview` as it is typed: the link that it prints, what it refuses, and that nothing live changes by it."""

import asyncio
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from core.rules_template import NEW_SITE_RULES
from server.cli import main
from server.live.preview import LIFETIME_MS, Preview, PreviewRefused, PreviewSealer
from server.live.sites import Sites
from server.store.live_rules import StoredPreview, StoredSite, load_sites
from server.store.pool import connect
from tests.merchant.refreshing import Store, refresher, row
from tests.merchant.texts import FREE_SHIPPING, NEWSLETTER

KEY = "ab" * 32
LETTER = NEWSLETTER.format(form_url="https://shop.example/letter")


@pytest.fixture(autouse=True)
def place(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """A shop with one live action and a draft with two, on the machine of a server that has a key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setattr("server.verbs._store.ANNOUNCE_TIMEOUT_S", 0.05)
    (tmp_path / ".fifthclick").mkdir()
    (tmp_path / ".fifthclick" / "token.keys").write_text(f"7 {KEY}\n")
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example", "--origin", "https://www.shop.example")
    for name, text in (("rules.toml", FREE_SHIPPING), ("draft.toml", FREE_SHIPPING + LETTER)):
        (tmp_path / name).write_text(NEW_SITE_RULES + text)
    said(capsys, "rules", "publish", "shop", "rules.toml")
    said(capsys, "rules", "draft", "shop", "draft.toml")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    """What the verb prints; it must end with this status."""
    capsys.readouterr()
    assert main(words) == status
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return printed.err if status else printed.out


def token_in(out: str) -> str:
    return parse_qs(urlsplit(out.splitlines()[0]).query)["fc_preview"][0]


def opened(out: str, *, site_id: str = "shop", now_ms: int = 0) -> Preview:
    return PreviewSealer({7: bytes.fromhex(KEY)}, sealing_key_id=7).open(token_in(out), site_id=site_id, now_ms=now_ms)


async def stored(url: str) -> StoredSite:
    pool = await connect(url)
    try:
        [site] = await load_sites(pool)
        return site
    finally:
        await pool.close()


# shows: G12
async def test_a_link_names_rules_that_the_server_has_and_what_is_live_stays(
    capsys: pytest.CaptureFixture[str], postgres_url: str
) -> None:
    before = await stored(postgres_url)
    out = await asyncio.to_thread(
        said, capsys, "preview", "shop", "letter", "--draft", "--url", "https://shop.example/p/1?a=b#x"
    )
    after = await stored(postgres_url)
    link = urlsplit(out.splitlines()[0])
    assert (link.netloc, link.path, link.fragment, parse_qs(link.query)["a"]) == ("shop.example", "/p/1", "x", ["b"])
    assert (after.version, after.toml) == (before.version, before.toml)
    [kept] = after.previews
    assert (kept.version, kept.action_id) == (opened(out).version, "letter")
    assert after.preview(kept).version == kept.version, "as a worker and a replay will read it"
    assert "counts nowhere" in out


def test_the_link_ends_after_a_day_and_opens_for_no_other_site(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "preview", "shop", "free-shipping")
    assert out.startswith("https://shop.example/?fc_preview=")
    assert "fc_debug" not in out
    now_ms = time.time_ns() // 1_000_000
    assert 0 <= now_ms + LIFETIME_MS - opened(out, now_ms=now_ms).expires_ms < 60_000
    for site_id, at_ms in (("shop", now_ms + LIFETIME_MS), ("another", now_ms)):
        with pytest.raises(PreviewRefused):
            opened(out, site_id=site_id, now_ms=at_ms)


def test_a_link_without_an_action_opens_the_box_that_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "preview", "shop", "--url", "www.shop.example/cart?fc_preview=old&fc_debug")
    query = parse_qs(urlsplit(out.splitlines()[0]).query, keep_blank_values=True)
    assert opened(out).version == ""
    assert query["fc_debug"] == ["1"]
    assert query["fc_preview"] == [token_in(out)] != ["old"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("shop", "letter"), "the live rules of shop have no action 'letter'. Next: name one of free-shipping"),
        (("shop", "free-shiping"), "Did you mean 'free-shipping'?"),
        (("shop", "letter", "--draft", "summer"), "shop has no draft 'summer'"),
        (("shop", "--draft"), "name the action of the draft"),
        (("nobody", "letter"), "there is no site 'nobody'"),
        (("shop", "free-shipping", "--url", "https://evil.example/"), "is not on shop"),
        (("shop", "free-shipping", "--url", "http://shop.example/"), "is not on shop"),
    ],
)
def test_what_cannot_be_previewed_is_refused_with_a_next_step(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], error: str
) -> None:
    told = said(capsys, "preview", *words, status=1)
    assert error in told
    assert "Next: " in told or "There are: " in told


def test_a_draft_with_a_mistake_is_not_previewed(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (place / "wrong.toml").write_text(NEW_SITE_RULES + NEWSLETTER.format(form_url="http://shop.example/letter"))
    said(capsys, "rules", "draft", "shop", "wrong.toml", "--name", "wrong")
    assert "form_url is http://" in said(capsys, "preview", "shop", "letter", "--draft", "wrong", status=1)


def test_without_the_servers_key_there_is_no_link_and_no_key_is_made(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    keys = place / ".fifthclick" / "token.keys"
    keys.unlink()
    assert "token keys cannot be read" in said(capsys, "preview", "shop", "free-shipping", status=1)
    assert not keys.exists()


async def test_a_worker_takes_previews_up_and_lets_those_go_that_it_reads_otherwise(tmp_path: Path) -> None:
    site = row(toml=NEW_SITE_RULES + FREE_SHIPPING)
    named = StoredPreview(version="", toml=site.toml, responses="{}", action_id="free-shipping")
    version = site.preview(named).version
    good = StoredPreview(version=version, toml=site.toml, responses="{}", action_id="free-shipping")
    of_another_program = StoredPreview(version="f" * 16, toml=site.toml, responses="{}", action_id="free-shipping")
    unreadable = StoredPreview(version="e" * 16, toml="[pacing]\nquite_ms = 1", responses="{}", action_id="x")
    store = Store(site)
    sites, refresh = refresher(store, tmp_path)
    await refresh.start()
    assert previews_of(sites) == []
    store.rows = [replace(site, previews=(good, of_another_program, unreadable))]
    await refresh.refresh()
    assert previews_of(sites) == [version]
    assert not refresh.problems()
    away = Store()
    away.error = ConnectionError()
    alone, from_disk = refresher(away, tmp_path)
    await from_disk.start()
    assert previews_of(alone) == [version], "also from the copy on disk"


def previews_of(sites: Sites) -> list[str]:
    site = sites.by_id("shop")
    assert site is not None
    return [rules.version for rules in site.previews]
