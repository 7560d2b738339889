"""Four server processes, one budget, one pool of codes; replayed and forged tokens and tickets, pages that lie, and SIGKILL.

An offer counts as it reaches a page, whoever asked for it and how often. What was withheld counts no more only where its ticket
is void for ever.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import asyncpg
from websockets.exceptions import WebSocketException

from bench.processes import ENVIRONMENT, free_port, wait_until_ready
from bench.sockets import until_known
from core import events as ev
from core.fields import Item
from core.wire import ActionFrame
from server.embedded.nats import EmbeddedNats
from server.embedded.postgres import EmbeddedPostgres
from server.store.migrate import migrate
from server.store.publish import StoredSite, add_site, publish_rules
from tests.server.serving import received, socket_to
from tests.support.builders import ORIGIN, frame, hello

WORKERS, VISITS, AT_ONCE = 4, 240, 24
COST, BUDGET, CODES = 500, 120 * 500, 80
TRIES, ANSWER_S = 6, 0.4
RULES = f"""
[segments]
likely_to_buy_at = 1.0
on_the_fence_at = 0.0
[pacing]
after_page_views = 1
[arms]
holdout_share = 0.0
no_holdout_because = "a test"
[choosing]
by = "order"
[[actions]]
id = "welcome"
segments = ["on_the_fence", "unlikely_to_buy"]
cost_minor = {COST}
budget_minor_per_day = {BUDGET}
deadline_minutes = 15
[actions.action]
type = "free_shipping"
title = "Free shipping today"
honour = {{ by = "pool", pool = "welcome" }}
"""


_REASONS = "SELECT reason, count(*) AS n FROM marts.decisions GROUP BY reason ORDER BY n DESC"


class Visit(NamedTuple):
    """One session on one page, whose events are the same bytes each time that it is played."""

    session_id: bytes
    stream: bytes
    began_ms: int

    def page(self) -> bytes:
        view = ev.PageView(seq=1, at_ms=self.began_ms, page_type="product")
        item = Item("sku-1", price_minor=60_000)
        seen = ev.ViewItem(seq=2, at_ms=self.began_ms + 1_000, currency="EUR", value_minor=60_000, items=(item,))
        return frame(view, seen, stream=self.stream)

    def rest(self, seq: int) -> bytes:
        return frame(ev.Dwell(seq=seq, at_ms=self.began_ms + seq * 4_000, active_ms=4_000), stream=self.stream)

    def withheld(self, seq: int, decision_id: str) -> bytes:
        told = ev.ActionWithheld(
            seq=seq, at_ms=self.began_ms + seq * 4_000, decision_id=decision_id, action_id="welcome", reason="typing"
        )
        return frame(told, stream=self.stream)


class Money:
    """The processes, and everything that came of the visits."""

    def __init__(self, folder: Path, database_url: str, nats_url: str, site: StoredSite) -> None:
        self.folder, self.site = folder, site
        self.urls = [f"http://127.0.0.1:{free_port()}" for _ in range(WORKERS)]
        self.processes: list[subprocess.Popen[bytes] | None] = [None] * WORKERS
        self.offers: list[ActionFrame] = []
        self.codes: dict[bytes, set[str]] = {}
        self.answers: dict[str, int] = {}
        self.wrongly_taken = 0
        self._chance = random.Random(1)
        self._environment = {**ENVIRONMENT, "DATABASE_URL": database_url, "NATS_URL": nats_url}

    def start(self, number: int) -> None:
        roles = "gateway,writer,settle" if number == 0 else "gateway"
        words = (
            "--port",
            self.urls[number].rpartition(":")[2],
            "--data-dir",
            str(self.folder / f"data{number}"),
            "--roles",
            roles,
        )
        keys = {"FIFTHCLICK_TOKEN_KEYS_FILE": str(self.folder / "token.keys")}
        with (self.folder / f"serve{number}.log").open("ab") as log:
            self.processes[number] = subprocess.Popen(
                [sys.executable, "-m", "server", "serve", *words],
                stdout=log,
                stderr=log,
                env={**self._environment, **keys},
            )

    def kill(self, number: int) -> None:
        process = self.processes[number]
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()

    async def ready(self, number: int) -> None:
        process = self.processes[number]
        assert process is not None
        await asyncio.to_thread(wait_until_ready, self.urls[number], process)
        await until_known(self.urls[number], self.site.key)

    async def visit(self, number: int, http: aiohttp.ClientSession) -> None:
        """One shopper; what they are up to goes by their number."""
        visit = Visit(os.urandom(16), b"", int(time.time() * 1000))
        visit = visit._replace(stream=(visit.began_ms // 86_400_000).to_bytes(2, "big") + os.urandom(12))
        kind = number % 6
        token = os.urandom(200) if kind == 1 else None
        offers = await self.play(visit, token=token, says_withheld=kind == 2)
        if kind == 3:  # played again from its beginning, on several processes at once
            again = await asyncio.gather(*(self.play(visit, token=None) for _ in range(3)))
            offers += [offer for more in again for offer in more]
        for offer in offers:
            claim = str(offer.params.get("claim"))
            if kind == 4:
                stranger = visit._replace(session_id=os.urandom(16))
                forged = claim[:-6] + ("AAAAAA" if not claim.endswith("AAAAAA") else "BBBBBB")
                got = [await self.claim(http, stranger, claim), await self.claim(http, visit, forged)]
                self.wrongly_taken += sum(reason != "forged_claim" for reason in got)
            if kind != 5:
                await asyncio.gather(*(self.claim(http, visit, claim) for _ in range(4)))

    async def play(self, visit: Visit, *, token: bytes | None, says_withheld: bool = False) -> list[ActionFrame]:
        """The visit up to its first offer, on some process; on another where that one is gone."""
        for _ in range(8):
            url = self._chance.choice(self.urls)
            with suppress(OSError, WebSocketException, TimeoutError):
                async with socket_to(url, key=self.site.key, origin=ORIGIN) as socket:
                    first = hello(
                        token=token, key=self.site.key, session_id=visit.session_id, stream=visit.stream,
                        sent_at_ms=visit.began_ms,
                    )  # fmt: skip
                    await socket.send(first)
                    await socket.send(visit.page())
                    for seq in range(3, 3 + TRIES):
                        await socket.send(visit.rest(seq))
                        offer = await self._offer(socket)
                        if offer is not None:
                            if says_withheld:
                                await socket.send(visit.withheld(seq + 1, offer.decision_id))
                                await asyncio.sleep(0)
                            return [offer]
                    return []
            await asyncio.sleep(0.2)
        return []

    async def _offer(self, socket: Any) -> ActionFrame | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while True:
                    answer = await received(socket)
                    if isinstance(answer, ActionFrame):
                        self.offers.append(answer)
                        return answer
        return None

    async def claim(self, http: aiohttp.ClientSession, visit: Visit, claim: str) -> str:
        """Ask any process, until one answers. The reason of a refusal, or `claimed`."""
        asked = {"site": self.site.key, "session": visit.session_id.hex(), "claim": claim}
        for _ in range(20):
            url = f"{self._chance.choice(self.urls)}/_fc/v1/claims"
            with suppress(aiohttp.ClientError, OSError):
                async with http.post(url, json=asked, headers={"Origin": ORIGIN}) as response:
                    answer = await response.json(content_type=None)
                    reason = str(answer.get("reason", "claimed"))
                    if response.status != 503:
                        self.answers[reason] = self.answers.get(reason, 0) + 1
                        if reason == "claimed":
                            self.codes.setdefault(visit.session_id, set()).add(str(answer["code"]))
                        return reason
            await asyncio.sleep(0.2)
        return "no_answer"


def run(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="fifthclick-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        return asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> dict[str, Any]:
    async with AsyncExitStack() as end:
        postgres, nats = EmbeddedPostgres(folder / "postgres"), EmbeddedNats(folder / "nats")
        end.push_async_callback(postgres.stop)
        database_url = await postgres.start()
        end.push_async_callback(nats.stop)
        nats_url = await nats.start()
        await migrate(database_url)
        (folder / "token.keys").write_text(f"1 {os.urandom(32).hex()}\n")
        pool = await end.enter_async_context(asyncpg.create_pool(database_url, min_size=1, max_size=2))
        site = await add_site(pool, name="shop", origins=[ORIGIN])
        await publish_rules(pool, site.site_id, RULES, "for a test")
        await pool.execute("INSERT INTO config.code_pools VALUES ('shop', 'welcome', $1)", CODES)
        await pool.execute(
            "INSERT INTO config.codes (site_id, pool, code) SELECT 'shop', 'welcome', 'W-' || n FROM generate_series(1, $1) n",
            CODES,
        )
        money = Money(folder, database_url, nats_url, site)
        end.callback(_end, money)
        for number in range(WORKERS):
            money.start(number)
        await asyncio.gather(*(money.ready(number) for number in range(WORKERS)))
        await _visits(money)
        return await _figures(money, pool)


async def _visits(money: Money) -> None:
    """All of them, some at once; one process is killed in the middle and started again."""
    turns = asyncio.Semaphore(AT_ONCE)

    async with aiohttp.ClientSession() as http:

        async def one(number: int) -> None:
            async with turns:
                if number == VISITS // 6:
                    await asyncio.to_thread(money.kill, WORKERS - 1)
                    money.start(WORKERS - 1)
                await money.visit(number, http)

        await asyncio.gather(*(one(number) for number in range(VISITS)))


async def _figures(money: Money, pool: asyncpg.Pool) -> dict[str, Any]:
    """What left beside the budget, and who has which code; in the rows and as the pages saw it."""
    given = [code for codes in money.codes.values() for code in codes]
    rows = await pool.fetch("SELECT session_id, code FROM marts.claims")
    voided = await pool.fetchval("SELECT count(*) FROM raw.void_offers")
    both = await pool.fetchval("SELECT count(*) FROM raw.void_offers JOIN marts.claims USING (site_id, decision_id)")
    spent = COST * (len(money.offers) - voided)
    in_rows = {row["session_id"].bytes: row["code"] for row in rows}
    seen_alike = all({in_rows.get(who)} == codes for who, codes in money.codes.items())
    return {
        "passed": spent <= BUDGET + COST
        and len(money.offers) >= BUDGET // COST // 2
        and len(given) == len(set(given)) == len(in_rows) == len({row["code"] for row in rows})
        and seen_alike
        and not both
        and not money.wrongly_taken,
        "workers": WORKERS,
        "visits": VISITS,
        "budget_minor": BUDGET,
        "offers_left": len(money.offers),
        "offers_void": voided,
        "spent_minor": spent,
        "most_allowed_minor": BUDGET + COST,
        "codes": CODES,
        "codes_given": len(given),
        "codes_given_twice": len(given) - len(set(given)),
        "visits_with_two_codes": sum(len(codes) > 1 for codes in money.codes.values()),
        "claimed_though_void": both,
        "forged_or_foreign_taken": money.wrongly_taken,
        "claim_answers": money.answers,
        "reasons": {r["reason"]: r["n"] for r in await pool.fetch(_REASONS)},
    }


def _end(money: Money) -> None:
    for process in money.processes:
        if process is not None and process.poll() is None:
            process.terminate()
    for process in money.processes:
        if process is not None:
            process.wait(30)
