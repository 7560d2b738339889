"""What every shop of these tests needs: a folder of its own that git ignores, commands that say why they failed, servers."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.processes import wait_until_open

FOLDER = Path(__file__).parents[3] / "out" / "shops"
"""Where the shops are installed: out/ is ignored, so nothing of theirs is ever committed."""


class CannotSetUp(Exception):
    """A shop cannot be installed or started here; the message ends with a next step."""


def run(words: Sequence[str | Path], *, folder: Path, environment: dict[str, str] | None = None, what: str) -> None:
    """Runs a command of the shop's own. Raises CannotSetUp with its last words."""
    command = [str(word) for word in words]
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True, timeout=900
        )
    except FileNotFoundError:
        raise CannotSetUp(f"{what}: {command[0]} is not installed. Next: install it and run this again.") from None
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise CannotSetUp(
            f"{what}: `{' '.join(command)}` failed in {folder}:\n{last}\n"
            "Next: read these lines; the package index must be reachable."
        )


@contextmanager
def server(words: Sequence[str | Path], *, folder: Path, port: int, environment: dict[str, str]) -> Iterator[None]:
    """A server of the shop's own until the block ends, with its output in server.log of its folder."""
    with (folder / "server.log").open("wb") as log:
        # A session of its own: what the shop starts beside itself ends with it.
        process = subprocess.Popen(
            [str(word) for word in words],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            try:
                wait_until_open(port, process, 90)
            except (RuntimeError, TimeoutError) as error:
                raise CannotSetUp(f"{error}. Next: read {folder / 'server.log'}") from None
            yield
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The server and whatever it has started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
