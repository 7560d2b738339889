"""The tag in its forms, as `fifthclick site` prints it, and what a strict page must allow it."""

import re
from base64 import b64encode
from hashlib import sha256, sha384
from pathlib import Path

import msgspec
import pytest

from core.errors import ConfigError
from server.cli import main
from server.net.pages import Pages
from server.net.routes import STATIC
from server.verbs._csp import blocking_directive
from server.verbs._tag import import_map, policy_lines, read_build

TRACKER = (STATIC / "t.js").read_bytes()


@pytest.fixture(autouse=True)
def place(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("FIFTHCLICK_PUBLIC_URL", "https://shop.example")
    monkeypatch.setattr("server.verbs._store.ANNOUNCE_TIMEOUT_S", 0.05)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(words) == 0
    return capsys.readouterr().out


def integrity_of(data: bytes) -> str:
    return f"sha384-{b64encode(sha384(data).digest()).decode()}"


# shows: A1
def test_a_pinned_tag_names_bytes_that_the_server_has_and_the_hash_that_a_browser_will_find(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    out = said(capsys, "site", "show", "shop", "--pinned")
    [(version, integrity)] = re.findall(r'src="https://shop\.example/_fc/v/(\w+)/t\.js" integrity="([^"]+)"', out)
    assert version == sha256(TRACKER).hexdigest()[:12]
    assert integrity == integrity_of(TRACKER)
    assert 'crossorigin="anonymous"' in out, "without it a browser cannot check a script of another origin"
    assert version in Pages(STATIC)._pinned
    [table] = re.findall(r'<script type="importmap">(.*)</script>', out)
    chunks = msgspec.json.decode(table)["integrity"]
    assert chunks == {
        f"https://shop.example/_fc/{file.name}": integrity_of(file.read_bytes()) for file in STATIC.glob("*.*.js")
    }


def test_under_another_path_every_form_of_the_tag_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIFTHCLICK_PUBLIC_PATH", "/shop-events")
    out = said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    out += said(capsys, "site", "show", "shop", "--pinned") + said(capsys, "site", "show", "shop", "--csp")
    assert 'data-host="https://shop.example/shop-events"' in out
    assert "s.src = 'https://shop.example/shop-events/t.js?site=" in out
    assert "https://shop.example/shop-events/v/" in out
    assert "/_fc" not in out


def test_what_the_lines_for_a_policy_allow_is_all_that_the_tag_needs_and_not_the_whole_host() -> None:
    place = "https://fc.example/_fc"
    directives = "; ".join(line.split("    ")[0] for line in policy_lines(place))
    policy = f"default-src 'none'; {directives}"
    page = {"page_url": "https://shop.example/cart"}
    for url in (f"{place}/t.js", f"{place}/v/abc/t.js", f"{place}/l.0123456789.js"):
        assert blocking_directive(policy, "script-src-elem", url, **page) is None
    for url in (f"{place}/v1/events", "wss://fc.example/_fc/v1/stream"):
        assert blocking_directive(policy, "connect-src", url, **page) is None
    assert blocking_directive(policy, "script-src-elem", "https://fc.example/other.js", **page) is not None
    assert blocking_directive(policy, "connect-src", "https://evil.example/", **page) is not None


def test_a_map_cannot_end_the_script_that_holds_it(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(
        '{"files": {"t.js": {"sha256": "0123456789ab", "integrity": "i"}, "</script>.js": {"sha256": "1", "integrity": "i"}}}'
    )
    assert import_map("https://fc.example/_fc", read_build(tmp_path)).count("</script>") == 1


def test_a_tracker_that_was_not_built_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the tracker's manifest is not in"):
        read_build(tmp_path)
