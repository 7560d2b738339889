"""What the model sees of an event: one encoder, for serving and for training alike.

Everything is folded incrementally in `session`, so a row costs the same at the first and at the thousandth event. No
item id is here: features travel between shops. To add a feature: a row in `FEATURES`; old bundles are then refused,
because the list's hash is part of a bundle.
"""

import math
from collections.abc import Callable
from hashlib import sha256

from msgspec import Struct

from core import events as ev
from core.pages import PAGE_CODE_COUNT, page_bucket, page_code
from core.session import Session

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


Feature = Callable[[Session, ev.Event], float]


def _log_ms(ms: float) -> float:
    """0 for nothing, about 1 for a minute, about 1.8 for half an hour."""
    return math.log1p(ms / 1000.0) / math.log1p(60.0)


def _log_count(count: float) -> float:
    """0 for none, 1 for seven."""
    return math.log1p(count) / math.log(8.0)


def _ratio(part: float, whole: float) -> float:
    """The logarithm of part / whole, within -2..2; 0 where either is unknown."""
    return max(-2.0, min(2.0, math.log(part / whole))) if part > 0 and whole > 0 else 0.0


def order_basis_minor(s: Session) -> float:
    """What an order's value is measured against: the cart, or without one the mean price looked at; 0 where neither is known."""
    return float(s.cart.value_minor) or _mean_price(s)


def _mean_price(s: Session) -> float:
    return s.cart.price_sum_minor / s.cart.price_count if s.cart.price_count else 0.0


def _hour(s: Session, turn: Callable[[float], float]) -> float:
    hour = s.entry.local_hour
    return 0.0 if hour is None else turn(hour * math.tau / 24.0)


def _is_new(s: Session) -> float:
    return 0.0 if s.entry.is_new_visitor is None else 1.0 if s.entry.is_new_visitor else -1.0


def _event_amount(e: ev.Event) -> float:
    match e:
        case ev.Dwell(active_ms=ms) | ev.Idle(waited_ms=ms) | ev.SectionView(visible_ms=ms):
            return _log_ms(ms)
        case ev.Scroll(percent=percent):
            return percent / 100.0
        case ev.Search(result_count=count) if count is not None:
            return _log_count(count)
    return 0.0


def _since(s: Session, event_type: type[ev.Event]) -> float:
    """How long ago the last event of this type was; 0 where there was none."""
    if not s.count(event_type):
        return 0.0
    return _log_ms(max(0, s.elapsed_ms - s.last_seen_ds[ev.TAG_BY_TYPE[event_type]] * 100)) + 0.05


def _stayed(s: Session, low_ms: int, high_ms: float) -> float:
    """Whether the stay on the page before this one was in this range; never on the first page."""
    return float(s.count(ev.PageView) > 1 and low_ms <= s.page.last_ms < high_ms)


def _mean_stay_ms(s: Session) -> float:
    pages = s.count(ev.PageView)
    return s.page.since_ms / (pages - 1) if pages > 1 else 0.0


def _is_back(e: ev.Event) -> float:
    return float(isinstance(e, ev.PageView) and e.navigation in ("back", "restore"))


def _is_comparing(s: Session) -> float:
    return float("compar" in s.page.topic)


FEATURES: tuple[tuple[str, Feature], ...] = (
    ("gap", lambda s, e: _log_ms(s.gap_ms)),
    ("gap_same_type", lambda s, e: _log_ms(s.same_type_gap_ms)),
    ("count_same_type", lambda s, e: _log_count(s.counts[ev.tag_of(e)])),
    ("elapsed", lambda s, e: _log_ms(s.elapsed_ms)),
    ("mean_gap", lambda s, e: _log_ms(s.elapsed_ms / max(1, s.event_count - 1))),
    ("pages", lambda s, e: _log_count(s.count(ev.PageView))),
    ("pages_same_type", lambda s, e: _log_count(s.page_counts[page_bucket(s.page.page_type)])),
    ("on_page", lambda s, e: _log_ms(s.elapsed_ms - s.page.since_ms)),
    ("last_stay", lambda s, e: _log_ms(s.page.last_ms)),
    ("longest_stay", lambda s, e: _log_ms(s.page.longest_ms)),
    ("mean_stay", lambda s, e: _log_ms(_mean_stay_ms(s))),
    ("stay_change", lambda s, e: _log_ms(s.page.last_ms) - _log_ms(s.page.previous_ms)),
    ("stayed_under_3s", lambda s, e: _stayed(s, 0, 3_000)),
    ("stayed_under_10s", lambda s, e: _stayed(s, 3_000, 10_000)),
    ("stayed_under_30s", lambda s, e: _stayed(s, 10_000, 30_000)),
    ("stayed_under_90s", lambda s, e: _stayed(s, 30_000, 90_000)),
    ("stayed_longer", lambda s, e: _stayed(s, 90_000, math.inf)),
    ("amount", lambda s, e: _event_amount(e)),
    ("is_back", lambda s, e: _is_back(e)),
    ("is_comparing", lambda s, e: _is_comparing(s)),
    ("products_viewed", lambda s, e: _log_count(s.count(ev.ViewItem))),
    ("is_repeat_item", lambda s, e: float(s.seen.is_repeat_item)),
    ("is_repeat_category", lambda s, e: float(s.seen.is_repeat_category)),
    ("price_to_mean", lambda s, e: _ratio(s.cart.last_price_minor, _mean_price(s))),
    ("cart_lines", lambda s, e: _log_count(s.cart.line_count)),
    ("cart_to_mean_price", lambda s, e: _ratio(s.cart.value_minor, _mean_price(s))),
    ("checkouts", lambda s, e: _log_count(s.count(ev.BeginCheckout))),
    ("shipping_to_cart", lambda s, e: _ratio(s.cart.shipping_minor or 0, s.cart.value_minor)),
    ("dwells", lambda s, e: _log_count(s.count(ev.Dwell))),
    ("sections", lambda s, e: _log_count(s.count(ev.SectionView))),
    ("idles", lambda s, e: _log_count(s.count(ev.Idle))),
    ("since_product", lambda s, e: _since(s, ev.ViewItem)),
    ("since_cart", lambda s, e: _since(s, ev.AddToCart)),
    ("since_checkout", lambda s, e: _since(s, ev.BeginCheckout)),
    ("shipping_wait", lambda s, e: _log_ms(s.hesitation.shipping_wait_ms)),
    ("checkouts_left", lambda s, e: _log_count(s.hesitation.checkout_left_count)),
    ("comparisons", lambda s, e: _log_count(s.hesitation.comparison_count)),
    ("empty_searches", lambda s, e: _log_count(s.hesitation.empty_search_count)),
    ("empty_fields", lambda s, e: _log_count(s.hesitation.empty_field_count)),
    ("repeat_looks", lambda s, e: _log_count(s.hesitation.repeat_look_count)),
    ("help_pages", lambda s, e: _log_count(s.page_counts[page_bucket("faq")] + s.page_counts[page_bucket("help")])),
    ("is_mobile", lambda s, e: float(s.entry.device == "mobile")),
    ("is_desktop", lambda s, e: float(s.entry.device == "desktop")),
    ("from_search", lambda s, e: float(s.entry.source == "organic_search")),
    ("from_paid", lambda s, e: float(s.entry.source == "paid")),
    ("from_direct", lambda s, e: float(s.entry.source == "direct")),
    ("from_email", lambda s, e: float(s.entry.source == "email")),
    ("is_new_visitor", lambda s, e: _is_new(s)),
    ("hour_sin", lambda s, e: _hour(s, math.sin)),
    ("hour_cos", lambda s, e: _hour(s, math.cos)),
)

FEATURE_NAMES = tuple(name for name, _ in FEATURES)
NUMBER_COUNT = len(FEATURES)
SPEC_HASH = sha256(repr((ev.EVENT_TAG_COUNT, PAGE_CODE_COUNT, FEATURE_NAMES)).encode()).hexdigest()[:16]
"""Names the meaning of a row. A bundle that was trained on another one is refused."""


def is_feature(event: ev.Event) -> bool:
    """Whether the event may be scored at all: what our own offers caused may not (DESIGN 3.8)."""
    return not isinstance(event, ev.ACTION_EVENTS)


def encode(session: Session, event: ev.Event) -> Encoded:
    """The row for `event`, given the session that has observed it. Only for events that are features."""
    return Encoded(
        event=ev.tag_of(event),
        page=page_code(session.page.page_type),
        numbers=tuple(f(session, event) for _, f in FEATURES),
        click=min(session.count(ev.PageView), CLICKS_MOST),
    )
