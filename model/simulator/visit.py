"""What a shopper does on one page, as the tracker would report it: marks of scroll, dwell and silence, sections, clicks.

Times are milliseconds since the page was shown. The marks are the tracker's own (DESIGN 3.1).
"""

from collections.abc import Iterable
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from core import events as ev
from core.fields import Item
from model.simulator.shopper import Shopper
from model.simulator.walk import Mind

DWELL_MARKS_S = (2, 5, 10, 20, 30, 60, 120, 300)
IDLE_MARKS_MS = (15_000, 45_000)
SCROLL_MARKS = (25, 50, 75, 90)
STEP_PAGES = ("shipping", "checkout", "payment")
LOAD_MS = (180, 1500)
STAY_LEAST_S, STAY_MOST_S = 1.2, 420.0
STAY_UNNAMED_S = 15
"""The median on a page type that the parameters do not name."""


class Draft(NamedTuple):
    """An event without its place in a stream: `after_ms` since the page was shown."""

    after_ms: int
    type: type[ev.Event]
    fields: dict[str, Any]


class Page(NamedTuple):
    """One page as it will be if nothing comes between: how long, what happens, and whether it ends with an addition."""

    stay_ms: int
    drafts: list[Draft]
    added: Item | None


def spend(chance: Random, shopper: Shopper, mind: Mind, *, item: Item | None, will_add: bool) -> Page:
    """The page in `mind.page_type`, `item` being the product on it."""
    intent, pages, kind = shopper.intent, shopper.parameters.pages, mind.page_type
    reads = kind == "product" and chance.random() < intent.reviews_share
    stay_ms = _stay_ms(chance, shopper, kind, slow=pages.reading_slows if reads else 1.0)
    pauses: list[tuple[int, int]] = []
    if mind.is_shocked:
        is_quick = chance.random() < pages.shock_quick_share
        length = int(1000 * (chance.uniform(0, 4) if is_quick else chance.lognormvariate(0, 0.7) * pages.shock_pause_s))
        pauses.append((stay_ms // 2, length))
        stay_ms += length
    elif kind in STEP_PAGES and chance.random() < pages.step_pause_share:
        length = int(chance.uniform(10_000, 40_000))
        pauses.append((stay_ms // 2, length))
        stay_ms += length
    elif stay_ms > 20_000 and chance.random() < intent.pause_share:
        length = min(stay_ms - 4000, int(chance.uniform(15_500, 50_000)))
        pauses.append((stay_ms - length - 2000, length))
    inputs = list(_scrolls(chance, kind, stay_ms, deep=reads))
    if shopper.tagging.reports_clicks and kind == "product":
        inputs += [_image(chance, stay_ms) for _ in range(chance.choice((0, 0, 0, 1, 2)) + 2 * reads)]
    drafts = [*inputs, *_dwells(chance, stay_ms), *_sections(chance, shopper, kind, stay_ms, reads=reads)]
    drafts += _silences(chance, shopper, kind, stay_ms, [d.after_ms for d in inputs], pauses)
    if kind in ("checkout", "payment"):
        drafts += _fields(chance, stay_ms)
    if mind.is_shocked and chance.random() < 0.04:
        drafts.append(Draft(int(stay_ms * 0.9), ev.RageClick, {"click_count": 3}))
    return Page(stay_ms, drafts, item if will_add else None)


def _stay_ms(chance: Random, shopper: Shopper, kind: str, *, slow: float) -> int:
    median_s = shopper.intent.stay_s.get(kind, STAY_UNNAMED_S)
    noise = chance.lognormvariate(0, shopper.parameters.pages.stay_spread)
    return int(1000 * min(STAY_MOST_S, max(STAY_LEAST_S, median_s * shopper.pace * slow * noise)))


def _scrolls(chance: Random, kind: str, stay_ms: int, *, deep: bool) -> Iterable[Draft]:
    """Marks that were on the first screen come together, at the first movement; the others one after the other."""
    if kind in ("cart", "shipping", "checkout", "payment", "confirmation") and chance.random() < 0.5:
        return
    depth = 100 if deep else chance.choice((0, 0, 30, 40, 55, 60, 80, 95, 100))
    first_screen = chance.choice((0, 20, 40, 60, 80, 100))
    begins_ms = int(stay_ms * chance.uniform(0.05, 0.3))
    for mark in SCROLL_MARKS:
        if mark <= min(depth, first_screen):
            yield Draft(begins_ms, ev.Scroll, {"percent": mark})
        elif mark <= depth:
            yield Draft(begins_ms + int(0.6 * stay_ms * mark / depth), ev.Scroll, {"percent": mark})


def _dwells(chance: Random, stay_ms: int) -> Iterable[Draft]:
    for mark_s in DWELL_MARKS_S:
        if mark_s * 1000 < stay_ms:
            yield Draft(mark_s * 1000 + chance.randrange(60), ev.Dwell, {"active_ms": mark_s * 1000})


def _sections(chance: Random, shopper: Shopper, kind: str, stay_ms: int, *, reads: bool) -> Iterable[Draft]:
    if not shopper.tagging.reports_sections:
        return
    names: tuple[str, ...] = ()
    if reads:
        names = ("reviews",) + ("review",) * chance.choice((0, 1, 2, 3))
    elif kind == "shipping":
        names = ("shipping_options",)
    elif chance.random() < (0.5 if kind == "product" else 0.15):
        names = ("description",) if kind == "product" else ("section",)
    for i, name in enumerate(names):
        at = int(stay_ms * (0.35 + 0.5 * (i + 1) / (len(names) + 1)))
        visible_ms = min(at, int(chance.choice((1000, 1000, 2000, 5000, 15_000))))
        yield Draft(at, ev.SectionView, {"name": name, "visible_ms": visible_ms})


def _silences(
    chance: Random, shopper: Shopper, kind: str, stay_ms: int, inputs: list[int], pauses: list[tuple[int, int]]
) -> Iterable[Draft]:
    """Idle marks of each pause; for a shopper who reads without moving, of each gap between her inputs too."""
    if shopper.is_still and not pauses:
        moments = sorted({0, *inputs, stay_ms})
        pauses = [(a, b - a) for a, b in pairwise(moments)]
    section = "shipping_options" if kind == "shipping" and chance.random() < 0.5 else ""
    for start_ms, length_ms in pauses:
        for mark_ms in IDLE_MARKS_MS:
            if mark_ms < length_ms:
                yield Draft(start_ms + mark_ms, ev.Idle, {"waited_ms": mark_ms, "section": section})


def _fields(chance: Random, stay_ms: int) -> Iterable[Draft]:
    count = chance.randrange(6)
    for i in range(count):
        at = int(stay_ms * (i + 1) / (count + 1))
        spent_ms = min(at, int(chance.uniform(800, 6000)))
        yield Draft(at, ev.FieldLeft, {"is_filled": chance.random() < 0.9, "spent_ms": spent_ms})


def _image(chance: Random, stay_ms: int) -> Draft:
    return Draft(int(stay_ms * chance.uniform(0.1, 0.6)), ev.Click, {"kind": "image"})
