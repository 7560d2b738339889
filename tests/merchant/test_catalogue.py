"""`fifthclick catalogue` as it is typed: each format, what is left out by its line, and no way in for personal data."""

import asyncio
import gzip
import json
from pathlib import Path

import asyncpg
import pytest

from server.cli import main
from server.offers.counting import Counting
from server.store.privacy_scan import Finding, scan_for_personal_data
from server.verbs import _feed
from tests.store.shopping import NOW

FEEDS = Path(__file__).parent / "feeds"


@pytest.fixture(autouse=True)
def place(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder and a database with one site."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIFTHCLICK_PUBLIC_URL", "https://fc.example")
    assert main(["site", "add", "Shop", "--origin", "https://shop.example"]) == 0
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> tuple[str, str]:
    """What the verb prints on both streams; it must end with this status."""
    capsys.readouterr()
    assert main(["catalogue", *words]) == status
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return printed.out, printed.err


def stored(url: str) -> dict[str, dict[str, object]]:
    """The catalogue in the database, by item id."""

    async def read() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("SELECT * FROM marts.catalogue ORDER BY item_id")
        await connection.close()
        return list(rows)

    return {row["item_id"]: dict(row) for row in asyncio.run(read())}


def scanned(url: str) -> list[Finding]:
    async def scan() -> list[Finding]:
        connection = await asyncpg.connect(url)
        found = await scan_for_personal_data(connection)
        await connection.close()
        return found

    return asyncio.run(scan())


# shows: G1
@pytest.mark.parametrize("file", ["google.tsv", "google.xml", "atom.xml", "plain.csv", "lines.jsonl", "page.html"])
def test_each_format_brings_the_same_lamp(
    file: str, capsys: pytest.CaptureFixture[str], postgres_url: str, place: Path
) -> None:
    packed = place / f"{file}.gz"
    packed.write_bytes(gzip.compress((FEEDS / file).read_bytes()))
    named = FEEDS / file if file.endswith("html") else packed
    out, _ = said(capsys, "import", "shop", str(named))
    assert "Imported" in out
    lamp = stored(postgres_url)["L-1"]
    assert str(lamp["title"]).startswith("A desk lamp")
    assert str(lamp["url"]).removesuffix("?id=7") == "https://shop.example/p/lamp"
    assert lamp["price_minor"] == 1990
    assert lamp["source"] == ("page" if file.endswith("html") else "feed")
    assert lamp["is_in_stock"] == (file != "page.html")
    assert "A desk lamp" in said(capsys, "list", "shop")[0]
    assert "nothing yet" in said(capsys, "show", "shop", "L-1")[0]


def test_every_row_that_is_left_out_is_counted_and_named_by_its_line(
    capsys: pytest.CaptureFixture[str], postgres_url: str
) -> None:
    out, err = said(capsys, "import", "shop", str(FEEDS / "google.tsv"))
    assert out.startswith("Imported 3 products of shop.")
    for line in (
        "Of 6 rows, 3 were left out, and 3 values of others:",
        "google.tsv:4: row left out: no id",
        "google.tsv:5: row left out: a url that is no plain http(s) address",
        "google.tsv:6: value left out: a title that looks like personal data",
        "google.tsv:7: row left out: more or fewer cells than the first line",
    ):
        assert line in err
    rows = stored(postgres_url)
    assert sorted(rows) == ["L-1", "L-2", "L-5"]
    assert (rows["L-1"]["margin_minor"], rows["L-1"]["category"]) == (1_200, "Desk_lamps"), "price less cost"
    assert (rows["L-2"]["title"], rows["L-2"]["price_minor"], rows["L-2"]["is_in_stock"]) == ("A rug red", 9_900, False)
    assert (rows["L-5"]["title"], rows["L-5"]["is_in_stock"]) == (None, False), "a word that says neither is no promise"


# shows: B1
def test_personal_data_in_a_feed_has_no_way_in(
    capsys: pytest.CaptureFixture[str], postgres_url: str, place: Path
) -> None:
    planted = ("ann.lee@example.org", "+44 20 7946 0958", "4111 1111 1111 1111")
    rows = ["item_id,title,category,url,image_url,customer"]
    for number, value in enumerate(planted):
        rows += [f"{value},T,,,,", f"a-{number},{value},,,,", f"b-{number},,{value},,,", f"c-{number},T,,,,{value}"]
        rows += [f"d-{number},T,,https://shop.example/{value.replace(' ', '')},,"]
        rows += [
            f"e-{number},T,,https://shop.example/p?who={value.replace(' ', '')}&id=4,https://{value.replace(' ', '')}/,"
        ]
    rows += ["f-1,T,,https://ann:secret@shop.example/p,,", "f-2,T,,https://shop.example/p?id=ann.lee%40example.org,,"]
    (place / "feed.csv").write_text("\n".join(rows))
    out, err = said(capsys, "import", "shop", "feed.csv", "--all")
    asyncio.run(Counting(postgres_url).count(NOW))
    assert scanned(postgres_url) == []
    listed = said(capsys, "list", "shop", "--all")[0]
    for value in (*planted, "lee", "secret", "7946", "4111"):
        assert value not in out + err + listed
    assert "Columns that are not read: customer." in err
    assert stored(postgres_url)["c-0"]["title"] == "T", "the row's own columns are taken"


def test_a_whole_catalogue_marks_what_it_does_not_name_as_sold_out_and_a_part_leaves_the_rest_alone(
    capsys: pytest.CaptureFixture[str], postgres_url: str, place: Path
) -> None:
    said(capsys, "import", "shop", str(FEEDS / "plain.csv"))
    (place / "part.csv").write_text("item_id,price,currency\nL-1,5,EUR\n")
    said(capsys, "import", "shop", "part.csv")
    rows = stored(postgres_url)
    assert (rows["L-1"]["price_minor"], rows["L-1"]["title"]) == (500, "A desk lamp, black"), "what is left out stays"
    assert rows["L-2"]["is_in_stock"]
    out, _ = said(capsys, "import", "shop", "part.csv", "--whole")
    assert "1 that it does not name are marked as sold out" in out
    assert not stored(postgres_url)["L-2"]["is_in_stock"]


def test_what_is_listed_as_json_is_imported_again_as_it_was(
    capsys: pytest.CaptureFixture[str], postgres_url: str, place: Path
) -> None:
    said(capsys, "import", "shop", str(FEEDS / "plain.csv"))
    before = stored(postgres_url)
    lines = said(capsys, "list", "shop", "--json")[0]
    assert json.loads(lines.splitlines()[0])["margin_minor"] == 796
    (place / "again.jsonl").write_text(lines)
    _, err = said(capsys, "import", "shop", "again.jsonl")
    assert err == ""
    after = stored(postgres_url)
    assert [{k: v for k, v in row.items() if k != "seen_at"} for row in after.values()] == [
        {k: v for k, v in row.items() if k != "seen_at"} for row in before.values()
    ]


def test_a_price_in_euros_needs_no_word_and_one_in_dollars_does(
    capsys: pytest.CaptureFixture[str], place: Path, postgres_url: str
) -> None:
    (place / "feed.csv").write_text('id,price\nL-1,"19,90 €"\nL-2,$5.00\nL-3,€5.00\n', encoding="utf-8")
    _, err = said(capsys, "import", "shop", "feed.csv")
    assert "feed.csv:3: value left out: a price without a currency" in err
    rows = stored(postgres_url)
    assert {name: (row["price_minor"], row["currency"]) for name, row in rows.items()} == {
        "L-1": (1990, "EUR"), "L-2": (None, None), "L-3": (500, "EUR"),
    }  # fmt: skip
    assert "19.90 EUR" in said(capsys, "list", "shop")[0]


@pytest.mark.parametrize(
    ("name", "content", "said_of_it"),
    [
        ("empty.csv", "", "is empty"),
        ("cut.xml", "<rss><channel><item><id>1</id>", "is no whole XML"),
        ("bomb.xml", '<!DOCTYPE r [<!ENTITY a "aaaa">]><rss><item><id>&a;</id></item></rss>', "has a document type"),
        ("strange.csv", "sku,title\n1,A\n", "no column id or item_id"),
        ("one-line.txt", "x", "Next: name a file with a line of headings"),
        ("nothing.html", "<html><body>A page</body></html>", "no product could be read"),
    ],
)
def test_a_file_that_gives_nothing_is_refused_with_a_next_step(
    name: str, content: str, said_of_it: str, capsys: pytest.CaptureFixture[str], place: Path, postgres_url: str
) -> None:
    (place / name).write_text(content)
    _, err = said(capsys, "import", "shop", name, status=1)
    assert said_of_it in err
    assert "Next:" in err
    assert stored(postgres_url) == {}


def test_a_gzipped_feed_that_is_cut_off_brings_nothing_of_it(
    capsys: pytest.CaptureFixture[str], place: Path, postgres_url: str
) -> None:
    rows = "item_id,title\n" + "".join(f"p-{n},A product {n * 7919}\n" for n in range(5_000))
    (place / "feed.csv.gz").write_bytes(gzip.compress(rows.encode())[:-2_000])
    _, err = said(capsys, "import", "shop", "feed.csv.gz", status=1)
    assert "Next: fetch it again." in err
    assert stored(postgres_url) == {}


def test_an_unknown_site_a_missing_file_and_an_unknown_product_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no site 'other'" in said(capsys, "import", "other", str(FEEDS / "plain.csv"), status=1)[1]
    assert "addresses are not fetched" in said(capsys, "import", "shop", "https://shop.example/feed.xml", status=1)[1]
    assert "has no product 'x'" in said(capsys, "show", "shop", "x", status=1)[1]


def test_a_large_feed_is_read_under_a_bar(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    rows = "item_id,title\n" + "".join(f"p-{n},{'A long title of a product ' * 5}\n" for n in range(20_000))
    (place / "feed.csv").write_text(rows)
    capsys.readouterr()
    feed = _feed.read("feed.csv")
    assert len(feed.products) == 20_000
    assert "reading" in capsys.readouterr().err
