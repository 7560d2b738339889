"""Every column is described and on the allow-list, and a scan finds what should not be there."""

from pathlib import Path

import asyncpg
import msgspec
import pytest

from core import events as ev
from server.store.columns import shape_of
from server.store.privacy_scan import Finding, columns_of, scan_for_personal_data
from server.writer.frames import FrameStore
from tests.store.visits import NOON_MS, RULES_UNSTORED, events_of, frame_of, records_of, shop, with_offer_shown
from tools import dictionary


async def test_every_table_view_and_column_has_a_comment(connection: asyncpg.Connection) -> None:
    rows = await dictionary.comments_of(connection)
    bare = [f"{r['schema_name']}.{r['table_name']}.{r['column_name']}" for r in rows if not r["column_comment"]]
    bare += [f"{r['schema_name']}.{r['table_name']}" for r in rows if not (r["table_comment"] and r["schema_comment"])]
    assert bare == []
    assert len({row["table_name"] for row in rows if row["is_view"]}) == len(_views())


async def test_the_data_dictionary_is_what_the_database_says(connection: asyncpg.Connection) -> None:
    page = dictionary.page(await dictionary.comments_of(connection))
    assert dictionary.PAGE.read_text() == page, "docs/data-dictionary.md is old: python -m tools.dictionary"


def _views() -> list[Path]:
    return sorted((Path(__file__).parents[2] / "migrations" / "views").glob("*.sql"))


@pytest.mark.parametrize("file", _views(), ids=lambda f: f.stem)
def test_a_view_is_one_question_in_one_file(file: Path) -> None:
    text = file.read_text()
    name, question = text.splitlines()[:2]
    assert name == f"-- {file.stem} --"
    assert question.startswith("-- ")
    assert question[3:].split("?")[0] in text.split("COMMENT ON VIEW")[1]
    assert text.count("CREATE VIEW") == 1


async def test_every_column_is_on_the_allow_list_with_its_type(connection: asyncpg.Connection) -> None:
    columns = await columns_of(connection)
    unknown = [
        str(c) for c in columns if (shape := shape_of(c.table, c.name)) is None or c.data_type not in shape.data_types
    ]
    assert unknown == []
    assert len(columns) > 150


async def test_a_new_column_is_found_until_it_is_classified(connection: asyncpg.Connection) -> None:
    await connection.execute("ALTER TABLE marts.orders ADD COLUMN customer text")
    await connection.execute("ALTER TABLE raw.rejected ADD COLUMN seen_count text")
    assert await scan_for_personal_data(connection) == [
        Finding("marts.orders.customer", "not on the allow-list", 0),
        Finding("raw.rejected.seen_count", "not on the allow-list", 0),
    ]


# shows: B1
async def test_the_scan_finds_nothing_in_what_a_shop_sends(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    for number in range(1, 20):
        records = records_of(events_of(order=f"2026-{number:08d}"), rules, number=number)
        await store.store(frame_of(records + with_offer_shown(records, rules)))
    await store.store(frame_of(records_of(events_of(order=""), rules, number=20)))
    assert await scan_for_personal_data(connection) == []


@pytest.mark.parametrize("planted", ["ann.lee@example.org", "+44 20 7946 0958", "4111 1111 1111 1111"])
async def test_the_scan_finds_what_slipped_into_a_column_or_an_event(
    planted: str, store: FrameStore, connection: asyncpg.Connection
) -> None:
    rules = RULES_UNSTORED
    view = ev.PageView(seq=1, at_ms=NOON_MS, page_type="home", path="/home")
    [record] = records_of([view], rules)
    await store.store(frame_of([record]))
    assert await scan_for_personal_data(connection) == []
    await connection.execute("UPDATE raw.events SET item_id = $1", planted)
    payload = ev.encode_event(msgspec.structs.replace(view, path=planted))
    await connection.execute("UPDATE raw.events SET payload = $1", payload)
    found = {(f.column, f.problem) for f in await scan_for_personal_data(connection)}
    assert {
        ("raw.events.item_id", "something like personal data"),
        ("raw.events.payload", "something like personal data"),
    } <= found


async def test_the_scan_finds_a_value_of_another_shape(store: FrameStore, connection: asyncpg.Connection) -> None:
    [record] = records_of(events_of(pages=1)[:1], RULES_UNSTORED)
    await store.store(frame_of([record]))
    await connection.execute("UPDATE raw.events SET scorer_version = 'what somebody typed', device = 'my old phone'")
    assert await scan_for_personal_data(connection) == [
        Finding("raw.events.device", "a value of another shape", 1),
        Finding("raw.events.scorer_version", "a value of another shape", 1),
    ]
