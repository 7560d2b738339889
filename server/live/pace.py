"""How fast one connection may send: an allowance that refills with time."""


class Allowance:
    """Up to `burst` at once and `per_s` on average. Time is handed in, in seconds of any clock that never goes back."""

    __slots__ = ("_at_s", "_burst", "_left", "_per_s")

    def __init__(self, *, per_s: float, burst: float, now_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at_s = now_s

    def take(self, count: int, now_s: float) -> bool:
        """Whether `count` more are within the allowance; if not, nothing is taken."""
        left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        self._left = left - count if count <= left else left
        return count <= left
