"""The whole path under load, beside a bare echo and beside the naive way, in one run.

Everything is on in the full server: token seal, `sync_interval: always`, Postgres, writer and settle. One server process,
Postgres, NATS and the load share the machine's cores, so the ratios say more than the rates.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from bench.load import Point, Shopper, best_under, ladder
from bench.processes import free_port, running, wait_until_open, wait_until_ready
from bench.sockets import until_known
from core.wire import SUBPROTOCOL
from server.settings import load_settings
from server.store.publish import add_site
from server.store.running import connect_info

CONNECTIONS = 200
ECHO_RATES = [2000.0, 5000.0, 8000.0, 12000.0, 16000.0, 20000.0, 30000.0, 40000.0, 50000.0]
FULL_RATES = [250.0, 500.0, 1000.0, 1500.0, 2000.0, 2500.0, 3000.0, 4000.0, 5000.0, 6000.0, 8000.0]
NAIVE_RATES = [50.0, 100.0, 200.0, 300.0, 400.0, 600.0, 800.0, 1000.0, 1200.0]
SECONDS, QUICK_SECONDS = 4.0, 1.5


class NaiveShopper(Shopper):
    """The same events as JSON, answered one for one."""

    def fire(self, scheduled: float) -> None:
        self.seq += 1
        self.due[self.seq] = scheduled
        assert self.socket is not None
        body = {"session_id": self.session_id.hex(), "seq": self.seq, "type": self.seq % 30}
        self.socket.send(json.dumps(body).encode())


def run(*, quick: bool) -> dict[str, Any]:
    """Figures of the contract in DESIGN 8: `full_over_echo, full_over_naive, full_events_per_s, p99_ms_at_5000`."""
    return uvloop.run(_run(QUICK_SECONDS if quick else SECONDS, quick))


async def _run(seconds: float, quick: bool) -> dict[str, Any]:
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="fifthclick-bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        work = Path(folder)
        echo = await _echo(work, seconds, quick, console)
        full, naive = await _full_and_naive(work, seconds, quick, console)
    at_5000 = next((p.p99_ms for p in full if p.offered_per_s == 5000.0), None)
    best = {name: best_under(points) for name, points in (("echo", echo), ("full", full), ("naive", naive))}
    figures = {
        "full_over_echo": best["full"] / best["echo"] if best["echo"] else None,
        "full_over_naive": best["full"] / best["naive"] if best["naive"] else None,
        "full_events_per_s": best["full"],
        "p99_ms_at_5000": at_5000,
        "limit_p99_ms": 10.0,
        "connections": CONNECTIONS,
        "seconds_per_point": seconds,
        "points": {
            name: [p._asdict() for p in points] for name, points in (("echo", echo), ("full", full), ("naive", naive))
        },
    }
    _print(figures, Console())
    return figures


async def _echo(work: Path, seconds: float, quick: bool, console: Console) -> list[Point]:
    port = free_port()
    with running("-m", "bench.echo_server", str(port), log=work / "echo.log") as process:
        wait_until_open(port, process)
        rates = ECHO_RATES[1::2] if quick else ECHO_RATES
        url = f"ws://127.0.0.1:{port}/echo"
        return await ladder(_shoppers(None), url, "echo", rates, seconds, _reporter("echo", console))


async def _full_and_naive(work: Path, seconds: float, quick: bool, console: Console) -> tuple[list[Point], list[Point]]:
    port = free_port()
    data = work / "data"
    words = ("-m", "server", "serve", "--port", str(port), "--data-dir", str(data))
    with running(*words, log=work / "serve.log") as process:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        info = connect_info(load_settings(data_dir=str(data)))
        async with asyncpg.create_pool(info.database_url, min_size=1, max_size=1) as pool:
            site = await add_site(pool, name="bench", origins=["http://bench.example"], is_demo=True)
        await until_known(f"http://127.0.0.1:{port}", site.key)
        url = f"ws://127.0.0.1:{port}/_fc/v1/stream?site={site.key}"
        rates = FULL_RATES[1::2] if quick else FULL_RATES
        rates = sorted({*rates, 5000.0})
        full = await ladder(_shoppers(site.key), url, SUBPROTOCOL, rates, seconds, _reporter("full", console))
        naive_port = free_port()
        naive_words = ("-m", "bench.naive_server", str(naive_port), info.database_url)
        with running(*naive_words, log=work / "naive.log") as naive_process:
            wait_until_open(naive_port, naive_process)
            naive = await ladder(
                lambda: [NaiveShopper(None) for _ in range(CONNECTIONS)],
                f"ws://127.0.0.1:{naive_port}/naive",
                "naive",
                NAIVE_RATES[1::2] if quick else NAIVE_RATES,
                seconds,
                _reporter("naive", console),
            )
    return full, naive


def _shoppers(site_key: str | None) -> Any:
    return lambda: [Shopper(site_key) for _ in range(CONNECTIONS)]


def _reporter(name: str, console: Console) -> Any:
    def report(p: Point) -> None:
        console.print(
            f"  {name:5} {p.offered_per_s:7.0f}/s  p50 {p.p50_ms:7.2f} ms  p99 {p.p99_ms:7.2f} ms  "
            f"answered {p.answered_share:6.1%}  generator late by {p.late_ms:.1f} ms"
        )

    return report


def _print(figures: dict[str, Any], console: Console) -> None:
    table = Table(title="Events per second with p99 under 10 ms, one server process")
    for column in ("server", "best rate", "p50 ms there", "p99 ms there"):
        table.add_column(column, justify="right")
    for name, points in figures["points"].items():
        good = [p for p in points if p["p99_ms"] < figures["limit_p99_ms"] and p["answered_share"] > 0.999]
        best = max(good, key=lambda p: p["offered_per_s"], default=None)
        cells = [f"{best[k]:.1f}" for k in ("offered_per_s", "p50_ms", "p99_ms")] if best else ["none", "-", "-"]
        table.add_row(name, *cells)
    console.print(table)
    console.print(f"full / echo {figures['full_over_echo']}, full / naive {figures['full_over_naive']}")
