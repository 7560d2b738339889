"""The keys that seal session tokens and claims: a secret file, one key a line, or one made at first use in the data folder.

A line is an id (0 to 255) and 64 hex characters. The first line seals, every line opens: to change keys add the new one as the
second line everywhere, then move it to the top everywhere, then remove the old one a day later (DESIGN 3.2).
"""

import os
import secrets
from pathlib import Path

from core.errors import ConfigError
from server.live.token import KEY_BYTES, Sealer
from server.settings import Settings

FILE = "token.keys"


def load_sealer(settings: Settings) -> Sealer:
    """The sealer of session tokens over the configured keys. Raises as `load_keys`."""
    keys, sealing = load_keys(settings)
    return Sealer(keys, sealing_key_id=sealing)


def load_keys(settings: Settings, *, may_make: bool = True) -> tuple[dict[int, bytes], int]:
    """Every key by its id, and the id of the one that seals. `may_make`: the first use in a data folder makes one.

    Raises:
        ConfigError: the file cannot be read or written, or holds no usable key; with the line.
    """
    path = Path(settings.token_keys_file) if settings.token_keys_file else settings.data_path / FILE
    if may_make and not settings.token_keys_file and not path.exists():
        _make(path)
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise ConfigError(f"token keys cannot be read: {error.strerror}. {_NEXT}", file=str(path)) from None
    keys: dict[int, bytes] = {}
    sealing: int | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        key_id, key = _read(line, path, number)
        keys[key_id] = key
        sealing = key_id if sealing is None else sealing
    if sealing is None:
        raise ConfigError(f"holds no token key. {_NEXT}", file=str(path))
    return keys, sealing


_NEXT = "Next: put a line '1 ' and 64 hex characters there (openssl rand -hex 32), readable by this account only."


def _read(line: str, path: Path, number: int) -> tuple[int, bytes]:
    words = line.split()
    try:
        key_id, key = int(words[0]), bytes.fromhex(words[1])
    except (IndexError, ValueError):
        raise ConfigError(f"is no token key. {_NEXT}", file=str(path), line=number) from None
    if len(words) != 2 or not 0 <= key_id <= 255 or len(key) != KEY_BYTES:
        raise ConfigError(f"is no token key. {_NEXT}", file=str(path), line=number)
    return key_id, key


def _make(path: Path) -> None:
    """A key of our own, whole or not at all, also when two processes start at once."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"1 {secrets.token_hex(KEY_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
        finally:
            fresh.unlink()
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}. Next: choose another --data-dir.", file=str(path)
        ) from None
