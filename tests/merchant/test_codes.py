"""`fifthclick codes` as it is typed, against a real Postgres: what goes in, what is left, and what is refused in words."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from server.offers.claims import Claims
from tests.merchant.test_verbs import place, said
from tests.offers.claiming import ticket
from tests.store.visits import NOON_MS, session_of

__all__ = ["place"]


async def _rows(url: str, query: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def _claim(url: str) -> None:
    claims = Claims(url)
    await claims.claim("shop", session_of(1), ticket(1, pool="spring"), now_ms=NOON_MS)
    await claims.close()


def test_codes_are_added_counted_and_refused_where_they_are_known(
    capsys: pytest.CaptureFixture[str], place: Path, postgres_url: str
) -> None:
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    assert "has no codes" in said(capsys, "codes", "list", "shop")
    (place / "codes.txt").write_text("# spring\n" + "".join(f"SPRING-{n}\n" for n in range(12)))
    assert "Added 12 codes to pool spring of shop" in said(capsys, "codes", "add", "shop", "spring", "codes.txt")
    asyncio.run(_claim(postgres_url))
    listed = said(capsys, "codes", "list", "shop").splitlines()
    assert listed[0].split() == ["pool", "added", "taken", "redeemed", "left"]
    assert listed[2].split() == ["spring", "12", "1", "0", "11"]
    (place / "more.txt").write_text("summer-1\nspring-3\n")
    error = said(capsys, "codes", "add", "shop", "summer", "more.txt", status=1)
    assert "has these codes already: SPRING-3 (pool spring); nothing was added" in error
    assert asyncio.run(_rows(postgres_url, "SELECT pool FROM config.code_pools")) == ["spring"]
    assert len(asyncio.run(_rows(postgres_url, "SELECT code FROM config.codes"))) == 12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ONE\ntwo\none\n", "codes.txt:3: the code one is on line 1 already"),
        ("ONE\nnot a code\n", "codes.txt:2: is no code"),
        ("code,value\n", "codes.txt:1: is no code"),
        ("\n# nothing\n", "codes.txt: holds no code"),
    ],
)
def test_a_file_with_a_mistake_adds_nothing_and_names_its_line(
    text: str, words: str, capsys: pytest.CaptureFixture[str], place: Path, postgres_url: str
) -> None:
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    (place / "codes.txt").write_text(text)
    error = said(capsys, "codes", "add", "shop", "spring", "codes.txt", status=1)
    assert words in error
    assert asyncio.run(_rows(postgres_url, "SELECT code FROM config.codes")) == []


def test_a_pool_that_no_rule_can_name_and_a_site_that_is_not_there_are_refused(
    capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    said(capsys, "site", "add", "Shop", "--origin", "https://shop.example")
    (place / "codes.txt").write_text("ONE\n")
    assert "is no name of a pool" in said(capsys, "codes", "add", "shop", "Spring Sale", "codes.txt", status=1)
    assert "there is no site 'other'" in said(capsys, "codes", "add", "other", "spring", "codes.txt", status=1)
    assert "No code of shop was used in a way" in said(capsys, "codes", "abuse", "shop")
