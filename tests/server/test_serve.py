"""`fifthclick serve` as its users start it: a child process, signals, and sentences instead of traces."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ConfigError
from server.embedded.system import free_port, is_running
from server.logs import configure_logs
from server.settings import Settings
from server.store.running import connect_info

ENVIRONMENT = {**os.environ, "GOMP_SPINCOUNT": "0", "OMP_NUM_THREADS": "1"}


class Serve:
    """One `fifthclick serve` in a folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        words = ["serve", "--port", str(self.port), "--data-dir", str(self.data)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", *words],
            env=ENVIRONMENT, cwd=self.data.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self.process

    def until_ready(self) -> float:
        """Seconds until /readyz says 200."""
        began = time.monotonic()
        while time.monotonic() < began + 40:
            assert self.process is not None
            assert self.process.poll() is None, self.process.communicate()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as reply:
                    assert json.load(reply)["problems"] == []
                    return time.monotonic() - began
            except OSError:
                continue
        raise AssertionError("it does not get ready")

    def end(self, how: signal.Signals) -> tuple[int, str, str]:
        assert self.process is not None
        self.process.send_signal(how)
        out, errors = self.process.communicate(timeout=30)
        return self.process.returncode, out, errors

    def server_pids(self) -> list[int]:
        files = [self.data / "postgres" / "data" / "postmaster.pid", self.data / "nats" / "nats.pid"]
        return [int(file.read_text().split("\n", 1)[0]) for file in files]


@pytest.fixture
def serve(servers_folder: Path, request: pytest.FixtureRequest) -> Iterator[Serve]:
    started = Serve(servers_folder / f"serve-{abs(hash(request.node.name))}")
    yield started
    if started.process is not None and started.process.poll() is None:
        started.end(signal.SIGTERM)


def test_a_start_says_where_it_serves_and_a_signal_ends_it_with_all_that_it_started(serve: Serve) -> None:
    serve.start()
    serve.until_ready()
    pids = serve.server_pids()
    assert all(is_running(pid) for pid in pids)
    code, out, errors = serve.end(signal.SIGTERM)
    assert code == 0
    assert f"fifthclick serves http://127.0.0.1:{serve.port}" in out
    assert "Traceback" not in errors
    assert not any(_is_ours(pid, serve) for pid in pids)
    assert not (serve.data / "running.json").exists()


def test_after_a_kill_the_next_start_takes_over_the_servers_that_were_left(serve: Serve) -> None:
    serve.start()
    serve.until_ready()
    before = connect_info(Settings(data_dir=str(serve.data)))
    pids = serve.server_pids()
    code, _, _ = serve.end(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert all(_is_ours(pid, serve) for pid in pids)
    serve.start()
    serve.until_ready()
    assert serve.server_pids() == pids
    assert connect_info(Settings(data_dir=str(serve.data))).database_url == before.database_url
    code, _, _ = serve.end(signal.SIGINT)
    assert code == 0
    assert not any(_is_ours(pid, serve) for pid in pids)


def test_a_taken_port_is_one_sentence_and_nothing_is_started(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", serve.port)):
        process = serve.start()
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out == ""
    assert errors.startswith(f"fifthclick serve: port {serve.port} of 127.0.0.1 is taken. Next: choose another")
    assert errors.count("\n") == 1
    assert not serve.data.exists()


def test_an_unknown_log_level_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"unknown log_level 'loud'\. Next: use one of debug, info"):
        configure_logs("loud")


def _is_ours(pid: int, serve: Serve) -> bool:
    """Does `pid` run one of this folder's servers?"""
    return is_running(pid, str(serve.data / "postgres" / "data")) or is_running(
        pid, str(serve.data / "nats" / "nats.conf")
    )
