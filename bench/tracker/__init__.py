"""What the tag costs a page: beside nothing, beside Plausible's and beside PostHog's published npm files, in one run.

A believable shop page in a real Chromium. Time is the main thread's own in the tag's code, read alike for all three
(bench/tracker/trace.py).
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bench.processes import free_port, running, wait_until_open
from bench.tracker import cost, paint, sizes, stays
from bench.tracker.browser import chromium
from bench.tracker.numbers import median, ratio
from bench.tracker.offers import OFFERS as OFFERS_BY_KIND
from bench.tracker.peers import PEERS, NoPeer, fetch
from bench.tracker.shop import VARIANTS
from bench.tracker.table import print_tables

SLOWDOWNS = (1.0, 4.0)
LOADS, QUICK_LOADS = 15, 1
CLICK_ROUNDS, QUICK_CLICK_ROUNDS = 3, 1
CLICKS, QUICK_CLICKS = 14, 1
# The quick form shows that it runs: what PostHog sends after three seconds is not in it.
REST_S, QUICK_REST_S = cost.REST_S, 1.2
NAVIGATIONS, QUICK_NAVIGATIONS = 200, 40
OFFERS, QUICK_OFFERS = 150, 5
QUICK_KINDS = ("upsell", "free_shipping")


def run(*, quick: bool) -> dict[str, Any]:
    """Figures of the contract in DESIGN 8 (`load_ms_over_plausible, click_ms, cls`), and all that they are made of."""
    try:
        for peer in PEERS.values():
            fetch(peer)
    except NoPeer as missing:
        sys.exit(f"bench: {missing}")
    with tempfile.TemporaryDirectory(prefix="fifthclick-bench-") as folder, paint.served() as server:
        port = free_port()
        with running("-m", "bench.tracker.serve", str(port), log=Path(folder) / "serve.log") as process:
            wait_until_open(port, process)
            figures = asyncio.run(_measure(f"http://127.0.0.1:{port}", server, quick))
    print_tables(figures, Console())
    return figures


async def _measure(base_url: str, server: paint.Served, quick: bool) -> dict[str, Any]:
    loads = QUICK_LOADS if quick else LOADS
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("loads", total=loads * len(VARIANTS) * len(SLOWDOWNS))
        async with chromium() as browser:
            found = await cost.measure(
                browser,
                base_url,
                slowdowns=SLOWDOWNS,
                loads=loads,
                click_rounds=QUICK_CLICK_ROUNDS if quick else CLICK_ROUNDS,
                clicks=QUICK_CLICKS if quick else CLICKS,
                rest_s=QUICK_REST_S if quick else REST_S,
                done=lambda: progress.advance(bar),
            )
            navigations = QUICK_NAVIGATIONS if quick else NAVIGATIONS
            # Neither takes time, so they may run beside each other.
            bare, ours, moved = await asyncio.gather(
                stays.heap(browser, base_url, "bare", navigations),
                stays.heap(browser, base_url, "ours", navigations),
                stays.shifts(browser, base_url, QUICK_KINDS if quick else OFFERS_BY_KIND),
            )
            painted = await paint.measure(browser, base_url, server, QUICK_OFFERS if quick else OFFERS)
    return summary(
        found, {"bare": bare, "ours": ours}, moved, painted, sizes.measure(set().union(*found.files.values()))
    )


def summary(
    found: cost.Cost,
    heaps: dict[str, Any],
    moved: dict[str, float],
    painted: dict[str, Any],
    files: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """All figures, and beside them which targets they meet."""
    loads: dict[str, Any] = {}
    for (variant, slowdown), readings in found.loads.items():
        loads.setdefault(f"{slowdown:g}x", {})[variant] = {
            "script_ms": median([reading.script_ms for reading in readings]),
            "main_thread_ms": median([reading.main_ms for reading in readings]),
            "long_tasks": sum(len(reading.long_tasks) for reading in readings),
            "longest_task_ms": max(reading.longest_ms for reading in readings),
        }
    over = {
        f"{slowdown:g}x": ratio(
            *([reading.script_ms for reading in found.loads[name, slowdown]] for name in ("ours", "plausible"))
        )
        for slowdown in SLOWDOWNS
    }
    clicks = {variant: median([one.each_ms for one in each]) for (variant, _), each in found.clicks.items()}
    still = {variant: median([one.still_ms_per_s for one in each]) for (variant, _), each in found.clicks.items()}
    targets = {
        "load_at_most_twice_plausible": max(each["ratio"] for each in over.values()) <= 2.0,
        "no_long_task_of_ours": not any(loads[key]["ours"]["long_tasks"] for key in loads),
        "no_layout_shift": max(moved.values()) == 0.0,
        "heap_is_flat": stays.is_flat(heaps["ours"], heaps["bare"]),
    }
    return {
        "load_ms_over_plausible": over["1x"]["ratio"],
        "load_over_plausible": over,
        "click_ms": clicks["ours"]["median"],
        "cls": max(moved.values()),
        "event_to_paint_ms": painted,
        "targets": targets,
        "loads": loads,
        "clicks": clicks,
        "still_ms_per_s": still,
        "cls_by_offer": moved,
        "heap": {name: {key: value for key, value in each.items() if key != "samples"} for name, each in heaps.items()},
        "heap_samples": {name: each["samples"] for name, each in heaps.items()},
        "bytes": {variant: sizes.of(files, sorted(names)) for variant, names in found.files.items()},
        "files": files,
        "peers": {name: f"{peer.package} {peer.version} {peer.file}" for name, peer in PEERS.items()},
    }
