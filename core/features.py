"""What the model sees of an event: one encoder, for serving and for training alike.

Everything is folded incrementally in `session`, so a row costs the same at the first and at the thousandth event. No
item id is here: features travel between shops. To add a feature: a name and a number in one of `GROUPS`; old bundles are
then refused, because the hash of the names is part of a bundle.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

from msgspec import Struct

from core import events as ev
from core.cart import Cart
from core.hesitation import Hesitation
from core.pages import PAGE_CODE_COUNT, page_bucket, page_code
from core.session import Entry, Page, Session

CLICKS_MOST = 10
"""Scores are calibrated click by click up to here; later clicks share the last one's figures."""


class Encoded(Struct, frozen=True, gc=False):
    """One event as the model takes it. `event` < `EVENT_TAG_COUNT`, `page` < `PAGE_CODE_COUNT`; numbers within -4..4.

    `click`: page views so far, at most `CLICKS_MOST`; it chooses the calibration and is no input of the network.
    """

    event: int
    page: int
    numbers: tuple[float, ...]
    click: int = 0


class Group(NamedTuple):
    """Features that are read off the same part of the state. `read` gives as many numbers as there are `names`."""

    names: tuple[str, ...]
    read: Callable[[Session, ev.Event], tuple[float, ...]]


_MINUTE = math.log1p(60.0)
_EIGHT = math.log(8.0)
_LOG_COUNTS = tuple(math.log1p(count) / _EIGHT for count in range(256))
_NOTHING_STAYED = (0.0,) * 5
_STAY_EDGES_MS = (3_000, 10_000, 30_000, 90_000)
_STAYS = tuple(tuple(float(i == place) for i in range(5)) for place in range(5))
_VIEW, _PRODUCT, _CART, _CHECKOUT = (
    ev.TAG_BY_TYPE[t] for t in (ev.PageView, ev.ViewItem, ev.AddToCart, ev.BeginCheckout)
)
_DWELL, _SECTION, _IDLE = (ev.TAG_BY_TYPE[t] for t in (ev.Dwell, ev.SectionView, ev.Idle))
_FAQ, _HELP = page_bucket("faq"), page_bucket("help")


def _log_ms(ms: float) -> float:
    """0 for nothing, about 1 for a minute, about 1.8 for half an hour."""
    return math.log1p(ms / 1000.0) / _MINUTE


def _log_count(count: int) -> float:
    """0 for none, 1 for seven."""
    return _LOG_COUNTS[count] if count < 256 else math.log1p(count) / _EIGHT


def _ratio(part: float, whole: float) -> float:
    """The logarithm of part / whole, within -2..2; 0 where either is unknown."""
    return max(-2.0, min(2.0, math.log(part / whole))) if part > 0 and whole > 0 else 0.0


def order_basis_minor(s: Session) -> float:
    """What an order's value is measured against: the cart, or without one the mean price looked at; 0 where neither is known."""
    return float(s.cart.value_minor) or _mean_price(s.cart)


def _mean_price(cart: Cart) -> float:
    return cart.price_sum_minor / cart.price_count if cart.price_count else 0.0


def _pace(s: Session, e: ev.Event) -> tuple[float, ...]:
    tag, elapsed_ms, counts = ev.tag_of(e), s.elapsed_ms, s.counts
    return (
        _log_ms(s.gap_ms),
        _log_ms(s.same_type_gap_ms),
        _log_count(counts[tag]),
        _log_ms(elapsed_ms),
        _log_ms(elapsed_ms / max(1, sum(counts) - 1)),
        _log_count(counts[_VIEW]),
        _log_count(s.page_counts[page_bucket(s.page.page_type)]),
        _log_ms(elapsed_ms - s.page.since_ms),
    )


def _stays(s: Session, e: ev.Event) -> tuple[float, ...]:
    return _stays_of(s.page, s.counts[_VIEW])


@lru_cache(4096)
def _stays_of(page: Page, views: int) -> tuple[float, ...]:
    """How long the pages before this one were looked at. The same for every event of a page."""
    stay = _log_ms(page.last_ms)
    mean_ms = page.since_ms / (views - 1) if views > 1 else 0.0
    bucket = _STAYS[bisect_right(_STAY_EDGES_MS, page.last_ms)] if views > 1 else _NOTHING_STAYED
    return (stay, _log_ms(page.longest_ms), _log_ms(mean_ms), stay - _log_ms(page.previous_ms), *bucket)


def _moment(s: Session, e: ev.Event) -> tuple[float, ...]:
    is_back = isinstance(e, ev.PageView) and e.navigation in ("back", "restore")
    return (_amount(e), float(is_back), float("compar" in s.page.topic))


def _amount(e: ev.Event) -> float:
    match e:
        case ev.Dwell(active_ms=ms) | ev.Idle(waited_ms=ms) | ev.SectionView(visible_ms=ms):
            return _log_ms(ms)
        case ev.Scroll(percent=percent):
            return percent / 100.0
        case ev.Search(result_count=count) if count is not None:
            return _log_count(count)
    return 0.0


def _goods(s: Session, e: ev.Event) -> tuple[float, ...]:
    cart, counts = s.cart, s.counts
    mean_price = _mean_price(cart)
    return (
        _log_count(counts[_PRODUCT]),
        float(s.seen.is_repeat_item),
        float(s.seen.is_repeat_category),
        _ratio(cart.last_price_minor, mean_price),
        _log_count(cart.line_count),
        _ratio(cart.value_minor, mean_price),
        _log_count(counts[_CHECKOUT]),
        _ratio(cart.shipping_minor or 0, cart.value_minor),
    )


def _recency(s: Session, e: ev.Event) -> tuple[float, ...]:
    counts = s.counts
    return (
        _log_count(counts[_DWELL]),
        _log_count(counts[_SECTION]),
        _log_count(counts[_IDLE]),
        _since(s, _PRODUCT),
        _since(s, _CART),
        _since(s, _CHECKOUT),
    )


def _since(s: Session, tag: int) -> float:
    """How long ago the last event of this type was; 0 where there was none."""
    return _log_ms(max(0, s.elapsed_ms - s.last_seen_ds[tag] * 100)) + 0.05 if s.counts[tag] else 0.0


def _doubts(s: Session, e: ev.Event) -> tuple[float, ...]:
    return (*_doubts_of(s.hesitation), _log_count(s.page_counts[_FAQ] + s.page_counts[_HELP]))


@lru_cache(1024)
def _doubts_of(h: Hesitation) -> tuple[float, ...]:
    return (
        _log_ms(h.shipping_wait_ms),
        _log_count(h.checkout_left_count),
        _log_count(h.comparison_count),
        _log_count(h.empty_search_count),
        _log_count(h.empty_field_count),
        _log_count(h.repeat_look_count),
    )


@lru_cache(4096)
def _entry_of(entry: Entry) -> tuple[float, ...]:
    """How the visitor came. The same for every event of a session."""
    angle = None if entry.local_hour is None else entry.local_hour * math.tau / 24.0
    return (
        float(entry.device == "mobile"),
        float(entry.device == "desktop"),
        float(entry.source == "organic_search"),
        float(entry.source == "paid"),
        float(entry.source == "direct"),
        float(entry.source == "email"),
        0.0 if entry.is_new_visitor is None else 1.0 if entry.is_new_visitor else -1.0,
        0.0 if angle is None else math.sin(angle),
        0.0 if angle is None else math.cos(angle),
    )


GROUPS: tuple[Group, ...] = (
    Group(
        ("gap", "gap_same_type", "count_same_type", "elapsed", "mean_gap", "pages", "pages_same_type", "on_page"), _pace
    ),
    Group(
        (
            "last_stay", "longest_stay", "mean_stay", "stay_change",
            "stayed_under_3s", "stayed_under_10s", "stayed_under_30s", "stayed_under_90s", "stayed_longer",
        ),
        _stays,
    ),
    Group(("amount", "is_back", "is_comparing"), _moment),
    Group(
        (
            "products_viewed", "is_repeat_item", "is_repeat_category", "price_to_mean", "cart_lines", "cart_to_mean_price",
            "checkouts", "shipping_to_cart",
        ),
        _goods,
    ),
    Group(("dwells", "sections", "idles", "since_product", "since_cart", "since_checkout"), _recency),
    Group(
        (
            "shipping_wait", "checkouts_left", "comparisons", "empty_searches", "empty_fields", "repeat_looks",
            "help_pages",
        ),
        _doubts,
    ),
    Group(
        (
            "is_mobile", "is_desktop", "from_search", "from_paid", "from_direct", "from_email", "is_new_visitor",
            "hour_sin", "hour_cos",
        ),
        lambda s, e: _entry_of(s.entry),
    ),
)  # fmt: skip
"""Every feature, in the order of a row. Grouped because reading each by itself took three times as long."""

FEATURE_NAMES = tuple(name for group in GROUPS for name in group.names)
NUMBER_COUNT = len(FEATURE_NAMES)
SPEC_HASH = sha256(repr((ev.EVENT_TAG_COUNT, PAGE_CODE_COUNT, FEATURE_NAMES)).encode()).hexdigest()[:16]
"""Names the meaning of a row. A bundle that was trained on another one is refused."""


def is_feature(event: ev.Event) -> bool:
    """Whether the event may be scored at all: our own offers and a page's speed may not (DESIGN 3.8)."""
    return not isinstance(event, ev.UNSEEN_EVENTS)


def encode(session: Session, event: ev.Event) -> Encoded:
    """The row for `event`, given the session that has observed it. Only for events that are features."""
    return Encoded(
        event=ev.tag_of(event),
        page=page_code(session.page.page_type),
        numbers=tuple(chain.from_iterable([group.read(session, event) for group in GROUPS])),
        click=min(session.count(ev.PageView), CLICKS_MOST),
    )
