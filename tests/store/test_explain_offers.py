"""What `fifthclick explain` says of an offer after it was chosen: seen or not, claimed, in which arm; and whom it lets read."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from core import events as ev
from core.records import Arm, Decision, Record
from core.rules import Rules
from server.cli import main
from server.store.roles import ANALYST, ensure_login
from server.verbs._timeline import Timeline
from server.writer.frames import FrameStore
from tests.store.visits import NOON, events_of, frame_of, records_of, session_of, shop

SESSION = str(UUID(bytes=session_of(1)))


@pytest.fixture
async def rules(postgres_url: str) -> Rules:
    return await shop(postgres_url)


async def said(url: str, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = await asyncio.to_thread(main, ["explain", "--dsn", url, *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


async def visited(store: FrameStore, rules: Rules, arm: Arm = "treatment") -> Decision:
    """A stored visit in which an action was chosen; its decision."""
    records = records_of(events_of(), rules, arm=arm)
    await store.store(frame_of(records))
    return next(r.decision for r in records if r.decision and r.decision.action_id)


def report(decided: Decision, kind: type[Any], rules: Rules, **fields: Any) -> list[Record]:
    """The page's word on the offer, on a page of its own."""
    at_ms = int(NOON.timestamp() * 1000) + 120_000
    event = kind(seq=1, at_ms=at_ms, decision_id=decided.decision_id, action_id=decided.action_id, **fields)
    return records_of([event], rules, page=1, arm="treatment")


async def test_an_offer_that_was_never_seen_is_told_with_the_page_s_reason(
    store: FrameStore, rules: Rules, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    decided = await visited(store, rules)
    await store.store(frame_of(report(decided, ev.ActionWithheld, rules, reason="typing")))
    _, printed, _ = await said(postgres_url, capsys, SESSION)
    assert "free-shipping: withheld 2:00 (typing)" in printed
    assert "shown" not in printed.split("What became of it")[1]


async def test_in_the_holdout_it_is_said_that_nothing_was_delivered(
    store: FrameStore, rules: Rules, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await visited(store, rules, "holdout")
    _, printed, _ = await said(postgres_url, capsys, SESSION)
    assert "not delivered, for the visit is in arm holdout" in " ".join(printed.split())
    assert "free-shipping: not delivered (arm holdout)" in printed


async def test_a_claim_is_told_and_its_code_is_not(
    store: FrameStore,
    rules: Rules,
    postgres_url: str,
    connection: asyncpg.Connection,
    capsys: pytest.CaptureFixture[str],
) -> None:
    decided = await visited(store, rules)
    await connection.execute(
        "INSERT INTO marts.claims (site_id, session_id, action_id, decision_id, traffic, claimed_at, expires_at, code)"
        " VALUES ($1, $2, $3, $4, 'live', $5, $6, 'SECRET-1')",
        rules.site_id, UUID(bytes=session_of(1)), decided.action_id, decided.decision_id, NOON, NOON + timedelta(hours=1),
    )  # fmt: skip
    _, printed, _ = await said(postgres_url, capsys, SESSION)
    assert "free-shipping: claimed at 2026-03-04T12:00:00Z" in printed
    _, printed, _ = await said(postgres_url, capsys, SESSION, "--json")
    assert "SECRET-1" not in printed
    [claim] = msgspec.json.decode(printed, type=Timeline).claims
    assert claim["expires_at"] == "2026-03-04T13:00:00Z"
    assert "code" not in claim


async def test_who_may_not_read_events_and_an_address_that_is_none_are_told_so(
    store: FrameStore, rules: Rules, postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await visited(store, rules)
    analyst = await ensure_login(postgres_url, ANALYST, tmp_path / "password")
    for words in ((SESSION,), ("--last",)):
        status, printed, wrong = await said(analyst, capsys, *words)
        assert (status, printed, wrong.count("\n")) == (1, "", 1)
        assert "Next: use the database's owner" in wrong
    status, printed, wrong = await said("nonsense", capsys, SESSION)
    assert (status, printed, wrong.count("\n")) == (1, "", 1)
    assert "Next: " in wrong
