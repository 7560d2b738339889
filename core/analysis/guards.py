"""Does an action do harm that nobody asked for? Each guardrail by assignment, by intervals that may be looked at every day.

Bounces, trouble at the checkout and purchases compare all visits that chose the action, treated beside held back, as the
lift does: within periods of one allocation, and not at all where the experiment is at fault. Dismissals are of the shown only,
so there is nobody to compare them with: they have a limit.
"""

from collections.abc import Sequence
from math import exp, log

import numpy as np
from msgspec import Struct
from scipy.special import betaln
from scipy.stats import beta

from core.analysis.allocation import Wish, allocation_of
from core.analysis.arms import means_of, per_unit
from core.analysis.contrast import difference
from core.analysis.measures import EVENTS_LEAST, Measure
from core.analysis.report import report_of
from core.analysis.sequential import ALPHA
from core.analysis.visits import Bools, Exposure, Floats, Row, Visits, visits_of
from core.guardrails import Guardrail, Guardrails

GUARDS = 4
SHARED_ALPHA = ALPHA / GUARDS
"""An action that does no harm is switched off in one of 20 cases at most, by all together, however often it is looked at."""


class Guarded(Struct, frozen=True, kw_only=True, gc=False):
    """A visit's first choice and what came after it. None: nobody knows, since it was settled before that was kept, or its rules
    had no goal of that name."""

    row: Row
    has_bought: bool | None
    has_bounced: bool | None
    has_checked_out: bool | None
    has_checkout_trouble: bool | None
    is_shown: bool
    is_dismissed: bool


class Breach(Struct, frozen=True, kw_only=True):
    """A guardrail that is broken, and by what, in words."""

    guardrail: Guardrail
    sentence: str


def breaches(visits: Sequence[Guarded], limits: Guardrails) -> list[Breach]:
    """The guardrails that these visits of one action break, each visit once. It never raises for what the visits hold."""
    visits = sorted(visits, key=lambda visit: visit.row.decided_at_s)
    found: list[Breach] = []
    shown = [visit.is_dismissed for visit in visits if visit.is_shown]
    if "dismissals" in limits.watch and len(shown) >= limits.dismiss_after:
        p_value = share_above_p(sum(shown), len(shown), limits.dismiss_share)
        if p_value < SHARED_ALPHA:
            found.append(Breach(guardrail="dismissals", sentence=_dismissed(shown, limits.dismiss_share, p_value)))
    if "bounces" in limits.watch and (sentence := _more(visits, "has_bounced", "went no further")):
        found.append(Breach(guardrail="bounces", sentence=sentence))
    if "checkout_trouble" in limits.watch and (sentence := _trouble(visits)):
        found.append(Breach(guardrail="checkout_trouble", sentence=sentence))
    if "purchases" in limits.watch and (sentence := _fewer(visits, "has_bought", "bought")):
        found.append(Breach(guardrail="purchases", sentence=sentence))
    return found


def share_above_p(count: int, of: int, limit: float) -> float:
    """How surely a share of `count` in `of` is above `limit`: a p-value that may be looked at after every visit.

    One over the mean, over all shares above the limit alike, of their likelihood against the limit's. Where the true share is at
    or below the limit that mean is a supermartingale that begins at 1, so it ever reaches 1 / alpha with a chance of alpha at most
    (Ville 1939; the mixture of Robbins, "Statistical methods related to the law of the iterated logarithm", 1970).
    """
    tail = float(beta.logsf(limit, count + 1, of - count + 1))
    evidence = float(betaln(count + 1, of - count + 1)) + tail - log(1.0 - limit)
    evidence -= count * log(limit) + (of - count) * log(1.0 - limit)
    return min(1.0, exp(-evidence)) if evidence < 700 else 0.0


def _dismissed(shown: Sequence[bool], limit: float, p_value: float) -> str:
    return (
        f"{sum(shown):,} of the {len(shown):,} visits that were shown it closed it ({sum(shown) / len(shown):.0%}); "
        f"{limit:.0%} is the limit (p = {p_value:.2g})."
    )


def _more(visits: Sequence[Guarded], flag: str, what: str) -> str:
    """What says that more of the treated did this than of the held back; nothing where that cannot be claimed."""
    measure = _judged(visits, flag)
    return _compared(measure, what) if measure and measure.lift and measure.lift > 0 else ""


def _fewer(visits: Sequence[Guarded], flag: str, what: str) -> str:
    measure = _judged(visits, flag)
    return _compared(measure, what) if measure and measure.lift and measure.lift < 0 else ""


def _trouble(visits: Sequence[Guarded]) -> str:
    """More of all visits have trouble, and more of those that come to the checkout: an offer that sends more people there
    brings more trouble without doing any harm, and one that keeps the hesitant away looks worse per checkout than it is."""
    known = [visit for visit in visits if visit.has_checkout_trouble is not None]
    sentence = _more(known, "has_checkout_trouble", "had trouble at the checkout")
    if not sentence:
        return ""
    columns, _ = _columns(known)
    trouble, checkouts = _flags(known, "has_checkout_trouble"), _flags(known, "has_checked_out")
    allocation = allocation_of(columns, Wish())
    kept, period = allocation.kept(columns)
    trouble, checkouts = trouble[allocation.is_counted], checkouts[allocation.is_counted]
    if min(_sums(checkouts, kept.is_treated)) < EVENTS_LEAST:
        return ""
    each = difference(
        per_unit(means_of(trouble, kept.is_treated, period), means_of(checkouts, kept.is_treated, period)), SHARED_ALPHA
    )
    return sentence if each.value > 0 and each.p_value < SHARED_ALPHA else ""


def _judged(visits: Sequence[Guarded], flag: str) -> Measure | None:
    """The share of visits with a flag, of those of which it is known, where a difference between the arms may be claimed."""
    known = [visit for visit in visits if getattr(visit, flag) is not None]
    if not known:
        return None
    columns, exposure = _columns(known)
    report = report_of(columns._replace(converted=_flags(known, flag)), exposure, Wish())
    measure = report.measures.get("conversion")
    if report.faults or measure is None or measure.p_value is None or measure.p_value >= SHARED_ALPHA:
        return None
    return measure


def _columns(visits: Sequence[Guarded]) -> tuple[Visits, Exposure]:
    """Columns in the order of `visits`, which is that of their decisions."""
    return visits_of([visit.row for visit in visits])


def _flags(visits: Sequence[Guarded], name: str) -> Floats:
    return np.array([float(getattr(visit, name)) for visit in visits])


def _sums(values: Floats, is_treated: Bools) -> tuple[float, float]:
    return float(values[is_treated].sum()), float(values[~is_treated].sum())


def _compared(measure: Measure, what: str) -> str:
    return (
        f"{measure.treated:.1%} of its treated visits {what}, and {measure.held_back:.1%} of those held back "
        f"(p = {measure.p_value:.2g}, good for any number of looks)."
    )
