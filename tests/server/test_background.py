"""Loops that fail are said and started again, and all of them end with the block."""

import asyncio

import pytest

from server import background
from server.background import Background


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_FIRST_PAUSE_S", 0.001)


async def test_a_loop_that_fails_is_named_and_started_again_and_the_others_go_on() -> None:
    attempts = 0
    came_back, other_ran = asyncio.Event(), asyncio.Event()

    async def failing() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise ZeroDivisionError("planted")
        came_back.set()
        await asyncio.Event().wait()

    async def other() -> None:
        other_ran.set()
        await asyncio.Event().wait()

    async with Background() as loops:
        loops.keep("failing", failing)
        loops.keep("other", other)
        await asyncio.wait_for(came_back.wait(), 5)
        assert loops.problems() == ["the failing loop failed (ZeroDivisionError) and is started again"]
        assert other_ran.is_set()


async def test_a_loop_that_returns_is_done_and_no_problem() -> None:
    async def once() -> None:
        return

    async with Background() as loops:
        loops.keep("once", once)
        await asyncio.sleep(0)
        assert loops.problems() == []


async def test_every_loop_has_let_go_when_the_block_ends_even_one_that_swallows_a_cancellation() -> None:
    let_go: list[str] = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            let_go.append("first")
        try:
            await asyncio.Event().wait()
        finally:
            let_go.append("second")

    async with Background() as loops:
        loops.keep("stubborn", stubborn)
        await asyncio.sleep(0)
    assert let_go == ["first", "second"]
