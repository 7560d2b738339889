"""How figures are written in the report's sentences and tables."""

NO_BREAK = "\u00a0"


def percent(share: float, digits: int = 1) -> str:
    """0.4302 -> 43.0 %, never broken before its sign."""
    return f"{100.0 * share:.{digits}f}{NO_BREAK}%"


def between(low: float, high: float, digits: int = 1) -> str:
    """Two shares as 40.1 % to 45.9 %."""
    return f"{percent(low, digits)} to {percent(high, digits)}"
