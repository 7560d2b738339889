"""docs/data-dictionary.md from the COMMENTs in the database, so that the page says what the tables say.

`python -m tools.dictionary` migrates a database of its own in a temporary folder and writes the page.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg

from server.embedded.postgres import EmbeddedPostgres
from server.store.migrate import migrate

PAGE = Path(__file__).parents[1] / "docs" / "data-dictionary.md"

_COMMENTS = """
    SELECT
        n.nspname                                    AS schema_name,
        obj_description(n.oid, 'pg_namespace')       AS schema_comment,
        c.relname                                    AS table_name,
        c.relkind = 'v'                              AS is_view,
        obj_description(c.oid, 'pg_class')           AS table_comment,
        a.attname                                    AS column_name,
        format_type(a.atttypid, a.atttypmod)         AS data_type,
        a.attnotnull                                 AS is_required,
        col_description(c.oid, a.attnum)             AS column_comment
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname IN ('marts', 'raw', 'config')
      AND c.relkind IN ('r', 'p', 'v')
      AND NOT c.relispartition
    ORDER BY array_position(ARRAY['marts', 'raw', 'config'], n.nspname), c.relkind = 'v', c.relname, a.attnum
"""

_HEAD = """# Data dictionary

Made from the comments in the database by `python -m tools.dictionary`; a test keeps it current. Analysts log in as
`fifthclick_analyst`, which reads schema `marts` and nothing else. Keep `traffic = 'live'` in every question about shoppers.
Money is in minor units (cents) beside its currency, times are UTC, and a null number says that it is not known.
"""


async def comments_of(connection: asyncpg.Connection) -> list[Any]:
    """One row per column of every table and view."""
    return list(await connection.fetch(_COMMENTS))


def page(rows: Sequence[Any]) -> str:
    """The page in Markdown. A missing comment shows as nothing, and fails a test."""
    parts = [_HEAD]
    for (schema, comment), in_schema in groupby(rows, key=lambda r: (r["schema_name"], r["schema_comment"])):
        parts.append(f"## {schema}\n\n{comment or ''}\n")
        for (table, is_view, about), in_table in groupby(
            in_schema, key=lambda r: (r["table_name"], r["is_view"], r["table_comment"])
        ):
            parts.append(f"### {schema}.{table}{' (view)' if is_view else ''}\n\n{about or ''}\n")
            lines = [f"| {r['column_name']} | {_type(r)} | {_escaped(r['column_comment'])} |" for r in in_table]
            parts.append("\n".join(["| column | type | meaning |", "| --- | --- | --- |", *lines]) + "\n")
    return "\n".join(parts)


def _type(row: Any) -> str:
    short = str(row["data_type"]).replace("timestamp with time zone", "timestamptz")
    return short.replace("double precision", "float8") + ("" if row["is_required"] or row["is_view"] else ", or null")


def _escaped(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


async def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory(prefix="fifthclick-") as folder:
        Path(folder).chmod(0o711)
        postgres = EmbeddedPostgres(Path(folder) / "postgres")
        url = await postgres.start()
        try:
            await migrate(url)
            connection = await asyncpg.connect(url)
            PAGE.write_text(page(await comments_of(connection)))
            await connection.close()
        finally:
            await postgres.stop()
    print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")


if __name__ == "__main__":
    asyncio.run(main())
