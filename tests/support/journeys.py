"""Journeys through the demo shop in a real browser, and what Postgres must hold afterwards."""

from datetime import date
from typing import Any

from demo.walks import WALKS
from tests.support.browser import Key, Shopper
from tests.support.stack import Stack

EPOCH = date(1970, 1, 1)
EVENTS = """
SELECT stream_day, stream_id, seq, event_type, step, epoch, purchase_score, segment, rules_version, scorer_version
FROM raw.events WHERE session_id = encode($1, 'hex')::uuid
"""
DECISIONS = """
SELECT * FROM marts.decisions WHERE session_id = encode($1, 'hex')::uuid ORDER BY decided_at, seq
"""


async def walk(shopper: Shopper, shop_url: str, name: str, *, arm: str = "") -> None:
    """One of the demo's guided walks without its guide: its links, with a rest on each page but the last."""
    first, *later = WALKS[name].steps
    link = first.link
    await shopper.goto(f"{shop_url}{first.path}{f'?arm={arm}' if arm else ''}")
    for step in later:
        await shopper.rest("dwell")
        await shopper.click(link)
        link = step.link


async def buy(shopper: Shopper, shop_url: str) -> None:
    """A product into the cart, and on to the confirmation."""
    await shopper.goto(f"{shop_url}/p/aurora-one")
    await shopper.click(".buy button")
    await shopper.click("a.checkout")
    await shopper.click("form.shipping button")
    await shopper.click("form.pay button")
    await shopper.page.wait_for_selector(".order-id")


async def until_stored(stack: Stack, shopper: Shopper, *, seconds: float = 30.0) -> list[dict[str, Any]]:
    """The session's rows once every event that its pages listed is there. Each is there once, and no stream has a hole."""
    listed = await shopper.listed()
    assert listed, "the pages captured nothing"
    rows = await stack.until_rows(len(listed), EVENTS, await shopper.session_id(), seconds=seconds)
    stored = [key_of(row) for row in rows]
    assert len(stored) == len(set(stored))
    assert listed <= set(stored), sorted(listed - set(stored))
    for stream in {stream for stream, _ in stored}:
        seqs = sorted(seq for s, seq in stored if s == stream)
        assert seqs == list(range(1, len(seqs) + 1)), (stream.hex(), seqs)
    return rows


def key_of(row: dict[str, Any]) -> Key:
    """(stream, seq) as the tracker writes it: the day in two bytes, then the random part."""
    day = (row["stream_day"] - EPOCH).days
    return day.to_bytes(2, "big") + row["stream_id"], row["seq"]
