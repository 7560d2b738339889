"""More that may happen in the worked example, by its own clock: seconds since landing."""

from typing import Any

from core import events as ev
from tests.e2e.scenario_shop import Event
from tests.model.scenario import START_MS, session


def at(seconds: float, document: int, kind: type[ev.Event], **fields: Any) -> Event:
    """One more event by the scenario's clock, on its page number `document`."""
    return b"\x50\x00" + document.to_bytes(12, "big"), kind(seq=1, at_ms=START_MS + round(1000 * seconds), **fields)


def page(seconds: float, document: int, page_type: str, **fields: Any) -> Event:
    told = {"device": "desktop", "local_hour": 20, "is_new_visitor": True, "source": "internal", **fields}
    return at(seconds, document, ev.PageView, page_type=page_type, path=f"/{page_type}", **told)


def until(seconds: float) -> list[Event]:
    """The worked example's events before this moment."""
    return [(stream, event) for stream, event in session() if event.at_ms < START_MS + 1000 * seconds]
