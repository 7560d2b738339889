"""What a merchant and an operator do: start again, add a site, change a text, check a decision."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bench.processes import running, wait_until_open
from tests.faults.latency import RULES
from tests.support.browser import shopper
from tests.support.journeys import DECISIONS, until_stored, walk
from tests.support.served import ServedShop, served_shop
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def served() -> Iterator[ServedShop]:
    with served_shop(RULES) as shop:
        yield shop


# shows: F10
async def test_a_real_visit_replays_equal_and_an_altered_decision_is_named(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    async with shopper(browser) as visitor:
        await walk(visitor, stack.shop_url, "on-the-fence", arm="treatment")
        await visitor.offer()
        await visitor.rest("action_shown")
        await until_stored(stack, visitor)
        session_id = await visitor.session_id()
    assert stack.cli("replay", session_id.hex()).startswith("Equal")

    changed = tmp_path / "rules.toml"
    changed.write_text(stack.cli("rules", "pull", "demo").replace("on_the_fence_at = 0.15", "on_the_fence_at = 0.69"))
    assert "on_the_fence" in stack.cli("replay", session_id.hex(), "--rules", str(changed), check=False)

    [chosen] = [d for d in await stack.rows(DECISIONS, session_id) if d["action_id"]]
    await stack.rows(
        "UPDATE marts.decisions SET reason = 'nothing_fits' WHERE decision_id = $1 RETURNING 1", chosen["decision_id"]
    )
    said = stack.cli("replay", session_id.hex(), check=False)
    assert chosen["decision_id"] in said
    assert "reason is nothing_fits" in said.replace("'", "")


# shows: G3
async def test_a_changed_text_is_on_an_open_pages_next_offer_within_five_seconds(
    served: ServedShop, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    async with shopper(browser) as visitor:
        await visitor.goto(f"{served.shop_url}/blog")
        first = await visitor.offer()
        assert "Something to read" in await first.inner_text()
        file.write_text(
            served.stack.cli("rules", "pull", "demo").replace("Something to read", "Something else to read")
        )
        assert "Live: demo version" in served.stack.cli("rules", "publish", "demo", str(file))
        published = time.monotonic()
        await visitor.goto(f"{served.shop_url}/faq")
        second = await visitor.offer()
        assert "Something else to read" in await second.inner_text()
        assert time.monotonic() - published < 5 + 2  # a page rests 2 s before any offer


async def test_a_second_site_needs_four_commands_to_its_first_session_row(
    served: ServedShop, browser: Browser, tmp_path: Path
) -> None:
    stack = served.stack
    port = stack.shop_port + 1
    [key] = set(re.findall(r"pk_\w+", stack.cli("site", "add", "Second shop", "--origin", f"http://127.0.0.1:{port}")))
    words = ("--port", str(port), "--tag-host", stack.base_url, "--site-key", key, "--data-dir", str(tmp_path))
    with running("-m", "demo", *words, log=tmp_path / "shop.log") as process:
        wait_until_open(port, process)
        async with shopper(browser) as visitor:
            await visitor.goto(f"http://127.0.0.1:{port}/c/headphones")
            await visitor.rest("dwell")
            await until_stored(stack, visitor)
    stack.cli("settle", "--as-of", "+31m")
    rows = await stack.rows("SELECT * FROM marts.sessions WHERE site_id = 'second-shop'")
    assert len(rows) == 1


# shows: M1
def test_a_second_start_of_the_demo_has_kept_its_rows() -> None:
    with running_stack() as demo:
        count = ("sql", "--csv", "SELECT count(*) FROM marts.sessions")
        assert demo.cli(*count).split() == ["count", "0"]
        demo.cli("simulate", "--shoppers", "5", "--rate", "5")
        demo.cli("settle", "--as-of", "+31m")
        assert demo.stop() == 0
        demo.start("--no-simulate")
        assert demo.cli(*count).split() == ["count", "5"]
