"""`fifthclick export`: the marts as CSV or as Parquet by day, for a spreadsheet, DuckDB or a warehouse."""

import argparse
import asyncio
import shutil
from datetime import date
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import Progress

from core.errors import ConfigError
from server.settings import Settings
from server.store.export import CsvWriter, ParquetWriter, Table, Wanted, Writer, export, tables_of
from server.store.pool import UNREACHABLE, connect_one, unavailable
from server.store.roles import ANALYST, ensure_login
from server.verbs import _store

FORMATS: dict[str, type[CsvWriter] | type[ParquetWriter]] = {"csv": CsvWriter, "parquet": ParquetWriter}


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument(
        "tables", metavar="TABLE", nargs="*", help="tables or views of the marts (default: every table)"
    )
    parser.add_argument("--out", metavar="FOLDER", required=True, type=Path, help="a folder that is not there yet")
    parser.add_argument(
        "--format", choices=sorted(FORMATS), default="parquet", help="(default: parquet, a folder a day)"
    )
    parser.add_argument("--site", metavar="SITE", default="", help="one shop alone")
    parser.add_argument("--traffic", metavar="TRAFFIC", default="", help="live, simulated, ...: one alone")
    parser.add_argument(
        "--since", metavar="DATE", type=_day, help="the first day, 2026-01-05, of tables that have days"
    )
    parser.add_argument("--until", metavar="DATE", type=_day, help="the last day")


def run(args: argparse.Namespace) -> int:
    out: Path = args.out
    if out.exists():
        raise ConfigError(f"{out} is there already. Next: name a folder that is not, or remove it.")
    if args.since and args.until and args.since > args.until:
        raise ConfigError(f"--since {args.since} is after --until {args.until}. Next: turn them round.")
    counts = asyncio.run(_export(_store.settings_of(args), args))
    for name, count in counts.items():
        print(f"{name:<16} {count:>10,} rows".replace(",", " "))
    print(f"Written to {out}." + (_DUCKDB.format(out=out) if args.format == "parquet" else ""))
    return 0


_DUCKDB = " In DuckDB: SELECT * FROM read_parquet('{out}/sessions/**/*.parquet', hive_partitioning = true);"


async def _export(settings: Settings, args: argparse.Namespace) -> dict[str, int]:
    partial: Path = args.out.with_name(f"{args.out.name}.partial")
    kind = FORMATS[args.format]

    def writer_of(table: Table) -> Writer:
        return kind(partial, table)

    async with _store.kept_database_url(settings) as url:
        dsn = await ensure_login(url, ANALYST, settings.data_path / f"{ANALYST}.password")
        connection = await connect_one(dsn, command_timeout_s=None)
        try:
            await connection.execute("SET statement_timeout = 0")
            tables = await tables_of(connection, args.tables)
            # What an earlier run that was ended has left is of no use to anybody.
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            wanted = Wanted(args.site, args.traffic, args.since, args.until)
            with Progress(console=Console(stderr=True), transient=True) as progress:
                bars = {table.name: progress.add_task(table.name, total=None) for table in tables}
                counts = await export(
                    connection, tables, wanted, writer_of, lambda name, rows: progress.advance(bars[name], rows)
                )
            if not any(counts.values()) and (args.site or args.traffic or args.since or args.until):
                shutil.rmtree(partial)
                raise ConfigError(
                    "there is nothing of that kind, so nothing was written. Next: compare --site with `fifthclick site list`, "
                    "--traffic (live, simulated, replayed, preview, bot) and the days; a visit is there once it is settled."
                )
        except OSError as error:
            raise ConfigError(
                f"{error.filename or partial} cannot be written: {error.strerror}. Next: choose another --out."
            ) from None
        except (asyncpg.PostgresError, *UNREACHABLE) as error:
            raise unavailable(error) from None
        finally:
            await connection.close()
    partial.rename(args.out)
    return counts


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-01-05") from None
