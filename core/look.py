"""How the merchant wants offers to look: colours, corner, language. Data in the rules, which travel with each offer.

Lives here: the settings, and what can be said of them without a page. Not here: how they are drawn (tracker_js/src/render).
"""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from core.fields import Currency

Colour = Annotated[str, Meta(pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")]
Locale = Annotated[str, Meta(max_length=35, pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")]
Corner = Literal["bottom-end", "bottom-start", "top-end", "top-start"]

READABLE = 4.5
"""The least contrast of text with what is behind it. Source: WCAG 2.2, success criterion 1.4.3."""

USUAL_SURFACE = "#ffffff"
USUAL_TEXT = "#1b1f24"


class Look(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How offers look. What is left out is calm and light; the page's own `--fc-...` properties come first.

    `accent`: buttons and bars. `surface`: what an offer is written on. `text`: what it is written in. `radius`: of corners, in
    pixels. `corner`: where a card sits; end is the right where one writes to the right. `locale`: of amounts, times and
    texts; without it the page's. `currency`: where the shopper's cart names none. `direction`: of writing. `font`: the shop's or
    the system's.
    """

    accent: Colour | None = None
    surface: Colour | None = None
    text: Colour | None = None
    radius: Annotated[int, Meta(ge=0, le=32)] = 14
    corner: Corner = "bottom-end"
    locale: Locale | None = None
    currency: Currency | None = None
    direction: Literal["auto", "ltr", "rtl"] = "auto"
    font: Literal["inherit", "system"] = "inherit"


def look_params(look: Look) -> dict[str, Any]:
    """What the page is told: only what differs from the usual, and no currency, which goes with the amount."""
    usual = Look()
    told = {name: getattr(look, name) for name in Look.__struct_fields__ if name != "currency"}
    return {name: value for name, value in msgspec.to_builtins(told).items() if value != getattr(usual, name)}


def contrast(one: str, other: str) -> float:
    """Between 1 and 21, of two colours as #rgb or #rrggbb. Source: WCAG 2.2, contrast ratio of relative luminances."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else re.findall("..", digits)
    shares = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
