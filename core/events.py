"""What a visitor did. One frozen class per event type; the union is the wire schema and the only list of event names.

To add an event type: add a class here with the next free tag, list it in `Event`, run `make schema`.
Fields travel by position, so new ones go to the end with a default. All numbers are integers: a NaN has no way in.
"""

import re
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from core.fields import (
    ActionEvent,
    BaseEvent,
    Commerce,
    Count,
    Device,
    ItemId,
    Millis,
    Minor,
    Navigation,
    Path,
    Slug,
    Source,
    Vitals,
)


class PageView(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=1):
    page_type: Slug
    path: Path = ""
    topic: Slug = ""
    navigation: Navigation = "navigate"
    device: Device = "unknown"
    source: Source = "unknown"
    local_hour: Annotated[int, Meta(ge=0, le=23)] | None = None
    is_new_visitor: bool | None = None


class ViewItemList(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=2):
    list_id: Slug = ""


class SelectItem(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=3):
    list_id: Slug = ""


class ViewItem(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=4):
    pass


class AddToWishlist(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=5):
    pass


class AddToCart(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=6):
    pass


class RemoveFromCart(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=7):
    pass


class ViewCart(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=8):
    pass


class BeginCheckout(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=9):
    coupon: Slug = ""


class AddShippingInfo(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=10):
    shipping_tier: Slug = ""
    shipping_minor: Minor | None = None


class AddPaymentInfo(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=11):
    payment_type: Slug = ""


class Purchase(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=12):
    transaction_id: ItemId = ""
    shipping_minor: Minor | None = None
    tax_minor: Minor | None = None
    coupon: Slug = ""


class Refund(Commerce, frozen=True, array_like=True, kw_only=True, gc=False, tag=13):
    transaction_id: ItemId = ""


class Search(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=14):
    """A site search: how long the words were, never the words."""

    term_length: Count
    result_count: Count | None = None


class ViewPromotion(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=15):
    promotion_id: Slug = ""


class SelectPromotion(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=16):
    promotion_id: Slug = ""


class Click(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=17):
    """`name` is the merchant's `data-fc-event`, or empty; a label or a link's address is never sent."""

    kind: Literal["link", "button", "image", "field", "other"] = "other"
    name: Slug = ""


class Scroll(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=18):
    percent: Annotated[int, Meta(ge=0, le=100)]


class Dwell(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=19):
    """The page has been visible and focused for `active_ms` in all: sent at fixed marks, with two sums of the same view.

    `pointer_px` is how far the mouse went, in hundreds of pixels and never where; `dead_click_count` the clicks on something
    that looked clickable after which nothing changed within a second.
    """

    active_ms: Millis
    pointer_px: Count = 0
    dead_click_count: Count = 0


class Idle(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=20):
    """The visitor did nothing for `waited_ms` while the page was visible. Silence is an event: the core has no clock."""

    waited_ms: Millis
    section: Slug = ""


class ExitIntent(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=21):
    trigger: Literal["pointer", "scroll_up", "back"] = "pointer"


class RageClick(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=22):
    click_count: Count = 3


class SectionView(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=23):
    """An element marked `data-fc-view` was on screen for `visible_ms`."""

    name: Slug
    visible_ms: Millis = 0


class TabHidden(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=24):
    pass


class TabVisible(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=25):
    hidden_ms: Millis = 0


class FieldLeft(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=26):
    """A form field lost the focus: whether it was filled and how long it took, never what was typed."""

    is_filled: bool = False
    spent_ms: Millis = 0


class ActionShown(ActionEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=27):
    """`after_ms` runs from the deciding event's capture to the first frame that holds the offer."""

    after_ms: Millis = 0
    slot: Slug = ""


class ActionClicked(ActionEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=28):
    pass


class ActionDismissed(ActionEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=29):
    pass


class ActionSubmitted(ActionEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=30):
    """The form went from the browser to the merchant: that it did is all we know. Or a question was answered, from 1 to 5."""

    answer: Annotated[int, Meta(ge=1, le=5)] | None = None


class ActionWithheld(ActionEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=31):
    reason: Slug = ""


class Custom(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False, tag=32):
    name: Slug
    amount: Annotated[int, Meta(ge=-(10**12), le=10**12)] | None = None
    label: Slug = ""


class WebVitals(Vitals, frozen=True, array_like=True, kw_only=True, gc=False, tag=33):
    pass


Event = (
    PageView | ViewItemList | SelectItem | ViewItem | AddToWishlist | AddToCart | RemoveFromCart | ViewCart
    | BeginCheckout | AddShippingInfo | AddPaymentInfo | Purchase | Refund | Search | ViewPromotion | SelectPromotion
    | Click | Scroll | Dwell | Idle | ExitIntent | RageClick | SectionView | TabHidden | TabVisible | FieldLeft
    | ActionShown | ActionClicked | ActionDismissed | ActionSubmitted | ActionWithheld | Custom
    | WebVitals
)  # fmt: skip

ACTION_EVENTS = (ActionShown, ActionClicked, ActionDismissed, ActionSubmitted, ActionWithheld)
"""What the shopper did with an offer. Never a feature and never scored (DESIGN 3.8): else the model reads its own hand."""

UNSEEN_EVENTS = (*ACTION_EVENTS, WebVitals)
"""What the shopper did not do by themselves: neither in the state's counters and clock nor in a feature."""

COMMERCE_EVENTS = (
    ViewItemList, SelectItem, ViewItem, AddToWishlist, AddToCart, RemoveFromCart, ViewCart,
    BeginCheckout, AddShippingInfo, AddPaymentInfo, Purchase, Refund,
)  # fmt: skip

URGENT_EVENTS = (AddToCart, RemoveFromCart, BeginCheckout, Purchase, *ACTION_EVENTS)
"""Acked at once, and never shed."""


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


EVENT_TYPES: tuple[type[Event], ...] = get_args(Event)
TAG_BY_TYPE: dict[type, int] = {t: t.__struct_config__.tag for t in EVENT_TYPES}  # type: ignore[misc]
NAME_BY_TYPE: dict[type, str] = {t: _snake(t.__name__) for t in EVENT_TYPES}
TYPE_BY_TAG: dict[int, type[Event]] = {tag: t for t, tag in TAG_BY_TYPE.items()}
TYPE_BY_NAME: dict[str, type[Event]] = {name: t for t, name in NAME_BY_TYPE.items()}
EVENT_TAG_COUNT = max(tag for kind, tag in TAG_BY_TYPE.items() if kind not in UNSEEN_EVENTS) + 1
"""One past the last tag that is ever counted or encoded: the width of the state's counters and of a model's first layer."""


def name_of(event: Event) -> str:
    """The event's name in GA4's or our own spelling: `AddToCart` is `add_to_cart`."""
    return NAME_BY_TYPE[type(event)]


def tag_of(event: Event) -> int:
    return TAG_BY_TYPE[type(event)]


encode_event = msgspec.msgpack.Encoder().encode
"""An event's canonical bytes: what is stored, and what replay starts from."""
