"""The half of `fifthclick replay` that recomputes: a process of its own, logged in as a role that cannot read any result.

`python -m server.verbs.replay_child` reads one request on standard input and writes one answer to standard output.
"""

import asyncio
import sys
from collections.abc import Callable
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from core.errors import FifthClickError, OurError
from core.replay import Replayed, StoredEvent, replay
from core.rules import Rules, bind
from core.rules_text import parse_rules
from core.scoring import Scorer
from model.scorer import load_scorer
from server.store.pool import connect_one
from server.store.rulebook import Rulebook
from server.store.stored_session import Computed, computed_of, read_events

LoadScorer = Callable[[str], Scorer]


class Request(Struct, frozen=True, kw_only=True):
    """`rules_toml` None: the rules that each event names. `bundle` empty: the starter."""

    dsn: str
    site_id: str
    session_id: UUID
    rules_toml: str | None = None
    bundle: str = ""


class Answered(Struct, frozen=True, kw_only=True):
    """One event with what it gives now."""

    stream: bytes
    seq: int
    computed: Computed


class Answer(Struct, frozen=True, kw_only=True):
    """Or `error`, in a sentence. `gaps` says in words where the store does not hold the whole fold."""

    events: tuple[Answered, ...] = ()
    gaps: tuple[str, ...] = ()
    error: str = ""


async def answer(request: Request, load: LoadScorer = load_scorer) -> Answer:
    """Fold the session again from its raw events.

    Raises:
        OurError: rules or scorer of an event are not at hand.
    """
    connection = await connect_one(request.dsn)
    try:
        rows = await read_events(connection, request.site_id, request.session_id)
        scored = [row for row in rows if row.step is not None]
        if not scored:
            raise OurError("nothing of this session was scored, so there is nothing to compare. Next: choose another.")
        rules = await _rules(connection, request, {row.rules_version for row in scored})
    finally:
        await connection.close()
    scorers = _scorers({row.scorer_version for row in rows}, request.bundle, load)
    last_scorer = next((s for s in scorers.values() if s is not None), None)
    fallback = (rules[scored[0].rules_version], last_scorer)
    done = replay(request.session_id.bytes, rows, scorers=scorers, rules=rules, fallback=fallback)
    return Answer(events=tuple(map(_answered, done)), gaps=tuple(_gaps(scored)))


def _answered(done: Replayed) -> Answered:
    """An event that was only beaconed has its score filled by settle, and nobody decided anything on it."""
    computed = computed_of(done.step)
    if done.row.step is None:
        computed = computed._replace(decision=None)
    return Answered(stream=done.row.stream, seq=done.row.seq, computed=computed)


async def _rules(connection: asyncpg.Connection, request: Request, versions: set[str]) -> dict[str, Rules]:
    rulebook = Rulebook()
    if request.rules_toml is not None:
        salt = await connection.fetchval("SELECT holdout_salt FROM config.sites WHERE site_id = $1", request.site_id)
        if salt is None:
            raise OurError(f"site {request.site_id} is not in the store. Next: fifthclick site list.")
        changed = parse_rules(request.rules_toml, "the changed rules")
        # What was switched off at the time, and what was known, is no part of a rules file: it is as it was.
        at_the_time = {version: await rulebook.of(connection, request.site_id, version) for version in versions}
        return {
            version: bind(
                changed,
                site_id=request.site_id,
                holdout_salt=salt,
                killed=rules.killed if rules is not None else (),
                responses=rules.responses if rules is not None else {},
                new_actions=rules.new_actions if rules is not None else (),
            )
            for version, rules in at_the_time.items()
        }
    found = {}
    for version in sorted(versions):
        rules = await rulebook.of(connection, request.site_id, version)
        if rules is None or rules.version != version:
            what = "are not in the store" if rules is None else f"read as {rules.version} in this version"
            raise OurError(f"rules {version} of {request.site_id} {what}. Next: use the version that decided.")
        found[version] = rules
    return found


def _scorers(versions: set[str], bundle: str, load: LoadScorer) -> dict[str, Scorer | None]:
    """Empty stands for events that no scorer saw."""
    named = versions - {""}
    if not named:
        return {"": None}
    scorer = load(bundle)
    others = sorted(named - {scorer.version})
    if others:
        raise OurError(
            f"the session was scored by model {others[0]} and the bundle at hand is {scorer.version}."
            " Next: name the folder of that model with --bundle."
        )
    return {"": None, scorer.version: scorer}


def _gaps(scored: list[StoredEvent]) -> list[str]:
    steps: dict[bytes, list[int]] = {}
    for row in scored:
        steps.setdefault(row.epoch or b"", []).append(row.step or 0)
    said = []
    for epoch, found in sorted(steps.items()):
        missing = sorted(set(range(1, max(found) + 1)) - set(found))
        if missing:
            said.append(f"fold {epoch.hex()} lacks {len(missing)} of its {max(found)} steps, the first at {missing[0]}")
        if len(set(found)) < len(found):
            said.append(f"fold {epoch.hex()} was gone on with twice (two tabs), so its steps have no one order")
    return said


def main() -> int:
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    try:
        result = asyncio.run(answer(request))
    except FifthClickError as error:
        result = Answer(error=str(error))
    except asyncpg.InsufficientPrivilegeError as error:
        result = Answer(error=f"the replay role may not read what it needs: {error}. Next: fifthclick migrate.")
    sys.stdout.buffer.write(msgspec.json.encode(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
