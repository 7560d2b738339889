"""The short form of `python -m tests.faults journeys`: a dozen visits over a line that is cut at random."""

from collections.abc import Iterator

import pytest

from bench.processes import free_port
from tests.faults import journeys
from tests.support.served import served_site
from tests.support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Stack, str, str]]:
    with served_site(free_port()) as site:
        yield site


# shows: C1 C3 C4
async def test_what_the_pages_counted_is_stored_once_in_one_session_however_the_line_was_cut(
    served: tuple[Stack, str, str],
) -> None:
    figures = await journeys.journeys(*served, count=12, restarts=1, seed=5)
    assert figures["passed"], figures
    assert figures["counted_events"] > 200
    assert figures["cuts"] > 20
