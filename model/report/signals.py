"""What each group of signals adds: the quality that is lost without it on the same sessions, and its bytes on the wire.

A group is taken away at the network's input, which costs nothing but says too much: a network that never learned to do
without is worse off than one that did. With `thorough` networks are trained again, with and without, and these count.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from core.errors import ConfigError
from core.features import CLICKS_MOST
from model.bundle import Platt
from model.dataset import Encoded
from model.network import Network
from model.report.paired import BUYERS_LEAST, SESSIONS_LEAST, Lost, Scored, clicks_of, lost_by_click
from model.report.section import Asked, Cell, Floats, Section
from model.report.signal_groups import GROUPS, Group, bytes_by_group, is_recorded, mean_numbers, up_to_click, without
from model.scores import scores_of
from model.train import Plan, calibrate, fit_network, split

NAME, TITLE = "signals", "What each group of signals adds"
CLICKS = (1, 3, 5, 8)
HEADLINE = 5
SESSIONS_MOST = 8_000
NEGLIGIBLE = 0.005
"""An AUROC that is lost below this is less than the difference between two trainings of the same network."""
PLAN = Plan(epochs=6)

EARNS, IDLE, OPEN, ABSENT = "earns its place", "adds next to nothing", "cannot be told", "not in this data"


class Measured(NamedTuple):
    group: Group
    verdict: str
    lost: tuple[Lost, ...]
    bytes_per_session: float | None

    @property
    def headline(self) -> Lost | None:
        """The loss at the fifth click, or at the last one before it that enough sessions reach."""
        return max((one for one in self.lost if one.click <= HEADLINE), key=lambda one: one.click, default=None)


def section(asked: Asked) -> Section:
    """One row for each group, dearest first."""
    sessions = [session for session in asked.test if session.is_click.any()]
    if len(sessions) > SESSIONS_MOST:
        kept = np.random.default_rng(asked.seed).choice(len(sessions), SESSIONS_MOST, replace=False)
        sessions = [sessions[i] for i in kept]
    # Cut and in the order of their length: little is scored for nothing.
    sessions = sorted((up_to_click(session, CLICKS[-1]) for session in sessions), key=lambda one: one.length)
    if not clicks_of(sessions, CLICKS):
        words = f"Too few visits to say what a signal adds: it needs {SESSIONS_LEAST}, {BUYERS_LEAST} of them with a purchase."
        return Section(NAME, TITLE, (words,), data={"groups": []})
    weights = bytes_by_group(asked.recorded) if asked.recorded else {}
    calibration = asked.bundle.manifest.calibration.get("purchase", ())
    means = mean_numbers(asked.learn or sessions)
    present = [group for group in GROUPS if is_recorded(sessions, group)]
    less = {group.name: without(sessions, group, means) for group in present}
    scored = {name: Scored(one, _scores(asked.network, calibration, one)) for name, one in less.items()}
    full = Scored(sessions, _scores(asked.network, calibration, sessions))
    measured = _measured(full, scored, weights, asked.seed)
    again: list[Measured] = []
    notes: list[str] = []
    if asked.thorough:
        try:
            again = _trained_again(asked, present, sessions, weights)
        except ConfigError as error:
            notes.append(f"Training again without each group was not possible: {error}")
    counted = sorted(again or measured, key=lambda one: -(one.headline.auroc if one.headline else -9.0))
    return Section(
        NAME,
        TITLE,
        (*_words(counted, is_again=bool(again), has_bytes=bool(weights)), *notes),
        [_row(one) for one in counted],
        data={"masked": _data(measured), "trained_again": _data(again)},
    )


def _measured(full: Scored, scored: Mapping[str, Scored], weights: Mapping[str, float], seed: int) -> list[Measured]:
    lost = lost_by_click(full, scored, clicks_of(full.sessions, CLICKS), seed)
    return [
        Measured(group, verdict(lost.get(group.name, ())), lost.get(group.name, ()), weights.get(group.name))
        for group in GROUPS
    ]


def verdict(lost: Sequence[Lost]) -> str:
    """In words. Nothing is called useless because the sessions are too few to see its use."""
    if not lost:
        return ABSENT
    if all(one.auroc_high <= NEGLIGIBLE for one in lost):
        return IDLE
    last = max((one for one in lost if one.click <= HEADLINE), key=lambda one: one.click)
    return EARNS if last.auroc_low > 0 else OPEN


def _scores(network: Network, calibration: Sequence[Platt], sessions: Sequence[Encoded]) -> list[Floats]:
    return scores_of(network, calibration or (Platt(),) * (CLICKS_MOST + 1), sessions)


def _trained_again(
    asked: Asked, present: Sequence[Group], sessions: Sequence[Encoded], weights: Mapping[str, float]
) -> list[Measured]:
    """As measured on networks that learned to do without. Raises `ConfigError` where `learn` holds too little."""
    means = mean_numbers(asked.learn) if asked.learn else np.zeros(0, np.float32)
    _tell(asked, "training with everything", 0, len(present) + 1)
    full = Scored(sessions, _trained_scores(asked, asked.learn, sessions))
    scored = {}
    for done, group in enumerate(present, start=1):
        _tell(asked, f"training without {group.title.lower()}", done, len(present) + 1)
        less = without(sessions, group, means)
        scored[group.name] = Scored(less, _trained_scores(asked, without(asked.learn, group, means), less))
    return _measured(full, scored, weights, asked.seed)


def _tell(asked: Asked, what: str, done: int, total: int) -> None:
    if asked.progress is not None:
        asked.progress(what, done, total)


def _trained_scores(asked: Asked, learn: Sequence[Encoded], sessions: Sequence[Encoded]) -> list[Floats]:
    plan = replace(PLAN, seed=asked.seed)
    parts = split(learn, plan.seed)
    heads = asked.bundle.manifest.heads
    network, _ = fit_network([*parts.fit, *parts.test], parts.choose, plan, heads=heads)
    return _scores(network, calibrate(network, parts.calibrate, heads).get("purchase", ()), sessions)


def _words(measured: Sequence[Measured], *, is_again: bool, has_bytes: bool) -> tuple[str, ...]:
    how = (
        "Networks were trained again without each group"
        if is_again
        else "Each group was hidden from the network, which never learned to do without: what it loses is an upper estimate"
    )
    words = [f"{how}; all were measured on the same visits, the intervals are paired."]
    best = next((one for one in measured if one.verdict == EARNS and one.headline), None)
    if best is not None and best.headline is not None:
        at = best.headline
        words.append(
            f"{best.group.title} add most: without them the AUROC at click {at.click} is {at.auroc:.3f} lower "
            f"({at.auroc_low:.3f} to {at.auroc_high:.3f})."
        )
    idle = [one for one in measured if one.verdict == IDLE and one.group.is_optional]
    for one in idle:
        cost = "" if one.bytes_per_session is None else f"; it costs {one.bytes_per_session:,.0f} bytes a visit"
        words.append(
            f"{one.group.title}: may be switched off as far as the score goes, it adds next to nothing here{cost}."
        )
    if idle:
        words.append(
            "Before you switch one off: rules, goals and the reasons given for an offer may still use its events."
        )
    else:
        words.append(
            "None of the groups can be called useless on these visits, so none should be switched off for that."
        )
    unsure = [one.group.title for one in measured if one.verdict == OPEN]
    if unsure:
        words.append(f"Not enough visits to tell: {'; '.join(unsure)}.")
    if not has_bytes:
        words.append("Bytes on the wire are not known: the visits were not at hand as they were recorded.")
    return tuple(words)


def _row(one: Measured) -> dict[str, Cell]:
    at = one.headline
    return {
        "signals": one.group.title,
        "at click": at.click if at else None,
        "AUROC lost": round(at.auroc, 4) if at else None,
        "95 % interval": f"{at.auroc_low:.4f} to {at.auroc_high:.4f}" if at else None,
        "log loss added": round(at.log_loss, 4) if at else None,
        "its interval": f"{at.log_loss_low:.4f} to {at.log_loss_high:.4f}" if at else None,
        "bytes a visit": None if one.bytes_per_session is None else round(one.bytes_per_session),
        "verdict": one.verdict,
    }


def _data(measured: Sequence[Measured]) -> list[dict[str, object]]:
    return [
        {
            "group": one.group.name,
            "verdict": one.verdict,
            "bytes_per_session": one.bytes_per_session,
            "by_click": [lost._asdict() for lost in one.lost],
        }
        for one in measured
    ]
