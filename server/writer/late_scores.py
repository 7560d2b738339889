"""Scores events that were only ever beaconed, once their session has ended: nobody acts on them, but every event has a score.

Runs in the loop that also answers shoppers, so it takes a few sessions at a time and lets others in after each step.
"""

import asyncio
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg

from core.engine import Step, advance
from core.replay import Asked, folding
from core.rules import Rules
from core.scoring import Scorer
from server.store.named import load
from server.store.rulebook import Rulebook
from server.store.stored_session import SCORE_COLUMNS, score_values, stored_event
from server.writer.rows import split_stream
from server.writer.settling import Due, rules_version_of

_SCORE_EVENT = load("settle.sql")["score_event"]

_AT_ONCE = 16
"""Sessions in one step: about 2 ms, which is what a shopper elsewhere may have to wait."""

Key = tuple[Any, bytes, int]
"""Stream day, stream id and seq."""


class _Fold(NamedTuple):
    """A session that is being folded again, what it asks for, and the scores found so far."""

    steps: Generator[Asked, Step, None]
    asked: Asked
    rules_version: str
    scores: dict[Key, tuple[Any, ...]]


class LateScorer:
    """Folds settled sessions again and fills what is missing. `scorer_of` gives a loaded scorer by version, or None.

    `current` serves sessions that no scorer has seen.
    """

    def __init__(self, current: Callable[[], Scorer | None], scorer_of: Callable[[str], Scorer | None]) -> None:
        self._current = current
        self._scorer_of = scorer_of

    async def fill(self, connection: asyncpg.Connection, dues: Sequence[Due], rulebook: Rulebook) -> list[Due]:
        """The sessions with their missing scores, which are stored too; as they were where rules or scorer are not at hand."""
        folds: dict[int, _Fold] = {}
        for place, due in enumerate(dues):
            fold = await self._begin(connection, due, rulebook)
            if fold is not None:
                folds[place] = fold
        waiting = list(folds.values())
        while waiting:
            waiting = _advanced(waiting[:_AT_ONCE]) + waiting[_AT_ONCE:]
            await asyncio.sleep(0)
        filled = list(dues)
        for place, fold in folds.items():
            due = dues[place]
            rows = [(due.site_id, *key, *values) for key, values in fold.scores.items()]
            await connection.executemany(_SCORE_EVENT, rows)
            filled[place] = due._replace(events=[_filled(row, fold.scores) for row in due.events])
        return filled

    async def _begin(self, connection: asyncpg.Connection, due: Due, rulebook: Rulebook) -> _Fold | None:
        if all(row["step"] is not None or row["purchase_score"] is not None for row in due.events):
            return None
        first_version = rules_version_of(due)
        versions = {row["rules_version"] for row in due.events if row["step"] is not None} | {first_version}
        rules = {version: await rulebook.of(connection, due.site_id, version) for version in versions}
        scorers = {
            v: self._scorer_of(v) for v in {row["scorer_version"] for row in due.events if row["scorer_version"]}
        }
        last = scorers[max(scorers)] if scorers else self._current()
        known: dict[str, Rules] = {version: found for version, found in rules.items() if found is not None}
        if last is None or None in scorers.values() or len(known) < len(versions):
            return None
        steps = folding(
            due.session_id.bytes,
            [stored_event(row) for row in due.events],
            scorers={"": None, **scorers},
            rules=known,
            fallback=(known[first_version], last),
        )
        asked = next(steps, None)
        return None if asked is None else _Fold(steps, asked, first_version, {})


def _advanced(folds: Sequence[_Fold]) -> list[_Fold]:
    """Each of these one step further; those that have come to their end are left out."""
    going = []
    for scorer, group in _by_scorer(folds):
        steps = advance([fold.asked.turn for fold in group], scorer)
        for fold, step in zip(group, steps, strict=True):
            row = fold.asked.row
            if row.step is None and step.scores is not None:
                versions = (fold.rules_version, step.session.scorer_version)
                values = (*score_values(step.scores), step.segment, *versions)
                fold.scores[_key(row.stream, row.seq)] = values
            try:
                going.append(fold._replace(asked=fold.steps.send(step)))
            except StopIteration:
                continue
    return going


def _by_scorer(folds: Sequence[_Fold]) -> Iterable[tuple[Scorer | None, list[_Fold]]]:
    groups: dict[int, tuple[Scorer | None, list[_Fold]]] = {}
    for fold in folds:
        groups.setdefault(id(fold.asked.scorer), (fold.asked.scorer, []))[1].append(fold)
    return groups.values()


def _key(stream: bytes, seq: int) -> Key:
    stream_day, stream_id = split_stream(stream)
    return stream_day, stream_id, seq


def _filled(row: Mapping[str, Any], scores: Mapping[Key, tuple[Any, ...]]) -> Mapping[str, Any]:
    values = scores.get((row["stream_day"], row["stream_id"], row["seq"]))
    if values is None:
        return row
    names = (*SCORE_COLUMNS, "segment", "rules_version", "scorer_version")
    return {**row, **dict(zip(names, values, strict=True))}
