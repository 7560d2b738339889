"""Does an action do harm that nobody asked for? Each guardrail by assignment, by intervals that may be looked at every day.

Bounces, trouble at the checkout, purchases and web vitals compare all visits that chose the action, treated beside held back,
as the lift does: within periods of one allocation, and not at all where the experiment is at fault. Dismissals are of the shown
only, so there is nobody to compare them with: they have a limit.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import exp, log
from typing import get_args

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
from core.vitals import PageVitals, Vital

SHARED_ALPHA = ALPHA / len(get_args(Guardrail))
"""An action that does no harm is switched off in one of 20 cases at most, by all together, however often it is looked at."""


class Guarded(Struct, frozen=True, kw_only=True, gc=False):
    """A visit's first choice and what came after it. None: nobody knows, since it was settled before that was kept, or its rules
    had no goal of that name. `vitals`: of the page on which the choice fell."""

    row: Row
    has_bought: bool | None
    has_bounced: bool | None
    has_checked_out: bool | None
    has_checkout_trouble: bool | None
    is_shown: bool
    is_dismissed: bool
    vitals: PageVitals = PageVitals()


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
    if "bounces" in limits.watch and (sentence := _more(visits, _has_bounced, "went no further")):
        found.append(Breach(guardrail="bounces", sentence=sentence))
    if "checkout_trouble" in limits.watch and (sentence := _trouble(visits)):
        found.append(Breach(guardrail="checkout_trouble", sentence=sentence))
    if "purchases" in limits.watch and (sentence := _fewer(visits, _has_bought, "bought")):
        found.append(Breach(guardrail="purchases", sentence=sentence))
    if "web_vitals" in limits.watch and (sentence := _vitals(visits)):
        found.append(Breach(guardrail="web_vitals", sentence=sentence))
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


Says = Callable[[Guarded], bool | None]
"""What is asked of a visit; None: nobody knows."""


def _has_bounced(visit: Guarded) -> bool | None:
    return visit.has_bounced


def _has_bought(visit: Guarded) -> bool | None:
    return visit.has_bought


def _more(visits: Sequence[Guarded], says: Says, what: str, alpha: float = SHARED_ALPHA) -> str:
    """What says that more of the treated did this than of the held back; nothing where that cannot be claimed."""
    measure = _judged(visits, says, alpha)
    return _compared(measure, what) if measure and measure.lift and measure.lift > 0 else ""


def _fewer(visits: Sequence[Guarded], says: Says, what: str) -> str:
    measure = _judged(visits, says, SHARED_ALPHA)
    return _compared(measure, what) if measure and measure.lift and measure.lift < 0 else ""


def _trouble(visits: Sequence[Guarded]) -> str:
    """An offer that sends more people to the checkout brings more trouble without doing any harm, and one that keeps the hesitant
    away looks worse per checkout than it is."""
    known = [visit for visit in visits if visit.has_checkout_trouble is not None]
    return _more_of_each(
        known,
        lambda visit: visit.has_checkout_trouble,
        lambda visit: visit.has_checked_out,
        "had trouble at the checkout",
    )


_POOR: dict[Vital, str] = {
    "paint_ms": "waited over 4 s for the page of the choice to be painted (LCP)",
    "shift_permille": "had the page of the choice shift by over 0.25 (CLS)",
    "response_ms": "waited over 500 ms for an answer of the page of the choice (INP)",
}


def _is_poor(vital: Vital, visit: Guarded) -> bool:
    return visit.vitals.is_poor(vital) is True


def _is_told(vital: Vital, visit: Guarded) -> bool:
    return visit.vitals.is_poor(vital) is not None


def _vitals(visits: Sequence[Guarded]) -> str:
    """Which of the three went wrong, each with a third of the chance of error. A visit has one page here, so its visits are as
    many independent yes or no as it has; a 75th percentile has no interval so plain that may be looked at daily. One that
    told nothing is among the visits and not among the told: an offer that lets more pages tell does no harm by that."""
    sentences = [
        _more_of_each(
            visits,
            partial(_is_poor, vital),
            partial(_is_told, vital),
            what,
            SHARED_ALPHA / len(_POOR),
        )
        for vital, what in _POOR.items()
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _more_of_each(visits: Sequence[Guarded], says: Says, unit: Says, what: str, alpha: float = SHARED_ALPHA) -> str:
    """More of all treated visits did this, and more of those of them that are a `unit`: both, or nothing is said."""
    sentence = _more(visits, says, what, alpha)
    if not sentence:
        return ""
    columns, _ = _columns(visits)
    events, units = _flags(visits, says), _flags(visits, unit)
    allocation = allocation_of(columns, Wish())
    kept, period = allocation.kept(columns)
    events, units = events[allocation.is_counted], units[allocation.is_counted]
    if min(_sums(units, kept.is_treated)) < EVENTS_LEAST:
        return ""
    each = difference(
        per_unit(means_of(events, kept.is_treated, period), means_of(units, kept.is_treated, period)), alpha
    )
    return sentence if each.value > 0 and each.p_value < alpha else ""


def _judged(visits: Sequence[Guarded], says: Says, alpha: float) -> Measure | None:
    """The share of visits of which that holds, of those of which it is known, where a difference of the arms may be claimed."""
    known = [visit for visit in visits if says(visit) is not None]
    if not known:
        return None
    columns, exposure = _columns(known)
    report = report_of(columns._replace(converted=_flags(known, says)), exposure, Wish())
    measure = report.measures.get("conversion")
    if report.faults or measure is None or measure.p_value is None or measure.p_value >= alpha:
        return None
    return measure


def _columns(visits: Sequence[Guarded]) -> tuple[Visits, Exposure]:
    """Columns in the order of `visits`, which is that of their decisions."""
    return visits_of([visit.row for visit in visits])


def _flags(visits: Sequence[Guarded], says: Says) -> Floats:
    return np.array([float(bool(says(visit))) for visit in visits])


def _sums(values: Floats, is_treated: Bools) -> tuple[float, float]:
    return float(values[is_treated].sum()), float(values[~is_treated].sum())


def _compared(measure: Measure, what: str) -> str:
    return (
        f"{measure.treated:.1%} of its treated visits {what}, and {measure.held_back:.1%} of those held back "
        f"(p = {measure.p_value:.2g}, good for any number of looks)."
    )
