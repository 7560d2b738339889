"""`fifthclick replay`: recompute a session from its raw events, and compare with what was decided at the time.

The recomputing is a process of its own that cannot read scores or decisions (`replay_child`); this one compares.
"""

import argparse
import asyncio
import sys
from typing import Any
from uuid import UUID

import msgspec

from core.errors import ConfigError, OurError
from server.settings import Settings
from server.store.comparison import Comparison, compare
from server.store.pool import connect_one, migrated
from server.store.roles import REPLAY, ensure_login
from server.store.stored_session import Computed, Place, read_computed, sites_of
from server.verbs import _store
from server.verbs.replay_child import Answer, Request


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument("session_id", metavar="SESSION_ID", help="as a uuid or as 32 hex characters")
    parser.add_argument("--site", metavar="SITE", help="where the same id is stored for two sites")
    parser.add_argument(
        "--rules", metavar="FILE", help="recompute under these rules instead, and say what would differ"
    )
    parser.add_argument("--bundle", metavar="FOLDER", help="the model that scored it (default: the configured one)")
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")


def run(args: argparse.Namespace) -> int:
    session_id = session_id_of(args.session_id)
    rules_toml = _store.read_text(args.rules) if args.rules else None
    compared, gaps = asyncio.run(_replay(args, _store.settings_of(args), session_id, rules_toml))
    if args.json:
        print(as_json(session_id, compared, gaps))
    else:
        print("\n".join(in_words(session_id, compared, gaps, is_changed=rules_toml is not None)))
    # Other rules are meant to decide otherwise: then a difference is the answer and no fault.
    return 1 if compared.differences and rules_toml is None else 0


def session_id_of(text: str) -> UUID:
    """Raises `ConfigError`."""
    try:
        return UUID(text.strip())
    except ValueError:
        raise ConfigError(
            f"{text!r} is no session id. Next: fifthclick sql 'SELECT session_id FROM sessions LIMIT 10'."
        ) from None


def in_words(session_id: UUID, compared: Comparison, gaps: tuple[str, ...], *, is_changed: bool) -> list[str]:
    """What to say, a line each."""
    size = f"{compared.event_count} events and {compared.decision_count} decisions of session {session_id}"
    lines = [f"Note: {gap}." for gap in gaps]
    if compared.near_count:
        lines.append(f"Note: {compared.near_count} scores agree within 0.001 only, as on another kind of processor.")
    if not compared.differences:
        under = "under these rules" if is_changed else "from raw events alone"
        return [*lines, f"Equal: {size}, recomputed {under}."]
    lines += [str(difference) for difference in compared.differences]
    count = len(compared.differences)
    verb = "would differ" if is_changed else "differ" if count > 1 else "differs"
    return [*lines, f"{count} {'fields' if count > 1 else 'field'} {verb} in {size}."]


def as_json(session_id: UUID, compared: Comparison, gaps: tuple[str, ...]) -> str:
    differences: list[dict[str, Any]] = [
        {
            "stream": d.place[0].hex(), "seq": d.place[1], "decision_id": d.decision_id, "field": d.field,
            "stored": d.stored, "recomputed": d.recomputed,
        }
        for d in compared.differences
    ]  # fmt: skip
    result = {
        "session_id": str(session_id), "is_equal": not differences, "events": compared.event_count,
        "decisions": compared.decision_count, "near": compared.near_count, "gaps": list(gaps),
        "differences": differences,
    }  # fmt: skip
    return msgspec.json.encode(result).decode()


async def _replay(
    args: argparse.Namespace, settings: Settings, session_id: UUID, rules_toml: str | None
) -> tuple[Comparison, tuple[str, ...]]:
    async with _store.kept_database_url(settings) as url:
        connection = await connect_one(url)
        try:
            with migrated():
                site_id = _one_site(await sites_of(connection, session_id), args.site, session_id)
                stored = await read_computed(connection, site_id, session_id)
        finally:
            await connection.close()
        dsn = await ensure_login(url, REPLAY, settings.data_path / f"{REPLAY}.password")
        bundle = args.bundle or settings.bundle
        request = Request(dsn=dsn, site_id=site_id, session_id=session_id, rules_toml=rules_toml, bundle=bundle)
        answer = await in_child(request)
    recomputed: dict[Place, Computed] = {(event.stream, event.seq): event.computed for event in answer.events}
    return compare(stored, recomputed, is_same_rules=rules_toml is None), answer.gaps


async def in_child(request: Request) -> Answer:
    """The child's answer.

    Raises:
        OurError: it could not answer; in its own words.
    """
    # The request goes in by standard input: an argument, and the password in it, would show in the list of processes.
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.verbs.replay_child",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, said = await child.communicate(msgspec.json.encode(request))
    if child.returncode != 0:
        last = (said.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise OurError(f"the recomputing process failed: {last}. Next: report this, with the session's id.")
    answer = msgspec.json.decode(output, type=Answer)
    if answer.error:
        raise OurError(answer.error)
    return answer


def _one_site(found: list[str], wanted: str | None, session_id: UUID) -> str:
    if wanted in found or (wanted is None and len(found) == 1):
        return wanted or found[0]
    if not found:
        raise OurError(
            f"no event of session {session_id} is stored. Next: fifthclick sql 'SELECT session_id FROM sessions'."
        )
    raise OurError(f"session {session_id} is stored for {', '.join(found)}. Next: choose one of them with --site.")
