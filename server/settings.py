"""One frozen `Settings`: defaults, then fifthclick.toml, then the environment. The only file that reads the environment.

What changes a decision is never here: that is in the rules, versioned and hashed.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from core.errors import ConfigError

PREFIX = "FIFTHCLICK_"
_ALIASES = {"DATABASE_URL": "database_url", "NATS_URL": "nats_url"}


Count = Annotated[int, Meta(ge=1)]
HttpUrl = Annotated[str, Meta(pattern=r"^(https?://\S+)?$")]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How this process runs.

    `database_url` and `nats_url`: empty means the bundled servers, kept in `data_dir`. `bundle`: a model's folder, empty
    for the starter. `roles`: what this process does. `trust_proxy`: take the client's address from X-Forwarded-For.
    `public_url`: where browsers reach this server, as it is printed in the tag; `public_path`: under which path of it, where a
    proxy of the shop's own puts another in front of ours. `keep_events_days`: older events are let go, 0 keeps them all.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535)] = 8700
    public_url: HttpUrl = ""
    public_path: Annotated[str, Meta(pattern=r"^(/[\w.-]+)+$", max_length=100)] = "/_fc"
    data_dir: str = ".fifthclick"
    database_url: str = ""
    nats_url: str = ""
    bundle: str = ""
    roles: tuple[str, ...] = ("gateway", "writer", "settle")
    token_keys_file: str = ""
    trust_proxy: bool = False
    max_connections: Count = 20_000
    max_connections_per_address: Count = 200
    frames_per_s: Count = 50
    events_per_s: Count = 200
    settle_every_s: Annotated[float, Meta(gt=0)] = 60.0
    keep_events_days: Annotated[int, Meta(ge=0)] = 0
    log_max_bytes: Annotated[int, Meta(ge=1_000_000)] = 2_000_000_000
    log_level: str = "info"

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir).expanduser().absolute()

    @property
    def base_url(self) -> str:
        """Where browsers reach this server, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def place_of(self, base_url: str) -> str:
        """Where browsers find the tracker and talk to it, as `data-host` says it."""
        return f"{base_url}{self.public_path}"


def load_settings(file: Path | None = None, **overrides: object) -> Settings:
    """Settings from defaults, `fifthclick.toml`, the environment, then `overrides` (the command line's), later ones winning.

    Raises:
        ConfigError: an unknown key or a value of the wrong type, with the file or variable that holds it.
    """
    values: dict[str, object] = {}
    path = file or Path("fifthclick.toml")
    if file is not None or path.exists():
        values.update(_from_toml(path))
    values.update(_from_environment())
    values.update({k: v for k, v in overrides.items() if v is not None})
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"settings: {error}. Next: see `fifthclick serve --help` for what may be set.") from None


def _from_toml(path: Path) -> dict[str, object]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}. Next: check its name.", file=str(path)) from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise ConfigError(f"is no TOML: {error}. Next: correct it, or remove it.", file=str(path)) from None
    unknown = sorted(set(values) - set(Settings.__struct_fields__))
    if unknown:
        known = ", ".join(Settings.__struct_fields__)
        raise ConfigError(f"unknown setting {unknown[0]!r}. Next: use one of {known}.", file=str(path))
    return values


def _from_environment() -> dict[str, object]:
    values: dict[str, object] = {field: os.environ[name] for name, field in _ALIASES.items() if os.environ.get(name)}
    for name, text in os.environ.items():
        if not name.startswith(PREFIX):
            continue
        field = name.removeprefix(PREFIX).lower()
        if field not in Settings.__struct_fields__:
            raise ConfigError(f"unknown setting in the environment: {name}. Next: unset it or correct its spelling.")
        values[field] = tuple(text.split(",")) if field == "roles" else text
    return values
