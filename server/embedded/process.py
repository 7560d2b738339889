"""What the bundled servers have in common: one folder, one process, shared by every process of ours that needs it.

The folder's state is the truth, not our memory: a server that outlived a crash of ours is found by its pid file, checked to
be that very server, and adopted. Each user holds a shared lock; the last one out stops the server.
"""

import asyncio
import fcntl
import os
import secrets
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

from server.embedded.system import (
    EmbeddedFailed,
    first_number,
    free_port,
    is_free,
    is_running,
    make_folder,
    write_private,
)

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
_POLL_S = 0.02
_LOG_KEPT_BYTES = 10_000_000

_children: dict[int, subprocess.Popen[bytes]] = {}
"""What this process has started and not yet reaped, whoever in it holds the server now."""


class Embedded(ABC):
    """One bundled server in one folder.

    `start` gives the URL to connect to; `stop` lets go, and ends the server when nobody else holds it.
    """

    name: str
    setting: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._started: int | None = None
        self._held: IO[str] | None = None

    async def start(self) -> str:
        """Start the server, or adopt the one that runs in this folder already.

        Raises:
            EmbeddedFailed: folder not writable, binary missing, or the server ended with an error.
        """
        make_folder(self.folder)
        async with self._starting():
            await self._ensure()
            if self._held is None:
                self._held = _open_lock(self.folder / "users.lock")
                fcntl.flock(self._held, fcntl.LOCK_SH)
        return self.url

    async def stop(self) -> None:
        """Let go of the server; the last one out ends it, and nothing that it acknowledged is lost."""
        if self._held is None:
            return
        async with self._starting():
            held, self._held = self._held, None
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                held.close()
            await self._end(signal.SIGINT)

    async def keep_alive(self, every_s: float = 1.0) -> None:
        """Start the server again whenever it has died. Runs until cancelled; a failed attempt is repeated."""
        while True:
            await asyncio.sleep(every_s)
            if self._held is None or self._pid() is not None:
                continue
            try:
                async with self._starting():
                    if self._held is not None:  # else it was let go while we waited
                        await self._ensure()
            except EmbeddedFailed:
                continue

    def _pid(self) -> int | None:
        """The server's process id, None where it does not run. Reaps our children, so that a zombie never counts."""
        _reap()
        pid = first_number(self._pid_file())
        return pid if pid is not None and is_running(pid, *self._marks()) else None

    async def _ensure(self) -> None:
        if self._pid() is not None:
            if await self._wait_ready():
                return
            await self._end(signal.SIGKILL)
        port = self._choose_port()
        command, options = await asyncio.to_thread(self._prepare, port)
        with _open_log(self.folder / "server.log") as log:
            # A session of its own: Ctrl-C must reach us first, so that what we hold is written before it goes.
            child = subprocess.Popen(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options
            )
        _children[child.pid] = child
        self._started = child.pid
        (self.folder / "port").write_text(str(port))
        is_ready, self._started = await self._wait_ready(), None
        if not is_ready:
            raise EmbeddedFailed(
                f"the bundled {self.name} did not start: {self._last_words()} "
                f"Next: read {self.folder / 'server.log'}, or set {self.setting} to a server of your own."
            )

    async def _wait_ready(self) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if await self._is_ready():
                return True
            _reap()
            if self._started not in _children and self._pid() is None:
                return False
            await asyncio.sleep(_POLL_S)
        return False

    async def _end(self, how: signal.Signals) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        pid = self._pid()
        if pid is not None:
            os.kill(pid, how)
        while self._pid() is not None:
            if time.monotonic() > deadline:
                raise EmbeddedFailed(f"the bundled {self.name} (process {pid}) does not stop. Next: end it by hand.")
            await asyncio.sleep(_POLL_S)

    def _choose_port(self) -> int:
        """The port of last time where it is still free, so that URLs in open shells stay valid."""
        port = first_number(self.folder / "port")
        return port if port is not None and is_free(port) else free_port()

    def _port(self) -> int | None:
        return first_number(self.folder / "port")

    def _secret(self, name: str) -> str:
        """A password that only this folder's owner can read, made at first use."""
        path = self.folder / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text().strip()

    def _last_words(self) -> str:
        try:
            lines = (self.folder / "server.log").read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return f"{lines[-1][:200]!r}." if lines else "it said nothing."

    @asynccontextmanager
    async def _starting(self) -> AsyncIterator[None]:
        """One process at a time starts or stops the server."""
        deadline = time.monotonic() + START_TIMEOUT_S + STOP_TIMEOUT_S
        with _open_lock(self.folder / "start.lock") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise EmbeddedFailed(
                            f"another process has been starting {self.name} in {self.folder} for too long. "
                            "Next: end it, or choose another --data-dir."
                        ) from None
                await asyncio.sleep(_POLL_S)
            yield

    @abstractmethod
    def _prepare(self, port: int) -> tuple[list[str], dict[str, Any]]:
        """The command line and Popen's options; makes the data folder at first use."""

    @abstractmethod
    async def _is_ready(self) -> bool:
        """Does it answer? Sets `url` when it does."""

    @abstractmethod
    def _pid_file(self) -> Path: ...

    @abstractmethod
    def _marks(self) -> tuple[str, ...]:
        """Words of its command line by which this folder's server is told from any other process."""


def _reap() -> None:
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            del _children[pid]


def _open_lock(path: Path) -> IO[str]:
    return path.open("a")


def _open_log(path: Path) -> IO[bytes]:
    """Append to the server's log; a log that has grown big starts anew, keeping one old copy."""
    if path.exists() and path.stat().st_size > _LOG_KEPT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
