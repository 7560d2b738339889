"""Visits of one action with a planted truth, as its guardrails are judged by."""

import numpy as np

from core.analysis.guards import Guarded
from core.analysis.visits import Row
from core.vitals import PageVitals

DAY_S = 86_400


def visits(
    count: int,
    *,
    seed: int = 1,
    treated_share: float = 0.5,
    logged_share: float | None = None,
    dismissed: float = 0.3,
    **shares: tuple[float, float],
) -> list[Guarded]:
    """So many visits over 30 days; by name the share of treated and of held-back visits."""
    chance = np.random.default_rng(seed)
    rates = {
        "bounced": (0.2, 0.2), "checked_out": (0.3, 0.3), "trouble": (0.1, 0.1), "bought": (0.1, 0.1),
        "told": (0.9, 0.9), "slow": (0.2, 0.2), "jumpy": (0.1, 0.1), "stiff": (0.05, 0.05), **shares,
    }  # fmt: skip
    made = []
    for number in range(count):
        is_treated = bool(chance.random() < treated_share)
        flags = {name: bool(chance.random() < (one if is_treated else other)) for name, (one, other) in rates.items()}
        made.append(
            Guarded(
                row=Row(
                    session_id=str(number),
                    arm="treatment" if is_treated else "control",
                    decided_at_s=30 * DAY_S * number / count,
                    converted=flags["bought"],
                    treatment_probability=treated_share if logged_share is None else logged_share,
                ),
                has_bought=flags["bought"],
                has_bounced=flags["bounced"],
                has_checked_out=flags["checked_out"],
                has_checkout_trouble=flags["checked_out"] and flags["trouble"],
                is_shown=is_treated,
                is_dismissed=is_treated and bool(chance.random() < dismissed),
                vitals=_vitals(flags),
            )
        )
    return made


def _vitals(flags: dict[str, bool]) -> PageVitals:
    """Of the page of the choice: each value is poor or good."""
    if not flags["told"]:
        return PageVitals()
    return PageVitals(6_000 if flags["slow"] else 1_500, 400 if flags["jumpy"] else 50, 700 if flags["stiff"] else 80)
