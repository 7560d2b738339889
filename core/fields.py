"""The kinds of value that may travel, and the shapes that events share: bounded, and without room for typed text.

A new field of an event takes one of these, so that no string without a pattern and no number without a limit gets in.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

SESSION_IDLE_MS = 30 * 60 * 1000
"""Silence that ends a session: one number for tracker, core and SQL."""

Seq = Annotated[int, Meta(ge=1, le=2**31)]
Millis = Annotated[int, Meta(ge=0, le=2**53)]
MAX_MINOR = 10**12
Minor = Annotated[int, Meta(ge=0, le=MAX_MINOR)]
Count = Annotated[int, Meta(ge=0, le=10**6)]
Slug = Annotated[str, Meta(max_length=48, pattern=r"^[\w.:/-]*$")]
ItemId = Annotated[str, Meta(max_length=64, pattern=r"^[\w.:/ -]*$")]
Path = Annotated[str, Meta(max_length=200, pattern=r"^[^\s?#]*$")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
DecisionId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]

Device = Literal["desktop", "mobile", "tablet", "unknown"]
Source = Literal["direct", "organic_search", "paid", "social", "email", "referral", "internal", "unknown"]
Navigation = Literal["navigate", "reload", "back", "spa", "restore"]


class Item(Struct, frozen=True, array_like=True, gc=False):
    """One line of a GA4 `items[]`: what the merchant calls the product, never what a shopper typed."""

    item_id: ItemId
    category: Slug = ""
    price_minor: Minor | None = None
    quantity: Count = 1


Items = Annotated[tuple[Item, ...], Meta(max_length=20)]


class BaseEvent(Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """`seq` counts the events of one document from 1; `at_ms` is the browser's clock when the event was queued."""

    seq: Seq
    at_ms: Millis


class Commerce(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False):
    """A GA4 e-commerce event. Money is in minor units of `currency`, which is required wherever money is sent."""

    currency: Currency | None = None
    value_minor: Minor | None = None
    items: Items = ()


class ActionEvent(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False):
    """What became of an offer on the page: of which decision and action."""

    decision_id: DecisionId
    action_id: Slug


class Vitals(BaseEvent, frozen=True, array_like=True, kw_only=True, gc=False):
    """How a page behaved so far, by the measures of web.dev, told as it goes out of sight; a later one takes its place.

    `paint_ms`: the largest contentful paint; `shift_permille`: the cumulative layout shift, in thousandths; `response_ms`: the
    slowest answer to a tap, a click or a key. None: the browser does not tell.
    """

    page_type: Slug = ""
    paint_ms: Millis | None = None
    shift_permille: Count | None = None
    response_ms: Millis | None = None
