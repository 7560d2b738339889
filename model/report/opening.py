"""How the report opens: can this model be trusted here? A few checks, each with a verdict in words that a merchant understands."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from model.compared import Compared, Row
from model.evaluate import ECE_BINS, answers_at
from model.report.clicks import DECISION_CLICK, NAMES, row_at
from model.report.section import Asked
from model.report.words import percent

AS_GOOD = 0.02
"""A rank that cannot be this much worse than the simpler means' is as good as theirs."""
Verdict = Literal["good", "unsure", "bad"]
ENOUGH_BUYERS = 100
"""With fewer purchases the interval of AUROC is about 0.1 wide, and nothing else is known better."""
CALIBRATED = 0.03
CALIBRATED_OF_BASE = 0.25
CALIBRATED_NOT = 0.08
"""A mean distance between what is said and what happens: up to the first it hardly moves a threshold, beyond the second it does."""
KNOWN_PAGES = 0.8
KNOWN_PAGES_NOT = 0.5
"""The share of page views whose type the bundle has learned: the others are all the same page to it."""
CORE = ("rank", "base rate", "calibration", "baselines")
"""What a score is for. Two of them open are more than care makes up for."""
STABLE = ("rule", "logistic_regression", "boosted_trees")


class Check(NamedTuple):
    """One line of the report's health."""

    name: str
    verdict: Verdict
    words: str


def checks(asked: Asked, compared: Compared) -> list[Check]:
    """Enough data, pages that it knows, more than chance and than the base rate, true chances, worth more than simpler means."""
    if not compared.by_click:
        return [Check("data", "bad", "Too few visits to measure anything. Bring more.")]
    row = row_at(compared.by_click)
    return [
        _is_enough(asked, row),
        _knows_pages(asked),
        _knows(row),
        _beats_base_rate(compared),
        _is_calibrated(row),
        _beats(compared),
        _is_untreated(asked),
    ]


def _is_enough(asked: Asked, row: Row) -> Check:
    _, outcomes = answers_at(asked.test, asked.scores, int(row["click"]))
    bought = int(outcomes.sum())
    words = (
        f"{len(asked.test):,} visits are measured; {len(outcomes):,} of them get to click {int(row['click'])}, and "
        f"{bought:,} of these buy."
    )
    if bought < ENOUGH_BUYERS:
        return Check(
            "data",
            "unsure",
            f"{words} From {ENOUGH_BUYERS} purchases on, the figures below say more than a first impression.",
        )
    return Check("data", "good", words)


def _knows_pages(asked: Asked) -> Check:
    """By the bundle's own vocabulary: place 0 is where every page type goes that it has not learned."""
    places = asked.network.page_place.cpu().numpy()
    views = [session.pages[session.is_click] for session in asked.test]
    viewed = np.concatenate(views) if views else np.zeros(0, np.int64)
    if not len(viewed):
        return Check("page types", "unsure", "There is no page view in these visits.")
    known = float((places[viewed] > 0).mean())
    words = f"It knows the page type of {percent(known, 0)} of the {len(viewed):,} page views that are measured."
    if known >= KNOWN_PAGES:
        return Check("page types", "good", words)
    return Check(
        "page types",
        "bad" if known < KNOWN_PAGES_NOT else "unsure",
        f"{words} All the others are one and the same page to it. Next: train on this shop's own visits, which teaches it this "
        "shop's words for its pages.",
    )


def _knows(row: Row) -> Check:
    if "auroc" not in row:
        return Check("rank", "bad", "All these visits ended alike, so nothing can be told apart.")
    low, high, click = row["auroc_low"], row["auroc_high"], int(row["click"])
    words = (
        f"Of two visits at click {click}, one that buys and one that does not, it scores the right one higher in "
        f"{percent(row['auroc'], 0)} of cases (chance: 50 %; 95 % between {percent(low, 0)} and {percent(high, 0)})."
    )
    return Check("rank", "good" if low > 0.5 else "unsure" if high > 0.5 else "bad", words)


def _is_calibrated(row: Row) -> Check:
    if row["sessions"] < ECE_BINS * 10:
        return Check("calibration", "unsure", "Too few visits to say whether its chances are true.")
    words = f"What it says and what happens are {percent(row['ece'])} apart on average at click {int(row['click'])}."
    # Where few buy, a small distance is a large one: 2 % said where 4 % happen is no good word.
    if row["ece"] <= min(CALIBRATED, CALIBRATED_OF_BASE * row["base_rate"]):
        return Check("calibration", "good", f"{words} Its chances can be taken at their word.")
    if row["ece_low"] > CALIBRATED_NOT:
        return Check(
            "calibration", "bad", f"{words} Thresholds would not mean what they say: train on this shop's own visits."
        )
    return Check(
        "calibration",
        "unsure",
        f"{words} Thresholds are roughly right; more of this shop's own visits would settle them.",
    )


def _beats_base_rate(compared: Compared) -> Check:
    rows = compared.differences.get("base_rate", [])
    row = row_at(rows) if rows else {}
    if "brier" not in row:
        return Check("base rate", "unsure", "Beside the share of buyers alone nothing can be said.")
    words = (
        f"Beside giving every visit at click {int(row['click'])} the share of buyers, its mean squared error (Brier score) is "
        f"{row['brier']:+.4f} (95 % between {row['brier_low']:+.4f} and {row['brier_high']:+.4f}; below zero is better)."
    )
    if row["brier_high"] < 0:
        return Check("base rate", "good", words)
    return Check("base rate", "bad", f"{words} It is not shown to be better than knowing nothing.")


def _beats(compared: Compared) -> Check:
    """Beside the best of the simpler means."""
    rows = {name: row_at(compared.differences[name]) for name in STABLE}
    known = {name: row for name, row in rows.items() if "auroc" in row}
    if not known:
        return Check("baselines", "unsure", "Beside simpler means nothing can be said.")
    name, row = min(known.items(), key=lambda item: item[1]["auroc"])
    words = (
        f"Beside the best simpler means ({NAMES[name]}) its rank is {row['auroc']:+.3f} (95 % between "
        f"{row['auroc_low']:+.3f} and {row['auroc_high']:+.3f})."
    )
    if row["auroc_high"] < 0:
        return Check("baselines", "bad", f"{words} The simpler one is better here.")
    if row["auroc_low"] > 0:
        return Check("baselines", "good", f"{words} It is worth having.")
    return Check(
        "baselines",
        "good" if row["auroc_low"] > -AS_GOOD else "unsure",
        f"{words} The two cannot be told apart by these visits.",
    )


def _is_untreated(asked: Asked) -> Check:
    offered = sum(session.was_offered for session in asked.test)
    if not offered:
        return Check(
            "offers", "good", "None of these visits was shown an offer, so none ended otherwise because of one."
        )
    return Check(
        "offers", "unsure", f"In {offered:,} of the visits an offer was chosen: the figures include what it did."
    )


def in_short(rows: Sequence[Check]) -> str:
    """The report's first sentence."""
    bad = [check.name for check in rows if check.verdict == "bad"]
    unsure = [check.name for check in rows if check.verdict == "unsure"]
    if bad:
        return f"Not to be relied on here yet: see {', '.join(bad)}."
    if len(set(unsure) & set(CORE)) > 1:
        return f"Not shown to be of use here yet: see {', '.join(unsure)}."
    if unsure:
        return f"Usable with care: see {', '.join(unsure)}."
    return (
        f"Sound: by click {DECISION_CLICK} it knows more than chance, means what it says, and holds its own beside simpler "
        "means."
    )
