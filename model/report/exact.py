"""Exact tests over counts, and corrections for having asked many questions. Arrays in, arrays out."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import hypergeom

Floats = NDArray[np.float64]


def fisher(hits: ArrayLike, counts: ArrayLike, all_hits: int, total: int) -> tuple[Floats, Floats]:
    """The chances of so many hits or more, and of so many or fewer, among `counts` drawn from `total` (Fisher 1935).

    Each side is exact and one-sided; twice the smaller is a two-sided test.
    """
    hits, counts = np.asarray(hits, dtype=np.int64), np.asarray(counts, dtype=np.int64)
    more: Floats = np.asarray(hypergeom.sf(hits - 1, total, all_hits, counts), dtype=np.float64)
    fewer: Floats = np.asarray(hypergeom.cdf(hits, total, all_hits, counts), dtype=np.float64)
    return more, fewer


def benjamini_hochberg(p: Floats) -> Floats:
    """Adjusted p-values: called at 0.05, at most that share of the findings is expected to be chance.

    Source: Benjamini and Hochberg, "Controlling the False Discovery Rate" (1995).
    """
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted


def holm(p: Floats) -> Floats:
    """Adjusted p-values: called at 0.05, the chance that any finding is chance is at most that.

    Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure" (1979).
    """
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * (len(p) - np.arange(len(p)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return adjusted
