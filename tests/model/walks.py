"""Five-click walks through a shop, as the tracker reports them: what the demo's guided walks and a real visitor do.

Each page is a document. Timing, device, source and the small habits of a visitor are drawn; the way is given.
"""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from core import events as ev
from core.engine import Step, Turn, advance
from core.fields import Item
from core.rules import Rules, bind
from core.scoring import Scorer
from core.session import Session

START_MS = 1_767_225_600_000
LOOKED_AT = (Item("aurora-one", "headphones", 29_900),)
MONEY: dict[str, Any] = {"currency": "USD", "value_minor": 29_900, "items": LOOKED_AT}
RULES = bind(Rules(), site_id="shop", holdout_salt="salt")

Way = tuple[tuple[str, str], ...]
"""(page type, topic) of each page. A product page is left by adding it to the cart."""

SURE_BUYER: Way = (("home", ""), ("listing", "headphones"), ("product", "headphones"), ("cart", ""), ("shipping", ""))
FENCE_BLOG: Way = (
    ("listing", "headphones"), ("product", "headphones"), ("cart", ""), ("shipping", ""), ("blog", "comparison"),
)  # fmt: skip
FENCE_PRODUCT: Way = (*FENCE_BLOG[:4], ("product", "headphones"))
LOOKING_FAQ: Way = (("home", ""), ("blog", "journal"), ("blog", "behind"), ("blog", "journal"), ("faq", "help"))
LOOKING_BLOG: Way = (("home", ""), ("blog", "journal"), ("faq", "help"), ("listing", "headphones"), ("blog", "ideas"))


class Habits(NamedTuple):
    """How one visitor moves. `stay_s` per page but the last, `rest_s` there; `pause_s` more on the shipping page."""

    stay_s: float
    rest_s: float
    pause_s: float
    scrolls: bool
    is_still: bool
    hides: bool
    clicks: bool
    is_new: bool | None
    device: str
    source: str
    hour: int


def draw_habits(seed: int) -> Habits:
    chance = Random(f"habits:{seed}")
    return Habits(
        stay_s=chance.choice((3.0, 4.0, 6.0, 9.0, 12.0)),
        rest_s=chance.choice((6.0, 12.0, 35.0)),
        pause_s=chance.choice((0.0, 4.0, 10.0, 16.0, 46.0)),
        scrolls=chance.random() < 0.6,
        is_still=chance.random() < 0.4,
        hides=chance.random() < 0.3,
        clicks=chance.random() < 0.9,
        is_new=chance.choice((True, False, None)),
        device=chance.choice(("desktop", "mobile")),
        source=chance.choice(("direct", "organic_search", "referral", "unknown")),
        hour=chance.randrange(24),
    )


def walk(way: Way, scorer: Scorer, seed: int, rules: Rules = RULES) -> list[list[Step]]:
    """The engine's steps, page by page."""
    habits, chance = draw_habits(seed), Random(f"walk:{seed}")
    session, at_ms, pages = Session(id=bytes(16)), START_MS, []
    for i in range(len(way)):
        stay_ms = _stay_ms(way, i, habits, chance)
        stream = b"\x50\x00" + bytes([i]) * 12
        drafts = sorted(_page(way, i, habits, chance, stay_ms), key=lambda draft: draft[0])
        steps = []
        for seq, (after_ms, make, fields) in enumerate(drafts, start=1):
            event = make(seq=seq, at_ms=at_ms + after_ms, **fields)
            [step] = advance([Turn(session, stream, event, rules)], scorer)
            session = step.session
            steps.append(step)
        pages.append(steps)
        at_ms += stay_ms + chance.randint(80, 900)
    return pages


Draft = tuple[int, Callable[..., ev.Event], dict[str, Any]]


def _stay_ms(way: Way, i: int, habits: Habits, chance: Random) -> int:
    if i == len(way) - 1:
        return int(habits.rest_s * 1000)
    pause_s = habits.pause_s if way[i][0] == "shipping" else 0.0
    return int(1000 * (habits.stay_s * chance.uniform(0.8, 1.25) + pause_s))


def _page(way: Way, i: int, habits: Habits, chance: Random, stay_ms: int) -> list[Draft]:
    kind, topic = way[i]
    view = {"page_type": kind, "topic": topic, "path": f"/{kind}", "device": habits.device, "local_hour": habits.hour}
    view |= {"source": habits.source if i == 0 else "internal", "is_new_visitor": habits.is_new}
    drafts: list[Draft] = [(0, ev.PageView, view), *_commerce(kind, topic)]
    drafts += [(s * 1000, ev.Dwell, {"active_ms": s * 1000}) for s in (2, 5, 10, 20, 30, 60) if s * 1000 < stay_ms]
    if habits.scrolls:
        depth = chance.choice((25, 50, 75, 90))
        # A page that is hardly taller than the screen reports its first marks all at once.
        per_mark_ms = chance.choice((0, stay_ms // 120))
        marks = [mark for mark in (25, 50, 75, 90) if mark <= depth]
        drafts += [(stay_ms // 5 + mark * per_mark_ms, ev.Scroll, {"percent": mark}) for mark in marks]
    is_last = i == len(way) - 1
    if (habits.is_still or is_last or kind == "shipping") and stay_ms > 15_000:
        drafts.append((15_000, ev.Idle, {"waited_ms": 15_000}))
    if kind in ("product", "shipping") and stay_ms > 3000:
        name = "description" if kind == "product" else "shipping_options"
        drafts.append((2500, ev.SectionView, {"name": name, "visible_ms": 1000}))
    return drafts if is_last else drafts + _leaving(kind, way[i + 1][0], habits, stay_ms)


def _commerce(kind: str, topic: str) -> list[Draft]:
    """What the shop's data layer says as the page is shown."""
    listed = {"list_id": "list", "currency": "USD", "items": LOOKED_AT * 4}
    match kind:
        case "home" | "listing":
            return [(30, ev.ViewItemList, listed)]
        case "blog" if topic != "journal":
            return [(30, ev.ViewItemList, listed)]
        case "product":
            return [(30, ev.ViewItem, MONEY)]
        case "cart":
            return [(30, ev.ViewCart, MONEY)]
        case "shipping":
            return [(30, ev.BeginCheckout, MONEY)]
    return []


def _leaving(kind: str, following: str, habits: Habits, stay_ms: int) -> list[Draft]:
    drafts: list[Draft] = []
    if habits.clicks:
        drafts.append((stay_ms, ev.Click, {"kind": "button" if kind == "product" else "link"}))
    if kind == "product":
        drafts.append((stay_ms + 1, ev.AddToCart, MONEY))
    if kind == "listing" and following == "product":
        drafts.append((stay_ms + 1, ev.SelectItem, {"list_id": "list", **MONEY}))
    if habits.hides:
        drafts.append((stay_ms + 5, ev.TabHidden, {}))
    return drafts
