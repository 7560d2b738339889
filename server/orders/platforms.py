"""What the two platforms' bodies have in common: a visit kept among the shop's own notes, and amounts as text."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from core.money import minor_of
from server.orders.notice import BadOrder, session_of

SESSION_NAMES = ("_fifthclick_session", "fifthclick_session")
"""Under which name a recipe keeps the visit beside a cart or an order (docs/orders.md)."""


class Note(Struct, frozen=True):
    """One of the shop's own notes on an order, which may hold anything: a value is read only under our name. Shopify calls it
    `name`, WooCommerce `key`."""

    name: str = ""
    key: str = ""
    value: msgspec.Raw = msgspec.Raw(b"null")


class Code(Struct, frozen=True):
    code: str = ""


class Line(Struct, frozen=True):
    quantity: float = 0


def pieces_in(lines: tuple[Line, ...]) -> int:
    """Pieces in all; a plugin may sell half a metre."""
    return int(sum(line.quantity for line in lines))


def session_in(notes: tuple[Note, ...]) -> UUID | None:
    """The visit that a recipe of ours has kept among these; None where none has."""
    for note in notes:
        if note.name in SESSION_NAMES or note.key in SESSION_NAMES:
            found = session_of(msgspec.json.decode(note.value))
            if found is not None:
                return found
    return None


def amount(text: str | None, currency: str, field: str) -> int:
    """Raises `BadOrder` where it is no amount."""
    minor = None if text is None else minor_of(text, currency)
    if minor is None:
        raise BadOrder(field)
    return minor


def optional_amount(text: str | None, currency: str, field: str) -> int | None:
    return None if text is None else amount(text, currency, field)


def in_utc(at: datetime) -> datetime:
    """WooCommerce writes its `_gmt` times without a zone."""
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
