"""What several tabs of one visit have sent, in the order in which it went."""

from typing import Any

from playwright.async_api import Page

from tests.tracker.shop import Shop


def streams_in_order(shop: Shop, hello: list[Any]) -> list[bytes]:
    """The streams of what went over the connection that began with this hello, in the order in which it came."""
    begun = next(i for i, frame in enumerate(shop.wire.frames) if frame is hello)
    after = shop.wire.frames[begun + 1 :]
    until_next = next((i for i, frame in enumerate(after) if frame[0] == 1), len(after))
    return [batch[0] for frame in after[:until_next] for batch in frame[1]]


def keys_in_order(shop: Shop, hello: list[Any]) -> list[tuple[bytes, int]]:
    """(stream, seq) of what went over the connection that began with this hello, in the order in which it came first."""
    begun = next(i for i, frame in enumerate(shop.wire.frames) if frame is hello)
    after = shop.wire.frames[begun + 1 :]
    until_next = next((i for i, frame in enumerate(after) if frame[0] == 1), len(after))
    batches = [batch for frame in after[:until_next] for batch in frame[1]]
    return list(dict.fromkeys((stream, event[1]) for stream, _, events in batches for event in events))


async def track(page: Page, name: str) -> None:
    await page.evaluate("name => fifthclick('track', name)", name)


def has(shop: Shop, name: str) -> bool:
    return any(event[3:] == [name] for event in shop.wire.order)
