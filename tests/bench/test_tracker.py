"""`python -m bench tracker`: what it makes of a trace, its medians and slopes, and in short what it measures in a browser."""

import io
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bench.processes import free_port, running, wait_until_open
from bench.tracker import peers, stays
from bench.tracker.browser import Tracing, chromium, visitor
from bench.tracker.cost import click, load
from bench.tracker.numbers import median, ratio, slope
from bench.tracker.peers import NoPeer, Peer
from bench.tracker.trace import read

SHOP, TAG = "http://127.0.0.1:1", "http://127.0.0.1:1/tag/ours/"
TASK_MS = 80


def event(
    name: str, at_ms: float, ms: float, url: str = "", *, cpu: float | None = None, tid: int = 1
) -> dict[str, Any]:
    arguments = {"data": {"url": url}} if url else {}
    own = {"tts": at_ms * 1000, "tdur": (ms if cpu is None else cpu) * 1000}
    return {
        "ph": "X",
        "name": name,
        "pid": 1,
        "tid": tid,
        "ts": at_ms * 1000,
        "dur": ms * 1000,
        "args": arguments,
        **own,
    }


PAGE = event("EvaluateScript", 0, 3, SHOP + "/ours/c-0")


def test_a_scripts_time_is_its_outermost_spans_and_nobody_elses() -> None:
    reading = read(
        [
            PAGE,
            event("EvaluateScript", 10, 8, TAG + "t.js"),
            event("FunctionCall", 12, 4, TAG + "t.js"),
            event("FunctionCall", 30, 2, TAG + "l.js", cpu=1),
            event("FunctionCall", 40, 5, SHOP + "/own.js"),
            event("RunMicrotasks", 50, 7, tid=2),
        ],
        SHOP,
        TAG,
    )
    assert reading.script_ms == 9, (
        "8 and 1: what lies within counts once, waiting not at all, another thread is another page"
    )


def test_what_names_no_script_is_of_the_one_before_it_in_the_task_or_the_tags() -> None:
    after_the_shops = [
        event("RunTask", 10, 10),
        event("FunctionCall", 10, 2, SHOP + "/own.js"),
        event("RunMicrotasks", 13, 4),
    ]
    after_ours = [event("RunTask", 30, 10), event("FunctionCall", 30, 2, TAG + "t.js"), event("RunMicrotasks", 33, 4)]
    alone = [event("RunTask", 50, 10), event("v8.evaluateModule", 51, 3), event("Layout", 54, 6)]
    assert read([PAGE, *after_the_shops], SHOP, TAG).script_ms == 0
    assert read([PAGE, *after_ours], SHOP, TAG).script_ms == 6
    assert read([PAGE, *alone], SHOP, TAG).script_ms == 3


def test_what_a_scripts_promises_do_is_its_own_until_the_browser_does_something_else() -> None:
    called = [
        event("RunTask", 10, 20),
        event("v8.callFunction", 10, 9),
        event("FunctionCall", 10, 4, TAG + "t.js"),
        event("Layout", 22, 5),
    ]
    module = [event("RunTask", 40, 20), event("v8.evaluateModule", 41, 3), event("EventDispatch", 49, 5)]
    compiled = [event("RunTask", 70, 20), event("v8.compileModule", 71, 3, TAG + "l.js")]
    the_shops = [
        event("RunTask", 100, 20),
        event("v8.callFunction", 100, 9),
        event("FunctionCall", 100, 4, SHOP + "/own.js"),
    ]
    assert read([PAGE, *called], SHOP, TAG).script_ms == 9, "the browser's call, and nothing after it"
    assert read([PAGE, *module], SHOP, TAG).script_ms == 8, "a module's, to the page's own event"
    assert read([PAGE, *compiled], SHOP, TAG).script_ms == 3, "what is only compiled promises nothing"
    assert read([PAGE, *the_shops], SHOP, TAG).script_ms == 0


@pytest.mark.parametrize(("script_ms", "is_its_own"), [(10, False), (29, False), (30, True), (45, True)])
def test_a_task_is_ours_where_it_would_not_be_long_without_us(script_ms: int, is_its_own: bool) -> None:
    task = [event("RunTask", 10, TASK_MS), event("FunctionCall", 12, script_ms, TAG + "t.js")]
    assert len(read([PAGE, *task], SHOP, TAG).long_tasks) == is_its_own
    waited = [event("RunTask", 10, TASK_MS, cpu=20), event("FunctionCall", 12, script_ms, TAG + "t.js", cpu=10)]
    assert read([PAGE, *waited], SHOP, TAG).long_tasks == [], "the machine was busy, not the page"


def test_a_median_lies_in_its_interval_and_a_ratio_follows_both_sides() -> None:
    figure = median([1.0, 2.0, 3.0, 4.0, 100.0])
    assert figure["median"] == 3.0
    assert figure["low"] < 3.0 < figure["high"]
    both = ratio([6.0, 6.2, 6.1], [3.0, 3.1, 3.05])
    assert both["ratio"] == pytest.approx(2.0, abs=0.05)
    assert both["low"] <= both["ratio"] <= both["high"]


def test_a_slope_is_not_tipped_by_one_full_heap_and_sees_a_leak() -> None:
    navigations = [float(n) for n in range(0, 200, 10)]
    flat = [1000.0 + (500_000.0 if n == 90 else 0.0) for n in navigations]
    assert slope(navigations, flat)["slope"] == 0.0
    assert slope(navigations, [1000.0 + 40.0 * n for n in navigations])["slope"] == pytest.approx(40.0)


def test_flat_means_no_bytes_no_nodes_and_no_listeners_beyond_the_pages_own() -> None:
    def grown(**each: float) -> dict[str, Any]:
        names = ("bytes", "nodes", "listeners")
        samples = [
            {"navigations": n, **{name: int(n * each.get(name, 0)) for name in names}} for n in range(0, 200, 10)
        ]
        return stays.growth(samples)

    assert stays.is_flat(grown(bytes=100), grown(bytes=20))
    assert not stays.is_flat(grown(bytes=2000), grown())
    assert not stays.is_flat(grown(nodes=1), grown()), "an element that is kept"
    assert not stays.is_flat(grown(listeners=1), grown()), "a listener for each route"


def test_another_file_than_the_pinned_one_is_refused_with_a_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "FOLDER", tmp_path / "peers")
    archive = tmp_path / "tag.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        header = tarfile.TarInfo("package/tag.js")
        header.size = 2
        tar.addfile(header, io.BytesIO(b"//"))
    with pytest.raises(NoPeer, match="Next:"):
        peers.unpack(Peer("a-tag", "1.0.0", "AAAA", "tag.js"), archive)
    assert not (tmp_path / "peers").exists()


def test_without_npm_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPeer, match=r"Next: tools/setup\.sh node"):
        peers.fetch(peers.PEERS["plausible"])


@pytest.fixture
async def shop_url(tmp_path: Path) -> AsyncIterator[str]:
    port = free_port()
    with running("-m", "bench.tracker.serve", str(port), log=tmp_path / "serve.log") as process:
        wait_until_open(port, process)
        yield f"http://127.0.0.1:{port}"


@pytest.mark.e2e
async def test_a_browser_says_what_the_tag_costs_and_that_the_plain_page_costs_nothing(shop_url: str) -> None:
    async with chromium() as browser:
        tracing = Tracing(await browser.new_browser_cdp_session())
        async with visitor(browser) as (page, session):
            ours = await load(page, tracing, shop_url, "ours")
            each_ms, still_ms_per_s = await click(session, tracing, shop_url, "ours", 3)
            assert await page.evaluate("document.querySelectorAll('*').length") > 1500
        async with visitor(browser) as (page, session):
            bare = await load(page, tracing, shop_url, "bare")
    assert bare.script_ms == 0
    assert 0 < ours.script_ms < ours.main_ms
    assert ours.longest_ms <= ours.script_ms
    assert 0 < each_ms < 10
    assert 0 < still_ms_per_s < 10


# shows: G10
@pytest.mark.e2e
async def test_forty_routes_leave_no_node_and_no_listener_behind(shop_url: str) -> None:
    async with chromium() as browser:
        ours = await stays.heap(browser, shop_url, "ours", 40)
    assert abs(ours["nodes_per_navigation"]) < 0.05
    assert abs(ours["listeners_per_navigation"]) < 0.05
    assert ours["bytes_per_navigation"]["slope"] < 4096


# shows: G10
@pytest.mark.e2e
async def test_an_offer_moves_nothing_when_it_comes_and_when_it_goes(shop_url: str) -> None:
    async with chromium() as browser:
        moved = await stays.shifts(browser, shop_url, ("upsell", "free_shipping"))
    assert moved == {"upsell": 0.0, "free_shipping": 0.0}
