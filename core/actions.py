"""What may be asked of a page. One frozen class per action type; the union is what rules may name and what travels.

To add an action type: add a class here and list it in `Action`; a test asks for tracker_js/src/render/<type>.ts.
An action is data, never code: texts are drawn as text, addresses are http(s) only, and an action that changes what
the shopper pays names who honours it.
"""

from typing import Annotated, Any, ClassVar, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from core.fields import Currency, Minor

Text = Annotated[str, Meta(max_length=200)]
Title = Annotated[str, Meta(min_length=1, max_length=80)]
Label = Annotated[str, Meta(min_length=1, max_length=40)]
HttpUrl = Annotated[str, Meta(max_length=500, pattern=r"^https?://[^\s<>\"']+$")]
Pick = Literal["this", "also_bought", "also_viewed", "popular"]
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


class _Action(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """Texts are the merchant's. `decline` stays neutral: nobody is shamed for saying no."""

    title: Title
    text: Text = ""
    button: Label = "Show me"
    decline: Label = "No, thanks"
    honour: Honour | None = None


class Upsell(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="upsell"):
    """A product beside the cart or the page. Costs nothing unless it names an honour.

    `pick`: this one product, or one of the site's catalogue that goes with the product in view or in the cart, never one
    that is in view, in the cart or out of stock. `url` is needed for `this`.
    """

    needs_honour: ClassVar[bool] = False
    pick: Pick = "this"
    url: HttpUrl | None = None
    image_url: HttpUrl | None = None
    price_minor: Minor | None = None
    currency: Currency | None = None


class FreeShipping(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="free_shipping"):
    """A bar with the amount to go. `threshold_minor` 0 gives it for any cart."""

    needs_honour: ClassVar[bool] = True
    threshold_minor: Minor = 0
    terms_url: HttpUrl | None = None


class EmailCapture(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="email_capture"):
    """A form that posts from the browser to the merchant's own address. We keep one boolean: submitted."""

    needs_honour: ClassVar[bool] = False
    form_url: HttpUrl
    field_name: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[\w\[\]-]+$")] = "email"
    label: Label = "E-mail address"
    consent: Annotated[str, Meta(min_length=1, max_length=300)]
    thanks: Text = "Thank you."


class Content(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="content"):
    """A link to something worth reading."""

    needs_honour: ClassVar[bool] = False
    url: HttpUrl


class Assistance(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="assistance"):
    """Help, offered and not pressed: a link to it, or without `url` the page opens its own chat when it hears of the click."""

    needs_honour: ClassVar[bool] = False
    url: HttpUrl | None = None


class SocialProof(_Action, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="social_proof"):
    """How many bought the product in view, counted and never made up. `title` says {count} where the number goes.

    `window_hours`: over which orders are counted, shown with it. `at_least`: fewer are not shown.
    """

    needs_honour: ClassVar[bool] = False
    window_hours: Annotated[int, Meta(ge=1, le=168)] = 24
    at_least: Annotated[int, Meta(ge=5, le=1000)] = 5


Action = Upsell | FreeShipping | EmailCapture | Content | Assistance | SocialProof

ACTION_TYPES: dict[str, type[Action]] = {str(t.__struct_config__.tag): t for t in get_args(Action)}


def type_of(action: Action) -> str:
    return str(action.__struct_config__.tag)


def gives_money_away(action: Action) -> bool:
    """Whether the shopper pays less because of it. Such an action never reaches likely_to_buy (DESIGN 1)."""
    return action.honour is not None or type(action).needs_honour


def params_of(action: Action, *, cart_minor: int, currency: str) -> dict[str, Any]:
    """What the page needs to draw it: the merchant's texts, and the amount to go where there is a threshold.

    Units: money in minor units of `currency`, the currency of the shopper's cart.
    """
    params: dict[str, Any] = {k: v for k, v in msgspec.to_builtins(action).items() if v is not None}
    if isinstance(action, FreeShipping):
        params["to_go_minor"] = max(0, action.threshold_minor - cart_minor)
        params["currency"] = currency
    return params
