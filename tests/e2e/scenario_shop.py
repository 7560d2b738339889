"""The worked example as visits over real sockets: a shop of its own in the running stack, and shoppers in compressed time."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import replace

from core import events as ev
from core.assignment import assign
from core.pacing import ActionEvent
from core.records import Arm
from core.rules import Rules
from model.simulator.client import Played, Player, Scripted, Target
from server.cli import main
from server.store.publish import add_site, site_of
from server.store.rulebook import Rulebook
from tests.model.scenario import START_MS
from tests.support.stack import Stack

SITE_ID = "headphones"
RULES = Path(__file__).with_name("scenario.toml")
Event = tuple[bytes, ev.Event]


class Shop(NamedTuple):
    """The shop's site. `shift_ms`: what brings the scenario's events to a few minutes ago."""

    stack: Stack
    key: str
    rules: Rules
    shift_ms: int

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self.stack.port}/_fc/v1/stream"

    def session_id(self, name: str, arm: Arm = "treatment") -> bytes:
        """The first of this name's ids that falls into the arm."""
        ids = (sha256(f"{name} {number}".encode()).digest()[:16] for number in range(10_000))
        return next(each for each in ids if assign(self.rules, each, None).arm == arm)


class Offered(NamedTuple):
    """An offer that reached the page, and after which event, counted from landing."""

    decision_id: str
    action_id: str
    action_type: str
    at_ms: int


class Visit(NamedTuple):
    """What was played, and what the page was offered."""

    shop: Shop
    session_id: bytes
    sent: list[Event]
    offers: list[Offered]

    async def rows(self, table: str, order: str = "1") -> list[dict[str, Any]]:
        query = f"SELECT * FROM {table} WHERE session_id = encode($1, 'hex')::uuid ORDER BY {order}"
        return await self.shop.stack.rows(query, self.session_id)

    async def decisions(self) -> list[dict[str, Any]]:
        """Those that chose an action."""
        rows = await self.rows("marts.decisions", "decided_at, seq")
        return [row for row in rows if row["action_id"]]

    async def told(self, *words: str) -> Any:
        """What `fifthclick explain --json` says of it."""
        return await asyncio.to_thread(_told, str(UUID(bytes=self.session_id)), self.shop, words)


class _Script:
    """Plays events in their order, and answers an offer with what the shopper does about it, after `waits_ms` each."""

    takes_socket_per_page = True
    takes_offers = True

    def __init__(self, events: Sequence[Event], answers: Sequence[type[ActionEvent]]) -> None:
        self._waiting = list(events)
        self._answers = list(answers)
        self._documents: dict[bytes, int] = {}
        self._seqs: dict[int, int] = {}
        self._last: Event | None = None
        self.sent: list[Event] = []
        self.offers: list[Offered] = []

    def next(self) -> Scripted | None:
        if not self._waiting:
            return None
        stream, event = self._waiting.pop(0)
        self._last = (stream, event)
        document = self._documents.setdefault(stream, len(self._documents))
        self._seqs[document] = self._seqs.get(document, 0) + 1
        numbered = replace(event, seq=self._seqs[document])
        self.sent.append((stream, numbered))
        return Scripted(document, numbered)

    def offer(self, decision_id: str, action_id: str, action_type: str) -> None:
        assert self._last is not None
        stream, event = self._last
        landed_ms = self.sent[0][1].at_ms
        self.offers.append(Offered(decision_id, action_id, action_type, event.at_ms - landed_ms))
        answers, self._answers = self._answers, []
        made = [
            (stream, kind(seq=1, at_ms=event.at_ms + 500 * (i + 1), decision_id=decision_id, action_id=action_id))
            for i, kind in enumerate(answers)
        ]
        self._waiting[:0] = made


async def play(
    shop: Shop,
    name: str,
    events: Iterable[Event],
    *,
    arm: Arm = "treatment",
    answers: Sequence[type[ActionEvent]] = (ev.ActionShown,),
) -> Visit:
    """One visit to its last ack, and until every event of it is a row."""
    moved = [(stream, replace(event, at_ms=event.at_ms + shop.shift_ms)) for stream, event in events]
    script = _Script(moved, answers)
    player = Player(Target(shop.stream_url, shop.key, "simulated"), script, seed=name)
    player.played = Played(shop.session_id(name, arm))
    played = await player.play()
    assert (played.failure, played.acked_count) == ("", len(script.sent))
    visit = Visit(shop, played.session_id, script.sent, script.offers)
    await until_stored(visit)
    return visit


async def until_stored(visit: Visit) -> None:
    """Until all its events are rows, and each choice is explained."""
    await _until(
        lambda: _is_stored(visit), f"{len(visit.sent)} events of {visit.session_id.hex()} are stored and explained"
    )


async def open_shop(stack: Stack, rules: Path = RULES) -> Shop:
    """The scenario's shop, live in the running server with its rules."""
    pool = await asyncpg.create_pool(stack.info.database_url, min_size=1, max_size=1)
    try:
        site = await add_site(pool, name="Headphones", origins=["https://headphones.example"], is_demo=True)
    finally:
        await pool.close()
    await asyncio.to_thread(stack.cli, "rules", "publish", site.site_id, str(rules))
    return await shop_of(stack, site.site_id)


async def shop_of(stack: Stack, site_id: str) -> Shop:
    """A site of the running server, once the server follows its live rules."""
    pool = await asyncpg.create_pool(stack.info.database_url, min_size=1, max_size=1)
    try:
        site = await site_of(pool, site_id)
        async with pool.acquire() as connection:
            rules = await Rulebook().of(connection, site_id, site.version)
    finally:
        await pool.close()
    assert rules is not None
    shop = Shop(stack, site.key, rules, int(time.time() * 1000) - 600_000 - START_MS)
    await _until(lambda: _is_live(shop), "the server takes visits of this shop under its rules")
    return shop


async def _is_live(shop: Shop) -> bool:
    script = _Script(
        [(b"\x50\x00" + bytes(12), ev.PageView(seq=1, at_ms=START_MS + shop.shift_ms, page_type="home"))], ()
    )
    player = Player(Target(shop.stream_url, shop.key, "simulated", tries=1), script, seed=str(time.monotonic()))
    played = await player.play()
    if played.failure:
        return False
    found = await shop.stack.until_rows(
        1, "SELECT rules_version FROM raw.events WHERE session_id = encode($1, 'hex')::uuid", played.session_id
    )
    return bool(found[0]["rules_version"] == shop.rules.version)


async def _is_stored(visit: Visit) -> bool:
    if len(await visit.rows("raw.events")) < len(visit.sent):
        return False
    return len(await visit.rows("marts.explanations")) >= len(await visit.decisions())


async def _until(holds: Callable[[], Awaitable[bool]], what: str, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(0.1)


def _told(session_id: str, shop: Shop, words: Sequence[str]) -> Any:
    printed = io.StringIO()
    with redirect_stdout(printed):
        status = main(["explain", session_id, "--json", "--dsn", shop.stack.info.database_url, *words])
    assert status == 0
    return msgspec.json.decode(printed.getvalue())
