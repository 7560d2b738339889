"""Logins of the roles that read parts of the database: a generated password each, kept in a private file beside the data."""

import asyncio
import os
import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from core.errors import OurError
from server.store.pool import connect_one

ANALYST = "fifthclick_analyst"
REPLAY = "fifthclick_replay"

_TRIES = 5


async def ensure_login(url: str, role: str, password_file: Path) -> str:
    """The URL with which `role` logs in, after setting its password to the one in `password_file` (made at first use).

    Raises:
        OurError: the file cannot be written, or `url` may not change roles.
        StoreUnavailable: Postgres does not answer.
    """
    password = _password(password_file)
    connection = await connect_one(url)
    try:
        for left in reversed(range(_TRIES)):
            try:
                # Not a place for a parameter: ALTER ROLE takes literals only. The password is ours: letters and digits.
                await connection.execute(f"ALTER ROLE {role} LOGIN PASSWORD '{password}'")
                break
            except asyncpg.InternalServerError:
                # "tuple concurrently updated": another process sets the same password just now.
                if not left:
                    raise
                await asyncio.sleep(0.05)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedObjectError) as error:
        raise OurError(
            f"the role {role} cannot be used: {error}. Next: run `fifthclick migrate` as the owner."
        ) from None
    finally:
        await connection.close()
    return login_url(url, role, password)


def login_url(url: str, role: str, password: str) -> str:
    """`url` with another user. Host, port, database and options stay."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{place}"))


def _password(file: Path) -> str:
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise OurError(f"{file} cannot be read: {error.strerror}. Next: run as the account that wrote it.") from None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Made elsewhere and linked into place: two that start at once end with one password.
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_hex(16))
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return file.read_text().strip()
    except OSError as error:
        raise OurError(
            f"{file} cannot be written: {error.strerror}. Next: choose another folder with --data-dir."
        ) from None
