"""A shop's own stored sessions. The rows are handed in: this package opens no database.

The latest tenth teaches nothing: `train` stops and calibrates by it, and `evaluate` measures it. What has taught a bundle is
never measured later, when more is stored: that is later still.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from core import events as ev
from core.errors import ConfigError
from core.wire import Unreadable, decode_event
from model.dataset import Recorded
from model.importers.source import Source, StoredEvent

MEASURES_SHARE = 0.1


def read(source: Source) -> Iterator[Recorded]:
    """The live sessions of the site `source.path`, or of all sites.

    Raises:
        ConfigError: nobody handed in a way to the rows, or there are none.
    """
    if source.stored_events is None:
        raise ConfigError("stored sessions need a database. Next: fifthclick train --from postgres SITE --out FOLDER.")
    rows = list(source.stored_events(source.path))
    if not rows:
        whose = f"there is no site {source.path!r} with live visits" if source.path else "no site has live visits yet"
        raise ConfigError(f"{whose}; simulated visits are left out. Next: `fifthclick site list` names the sites.")
    latest = _latest_tenth(rows)
    for session_id, group in groupby(rows, key=lambda row: row.session_id):
        stored = list(group)
        decoded = [(row.stream, decode_event(row.payload)) for row in stored]
        events = [(stream, event) for stream, event in decoded if not isinstance(event, Unreadable)]
        if events:
            yield Recorded(
                session_id,
                events,
                has_bought=any(isinstance(event, ev.Purchase) for _, event in events),
                split="val" if session_id in latest else "train",
                was_offered=any(row.was_offered for row in stored),
            )


def _latest_tenth(rows: Sequence[StoredEvent]) -> set[str]:
    """The ids of the sessions that began last."""
    begun = []
    for session_id, group in groupby(rows, key=lambda row: row.session_id):
        decoded = (decode_event(row.payload) for row in group)
        first = next((event for event in decoded if not isinstance(event, Unreadable)), None)
        if first is not None:
            begun.append((first.at_ms, session_id))
    latest = sorted(begun)[-max(1, round(len(begun) * MEASURES_SHARE)) :]
    return {session_id for _, session_id in latest}
