"""How much wider an interval must be that may be looked at every day, and ended whenever one likes.

An interval of 1.96 standard errors misses the truth in one of 20 experiments that are looked at once. Looked at daily for a
month, it leaves the truth out at some look in one of four. The intervals here leave it out at *any* look, ever, in one of
20 at most: asymptotic confidence sequences by the normal mixture.

Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences" (2024, Annals of Statistics 52), theorem 2.2 and appendix B.2; Robbins, "Statistical methods related to the law of
the iterated logarithm" (1970). The libraries for it (confseq, savvi, ville) need a C++ compiler and Boost, stopped in 2024, or are
a month old: this is one line of algebra, and the tests hold it against the integral that it comes from.
"""

from math import e, exp, inf, log, sqrt

from scipy.special import lambertw

ALPHA = 0.05
PLANNED_VISITS = 15_000
"""Where the interval is narrowest against a fixed one, chosen before any data is seen: 1.55 times there, and at most 1.7 times
from a quarter of as many visits to nineteen times as many: where shops that sell to 2 to 50 of 100 such visits have their
answer. A small shop waits long for a plan that is far too large, a large one loses little by a plan that is too small."""


def mixing(planned_count: float, alpha: float = ALPHA) -> float:
    """The mixture's variance that makes the interval narrowest at `planned_count` observations (appendix B.2, exact)."""
    return float(-lambertw(-(alpha**2) / e, -1).real - 1.0) / planned_count


def width_factor(count: float, alpha: float = ALPHA, planned_count: float = PLANNED_VISITS) -> float:
    """How many standard errors the interval reaches to each side after `count` observations; 1.96 is its fixed twin."""
    if count <= 0:
        return inf
    mixed = count * mixing(planned_count, alpha)
    return sqrt(2.0 * (mixed + 1.0) / mixed * log(sqrt(mixed + 1.0) / alpha))


def always_valid_p(standard_errors_off: float, count: float, planned_count: float = PLANNED_VISITS) -> float:
    """The smallest alpha at which an interval as of now leaves 0 out; it may be looked at daily, too.

    The mixture is that which is tuned for 0.05 throughout, so the family of intervals is nested and p below 0.05 says just
    what the interval says. One over the value of the mixture martingale (Ville's inequality).
    """
    mixed = count * mixing(planned_count)
    return min(1.0, sqrt(mixed + 1.0) * exp(-(standard_errors_off**2) * mixed / (2.0 * (mixed + 1.0))))
