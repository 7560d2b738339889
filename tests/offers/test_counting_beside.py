"""Counting a large shop's products is done beside the loop that answers its shoppers."""

import threading
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from server.store.catalogue import learn_from_events
from server.store.sold import Ledger

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Row(dict[str, Any]):
    """A row that remembers in which threads it was looked at."""

    def __init__(self, threads: set[threading.Thread], **columns: Any) -> None:
        super().__init__(**columns)
        self.threads = threads

    def __getitem__(self, name: str) -> Any:
        self.threads.add(threading.current_thread())
        return super().__getitem__(name)


class Answers:
    """A connection whose first question is answered with these rows, and every other one with none."""

    def __init__(self, row: Row) -> None:
        self.rows = [row]

    async def fetch(self, *_: Any) -> list[Row]:
        rows, self.rows = self.rows, []
        return rows

    async def execute(self, *_: Any) -> None:
        pass


async def test_orders_are_told_apart_beside_the_loop() -> None:
    threads: set[threading.Thread] = set()
    row = Row(threads, traffic="live", order_id="1", session_id=UUID(int=1), stream_day=date(2026, 11, 1),
              stream_id=b"123456789012", seq=1)  # fmt: skip
    connection: Any = Answers(row)
    assert await Ledger().orders(connection, "shop", ("live",), NOW) == []
    assert threads
    assert threading.main_thread() not in threads


async def test_products_are_read_from_events_beside_the_loop() -> None:
    threads: set[threading.Thread] = set()
    connection: Any = Answers(Row(threads, item_id="mug", payload=b"", path="/mug"))
    count = await learn_from_events(
        connection, "shop", ("live",), origin="https://shop.example", window_start=NOW.date(), since=NOW
    )
    assert count == 1
    assert threads
    assert threading.main_thread() not in threads
