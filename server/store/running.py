"""Where a server of this machine says how to reach its parts, and where the verbs look for it."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from core.errors import OurError
from server.settings import Settings
from server.store.roles import ANALYST, ensure_login

FILE = "running.json"


class Running(Struct, frozen=True, kw_only=True):
    """How to reach what runs. `pid` 0: nothing of ours runs here, the settings name the database."""

    database_url: str
    analyst_dsn: str = ""
    nats_url: str = ""
    base_url: str = ""
    pid: int = 0


def save(data_path: Path, running: Running) -> None:
    """Say that it runs. For this account's eyes only: the URLs hold passwords."""
    data_path.mkdir(parents=True, exist_ok=True)
    fresh = data_path / f"{FILE}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(msgspec.json.encode(running))
    fresh.replace(data_path / FILE)


def forget(data_path: Path) -> None:
    """Say that it has stopped: this process, and not another that has taken its place in the meantime."""
    file = data_path / FILE
    try:
        is_ours = msgspec.json.decode(file.read_bytes(), type=Running).pid == os.getpid()
    except (OSError, msgspec.MsgspecError):
        return
    if is_ours:
        file.unlink(missing_ok=True)


def connect_info(settings: Settings) -> Running:
    """How to reach the database: the configured one, else that of the server that runs in this data folder.

    Raises:
        OurError: neither is there, with the next step.
    """
    if settings.database_url:
        return Running(database_url=settings.database_url, nats_url=settings.nats_url, base_url=settings.base_url)
    file = settings.data_path / FILE
    try:
        running = msgspec.json.decode(file.read_bytes(), type=Running)
    except FileNotFoundError:
        raise _not_running(settings) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise OurError(f"{file} cannot be read: {error}. Next: start `fifthclick serve` again.") from None
    if not _is_alive(running.pid):
        raise _not_running(settings)
    return running


async def analyst_dsn(settings: Settings) -> str:
    """The analyst's login. Raises as `connect_info`."""
    running = connect_info(settings)
    if running.analyst_dsn:
        return running.analyst_dsn
    return await ensure_login(running.database_url, ANALYST, settings.data_path / f"{ANALYST}.password")


def _not_running(settings: Settings) -> OurError:
    return OurError(
        f"nothing is running in {settings.data_path}, and no database is configured."
        " Next: start `fifthclick serve`, or set DATABASE_URL."
    )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
