"""A shop's own stored sessions. The rows are handed in: this package opens no database.

A tenth of them, chosen by their id, teaches nothing: `train` stops and calibrates by it, and `evaluate` measures it.
"""

from collections.abc import Iterator
from itertools import groupby
from zlib import crc32

from core import events as ev
from core.errors import ConfigError
from core.wire import Unreadable, decode_event
from model.dataset import Recorded
from model.importers.source import Source

MEASURES_ONE_IN = 10


def read(source: Source) -> Iterator[Recorded]:
    """The live sessions of the site `source.path`, or of all sites.

    Raises:
        ConfigError: nobody handed in a way to the rows.
    """
    if source.stored_events is None:
        raise ConfigError("stored sessions need a database. Next: fifthclick train --from postgres SITE --out FOLDER.")
    rows = source.stored_events(source.path)
    for session_id, group in groupby(rows, key=lambda row: row.session_id):
        stored = list(group)
        decoded = [(row.stream, decode_event(row.payload)) for row in stored]
        events = [(stream, event) for stream, event in decoded if not isinstance(event, Unreadable)]
        if events:
            yield Recorded(
                session_id,
                events,
                has_bought=any(isinstance(event, ev.Purchase) for _, event in events),
                split="val" if crc32(session_id.encode()) % MEASURES_ONE_IN == 0 else "train",
                was_offered=any(row.was_offered for row in stored),
            )
