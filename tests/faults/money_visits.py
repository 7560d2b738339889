"""Shoppers of the money test: what each is up to, on whichever of several server processes answers."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from websockets.exceptions import WebSocketException

from bench.processes import ENVIRONMENT, free_port, wait_until_ready
from bench.sockets import until_known
from core import events as ev
from core.fields import Item
from core.wire import ActionFrame
from server.store.publish import StoredSite
from tests.server.serving import received, socket_to
from tests.support.builders import ORIGIN, frame, hello

WORKERS, TRIES, ANSWER_S = 4, 6, 0.4
DAY_S = 86_400


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


class Shoppers:
    """The processes, and everything that came of the visits to them."""

    def __init__(self, folder: Path, database_url: str, nats_url: str, site: StoredSite) -> None:
        self.folder, self.site = folder, site
        self.urls = [f"http://127.0.0.1:{free_port()}" for _ in range(WORKERS)]
        self.processes: list[subprocess.Popen[bytes] | None] = [None] * WORKERS
        self.offers: list[ActionFrame] = []
        self.codes: dict[bytes, set[str]] = {}
        self.answers: dict[str, int] = {}
        self.wrongly_taken = 0
        self.began_day = int(time.time() // DAY_S)
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
