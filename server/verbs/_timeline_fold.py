"""A stored visit folded again, with the scores that it had: what held after each event, also where no row was written.

The model is not needed: every score is stored beside its event, and all else follows from events, scores and rules.
"""

from collections.abc import Sequence
from typing import NamedTuple, get_args

from core import events as ev
from core.engine import Step, advance
from core.features import Encoded
from core.frictions import frictions_of
from core.records import Decision, Scores, SegmentName, Trend
from core.replay import Asked, StoredEvent, folding
from core.rules import Rules
from core.scoring import Scored
from core.segments import trend_of
from core.session import Session
from server.verbs._timeline_rows import Rows

_SEGMENTS: dict[str, SegmentName] = {name: name for name in get_args(SegmentName)}


class Folded(NamedTuple):
    """One event with what held before and after it.

    `answer`: the policy's; None where nothing was decided, or where it is not known for lack of the rules. `is_row`: the
    answer was new and so was stored as a row.
    """

    row: StoredEvent
    event: ev.Event
    before: Session
    after: Session
    scores: Scores | None
    segment: SegmentName | None
    trend: Trend
    frictions: tuple[str, ...]
    answer: Decision | None
    is_row: bool
    withdrawn: tuple[str, str] | None


class StoredScorer:
    """Gives the scores that one event got when it came."""

    max_batch = 1

    def __init__(self, version: str, scores: Scores) -> None:
        self.version = version
        self._scores = scores

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        return [Scored(b"", self._scores) for _ in encoded]


def fold(rows: Rows) -> list[Folded]:
    """The visit's events in the order in which they happened. Where rules are missing, answers are those of stored rows."""
    versions = {row.rules_version for row in rows.events if row.step is not None}
    is_whole = versions <= set(rows.rules)
    # Without its rules a visit still has its scores, its trend and its hesitations: none of them depends on rules.
    rules = rows.rules if is_whole else dict.fromkeys(versions, Rules())
    bare = next(iter(rules.values()), Rules())
    scorers = dict.fromkeys((row.scorer_version for row in rows.events), None)
    work = folding(rows.session_id.bytes, rows.events, scorers=scorers, rules=rules, fallback=(bare, None))
    done: list[Folded] = []
    try:
        asked = next(work)
        while True:
            step = _step(asked, rows)
            done.append(_folded(asked, step, rows, is_whole))
            asked = work.send(step)
    except StopIteration:
        return sorted(done, key=lambda one: one.event.at_ms)


def _step(asked: Asked, rows: Rows) -> Step:
    scores = rows.scores.get((asked.row.stream, asked.row.seq))
    scorer = None if scores is None or asked.row.step is None else StoredScorer(asked.row.scorer_version, scores)
    [step] = advance([asked.turn], scorer)
    return step


def _folded(asked: Asked, step: Step, rows: Rows, is_whole: bool) -> Folded:
    row, turn = asked.row, asked.turn
    place = (row.stream, row.seq)
    is_decided = row.step is not None
    stored = rows.decisions.get(place)
    answer = step.answer if is_whole else stored
    segment = step.segment if is_whole else _SEGMENTS.get(rows.segments.get(place, ""))
    return Folded(
        row=row,
        event=turn.event,
        before=turn.session,
        after=step.session,
        scores=rows.scores.get(place),
        segment=segment if is_decided else None,
        trend=trend_of(step.session),
        frictions=frictions_of(step.session),
        answer=answer if is_decided else None,
        is_row=is_decided and (step.is_new_answer if is_whole else stored is not None),
        withdrawn=step.withdrawn if is_whole else None,
    )
