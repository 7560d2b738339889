"""Values of other people's data as values of ours: names, products, money, times. Nothing personal gets past this file.

The twin of the tracker's `clean.ts` and `money.ts`: what a page would not send, a file does not bring in either. Words that
somebody typed are never taken, only how long they are.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from core import events as ev
from core.fields import MAX_MINOR, Device, Item
from core.privacy import redact

NO_CURRENCY = "XXX"
"""ISO 4217 for "no currency": prices whose currency the data does not state. Only ratios of them are ever learned."""
ITEMS_MOST = 20
_QUANTITY_MOST = 10**6
_TERM_MOST = 10**6

# The exponents of ISO 4217 that are not 2.
_WHOLE = re.compile("BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF")
_THOUSANDTHS = re.compile("BHD|IQD|JOD|KWD|LYD|OMR|TND")


class BadRow(ValueError):
    """A row that cannot be used. The message is ours alone and never repeats what stood there: it may be personal."""


@lru_cache(maxsize=65_536)
def slug(text: str, length: int = 48, more: str = "") -> str:
    """A name that the shop gave: letters, digits, `_.:/-` and what `more` allows, with everything personal cut."""
    return re.sub(rf"[^\w.:/{more}-]+", "_", redact(text.strip()))[:length]


def item_id(text: str) -> str:
    """As a slug, longer, and spaces are kept."""
    return slug(text, 64, " ")


def currency(code: str | None) -> str:
    """The code, or `NO_CURRENCY` where the data has none."""
    return code.upper() if code and re.fullmatch(r"[A-Za-z]{3}", code) else NO_CURRENCY


def minor(amount: Decimal | str | None, code: str) -> int | None:
    """An amount in minor units of this currency; None where there is none, or one below zero.

    Raises:
        BadRow: it is no number, or too large for money.
    """
    if amount is None or amount == "":
        return None
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise BadRow("a price is no number") from None
    if not value.is_finite() or value > MAX_MINOR:
        raise BadRow("a price is no number")
    exponent = 0 if _WHOLE.match(code) else 3 if _THOUSANDTHS.match(code) else 2
    units = round(value.scaleb(exponent))
    return min(units, MAX_MINOR) if value >= 0 else None


def quantity(count: Decimal | str | None) -> int:
    """How many; 1 where the data does not say. Raises `BadRow` for what is no number."""
    if count is None or count == "":
        return 1
    try:
        value = Decimal(count)
    except InvalidOperation:
        raise BadRow("a quantity is no number") from None
    return min(max(0, int(value)), _QUANTITY_MOST) if value.is_finite() else 1


def item(product: str, *, category: str = "", price_minor: int | None = None, count: int = 1) -> Item:
    return Item(item_id(product), slug(category), price_minor, count)


def items_total(items: tuple[Item, ...]) -> int | None:
    """The sum of price times quantity, or None where no price is known."""
    if all(one.price_minor is None for one in items):
        return None
    return min(sum((one.price_minor or 0) * one.quantity for one in items), MAX_MINOR)


def search(term: str | None, result_count: int | None = None) -> ev.Search | None:
    """How long the searched words are; None where there are none."""
    length = min(len((term or "").strip()), _TERM_MOST)
    return ev.Search(seq=1, at_ms=0, term_length=length, result_count=result_count) if length else None


def device_class(word: str | None) -> Device:
    """A device category or type in anybody's words as one of ours."""
    match (word or "").lower():
        case "desktop" | "computer":
            return "desktop"
        case "mobile" | "phone" | "smartphone":
            return "mobile"
        case "tablet":
            return "tablet"
    return "unknown"


def browser_class(user_agent: str) -> Device:
    """The class of a browser that names itself so; the name stays behind."""
    if re.search(r"iPad|Tablet|Android(?!.*Mobile)", user_agent):
        return "tablet"
    if re.search(r"Mobi|iPhone", user_agent):
        return "mobile"
    return "desktop" if user_agent else "unknown"


@lru_cache(maxsize=4096)
def utc_ms(text: str) -> int:
    """A moment in ISO 8601, with `T` or a space, `Z`, `UTC` or an offset; UTC where none is given.

    Raises:
        BadRow: it is no time.
    """
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC").strip())
    except ValueError:
        raise BadRow("the time is none") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
