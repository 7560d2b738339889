"""Whether a model of a shop's own is good enough to serve: better than knowing nothing, and than the starter bundle.

Asked on sessions that taught it nothing, and in which nothing was offered: an offer that works makes every score before it
look too low. Until a model passes, the starter bundle serves.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.errors import BundleRefused
from model.bundle import STARTER, load_bundle
from model.dataset import Encoded
from model.evaluate import Floats, answers_at
from model.intervals import between, drawn_again
from model.scores import scores_of

CLICK = 5
"""The promise is the fifth click."""
SESSIONS_LEAST = 100
BUYERS_LEAST = 20
"""With fewer the drawn samples are too much alike: an interval then says more about these few than about the shop."""


class Verdict(NamedTuple):
    """`passes` is None where the sessions cannot say. `words` are for the merchant, with the next step."""

    passes: bool | None
    words: str


def judge(sessions: Sequence[Encoded], scores: Sequence[Floats], seed: int = 1) -> Verdict:
    """The verdict on a model by its calibrated `scores` [T] of each of these sessions.

    There is none on fewer than `SESSIONS_LEAST` sessions at the fifth click or `BUYERS_LEAST` buyers among them. It passes if
    its Brier score there is below that of the base rate, with its whole 95 % interval (bootstrap), and not above that of the
    starter bundle on the same sessions.
    """
    untreated = [i for i, session in enumerate(sessions) if not session.was_offered]
    sessions, scores = [sessions[i] for i in untreated], [scores[i] for i in untreated]
    ours, outcomes = answers_at(sessions, scores, CLICK)
    buyers = int(outcomes.sum())
    if len(ours) < SESSIONS_LEAST or buyers < BUYERS_LEAST or buyers == len(ours):
        return Verdict(
            None,
            f"No verdict: {len(ours):,} held-out sessions without an offer reach click {CLICK} and {buyers:,} of them buy, too "
            f"few to judge it. It takes {SESSIONS_LEAST}, among them {BUYERS_LEAST} buyers and others that do not buy. "
            "Next: train on more sessions, and keep the starter bundle until then.",
        )
    named = {"ours": ours, "nothing": np.full(len(ours), outcomes.mean())}
    drawn = drawn_again(named, outcomes, seed)
    starter = _starter_scores(sessions)
    if starter is not None:
        named["starter"], _ = answers_at(sessions, starter, CLICK)
    brier = {name: float(((values - outcomes) ** 2).mean()) for name, values in named.items()}
    figures = f"Brier score at click {CLICK} on {len(ours):,} held-out sessions: {brier['ours']:.4f}"
    gain = brier["ours"] - brier["nothing"]
    _, worst = between(gain, drawn["ours"]["brier"] - drawn["nothing"]["brier"])
    if worst >= 0:
        return Verdict(
            False,
            f"{figures}, the base rate alone {brier['nothing']:.4f}: not shown to be better than knowing nothing. "
            "Next: keep the starter bundle, and train again on more sessions.",
        )
    if starter is not None and brier["ours"] > brier["starter"]:
        return Verdict(
            False,
            f"{figures}, the starter bundle {brier['starter']:.4f}: the starter bundle is still better here. "
            "Next: keep it, and train again on more sessions.",
        )
    beside = f", the starter bundle {brier['starter']:.4f}" if starter is not None else ""
    return Verdict(
        True,
        f"{figures}, the base rate alone {brier['nothing']:.4f}{beside}. It passes. "
        "Next: start the server with FIFTHCLICK_BUNDLE set to its folder.",
    )


def _starter_scores(sessions: Sequence[Encoded]) -> list[Floats] | None:
    """The starter bundle's scores; None where it cannot be loaded."""
    try:
        starter = load_bundle(STARTER)
    except BundleRefused:
        return None
    return scores_of(starter.network(), starter.manifest.calibration["purchase"], sessions)
