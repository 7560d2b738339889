"""The store in memory: the unique key and the one-time filling of null scores, as the writer's SQL has them."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from core.records import Decision, Frame, Record, Rejected, decode_frame

Key = tuple[str, bytes, int]


class Fork(NamedTuple):
    """One event that was scored twice with different results: two live states of one session."""

    kept: Record
    other: Record


class MemoryStore:
    """`rows` by (site, stream, seq). Any frame may be written twice and in any order.

    `refolded_count`: scored rows that came again, `filled_count`: unscored ones whose scores came later.
    """

    def __init__(self) -> None:
        self.rows: dict[Key, Record] = {}
        self.rejected: dict[Key, Rejected] = {}
        self.decisions: dict[str, Decision] = {}
        self.decisions_written = 0
        self.forks: list[Fork] = []
        self.refolded_count = 0
        self.filled_count = 0
        self.changed_payloads: list[Key] = []

    def write(self, data: bytes) -> None:
        """One frame, as one transaction."""
        frame: Frame = decode_frame(data)
        self._write_records(frame.records)
        for row in frame.rejected:
            self.rejected.setdefault((row.site_id, row.stream, row.seq), row)

    def session(self, session_id: bytes) -> list[Record]:
        return [row for row in self.rows.values() if row.session_id == session_id]

    def _write_records(self, records: Iterable[Record]) -> None:
        for record in records:
            key = (record.site_id, record.stream, record.seq)
            kept = self.rows.get(key)
            if kept is not None and kept.payload != record.payload:
                self.changed_payloads.append(key)
            if kept is None or (kept.step is None and record.step is not None):
                self.filled_count += kept is not None
                self.rows[key] = record
                if record.decision is not None and record.decision.decision_id not in self.decisions:
                    self.decisions[record.decision.decision_id] = record.decision
                    self.decisions_written += 1
            elif record.step is not None:
                self.refolded_count += 1
                if computed(kept) != computed(record):
                    self.forks.append(Fork(kept, record))


def computed(record: Record) -> Record:
    """The record without the two fields that differ each time that an event is folded anew."""
    return replace(record, received_at_ms=0, latency_us=None)
