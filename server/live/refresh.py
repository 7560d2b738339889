"""Keeps the live sites what the store says, within seconds, and through a store, a log or a rules text that fails.

Announcements make a change quick and the poll makes it certain: an announcement that is lost costs `every_s`. The last
good copy is on disk, so that a worker starts with the store down. A text that cannot be read changes nothing: the rules
that were live stay live, the site is named in `problems`, and every other site goes on.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from core.errors import ConfigError
from core.rules import Rules, bind
from core.rules_template import NEW_SITE_RULES
from server.live.sites import Site, Sites
from server.store.live_rules import StoredSite

log = structlog.get_logger()

LOAD_TIMEOUT_S = 10.0
"""A store that hangs is a store that is down."""


class Announcements(Protocol):
    """Says that something changed. What changed is read from the store, never from the announcement."""

    def watch(self) -> AsyncIterator[str]:
        """The key of each change from now on. It may end or raise: it is asked again."""
        ...


class Refresher:
    """Fills `sites` from `load`, and again after each announcement or `every_s`."""

    def __init__(
        self,
        sites: Sites,
        load: Callable[[], Awaitable[Sequence[StoredSite]]],
        cache_file: Path,
        *,
        announcements: Announcements | None = None,
        every_s: float = 2.0,
    ) -> None:
        self._sites = sites
        self._load = load
        self._cache_file = cache_file
        self._announcements = announcements
        self._every_s = every_s
        self._good: dict[str, StoredSite] = {}
        self._rows: tuple[StoredSite, ...] | None = None
        self._wake = asyncio.Event()
        self._store_problem = ""
        self._disk_problem = ""
        self._text_problems: dict[str, str] = {}

    def problems(self) -> list[str]:
        """What is not as it should be, in words; for /readyz."""
        return [*self._text_problems.values(), *filter(None, (self._store_problem, self._disk_problem))]

    async def start(self) -> None:
        """Fill the sites once: from the disk's copy, then from the store if it answers."""
        await self._read_disk()
        await self.refresh()

    async def run(self) -> None:
        """Keep the sites fresh until cancelled. Call `start` before."""
        async with asyncio.TaskGroup() as tasks:
            if self._announcements is not None:
                tasks.create_task(self._listen(self._announcements))
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._every_s)
                self._wake.clear()
                await self.refresh()

    async def refresh(self) -> None:
        """Read the store once and switch to what it says. A store that does not answer changes nothing."""
        try:
            async with asyncio.timeout(LOAD_TIMEOUT_S):
                rows = tuple(await self._load())
        except Exception as error:
            # The boundary to whatever `load` is made of: a driver's error, a refused connection, a timeout.
            self._note_store_problem(error)
            return
        self._note_store_problem(None)
        is_change = rows != self._rows
        if is_change:
            self._rows = rows
            self._apply(rows)
        if is_change or self._disk_problem:
            await self._write_disk()

    async def _listen(self, announcements: Announcements) -> None:
        while True:
            try:
                async for _change in announcements.watch():
                    self._wake.set()
            except Exception as error:
                # The log is down: the poll goes on without it, and listening is tried again.
                log.info("announcements_lost", error=type(error).__name__)
            await asyncio.sleep(self._every_s)

    def _apply(self, rows: Iterable[StoredSite]) -> None:
        self._text_problems = {}
        self._sites.replace([self._site(row) for row in rows])
        self._good = {site_id: row for site_id, row in self._good.items() if self._sites.by_id(site_id)}

    def _site(self, row: StoredSite) -> Site:
        return Site(
            site_id=row.site_id, key=row.key, origins=row.origins, is_demo=row.is_demo, rules=self._rules(row),
            previews=tuple(self._previews(row)),
        )  # fmt: skip

    def _previews(self, row: StoredSite) -> Iterator[Rules]:
        """What links may name; one that this program reads otherwise than the one that kept it would name no stored row."""
        live = self._sites.by_id(row.site_id)
        known = {rules.version: rules for rules in live.previews} if live is not None else {}
        for stored in row.previews:
            rules = known.get(stored.version)
            if rules is None:
                with contextlib.suppress(ConfigError):
                    rules = row.preview(stored)
            if rules is not None and rules.version == stored.version:
                yield rules

    def _rules(self, row: StoredSite) -> Rules:
        """The row's rules, else the last good ones, else those of a new site: events are taken in any case."""
        live = self._sites.by_id(row.site_id)
        good = self._good.get(row.site_id)
        is_known = good is not None and (good.version, good.toml) == (row.version, row.toml)
        if live is not None and is_known and set(live.rules.killed) == set(row.killed):
            self._good[row.site_id] = row
            return live.rules
        try:
            rules = row.rules()
        except ConfigError as error:
            first = str(error).splitlines()[0]
            kept = good.version if good is not None else "the rules of a new site"
            self._text_problems[row.site_id] = (
                f"rules of site {row.site_id}, version {row.version}, cannot be read ({first}); {kept} stays live"
            )
            log.error("rules_refused", site_id=row.site_id, version=row.version)
            return _at_least_killed(live.rules if live is not None else _of_a_new_site(row), row)
        self._good[row.site_id] = row
        log.info("rules_live", site_id=row.site_id, version=rules.version)
        return rules

    async def _read_disk(self) -> None:
        try:
            data = await asyncio.to_thread(self._cache_file.read_bytes)
            rows = msgspec.json.decode(data, type=list[StoredSite])
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            self._disk_problem = f"the copy of the rules on disk cannot be read ({type(error).__name__})"
            return
        self._apply(rows)

    async def _write_disk(self) -> None:
        """Keep the good rows on disk; to its end, also when the worker is stopped right after a change."""
        data = msgspec.json.encode(list(self._good.values()))
        writing = asyncio.ensure_future(asyncio.to_thread(_replace_file, self._cache_file, data))
        try:
            try:
                await asyncio.wait([writing])
            finally:
                await writing
            self._disk_problem = ""
        except OSError as error:
            self._disk_problem = f"no copy of the rules can be kept on disk ({error.strerror})"

    def _note_store_problem(self, error: Exception | None) -> None:
        problem = f"the store does not answer ({type(error).__name__}); rules stay as they are" if error else ""
        if problem != self._store_problem:
            log.warning("rules_store_state", problem=problem)
        self._store_problem = problem


def _of_a_new_site(row: StoredSite) -> Rules:
    return msgspec.structs.replace(row, toml=NEW_SITE_RULES, responses="{}").rules()


def _at_least_killed(rules: Rules, row: StoredSite) -> Rules:
    """What was switched off is off, also where the rest of a version cannot be read."""
    if not set(row.killed) - set(rules.killed):
        return rules
    killed = {*rules.killed, *row.killed}
    return bind(
        rules,
        site_id=rules.site_id,
        holdout_salt=rules.holdout_salt,
        killed=killed,
        responses=rules.responses,
        new_actions=rules.new_actions,
    )


def _replace_file(path: Path, data: bytes) -> None:
    """The whole file or the one before it, also after a power cut. Only this account may read it: it holds the salts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
