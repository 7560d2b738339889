"""What a row of a feed means: the columns that are read, and each value as the catalogue keeps it.

Columns that are not named here are never looked at, so what a merchant's export holds of customers has no way in; and what
looks like an e-mail address, a phone or a card number in a column that is read is left out, and said so.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from core.privacy import REDACTED, is_personal
from model.importers import clean
from server.store.catalogue import CatalogueRow

COLUMNS: dict[str, tuple[str, ...]] = {
    "item_id": ("item_id", "id"),
    "title": ("title", "name"),
    "category": ("category", "product_type", "google_product_category"),
    "url": ("url", "link"),
    "image_url": ("image_url", "image_link"),
    "price": ("sale_price", "price"),
    "price_minor": ("price_minor",),
    "currency": ("currency",),
    "margin": ("margin",),
    "margin_minor": ("margin_minor",),
    "margin_share": ("margin_share",),
    "cost": ("cost", "cost_of_goods_sold"),
    "in_stock": ("in_stock", "is_in_stock", "availability"),
}
"""What we call it, and what it may be called in a file: the first of these that is filled counts."""

PRODUCT_PARAMETERS = (
    "id", "p", "pid", "product", "product_id", "productid", "prod", "item", "item_id", "itemid", "sku", "variant",
    "variant_id", "art", "artnr", "article",
)  # fmt: skip
"""Parts of a query that say which product is meant. Every other part is cut off: campaigns, sessions, whatever was typed."""

_TITLE_LONGEST, _URL_LONGEST = 150, 480
_IN_STOCK = (
    "instock", "true", "yes", "y", "1", "available", "limitedavailability", "onlineonly", "instoreonly", "preorder",
    "backorder", "presale",
)  # fmt: skip
_SOLD_OUT = ("outofstock", "false", "no", "n", "0", "soldout", "discontinued", "unavailable", "reserved")


class Understood(NamedTuple):
    """A product, and what of its row was left out, in words. `product` None: the whole row, for the last of the reasons."""

    product: CatalogueRow | None
    left_out: tuple[str, ...]


def understand(row: Mapping[str, str], default_currency: str = "") -> Understood:
    """The row as a product. `default_currency`: of prices that name none. Money is read as shops write it."""
    told = {name: _first(row, names) for name, names in COLUMNS.items()}
    item_id = clean.item_id(told["item_id"])
    if not item_id:
        return Understood(None, ("no id",))
    if REDACTED in item_id:
        return Understood(
            None, ("an id like an e-mail address, a phone or a card number: events do not carry it either",)
        )
    left_out: list[str] = []
    url = _address(told["url"], "url", left_out)
    if told["url"] and url is None:
        return Understood(None, tuple(left_out))
    price, currency = _price(told, default_currency, left_out)
    return Understood(
        CatalogueRow(
            item_id=item_id,
            title=_title(told["title"], left_out),
            category=_category(told["category"], left_out),
            url=url,
            image_url=_address(told["image_url"], "image", left_out),
            price_minor=price,
            margin_minor=_margin(told, price, currency, left_out),
            currency=currency if price is not None else None,
            is_in_stock=_is_in_stock(told["in_stock"], left_out),
        ),
        tuple(left_out),
    )


def _first(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := row.get(name, "").strip())), "")


def _title(text: str, left_out: list[str]) -> str | None:
    words = " ".join(re.sub(r"<[a-z/][^>]*>|[<>\x00-\x1f\x7f]", " ", text).split())[:_TITLE_LONGEST]
    if is_personal(words):
        left_out.append("a title that looks like personal data")
        return None
    return words or None


def _category(text: str, left_out: list[str]) -> str | None:
    """The innermost of "Home > Lamps > Desk lamps", written as events write it."""
    name = clean.slug(text.replace("&gt;", ">").split(">")[-1])
    if REDACTED in name:
        left_out.append("a category that looks like personal data")
        return None
    return name or None


def _address(text: str, what: str, left_out: list[str]) -> str | None:
    """An http(s) address without a fragment, an account, or what in its query does not name a product."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"'\\]", text)
        has_account = parts.username is not None
    except ValueError:
        is_good = has_account = False
    if not is_good or has_account:
        left_out.append(f"{_article(what)} that is no plain http(s) address")
        return None
    kept = [(k, v) for k, v in parse_qsl(parts.query) if k.lower() in PRODUCT_PARAMETERS] if what == "url" else []
    address = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), ""))
    if len(address) > _URL_LONGEST:
        left_out.append(f"{_article(what)} of more than {_URL_LONGEST} characters")
        return None
    if is_personal(address):
        left_out.append(f"{_article(what)} that looks like personal data")
        return None
    return address


def _article(what: str) -> str:
    return f"an {what}" if what == "image" else f"a {what}"


def _price(told: Mapping[str, str], default_currency: str, left_out: list[str]) -> tuple[int | None, str]:
    named = re.search(r"\b[A-Z]{3}\b", told["price"].upper())
    # The only sign that means one currency: "$" is that of many countries.
    written = named[0] if named else "EUR" if "€" in told["price"] else default_currency
    currency = (told["currency"] or written).upper()
    exact = _whole(told["price_minor"])
    exact = exact if exact is not None and exact >= 0 else None
    if not told["price"] and exact is None:
        return None, currency
    if not re.fullmatch(r"[A-Z]{3}", currency):
        left_out.append("a price without a currency (next: --currency EUR)")
        return None, ""
    price = exact if exact is not None else clean.minor(told["price"], currency)
    if price is None:
        left_out.append("a price that is no amount")
    return price, currency


def _whole(text: str) -> int | None:
    """Minor units, as `catalogue list --json` writes them."""
    return int(text) if re.fullmatch(r"-?\d{1,12}", text) else None


def _margin(told: Mapping[str, str], price: int | None, currency: str, left_out: list[str]) -> int | None:
    """What one piece earns: as told, as a share of the price, or the price less what it costs."""
    margin = _whole(told["margin_minor"])
    if margin is not None:
        return margin
    if told["margin"]:
        margin = clean.minor(told["margin"], currency) if currency else None
    elif told["margin_share"]:
        share = clean.amount(told["margin_share"].rstrip("%"))
        if share is not None and told["margin_share"].endswith("%"):
            share /= 100
        margin = round(share * price) if share is not None and price is not None and 0 <= share <= 1 else None
    elif told["cost"]:
        cost = clean.minor(told["cost"], currency) if currency else None
        margin = price - cost if price is not None and cost is not None else None
    else:
        return None
    if margin is None:
        left_out.append("a margin or cost that cannot be read beside the price")
    return margin


def _is_in_stock(text: str, left_out: list[str]) -> bool:
    """Google's and schema.org's words. One that says neither counts as sold out: a promise that cannot be kept is none."""
    word = re.sub(r"[\s_-]", "", text.lower().rpartition("/")[2])
    if not word or word in _IN_STOCK:
        return True
    if word not in _SOLD_OUT:
        left_out.append("an availability that is neither in nor out of stock: taken as sold out")
    return False
