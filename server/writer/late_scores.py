"""Scores events that were only ever beaconed, once their session has ended: nobody acts on them, but every event has a score."""

from collections.abc import Callable, Mapping
from typing import Any

import asyncpg

from core.replay import replay
from core.rules import Rules
from core.scoring import Scorer
from server.store.named import load
from server.store.rulebook import Rulebook
from server.store.stored_session import stored_event, stream_of
from server.writer.settling import Due, rules_version_of

_SCORE_EVENT = load("settle.sql")["score_event"]


class LateScorer:
    """Folds a settled session again and fills what is missing. `scorer_of` gives a loaded scorer by version, or None.

    `current` serves sessions that no scorer has seen.
    """

    def __init__(self, current: Callable[[], Scorer | None], scorer_of: Callable[[str], Scorer | None]) -> None:
        self._current = current
        self._scorer_of = scorer_of

    async def fill(self, connection: asyncpg.Connection, due: Due, rulebook: Rulebook) -> Due:
        """The session with its missing scores, which are stored too. Unchanged where rules or scorer are not at hand."""
        if all(row["step"] is not None or row["purchase_score"] is not None for row in due.events):
            return due
        versions = {row["rules_version"] for row in due.events if row["step"] is not None}
        rules = {v: await rulebook.of(connection, due.site_id, v) for v in versions | {rules_version_of(due)}}
        scorers = {v: self._scorer_of(v) for v in {r["scorer_version"] for r in due.events if r["scorer_version"]}}
        last = scorers[max(scorers)] if scorers else self._current()
        if last is None or None in scorers.values() or None in rules.values():
            return due
        known = {version: found for version, found in rules.items() if found is not None}
        scores = _late_scores(due, known, {"": None, **scorers}, (known[rules_version_of(due)], last))
        for key, values in scores.items():
            await connection.execute(_SCORE_EVENT, due.site_id, *key, *values)
        return due._replace(events=[_filled(row, scores) for row in due.events])


Key = tuple[Any, bytes, int]


def _late_scores(
    due: Due, rules: Mapping[str, Rules], scorers: Mapping[str, Scorer | None], fallback: tuple[Rules, Scorer]
) -> dict[Key, tuple[Any, ...]]:
    """Scores, segment and versions by (day, stream, seq) of each event that has none."""
    rows = {(stream_of(row), row["seq"]): row for row in due.events}
    stored = [stored_event(row) for row in due.events]
    found = {}
    for row, step in replay(due.session_id.bytes, stored, scorers=scorers, rules=rules, fallback=fallback):
        if row.step is None and step.scores is not None:
            source = rows[row.stream, row.seq]
            key = (source["stream_day"], source["stream_id"], source["seq"])
            versions = (fallback[0].version, step.session.scorer_version)
            found[key] = (step.scores.purchase, step.scores.exit, step.segment, *versions)
    return found


def _filled(row: Mapping[str, Any], scores: Mapping[Key, tuple[Any, ...]]) -> Mapping[str, Any]:
    values = scores.get((row["stream_day"], row["stream_id"], row["seq"]))
    if values is None:
        return row
    names = ("purchase_score", "exit_score", "segment", "rules_version", "scorer_version")
    return {**row, **dict(zip(names, values, strict=True))}
