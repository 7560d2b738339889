"""Servers as child processes of a benchmark or a long test: started, waited for, and always ended."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENVIRONMENT = {**os.environ, "GOMP_SPINCOUNT": "0", "OMP_NUM_THREADS": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(*words: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python WORDS` with its output in `log`, ended with SIGTERM, then SIGKILL where that does not help."""
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, *words], stdout=output, stderr=output, env=ENVIRONMENT)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_open(port: int, process: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
    """Raises RuntimeError when the process ends first, TimeoutError when nobody listens in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server on port {port} ended with status {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port} after {seconds:.0f} s")


def wait_until_ready(base_url: str, process: subprocess.Popen[bytes], seconds: float = 120.0) -> None:
    """Waits for /readyz to answer 200. Raises as `wait_until_open`, with the last problems that it named."""
    until = time.monotonic() + seconds
    last = "no answer"
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(f"{base_url}/readyz", timeout=2):
                return
        except urllib.error.HTTPError as answer:
            last = json.dumps(answer.read().decode()[:300])
        except OSError as error:
            last = str(error)
        time.sleep(0.1)
    raise TimeoutError(f"{base_url} is not ready after {seconds:.0f} s: {last}")
