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
_AMOUNT_LONGEST = 40
# A currency's sign or code before or after the digits, and spaces (also narrow ones) or apostrophes between groups.
_AROUND = re.compile(r"^\s*[A-Za-z]{1,3}\.?(?=[\s\d$-])|(?<=[\s\d,.-])[A-Za-z]{1,3}\.?\s*$|[^\w.,+-]|['\u2019]|^\+")

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


def amount(told: object) -> Decimal | None:
    """A number however a shop writes it, as long as it can mean one thing: 9.9, "9.90", "9,90", "1.234,50 €", "EUR 1,234.50".
    None for what is none, and for "1,234", which is a thousand in one country and one in another.
    """
    if isinstance(told, bool) or not isinstance(told, str | int | float | Decimal):
        return None
    try:
        value = Decimal(str(told).strip())
    except InvalidOperation:
        value = _as_written(str(told))
    return value if value.is_finite() else None


def _as_written(text: str) -> Decimal:
    """An amount with a currency, a decimal comma or groups of three digits; NaN where it is none or can mean two things."""
    body = _AROUND.sub("", text[:_AMOUNT_LONGEST])
    for decimal, group in ((",", "."), (".", ",")):
        if re.fullmatch(rf"-?(?:\d{{1,3}}(?:\{group}\d{{3}})+|\d+)\{decimal}(?:\d{{1,2}}|-{{1,2}})", body, re.ASCII):
            return Decimal(body.rstrip("-").replace(group, "").replace(decimal, "."))
        if re.fullmatch(rf"-?\d{{1,3}}(?:\{group}\d{{3}}){{2,}}", body, re.ASCII):
            return Decimal(body.replace(group, ""))
    return Decimal(body) if re.fullmatch(r"-?\d+", body, re.ASCII) else Decimal("NaN")


def minor(told: object, code: str) -> int | None:
    """An amount in minor units of this currency; None where there is none, one below zero, or one too large for money."""
    value = amount(told)
    if value is None or not 0 <= value <= MAX_MINOR:
        return None
    exponent = 0 if _WHOLE.match(code) else 3 if _THOUSANDTHS.match(code) else 2
    return min(round(value.scaleb(exponent)), MAX_MINOR)


def quantity(told: object) -> int:
    """How many; 1 where the data does not say in a number."""
    value = amount(told)
    return 1 if value is None else int(min(max(value, Decimal(0)), Decimal(_QUANTITY_MOST)))


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
