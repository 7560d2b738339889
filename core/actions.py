"""What may be asked of a page. One frozen class per action type; the union is what rules may name and what travels.

To add an action type: add a class here and list it in `Action`; tests ask for tracker_js/src/render/<type>.ts, for a row
in `core.margin` and for a line in docs/merchant.md.
An action is data, never code: texts are drawn as text, addresses are http(s) only, and an action that changes what
the shopper pays names who honours it.
"""

from typing import Annotated, Any, ClassVar, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from core.fields import Currency, Minor
from core.look import Locale

Text = Annotated[str, Meta(max_length=200)]
Title = Annotated[str, Meta(min_length=1, max_length=80)]
Label = Annotated[str, Meta(min_length=1, max_length=40)]
HttpUrl = Annotated[str, Meta(max_length=500, pattern=r"^https?://[^\s<>\"']+$")]
Picked = Literal["also_bought", "also_viewed", "popular"]
Pick = Literal["this", "also_bought", "also_viewed", "popular"]
Shape = Literal["bar", "card", "inline", "modal"]
Slot = Annotated[str, Meta(max_length=40, pattern=r"^[\w.:/-]*$")]
Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[\w-]+$")]

PoolName = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$")]


class ByCode(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="code"):
    """The merchant's own code, shown and prefilled where the checkout has a field for it."""

    code: Code
    field: Annotated[str, Meta(max_length=80)] = ""


class ByPool(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="pool"):
    """A code of its own for each visit, from the pool of this name (`fifthclick codes`): taken when the shopper asks for it."""

    pool: PoolName
    field: Annotated[str, Meta(max_length=80)] = ""


class ByUrl(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="url"):
    """A landing address of the merchant's that grants the offer."""

    url: HttpUrl


class ByCallback(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="callback"):
    """The merchant's page listens with `fifthclick('on', 'action', fn)` and grants the offer there."""


Honour = ByCode | ByPool | ByUrl | ByCallback


class Texts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action's texts in another language; what is left out stays as it is."""

    title: Title | None = None
    text: Text | None = None
    button: Label | None = None
    decline: Label | None = None
    label: Label | None = None
    consent: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    thanks: Text | None = None
    low: Label | None = None
    high: Label | None = None
    terms: Label | None = None


class _Action(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Texts are the merchant's. `decline` stays neutral: nobody is shamed for saying no.

    `shape`: bar, card, inline or modal; without it what is usual for the type, and inline where a slot is named. `slot`: name of
    the element `data-fc-slot` on the merchant's page that an inline offer stands in. `texts`: the same in other languages.
    """

    needs_honour: ClassVar[bool] = False
    usual_shape: ClassVar[Shape] = "card"
    title: Title
    text: Text = ""
    button: Label = "Show me"
    decline: Label = "No, thanks"
    honour: Honour | None = None
    shape: Shape | None = None
    slot: Slot = ""
    texts: dict[Locale, Texts] = {}


class Upsell(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="upsell"):
    """A product beside the cart or the page. Costs nothing unless it names an honour.

    `pick`: this one product, or one of the site's catalogue that goes with the product in view or in the cart, never one
    that is in view, in the cart or out of stock. `url` is needed for `this`.
    """

    pick: Pick = "this"
    url: HttpUrl | None = None
    image_url: HttpUrl | None = None
    price_minor: Minor | None = None
    currency: Currency | None = None


class FreeShipping(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="free_shipping"):
    """A bar with the amount to go. `threshold_minor` 0 gives it for any cart."""

    needs_honour: ClassVar[bool] = True
    usual_shape: ClassVar[Shape] = "bar"
    threshold_minor: Minor = 0
    terms_url: HttpUrl | None = None
    terms: Label = "Terms"


class EmailCapture(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="email_capture"):
    """A form that posts from the browser to the merchant's own address. We keep one boolean: submitted."""

    form_url: HttpUrl
    field_name: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[\w\[\]-]+$")] = "email"
    label: Label = "E-mail address"
    consent: Annotated[str, Meta(min_length=1, max_length=300)]
    thanks: Text = "Thank you."


class Content(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="content"):
    """A link to something worth reading."""

    url: HttpUrl


class Assistance(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="assistance"):
    """Help, offered and not pressed: a link to it, or without `url` the page opens its own chat when it hears of the click."""

    url: HttpUrl | None = None


class SocialProof(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="social_proof"):
    """How many bought the product in view, counted and never made up. `title` says {count} where the number goes.

    `window_hours`: over which orders are counted, shown with it. `at_least`: fewer are not shown.
    """

    window_hours: Annotated[int, Meta(ge=1, le=168)] = 24
    at_least: Annotated[int, Meta(ge=5, le=1000)] = 5


class CrossSell(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cross_sell"):
    """A few products of the site's catalogue that go with the visit, picked as for an upsell. `at_most`: how many, up to 3."""

    pick: Picked = "also_bought"
    at_most: Annotated[int, Meta(ge=1, le=3)] = 3


class Incentive(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="incentive"):
    """A discount, a gift, whatever the shopper is given: by a code, an address or the page. The deadline, if any, is the rule's."""

    needs_honour: ClassVar[bool] = True
    terms_url: HttpUrl | None = None
    terms: Label = "Terms"


class Store(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the merchant's shops, as it is told. `hours`: when it is open."""

    name: Label
    address: Annotated[str, Meta(min_length=1, max_length=120)]
    hours: Annotated[str, Meta(max_length=60)] = ""
    url: HttpUrl | None = None


class StoreFinder(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="store_finder"):
    """The way to the merchant's shops in town: a link to their list, and up to three of them. Nobody is asked where she is."""

    url: HttpUrl
    stores: Annotated[tuple[Store, ...], Meta(max_length=3)] = ()


class Loyalty(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="loyalty"):
    """What members of the merchant's programme get, with the way to join.

    `minor_per_point`: the cart's value that gives one point; then the texts may say {points}. Without a point it is not shown.
    """

    url: HttpUrl
    minor_per_point: Minor = 0


class Satisfaction(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="satisfaction"):
    """One question, answered with one tap from 1 to 5: `title` asks it. A number is all that is kept. `low`, `high`: the ends."""

    low: Label = "Not at all"
    high: Label = "Very much"
    thanks: Text = "Thank you."


Action = (
    Upsell | FreeShipping | EmailCapture | Content | Assistance | SocialProof
    | CrossSell | Incentive | StoreFinder | Loyalty | Satisfaction
)  # fmt: skip

ACTION_TYPES: dict[str, type[Action]] = {str(t.__struct_config__.tag): t for t in get_args(Action)}


def type_of(action: Action) -> str:
    return str(action.__struct_config__.tag)


def shape_of(action: Action) -> Shape:
    """How it is drawn. A page where that cannot be done draws a card and says so."""
    return action.shape or ("inline" if action.slot else action.usual_shape)


def gives_money_away(action: Action) -> bool:
    """Whether the shopper pays less because of it. Such an action never reaches likely_to_buy (DESIGN 1)."""
    return action.honour is not None or type(action).needs_honour


def points_of(action: Loyalty, cart_minor: int) -> int:
    """How many points this cart brings."""
    return cart_minor // action.minor_per_point if action.minor_per_point else 0


def params_of(action: Action, *, cart_minor: int, currency: str) -> dict[str, Any]:
    """What the page needs to draw it: the merchant's texts, the amount to go where there is a threshold, points where some come.

    Units: money in minor units of `currency`, the currency of the shopper's cart.
    """
    params: dict[str, Any] = _without_nothing(msgspec.to_builtins(action))
    params["shape"] = shape_of(action)
    if isinstance(action, FreeShipping):
        params["to_go_minor"] = max(0, action.threshold_minor - cart_minor)
        params["currency"] = currency
    elif isinstance(action, Loyalty) and action.minor_per_point:
        params["points"] = points_of(action, cart_minor)
    return params


def _without_nothing(value: Any) -> Any:
    """A frame carries no keys that say nothing. An empty text says something: that there is none."""
    if isinstance(value, dict):
        return {key: _without_nothing(inner) for key, inner in value.items() if inner is not None and inner != {}}
    return [_without_nothing(inner) for inner in value] if isinstance(value, list | tuple) else value
