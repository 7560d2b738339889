"""Amounts of two currencies are never added: a comparison is made in one, and what was paid in others is counted and named.

Every visit stays in the comparison, at nothing where it paid in another currency. So the amount is by assignment still, and the
amounts of several currencies stand side by side.
"""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from core.analysis.visits import Row


class Paid(Struct, frozen=True, kw_only=True):
    """How many visits paid in this currency; None where their orders name none."""

    currency: str | None
    visit_count: int


def paid_in(rows: Sequence[Row]) -> tuple[Paid, ...]:
    """The currencies of all visits that brought money, the commonest first; those that name none last."""
    counted = Counter(row.currency for row in rows if _has_money(row))
    order = sorted(counted, key=lambda name: (name is None, -counted[name], name or ""))
    return tuple(Paid(currency=name, visit_count=counted[name]) for name in order)


def in_currency(rows: Sequence[Row], currency: str | None) -> list[Row]:
    """The rows with the money of this currency alone."""
    return [
        row if row.currency == currency or not _has_money(row) else replace(row, revenue_minor=0.0, margin_minor=0.0)
        for row in rows
    ]


def note_of(chosen: str | None, paid: Sequence[Paid]) -> str:
    """What is in no amount, in words; empty where all is in one."""
    others = [each for each in paid if each.currency != chosen]
    if not others:
        return ""
    named = ", ".join(f"{each.visit_count:,} in {each.currency}" for each in others if each.currency is not None)
    nameless = sum(each.visit_count for each in others if each.currency is None)
    parts = [f"Amounts are in {chosen} alone."]
    if named:
        parts.append(f"Other visits paid {named}: they are compared, and their money is in no amount here.")
    if nameless:
        parts.append(
            f"Orders of {nameless:,} visits name no currency and are in no amount. Next: send `currency` with every purchase."
        )
    return " ".join(parts)


def _has_money(row: Row) -> bool:
    return row.revenue_minor != 0 or row.margin_minor is None or row.margin_minor != 0
