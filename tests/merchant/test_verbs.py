"""The merchant's verbs as they are typed, against a real Postgres: what they print, and how they end."""

import json
from pathlib import Path

import pytest

from server.cli import main
from tests.merchant.texts import FREE_SHIPPING

TYPO = "[pacing]\nquite_ms = 9000\n"
CALM = "[pacing]\nquiet_ms = 9000\n"


@pytest.fixture(autouse=True)
def place(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, a database, and a log that does not answer: the verbs must do without."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("FIFTHCLICK_PUBLIC_URL", "https://fc.example")
    monkeypatch.setattr("server.verbs._store.ANNOUNCE_TIMEOUT_S", 0.05)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    """What the verb prints; it must end with this status."""
    capsys.readouterr()
    assert main(words) == status
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return printed.err if status else printed.out


def test_a_site_is_added_with_one_command_that_prints_the_tag(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "site", "add", "My shop", "--origin", "https://shop.example")
    key = out.split("with key ")[1].split(".")[0]
    assert (
        f'<script async src="https://fc.example/_fc/t.js" data-site="{key}" data-host="https://fc.example/_fc"></script>'
        in out
    )
    assert f"https://fc.example/_fc/t.js?site={key}" in out
    assert "fifthclick.q" in out
    assert key in said(capsys, "site", "list")
    assert key in said(capsys, "site", "show", "my-shop")


def test_what_is_pulled_can_be_changed_compared_published_and_rolled_back(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    text = said(capsys, "rules", "pull", "shop")
    (place / "rules.toml").write_text(text.replace("quiet_ms = 5000", "quiet_ms = 9000"))
    assert "pacing.quiet_ms was 5000, is 9000." in said(capsys, "rules", "diff", "shop", "rules.toml")
    assert "Live: shop version" in said(capsys, "rules", "publish", "shop", "rules.toml", "--note", "calmer")
    assert said(capsys, "rules", "diff", "shop", "rules.toml") == "rules.toml is what is live.\n"
    assert "Nothing to publish" in said(capsys, "rules", "publish", "shop", "rules.toml")
    assert "calmer" in said(capsys, "rules", "history", "shop").splitlines()[0]
    assert "Live again: shop version" in said(capsys, "rules", "rollback", "shop")
    assert said(capsys, "rules", "pull", "shop") == text
    assert len(said(capsys, "rules", "history", "shop").splitlines()) == 3


def test_a_typo_is_refused_with_file_line_and_word_and_the_old_rules_stay_live(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    before = said(capsys, "rules", "pull", "shop")
    (place / "rules.toml").write_text(TYPO)
    for words in (("rules", "publish", "shop"), ("rules", "diff", "shop"), ("check-config",)):
        err = said(capsys, *words, "rules.toml", status=1)
        assert "rules.toml:2: unknown key 'quite_ms'. Did you mean 'quiet_ms'?" in err
    assert said(capsys, "rules", "pull", "shop") == before


def test_a_draft_is_kept_with_its_mistakes_compared_published_and_gone(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    assert "shop has no drafts. Next: " in said(capsys, "rules", "drafts", "shop")
    (place / "rules.toml").write_text(TYPO)
    kept = said(capsys, "rules", "draft", "shop", "rules.toml", "--note", "calmer")
    assert "rules.toml:2: unknown key 'quite_ms'. Did you mean 'quiet_ms'?" in kept
    assert "Kept as draft 'draft' of shop; nothing is live." in kept
    assert "1 mistake  calmer" in said(capsys, "rules", "drafts", "shop")
    assert "draft:2: unknown key" in said(capsys, "rules", "publish", "shop", "--draft", status=1)
    (place / "rules.toml").write_text(CALM)
    assert "Next: fifthclick rules publish shop --draft\n" in said(capsys, "rules", "draft", "shop", "rules.toml")
    assert "can be published  calmer" in said(capsys, "rules", "drafts", "shop")
    assert "pacing.quiet_ms was 5000, is 9000." in said(capsys, "rules", "diff", "shop", "--draft")
    assert "Live: shop version" in said(capsys, "rules", "publish", "shop", "--draft", "--by", "Ann")
    assert "publish   Ann  calmer" in said(capsys, "rules", "history", "shop").splitlines()[0]
    assert "no draft 'draft'" in said(capsys, "rules", "diff", "shop", "--draft", status=1)
    assert "name a file or --draft. Next: " in said(capsys, "rules", "publish", "shop", status=1)


def test_what_is_killed_is_said_by_every_verb_that_could_be_taken_to_revive_it(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    (place / "rules.toml").write_text(FREE_SHIPPING)
    said(capsys, "rules", "publish", "shop", "rules.toml")
    off = said(capsys, "rules", "kill", "shop", "free-shipping", "--note", "too dear")
    assert "Switched off: action free-shipping of shop" in off
    assert "\nfifthclick rules revive shop free-shipping\n" in off
    assert "switched off already" in said(capsys, "rules", "kill", "shop", "free-shipping")
    still = "Still switched off, whatever the rules say: free-shipping. `fifthclick rules revive shop free-shipping`"
    assert still in said(capsys, "rules", "publish", "shop", "rules.toml")
    (place / "rules.toml").write_text(CALM + FREE_SHIPPING)
    assert still in said(capsys, "rules", "publish", "shop", "rules.toml")
    assert still in said(capsys, "rules", "rollback", "shop")
    assert "Switched off: every action of shop" in said(capsys, "rules", "kill", "shop")
    (place / "rules.toml").write_text(
        CALM + FREE_SHIPPING.replace('id = "free-shipping"', 'id = "free-shipping"\nis_on = false')
    )
    both = said(capsys, "rules", "publish", "shop", "rules.toml")
    assert "actions.free-shipping.is_on was true, is false." in both, "as the file writes it"
    assert "on its own: `fifthclick rules revive shop`, `fifthclick rules revive shop free-shipping`." in both
    assert still in said(capsys, "rules", "revive", "shop")
    assert "Still" not in said(capsys, "rules", "revive", "shop", "free-shipping")
    lines = said(capsys, "rules", "history", "shop").splitlines()
    assert [line.split()[-1] for line in lines[1:3]] == ["free-shipping)", "free-shipping)"]
    assert lines[2].endswith("(switched off: every action, free-shipping)")
    assert "  kill      " in lines[6]
    assert lines[6].endswith("  too dear  (switched off: free-shipping)")


def test_the_schema_needs_no_database_and_knows_the_keys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://127.0.0.1:1/none")
    schema = json.loads(said(capsys, "rules", "schema"))
    assert "actions" in schema["properties"]
    assert "killed" not in schema["properties"]


def test_check_config_needs_no_database(
    capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://127.0.0.1:1/none")
    (place / "rules.toml").write_text("\ufeff" + CALM, encoding="utf-8")
    out = said(capsys, "check-config", "rules.toml")
    assert out == (
        "rules.toml: nothing wrong. 0 actions are switched on; 10% of visits are the holdout and see nothing.\n"
    )


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_one_sentence(
    capsys: pytest.CaptureFixture[str], place: Path, content: bytes | None
) -> None:
    if content is not None:
        (place / "rules.toml").write_bytes(content)
    err = said(capsys, "check-config", "rules.toml", status=1)
    assert "Next: " in err
    assert err.count("\n") == 1


def test_a_database_that_is_down_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://127.0.0.1:1/none")
    err = said(capsys, "site", "list", status=1)
    assert "Postgres cannot be reached" in err
    assert err.count("\n") == 1


def test_a_folder_without_a_server_is_said_and_left_as_it_is(
    capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    err = said(capsys, "rules", "history", "shop", status=1)
    assert "no server has kept data in" in err
    assert "--data-dir" in err
    assert list(place.iterdir()) == []


def test_check_tag_ends_with_status_1_where_something_is_wrong(
    capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    assert main(["check-tag", f"http://127.0.0.1:{free_port}/"]) == 1
    out = capsys.readouterr().out
    assert "nothing listens there. Next: check the address in a browser." in out
