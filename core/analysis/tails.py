"""What a few very large orders may do to a mean: cut to a cap before means are taken, and told.

Amounts are wildly uneven: one order of ten thousand decides which arm looks better, and no interval that rests on the
central limit theorem holds. So amounts beyond the cap count as the cap. The cap is drawn from both arms together and never
looks at who was treated: where nothing was changed, the arms stay alike. What it costs: the lift is that of the capped
amounts, which is told beside how many were cut and how much money that was.

Source: winsorising, Tukey (1962); as used in experiments, Kohavi, Tang and Xu, "Trustworthy Online Controlled Experiments"
(2020), chapter 22.
"""

import numpy as np
from msgspec import Struct

from core.analysis.visits import Floats

KEPT_SHARE = 0.99
"""Of the amounts that are not 0, those that stay as they are, on either side of 0."""


class Capped(Struct, frozen=True, kw_only=True):
    """What was done to the amounts. `cut_share`: of their sum, how much was taken away."""

    cap_minor: float
    cut_count: int
    cut_share: float


def cap(amounts: Floats) -> tuple[Floats, Capped]:
    """The amounts with the greatest, and the least below 0, moved to the cap."""
    gains, losses = amounts[amounts > 0], amounts[amounts < 0]
    most = _cap_of(gains)
    least = -_cap_of(-losses)
    capped: Floats = np.clip(amounts, least, most)
    total = float(np.abs(amounts).sum())
    cut = float(np.abs(amounts - capped).sum())
    return capped, Capped(
        cap_minor=most, cut_count=int((capped != amounts).sum()), cut_share=cut / total if total else 0.0
    )


def _cap_of(amounts: Floats) -> float:
    return float(np.quantile(amounts, KEPT_SHARE, method="higher")) if len(amounts) else 0.0
