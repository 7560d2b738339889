"""Amounts as shops write them, in integer minor units: how many decimals a currency has, by ISO 4217.

The tracker has the same lists (`money.ts`); a test holds them together.
"""

from decimal import Decimal, InvalidOperation

WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"

_MOST_MINOR = 10**15


def exponent(currency: str) -> int:
    """How many decimals the currency has."""
    return 0 if currency in WHOLE.split() else 3 if currency in THOUSANDTHS.split() else 2


def minor_of(amount: str, currency: str) -> int | None:
    """An amount like "19.90" in minor units, rounded half to even; None where it is no number, or one that no shop means."""
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return None
    if not value.is_finite() or value.adjusted() > 15:
        return None
    minor = int(value.scaleb(exponent(currency)).to_integral_value())
    return minor if abs(minor) <= _MOST_MINOR else None
