"""The whole product as its users start it: `fifthclick demo` as a child process, with real Postgres, NATS and shop."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from bench.processes import ENVIRONMENT, free_port, wait_until_ready
from core.errors import OurError
from server.settings import load_settings
from server.store.running import Running, connect_info


class Stack:
    """A running demo: where its parts are, and ways to look into it and to hurt it."""

    def __init__(self, data: Path, port: int, shop_port: int) -> None:
        self.data, self.port, self.shop_port = data, port, shop_port
        self.base_url = f"http://127.0.0.1:{port}"
        self.shop_url = f"http://127.0.0.1:{shop_port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._info: Running | None = None

    @property
    def info(self) -> Running:
        """Where its parts are. While the server is killed: where they were, since Postgres outlives it."""
        try:
            self._info = connect_info(load_settings(data_dir=str(self.data)))
        except OurError:
            if self._info is None:
                raise
        return self._info

    def start(self, *words: str, verb: str = "demo", ready_in_s: float = 120.0) -> float:
        """Starts it and waits until it is ready. Returns the seconds that took."""
        started = time.monotonic()
        ports = ["--port", str(self.port)] + (["--shop-port", str(self.shop_port)] if verb == "demo" else [])
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server", verb, *ports, "--data-dir", str(self.data), *words],
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
            )
        wait_until_ready(self.base_url, self.process, ready_in_s)
        return time.monotonic() - started

    def stop(self) -> int:
        """Ends it as Ctrl-C does. Returns its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def kill(self) -> None:
        """SIGKILL, as a power cut or the out-of-memory killer would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def cli(self, *words: str, check: bool = True) -> str:
        """Runs `fifthclick WORDS` against this stack and gives what it printed."""
        environment = {**ENVIRONMENT, "FIFTHCLICK_DATA_DIR": str(self.data), "FIFTHCLICK_PORT": str(self.port)}
        done = subprocess.run(
            [sys.executable, "-m", "server", *words], capture_output=True, text=True, env=environment, timeout=120
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout + ("" if check else done.stderr)

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self.info.database_url)
        try:
            return [dict(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    async def until_rows(self, count: int, query: str, *values: object, seconds: float = 20.0) -> list[dict[str, Any]]:
        """The query's rows once there are at least `count`; fails with what there is after `seconds`."""
        until = time.monotonic() + seconds
        while True:
            rows = await self.rows(query, *values)
            if len(rows) >= count:
                return rows
            assert time.monotonic() < until, f"{len(rows)} rows of {count} after {seconds:.0f} s: {query}"


@contextmanager
def running_stack(words: Sequence[str] = ("--no-simulate",)) -> Iterator[Stack]:
    """A demo in an empty folder on free ports, ended and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="fifthclick-test-", dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        stack = Stack(Path(folder) / "data", free_port(), free_port())
        stack.start(*words)
        try:
            yield stack
        finally:
            if stack.process is not None and stack.process.poll() is None:
                stack.stop()
