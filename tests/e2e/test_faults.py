"""The short forms of `make faults`: kills, an absent Postgres, offers in time, recorded sessions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import kill, latency, postgres, recorded
from tests.model.builders import write_recorded
from tests.support.served import ServedShop, served_shop
from tests.support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def served() -> Iterator[ServedShop]:
    with served_shop(latency.RULES) as shop:
        yield shop


# shows: C3
async def test_a_killed_server_loses_nothing_that_a_page_listed(served: ServedShop) -> None:
    figures = await kill.journeys(served, shoppers=1, pages=4, kills=1)
    assert figures["passed"], figures
    assert figures["listed_events"] > 10


# shows: C3 M3
async def test_while_postgres_is_away_visits_go_on_and_nothing_is_lost(served: ServedShop) -> None:
    figures = await postgres.outage(served, down_s=4, visits_per_s=4)
    assert figures["passed"], figures


# shows: C6
async def test_each_offer_says_how_long_it_took_from_capture_to_paint(served: ServedShop) -> None:
    figures = await latency.measure(served, 5)
    assert figures["offers"] == 5
    assert 0 < figures["p50_ms"] <= figures["max_ms"]


async def test_recorded_sessions_become_session_rows_with_a_score_after_each_event(
    stack: Stack, tmp_path: Path
) -> None:
    write_recorded(tmp_path, 20)
    figures = await recorded.play(stack, tmp_path, 20)
    assert figures["passed"], figures
