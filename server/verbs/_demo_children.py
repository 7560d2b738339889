"""The other processes of the demo: the shop, a stranger that runs by itself, and the verbs that fill the tables."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.errors import OurError

READY_WITHIN_S = 15.0
STOPPED_WITHIN_S = 5.0
NICENESS = 10
_POLL_S = 0.05

# Without the current folder on the path: a folder named `demo` or `server` there is not ours.
_PYTHON = (sys.executable, "-P", "-m")


@asynccontextmanager
async def shop(*, port: int, data_dir: Path, tag_host: str, site_key: str, analyst_dsn: str) -> AsyncIterator[str]:
    """The shop's address for as long as the block runs. It ends with us, also when we are killed: it watches its stdin.

    Raises:
        OurError: it did not start; its own words are on stderr.
    """
    process = await asyncio.create_subprocess_exec(
        *_PYTHON, "demo", "--until-stdin-ends", "--port", str(port), "--data-dir", str(data_dir),
        "--tag-host", tag_host, "--site-key", site_key, "--analyst-dsn", analyst_dsn,
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await wait_until_it_answers(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        await _end(process)


async def verb(*words: str, data_dir: Path) -> int:
    """Run a verb of ours with its output on this terminal, at a lower priority than the server. Gives its status."""
    environment = {**os.environ, "FIFTHCLICK_DATA_DIR": str(data_dir)}
    process = await asyncio.create_subprocess_exec(*_PYTHON, "server", *words, env=environment)
    try:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        return await process.wait()
    finally:
        await _end(process)


async def wait_until_it_answers(process: Process, port: int) -> None:
    """Return once the shop accepts connections. Raises `OurError` when it ended or takes too long."""
    loop = asyncio.get_running_loop()
    until = loop.time() + READY_WITHIN_S
    while loop.time() < until:
        if process.returncode is not None:
            raise OurError("the demo shop ended at once. Next: read its line above.")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_POLL_S)
            continue
        writer.close()
        return
    raise OurError(f"the demo shop did not answer on port {port} within {READY_WITHIN_S:.0f} s. Next: try again.")


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOPPED_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
