"""Personal data has no way in: the second gate, behind the one in the page.

What looks like an e-mail address, a phone or a card number in any string of an event is cut out before the event is
folded, scored or logged. The patterns are shared with the tracker through the generated schema.
"""

import re
from urllib.parse import unquote

import msgspec

from core.events import NAME_BY_TYPE, Event

EMAIL = r"[^\s@/:]+(?:@|%40)[^\s@/:]+\.[A-Za-z]{2,}"
CARD = r"(?<!\d)(?:\d[ .-]?){13,19}(?!\d)"
PHONE = r"(?<!\w)(?:\+|00)\d[\d ().-]{6,17}\d(?!\w)|(?<![\w.-])(?:\(\d{2,4}\)|0\d{2,4}|\d{3})[ ./-]\d{3,4}[ ./-]?\d{3,4}(?![\w.-])"
PHONE_IN_ONE = r"(?<![\w.-])0\d{9,10}(?![\w.-])|(?<![\w.-])1[ .-]\d{3}[ .-]\d{3}[ .-]\d{4}(?![\w.-])|\+\d{10,14}"
"""Looked for here alone: the tracker has no room for every habit of writing numbers."""

PATTERNS = {"email": EMAIL, "card": CARD, "phone": PHONE}
REDACTED = "redacted"

_card = re.compile(CARD)
_other = re.compile(f"(?:{EMAIL})|(?:{PHONE})|(?:{PHONE_IN_ONE})")
_suspect = re.compile(r"@|%40|\d{3}")

_text_fields: dict[type[Event], tuple[str, ...]] = {
    t: tuple(f.name for f in msgspec.structs.fields(t) if f.name not in ("decision_id", "currency") and "str" in str(f.type))
    for t in NAME_BY_TYPE
}  # fmt: skip


def is_personal(text: str) -> bool:
    """Whether the text holds something shaped like an e-mail address, a phone or a card number."""
    return redact(text) != text


def redact(text: str) -> str:
    """The text with each such part replaced by `REDACTED`.

    A long number is a card's only where its check digit fits (Luhn, ISO/IEC 7812-1): order numbers are long too.
    """
    if _suspect.search(text) is None:
        return text
    if "%" in text or "_" in text:
        text = "/".join(_hidden(part) for part in text.split("/"))
    text = _card.sub(lambda found: REDACTED if _has_check_digit(found[0]) else found[0], text)
    return _other.sub(REDACTED, text)


def _hidden(part: str) -> str:
    """One part of a path. Where it is personal once it is decoded (twice, for `%2540`), all of it goes."""
    plain = unquote(unquote(part)).replace("_", " ")
    return REDACTED if plain != part and redact(plain) != plain else part


def _has_check_digit(text: str) -> bool:
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    doubled = (d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def without_personal_data(event: Event) -> tuple[Event, int]:
    """The event with every suspicious string cut, and how many were."""
    changes: dict[str, object] = {}
    for name in _text_fields[type(event)]:
        value = getattr(event, name)
        if type(value) is str and is_personal(value):
            # Never longer than it was: an event at its limit must still be readable when it is replayed.
            changes[name] = redact(value)[: len(value)]
    items = getattr(event, "items", ())
    if any(is_personal(i.item_id) or is_personal(i.category) for i in items):
        changes["items"] = tuple(
            msgspec.structs.replace(i, item_id=redact(i.item_id), category=redact(i.category)) for i in items
        )
    if not changes:
        return event, 0
    return msgspec.structs.replace(event, **changes), len(changes)
