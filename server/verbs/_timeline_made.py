"""From stored rows to `Timeline`: the fold, what is told of it, and notes where something could not be told."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from core.errors import FifthClickError
from core.explain import explain
from core.features import is_feature
from core.scoring import Scorer
from server.verbs._timeline import Signal, Timeline, Why
from server.verbs._timeline_fold import Folded, fold
from server.verbs._timeline_rows import Rows
from server.verbs._timeline_told import decided_of, happened_of, hesitations_of, standings_of

LoadScorer = Callable[[], Scorer]


def timeline_of(rows: Rows, load: LoadScorer) -> Timeline:
    """All that can be told of this visit now. `load` gives the model at hand, which is asked only where one had scored."""
    folded = fold(rows)
    start_ms = min(one.event.at_ms for one in folded)
    scored = [one for one in folded if one.scores is not None and one.row.step is not None and is_feature(one.event)]
    last = scored[-1] if scored else None
    rules = rows.rules.get(last.row.rules_version) if last else None
    now, why_not = _now(rows, last, load)
    answered = [one.answer for one in folded if one.answer is not None]
    return Timeline(
        session_id=str(rows.session_id),
        site_id=rows.site_id,
        traffic=folded[0].row.traffic,
        started_at=datetime.fromtimestamp(start_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        is_settled=rows.settled_at is not None,
        arm=answered[-1].arm if answered else None,
        currency=folded[-1].after.cart.currency,
        scorer_version=last.row.scorer_version if last else "",
        rules_version=last.row.rules_version if last else "",
        likely_to_buy_at=rules.segments.likely_to_buy_at if rules else None,
        on_the_fence_at=rules.segments.on_the_fence_at if rules else None,
        events=happened_of(folded, start_ms),
        decisions=decided_of(folded, start_ms, rows.explanations),
        actions=standings_of(folded, start_ms, rules),
        frictions=hesitations_of(folded, start_ms),
        now=now,
        claims=tuple(_plain(row) for row in rows.claims),
        orders=tuple(_plain(row) for row in rows.orders),
        outcomes=tuple(_plain(row) for row in rows.outcomes),
        notes=tuple(note for note in (*_gaps(rows, folded), why_not) if note),
    )


def _now(rows: Rows, last: Folded | None, load: LoadScorer) -> tuple[Why | None, str]:
    """Why the score is what it is after the last scored event; or a note why that cannot be said."""
    if last is None:
        return None, "nothing of this visit was scored: no model was loaded, so nothing could be shown"
    rules = rows.rules.get(last.row.rules_version)
    if rules is None:
        return None, ""
    version = last.row.scorer_version
    try:
        scorer = load()
    except FifthClickError as error:
        return None, f"without signals of now, for the model cannot be read: {error}"
    if scorer.version != version:
        return None, (
            f"without signals of now, for model {version} scored this visit and {scorer.version} is at hand. "
            "Next: name the folder of that model with --bundle"
        )
    chosen = last.answer.action_type if last.answer else ""
    place = (last.row.stream, last.row.seq)
    found = explain(rows.session_id.bytes, rows.events, place, scorer, rules, action_type=chosen)
    if found is None:
        return None, "without signals of now, for the events that are stored do not give the last score again"
    return Why(found.sentence, tuple(Signal(s.signal, s.words, s.contribution) for s in found.signals)), ""


def _gaps(rows: Rows, folded: list[Folded]) -> list[str]:
    notes = []
    missing = sorted({one.row.rules_version for one in folded if one.row.step is not None} - set(rows.rules))
    if missing:
        notes.append(
            f"rules {', '.join(missing)} are not in the store or read otherwise in this version: refusals are known "
            "at the stored decisions only"
        )
    epochs = {one.row.epoch for one in folded if one.row.epoch is not None}
    if len(epochs) > 1:
        notes.append(
            f"this visit was folded in {len(epochs)} parts: its state was lost between, or two tabs went apart"
        )
    unscored = sum(one.row.step is None for one in folded)
    if unscored:
        notes.append(
            f"{unscored} events came when the page was left already: they are stored, and nothing was decided on them"
        )
    lacking = sum(one.row.step is not None for one in folded) - _steps(folded)
    if lacking < 0:
        notes.append(f"{-lacking} events are not stored yet or were lost: what follows them is told without them")
    told = {one.answer.decision_id: one.answer.reason for one in folded if one.answer is not None and one.is_row}
    stored = {answer.decision_id: answer.reason for answer in rows.decisions.values()}
    if not missing and told != stored:
        notes.append("what is told here differs from the stored decisions. Next: fifthclick replay says where")
    return notes


def _steps(folded: list[Folded]) -> int:
    """How many events the folds of this visit had by their own count."""
    last: dict[bytes, int] = {}
    for one in folded:
        if one.row.epoch is not None and one.row.step is not None:
            last[one.row.epoch] = max(last.get(one.row.epoch, 0), one.row.step)
    return sum(last.values())


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(row)
    return plain
