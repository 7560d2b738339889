"""The same events, model and rules give the same decisions: folding a stored session again, from its raw events alone."""

from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

from core.engine import Step, Turn, advance
from core.records import Arm, Traffic
from core.rules import Rules
from core.scoring import Scorer
from core.session import Session
from core.wire import Unreadable, decode_event


class StoredEvent(NamedTuple):
    """One row of raw.events without anything that was computed from it but its place in the fold.

    `epoch` and `step` are None for an event that was only ever beaconed.
    """

    stream: bytes
    seq: int
    payload: bytes
    received_at_ms: int
    epoch: bytes | None
    step: int | None
    rules_version: str
    scorer_version: str
    traffic: Traffic
    forced_arm: Arm | None
    unavailable: tuple[tuple[str, str], ...] = ()


class Replayed(NamedTuple):
    """A stored event with what it gives now."""

    row: StoredEvent
    step: Step


class Asked(NamedTuple):
    """What a fold needs next: this turn, advanced with this scorer."""

    row: StoredEvent
    turn: Turn
    scorer: Scorer | None


def fold_order(rows: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Rows as they were folded: by epoch and step; those that were never folded follow, by arrival."""
    return sorted(rows, key=lambda r: (r.step is None, r.epoch or b"", r.step or 0, r.received_at_ms, r.stream, r.seq))


def replay(
    session_id: bytes,
    rows: Sequence[StoredEvent],
    *,
    scorers: Mapping[str, Scorer | None],
    rules: Mapping[str, Rules],
    fallback: tuple[Rules, Scorer | None] | None = None,
) -> list[Replayed]:
    """Fold a stored session again. Each epoch is a fold of its own.

    Rules and scorer are those that the row names; `fallback` serves rows that name none (beaconed, never scored).

    Raises:
        KeyError: a row names a version that was not handed in.
    """
    fold = folding(session_id, rows, scorers=scorers, rules=rules, fallback=fallback)
    done: list[Replayed] = []
    try:
        asked = next(fold)
        while True:
            [step] = advance([asked.turn], asked.scorer)
            done.append(Replayed(asked.row, step))
            asked = fold.send(step)
    except StopIteration:
        return done


def folding(
    session_id: bytes,
    rows: Sequence[StoredEvent],
    *,
    scorers: Mapping[str, Scorer | None],
    rules: Mapping[str, Rules],
    fallback: tuple[Rules, Scorer | None] | None = None,
) -> Generator[Asked, Step, None]:
    """The same fold for a caller that takes the steps itself: many sessions at once, in one batch each time.

    Gives what to advance and is sent the step that came of it. Raises as `replay`.
    """
    session = Session(id=session_id)
    epoch: bytes | None = b""
    is_first = True
    for row in fold_order(rows):
        if row.epoch != epoch and (row.epoch is not None or is_first):
            session = Session(id=session_id, traffic=row.traffic, forced_arm=row.forced_arm)
        epoch = row.epoch
        event = decode_event(row.payload)
        assert not isinstance(event, Unreadable), "only events that were read are stored"
        if session.has_seen(row.stream, row.seq):
            continue
        if row.step is None and fallback is not None:
            use_rules, use_scorer = fallback
        else:
            use_rules, use_scorer = rules[row.rules_version], scorers[row.scorer_version]
        step = yield Asked(row, Turn(session, row.stream, event, use_rules, row.unavailable), use_scorer)
        session, is_first = step.session, False
