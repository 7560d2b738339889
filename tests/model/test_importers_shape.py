"""Files as such: rows in any order, parts, silence, and files of another shape, which are refused with what to do."""

import gzip
import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.errors import ConfigError
from core.fields import SESSION_IDLE_MS
from model.importers import read
from model.importers.address import PATHS, SOURCES, address_of, page_type, source_class
from model.importers.source import Source
from tests.model.builders import START_MS
from tests.model.imported import FIXTURES, REES46_COLUMNS, in_short, sessions, write


# shows: D5
@given(seed=st.integers(0, 2**32))
def test_the_order_of_a_files_rows_does_not_matter(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("shuffled")
    header, *rows = gzip.decompress(write("rees46", folder, 6).read_bytes()).decode().splitlines()
    Random(seed).shuffle(rows)
    (folder / "again.csv").write_text("\n".join([header, *rows]))
    assert in_short(sessions("rees46", folder / "again.csv")[0]) == in_short(sessions("rees46", folder / "rees46")[0])


def test_silence_of_just_under_half_an_hour_ends_nothing(tmp_path: Path) -> None:
    header = "timestamp,visitorid,event,itemid,transactionid\n"
    for gap_ms, count in ((SESSION_IDLE_MS - 1, 1), (SESSION_IDLE_MS, 2)):
        file = tmp_path / f"{gap_ms}.csv"
        file.write_text(f"{header}{START_MS},1,view,5,\n{START_MS + gap_ms},1,view,5,\n")
        assert len(sessions("retailrocket", file)[0]) == count


def test_a_folder_of_parts_is_read_as_one_file(tmp_path: Path) -> None:
    whole = (FIXTURES / "ga4.ndjson").read_text().splitlines(keepends=True)
    (tmp_path / "events_20260101-000.json").write_text("".join(whole[:8]))
    (tmp_path / "events_20260101-001.json.gz").write_bytes(gzip.compress("".join(whole[8:]).encode()))
    assert in_short(sessions("ga4-bigquery", tmp_path)[0]) == in_short(sessions("ga4-bigquery")[0])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rees46", b"event_time,event_type\n", "data:1: has no column 'product_id'"),
        ("retailrocket", b"", "data:1: has no column 'timestamp'"),
        ("retailrocket", b"timestamp,visitorid,event,itemid,transactionid\n", "no row of"),
        ("retailrocket", b"timestamp,visitorid,event,itemid,transactionid\nx,ada@example.com,view,1,\n", "no row of"),
        ("ga4-bigquery", b"[{}]\n", "data:1: is no JSON object with 'event_name'"),
        ("segment", b'{"event": "Product Viewed"}\n', "data:1: is no JSON object with 'type'"),
        ("snowplow", b"a\tb\tc\n", "data:1: has 3 fields, not the 131"),
        ("snowplow", b"collector_tstamp,event\n", "data:1: has no column 'event_name'"),
        ("rees46", gzip.compress(f"{REES46_COLUMNS}\n".encode() * 99)[:-9], "cannot be read"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_its_line_and_what_to_do(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(ConfigError) as error:
        sessions(name, tmp_path / "data")
    assert says in str(error.value)
    assert "Next:" in str(error.value)
    assert "ada@" not in str(error.value)


def test_pages_and_sources_are_told_apart_by_the_trackers_own_words() -> None:
    source = "".join(
        (Path(__file__).parents[2] / "tracker_js/src" / f).read_text() for f in ("late/types.ts", "late/source.ts")
    )
    joined = "".join(source.replace("' +\n  '", "").split())
    for words in (PATHS, SOURCES):
        assert "".join(words.replace("\\", "").split()) in joined.replace("\\", "")
    kinds = Counter(
        page_type(p) for p in ("/", "/de/", "/products/lamp", "/shop", "/checkout/", "/thank-you", "/about-us")
    )
    assert kinds == {"home": 2, "product": 1, "listing": 1, "checkout": 1, "confirmation": 1, "other": 1}
    page = address_of("https://shop.example/p/1?gclid=x")
    assert source_class(page, "https://shop.example/") == "paid"
    assert source_class(address_of("https://shop.example/"), "https://m.facebook.com/x") == "social"
    assert source_class(address_of("https://shop.example/"), "https://blog.example/") == "referral"
    assert source_class(address_of("https://[bad"), None) == "direct"


@pytest.mark.parametrize("when", ["9" * 19, "9" * 30])
def test_a_time_that_no_clock_can_show_spoils_its_row_alone(when: str, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        f"timestamp,visitorid,event,itemid,transactionid\n1433221332117,1,view,5,\n{when},2,view,5,\n",
    )
    said: list[str] = []
    [only] = list(read("retailrocket", Source(path=str(file), on_skipped=said.append)))
    assert len(only.events) == 2
    assert "a value is out of range: 1; the first: events.csv:3" in said[0]


def test_a_thank_you_page_opened_again_in_a_later_visit_of_the_same_visitor_is_no_purchase(tmp_path: Path) -> None:
    def row(name: str, second: int, *, visitor: str, visit: int, order: str = "") -> str:
        params = {"ga_session_id": str(visit), "page_location": "https://shop.test/danke", "transaction_id": order}
        return json.dumps(
            {
                "event_name": name,
                "event_timestamp": str(1000 * (START_MS + 1000 * second)),
                "user_pseudo_id": visitor,
                "event_params": [{"key": key, "value": {"string_value": text}} for key, text in params.items()],
            }
        )

    rows = []
    for visitor, orders in {"anna": ("T1", "T1", "T2"), "bert": ("T1",), "cleo": ("(not set)", "(not set)")}.items():
        for visit, order in enumerate(orders):
            start = 90_000 * visit
            rows.append(row("page_view", start, visitor=visitor, visit=visit))
            rows.append(row("purchase", start + 1, visitor=visitor, visit=visit, order=order))
    file = tmp_path / "events.json"
    file.write_text("\n".join(rows) + "\n")
    found = list(read("ga4-bigquery", Source(path=str(file))))
    by_day = Counter(((one.began_at_ms - START_MS) // 90_000_000, one.has_bought) for one in found)
    # The first day all three buy. The second: anna's order told again, cleo's that has no number. The third: anna's next.
    assert by_day == {(0, True): 3, (1, False): 1, (1, True): 1, (2, True): 1}
    assert all(any(isinstance(event, ev.Purchase) for _, event in one.events) == one.has_bought for one in found)
