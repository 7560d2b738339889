"""Explanations in a line: what was done, and a scorer whose arithmetic can be done by hand."""

import math
from collections.abc import Sequence
from struct import pack, unpack
from typing import Any

from core import events as ev
from core.engine import Turn, advance, record_of
from core.explain import Explanation, explain
from core.features import FEATURE_NAMES, Encoded
from core.records import Scores
from core.replay import StoredEvent
from core.rules import Rules, bind
from core.scoring import Scored, Scorer
from core.session import Session
from tests.core.journey import START_MS, STREAM
from tests.core.test_frictions import Did

RULES = bind(Rules(), site_id="shop", holdout_salt="salt")
ID = b"s" * 16
_NEW = FEATURE_NAMES.index("is_new_visitor")


class AddingScorer:
    """The log odds of a purchase are a sum: so much for each type of event, and something for being new."""

    version = "add"
    max_batch = 64

    def __init__(self, weights: dict[type[ev.Event], float], new: float = 0.0) -> None:
        self._weights = {ev.TAG_BY_TYPE[kind]: weight for kind, weight in weights.items()}
        self._new = new
        self.rows: list[int] = []

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        assert len(hidden) == len(encoded) <= self.max_batch
        self.rows.append(len(encoded))
        return [self._one(h, e) for h, e in zip(hidden, encoded, strict=True)]

    def _one(self, hidden: bytes, e: Encoded) -> Scored:
        total = (unpack("<d", hidden)[0] if hidden else 0.0) + self._weights.get(e.event, 0.0)
        odds = total + self._new * (e.numbers[_NEW] > 0)
        return Scored(pack("<d", total), Scores(1 / (1 + math.exp(-odds)), 0.0))


def stored(events: Sequence[tuple[bytes, ev.Event]], scorer: Scorer) -> list[StoredEvent]:
    """The rows that the engine logs of these events."""
    session, rows = Session(id=ID), []
    for stream, event in events:
        turn = Turn(session, stream, event, RULES)
        [step] = advance([turn], scorer)
        session = step.session
        r = record_of(turn, step, received_at_ms=0, latency_us=None)
        rows.append(
            StoredEvent(stream, r.seq, r.payload, 0, r.epoch, r.step, r.rules_version, scorer.version, "live", None)
        )
    return rows


def events_from(did: Sequence[Did], **entry: Any) -> list[tuple[bytes, ev.Event]]:
    """What was done, ten seconds apart; pages say how the visitor came, as the tracker's do."""
    made = []
    for i, (kind, fields) in enumerate(did):
        told = entry if kind is ev.PageView else {}
        made.append((STREAM, kind(seq=i + 1, at_ms=START_MS + 10_000 * i, **fields, **told)))
    return made


def explained(did: Sequence[Did], scorer: Scorer, *, action_type: str = "", **entry: Any) -> Explanation:
    events = events_from(did, **entry)
    found = explain(ID, stored(events, scorer), (STREAM, len(events)), scorer, RULES, action_type=action_type)
    assert found is not None
    return found
