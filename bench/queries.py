"""The analysts' questions, one by one: milliseconds of every view in `marts`, beside one pass over all events on the same data.

Visits of simulated shoppers go through the engine, the writer and settle, and are then copied inside the database under new
names until there are enough. Asked as the analyst, every column reckoned. At two sizes, so that what grows faster than the data
is seen: `growth` is how many times longer a view takes for four times the visits (4 is in step). Milliseconds are of this
machine; the ratios say more.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from server.embedded.postgres import EmbeddedPostgres
from server.store.migrate import migrate
from server.store.roles import ANALYST, ensure_login
from server.writer.settle import Settler
from tests.store.simulated import TWO_ACTIONS, fill
from tests.store.visits import NOON, shop
from tests.support.scorer import HashScorer

PLAYED, QUICK_PLAYED = 2_000, 200
VISITS, QUICK_VISITS = 100_000, 4_000
ROUNDS, QUICK_ROUNDS = 5, 2
_PASS_EVERY = 6
TIMES_SMALLER = 4
LONGEST_S, QUICK_LONGEST_S = 120, 8
"""What takes longer is stopped and has no figure."""

TABLES = (
    "raw.events", "marts.sessions", "marts.decisions", "marts.exposures", "marts.claims", "marts.orders", "marts.outcomes",
    "marts.explanations",
)  # fmt: skip
_PASS = "SELECT count(e), sum(length(payload)) FROM raw.events AS e"
_CLAIMS = """
    INSERT INTO marts.claims (site_id, session_id, action_id, decision_id, traffic, claimed_at, amount_minor, currency,
        redeemed_at, redeemed_order_id)
    SELECT o.site_id, o.session_id, o.action_id, o.decision_id, o.traffic, o.decided_at, 490, o.currency, r.placed_at, r.order_id
    FROM marts.outcomes AS o
    JOIN LATERAL (
        SELECT * FROM marts.orders AS r WHERE r.site_id = o.site_id AND r.session_id = o.session_id LIMIT 1
    ) AS r ON true
    WHERE o.is_first_choice AND o.goal = 'purchase' AND o.arm = 'treatment'
    ON CONFLICT DO NOTHING
"""


def run(*, quick: bool) -> dict[str, Any]:
    """Figures by view: `ms` (median), `over_pass` (how many passes over all events it takes), `growth`, `row_count`."""
    with tempfile.TemporaryDirectory(prefix="fifthclick-queries-", dir="/var/tmp") as name:
        folder = Path(name)
        # Postgres runs as a user of its own, who has to get to its folder.
        folder.chmod(0o711)
        figures = asyncio.run(_run(folder, quick=quick))
    _print(figures)
    return figures


async def _run(folder: Path, *, quick: bool) -> dict[str, Any]:
    visits, rounds = (QUICK_VISITS, QUICK_ROUNDS) if quick else (VISITS, ROUNDS)
    longest_s = QUICK_LONGEST_S if quick else LONGEST_S
    postgres = EmbeddedPostgres(folder / "postgres")
    url = await postgres.start()
    try:
        await migrate(url)
        rules = await shop(url, TWO_ACTIONS)
        await fill(url, range(QUICK_PLAYED if quick else PLAYED), rules, HashScorer())
        owner = await asyncpg.connect(url)
        await owner.execute(_CLAIMS)
        analyst = await asyncpg.connect(await ensure_login(url, ANALYST, folder / "analyst.password"))
        await analyst.execute(f"SET statement_timeout = '{longest_s}s'")
        views = [
            row[0]
            for row in await owner.fetch(
                "SELECT table_name FROM information_schema.views WHERE table_schema = 'marts' ORDER BY 1"
            )
        ]
        small = await _grown(owner, url, visits // TIMES_SMALLER)
        before = {view: (await _timed(analyst, _asking(view)))[0] for view in views}
        large = await _grown(owner, url, visits)
        times: dict[str, list[float | None]] = {view: [] for view in views}
        passes, counts = [], {}
        for _ in range(rounds):
            for place, view in enumerate(views):
                # The pass is timed between the views, so that a machine that is slower for a while is so for both.
                if place % _PASS_EVERY == 0:
                    passes.append((await _timed(owner, _PASS))[0] or 0.0)
                took, counts[view] = await _timed(analyst, _asking(view)) if None not in times[view] else (None, None)
                times[view].append(took)
        await analyst.close()
        await owner.close()
    finally:
        await postgres.stop()
    one_pass = median(passes)
    return {
        "visits": large["visits"],
        "events": large["events"],
        "visits_of_the_smaller": small["visits"],
        "pass_ms": round(one_pass, 2),
        "views": {view: _figures(times[view], before[view], one_pass, counts[view]) for view in views},
    }


def _figures(times: list[float | None], before: float | None, one_pass: float, row_count: int | None) -> dict[str, Any]:
    known = [each for each in times if each is not None]
    if len(known) < len(times):
        return {"ms": None, "over_pass": None, "growth": None, "row_count": None}
    ms = median(known)
    growth = None if before is None else round(ms / before, 2)
    return {"ms": round(ms, 2), "over_pass": round(ms / one_pass, 3), "growth": growth, "row_count": row_count}


def _asking(view: str) -> str:
    """A row as a whole, so that every column is reckoned; only the count comes back."""
    return f"SELECT count(v) FROM marts.{view} AS v"


async def _timed(connection: Any, query: str) -> tuple[float | None, int | None]:
    """Milliseconds and what was counted; None where it took too long."""
    began = time.perf_counter()
    try:
        counted = await connection.fetchval(query, timeout=None)
    except asyncpg.QueryCanceledError:
        return None, None
    return (time.perf_counter() - began) * 1000.0, counted


async def _grown(connection: Any, url: str, visits: int) -> dict[str, int]:
    """Copies of the visits under new names until there are about so many; rollups and the planner know of them."""
    there = await connection.fetchval("SELECT count(*) FROM marts.sessions")
    copies = max(0, visits // there - 1)
    first = await connection.fetchval("SELECT count(*) FROM raw.dirty_days") + there
    async with connection.transaction():
        for table in TABLES if copies else ():
            await connection.execute(await _copying(connection, table, copies, str(first)))
        await connection.execute(
            "INSERT INTO raw.dirty_days SELECT DISTINCT site_id, (started_at AT TIME ZONE 'UTC')::date FROM marts.sessions"
            " ON CONFLICT DO NOTHING"
        )
    await Settler(url).settle(NOON)
    await connection.execute("VACUUM ANALYZE")
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM marts.sessions) AS visits, (SELECT count(*) FROM raw.events) AS events"
    )
    return dict(row)


async def _copying(connection: Any, table: str, copies: int, salt: str) -> str:
    """A statement that copies the table's rows so many times; keys get names of their own, the same in every table."""
    schema, _, name = table.partition(".")
    columns = [
        row[0]
        for row in await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
            " AND is_generated = 'NEVER' AND is_identity = 'NO'",
            schema, name,
        )
    ]  # fmt: skip
    mark = f"'|{salt}|' || n"
    renamed = {
        "session_id": f"md5(session_id::text || {mark})::uuid",
        "stream_id": f"decode(substr(md5(encode(stream_id, 'hex') || {mark}), 1, 24), 'hex')",
        **{
            column: f"substr(md5({column} || {mark}), 1, 16)"
            for column in ("decision_id", "first_decision_id", "order_id", "redeemed_order_id")
        },
    }
    values = ", ".join(renamed.get(column, column) for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, generate_series(1, {copies}) AS n"


def _print(figures: dict[str, Any]) -> None:
    title = f"{figures['visits']:,} visits, {figures['events']:,} events; one pass over all events {figures['pass_ms']:,.0f} ms"
    table = Table(title=title, title_justify="left")
    table.add_column("view")
    for heading in ("ms", "passes", "growth", "rows"):
        table.add_column(heading, justify="right")
    for view, found in sorted(figures["views"].items(), key=lambda each: -(each[1]["ms"] or float("inf"))):
        if found["ms"] is None:
            table.add_row(view, "too long", "-", "-", "-")
            continue
        growth = "-" if found["growth"] is None else f"{found['growth']:.1f}"
        table.add_row(view, f"{found['ms']:,.1f}", f"{found['over_pass']:.2f}", growth, f"{found['row_count']:,}")
    Console().print(table)
