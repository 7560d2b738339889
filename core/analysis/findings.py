"""What is wrong with an experiment, so that nothing can be claimed, and what to know of one that is not. In words."""

from collections.abc import Sequence

import numpy as np

from core.analysis.balance import BOTH_ARMS_MOST, SampleRatio, ScoreBalance
from core.analysis.periods import Period
from core.analysis.visits import Exposure, Visits


def faults_of(exposure: Exposure, ratio: SampleRatio, scores: ScoreBalance | None) -> tuple[str, ...]:
    faults = []
    if not ratio.is_ok:
        faults.append(
            f"Sample ratio: {ratio.treated_share:.2%} of the visits are treated where {ratio.expected_share:.2%} were meant "
            f"({ratio.basis}; p = {ratio.p_value:.2g}). Something loses or doubles visits of one arm."
        )
    if exposure.both_arms_count > BOTH_ARMS_MOST * exposure.visit_count:
        faults.append(
            f"{exposure.both_arms_count:,} of {exposure.visit_count:,} visits were seen in both arms; {BOTH_ARMS_MOST:.0%} "
            "is the most that an answer can bear."
        )
    if scores is not None and not scores.is_ok:
        faults.append(
            f"The scores differ between the arms before anything was shown ({scores.treated_mean:.4f} and "
            f"{scores.held_back_mean:.4f}; p = {scores.p_value:.2g}): arms were not drawn by chance."
        )
    return tuple(faults)


def notes_of(
    exposure: Exposure,
    allocation: Sequence[Period],
    ratio: SampleRatio,
    visits: Visits,
    is_adjusted: bool,
) -> tuple[str, ...]:
    notes = []
    if len(allocation) > 1:
        shares = ", ".join(f"{p.treated_count / p.visit_count:.0%}" for p in allocation[:8])
        notes.append(
            f"The share of treated visits changed: {shares}{', ...' if len(allocation) > 8 else ''}. Visits are compared within "
            f"these {len(allocation)} periods only, so a ramp does no harm. If nobody changed it, it is a fault."
        )
    out = [p for p in allocation if not p.is_counted]
    if out:
        notes.append(
            f"{sum(p.visit_count for p in out):,} visits are left out of the lift: "
            + "; ".join(sorted({p.reason for p in out})) + "."
        )  # fmt: skip
    if ratio.basis == "guessed":
        without = int(np.isnan(visits.treatment_probability).sum())
        told = "No" if without == len(visits.is_treated) else f"For {without:,} of {len(visits.is_treated):,} visits no"
        notes.append(
            f"{told} treatment_probability was logged: the share that was meant is guessed as the nearest usual one. Name it "
            "with --treatment-share to be sure."
        )
    if ratio.basis == "unknown":
        notes.append(
            "The share of treated visits changed too often to guess what was meant, so the sample ratio is not checked. Log "
            "treatment_probability to have it checked."
        )
    if exposure.repeated_count:
        notes.append(f"{exposure.repeated_count:,} rows repeat a visit in its arm; its first row counts.")
    if exposure.both_arms_count:
        notes.append(f"{exposure.both_arms_count:,} visits were seen in both arms and are left out.")
    unscored = int(np.isnan(visits.score).sum())
    if not is_adjusted:
        notes.append(
            "The score is not held equal: " + ("most visits have none." if unscored else "it is always the same.")
        )
    elif unscored:
        notes.append(f"{unscored:,} visits have no score; that, too, is held equal.")
    return tuple(notes)
