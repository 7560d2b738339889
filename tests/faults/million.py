"""A made-up REES46 file of one million events, trained on for one epoch in a process of its own: how much memory it takes.

A visit begins every twenty seconds, so many overlap, and the file is in no order of time.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from model.bundle import load_bundle
from tests.model.imported import rees46_lines

EVENTS = 1_000_000
LIMIT_GIB = 4.0
EVERY_MS = 20_000
SEED = 46


def run(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="fifthclick-million-", dir="/var/tmp") as folder:
        return train_on(Path(folder), EVENTS)


def train_on(folder: Path, events: int) -> dict[str, Any]:
    """Writes a file of so many events and trains on it; the figures of the one process that did."""
    file = folder / "events.csv"
    with file.open("w") as handle:
        handle.writelines(itertools.islice(rees46_lines(events, SEED, every_ms=EVERY_MS), events + 1))
    words = ("train", "--from", "rees46", str(file), "--out", str(folder / "bundle"), "--epochs", "1")
    environment = {**os.environ, "GOMP_SPINCOUNT": "0", "OMP_NUM_THREADS": "1"}
    started = time.monotonic()
    with (folder / "train.log").open("wb") as log:
        child = subprocess.Popen([sys.executable, "-m", "server", *words], stdout=log, stderr=log, env=environment)
        # Not `wait`: only this one tells what this very child has used, and not the largest of all children so far.
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    peak_gib = used.ru_maxrss / 2**20
    has_trained = child.returncode == 0
    return {
        "passed": has_trained and peak_gib < LIMIT_GIB,
        "events": events,
        "file_mib": round(file.stat().st_size / 2**20, 1),
        "sessions_to_learn_from": load_bundle(folder / "bundle").manifest.sessions if has_trained else 0,
        "peak_gib": round(peak_gib, 2),
        "limit_gib": LIMIT_GIB,
        "train_s": round(time.monotonic() - started, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "said": [] if has_trained else (folder / "train.log").read_text().strip().splitlines()[-5:],
    }
