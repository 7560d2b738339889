"""Questions put as the analyst: each answer keeps the very statement that was run, so that whoever doubts it can run it too."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import asyncpg

from server.reports.span import Span
from server.store.named import load

_SQL = load("report.sql")

Value = str | int | float | bool | None
Rows = Sequence[dict[str, Any]]


class Answer(NamedTuple):
    """`sql` can be pasted as it is; `rows` are what it gave, numerics as floats."""

    sql: str
    rows: Rows

    @property
    def only(self) -> dict[str, Any]:
        """The one row of a question about everything."""
        [row] = self.rows
        return row


class Asker:
    """Asks about one shop and one span."""

    def __init__(self, connection: asyncpg.Connection, site_id: str, traffic: str, span: Span) -> None:
        self._connection = connection
        self._words = {
            "site": _literal(site_id),
            "traffic": _literal(traffic),
            "first": _literal(str(span.first)),
            "end": _literal(str(span.end)),
            "since": _moment(span.first),
            "until": _moment(span.end),
            "before": _moment(span.before().first),
        }

    async def ask(self, name: str, **more: str) -> Answer:
        """The answer to one of the statements of `report.sql`; `more` are what it asks for beside the span."""
        sql = _SQL[name].format(**self._words, **{key: _literal(value) for key, value in more.items()})
        return Answer(sql + ";", [_plain(row) for row in await self._connection.fetch(sql)])


def _literal(text: str) -> str:
    """As Postgres reads it with standard_conforming_strings, its default."""
    return "'" + text.replace("'", "''") + "'"


def _moment(day: date) -> str:
    return f"'{day} 00:00:00+00'::timestamptz"


def _plain(row: Any) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}
