"""What a shop's server proves itself by: secret keys, kept as hashes, and webhook secrets, which must be read again and are sealed.

Both are shown once, as they are made. A new one leaves the one before it a day, so that a shop can change over.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from core.errors import ConfigError
from server.orders.signatures import Kind
from server.sealed import NotSealed, Sealing
from server.store.named import load

SQL = load("orders.sql") | load("server_orders.sql")

CHANGE_OVER = timedelta(days=1)
_KEY_PREFIX = "sk_"
_STANDARD_PREFIX = "whsec_"
_SHORTEST = 12
"""A secret of fewer characters can be tried out."""


class SecretSealer:
    """Seals webhook secrets for their site and kind with the server's keys (`server.token_keys`)."""

    def __init__(self, keys: Mapping[int, bytes], sealing_key_id: int) -> None:
        self._sealing = Sealing(keys, sealing_key_id=sealing_key_id, purpose=b"webhook-secret")

    def seal(self, secret: str, *, site_id: str, kind: Kind) -> str:
        return self._sealing.seal(secret.encode(), whose=f"{site_id}|{kind}".encode())

    def open(self, sealed: str, *, site_id: str, kind: Kind) -> str | None:
        """None where the key that sealed it is gone."""
        try:
            return self._sealing.open(sealed, whose=f"{site_id}|{kind}".encode()).decode()
        except NotSealed:
            return None


def hash_of(key: str) -> str:
    """A key is 32 random bytes: no salt and no slow hash make it harder to guess."""
    return sha256(key.encode()).hexdigest()


async def make_key(connection: Any, site_id: str, *, is_at_once: bool = False) -> str:
    """A new secret key; the ones before it end in a day, or at once."""
    key = _KEY_PREFIX + secrets.token_urlsafe(32)
    await _replace(connection, site_id, "api", is_at_once, hash_of(key), None)
    return key


async def set_webhook_secret(
    connection: Any, sealer: SecretSealer, site_id: str, kind: Kind, given: str = "", *, is_at_once: bool = False
) -> str:
    """The secret that signs this kind of webhooks from now on: `given` by the platform, else a new one.

    Raises:
        ConfigError: `given` is too short to be one, or no `whsec_` of Standard Webhooks.
    """
    secret = given.strip() or _new_secret(kind)
    if len(secret) < _SHORTEST:
        raise ConfigError(
            f"a secret has at least {_SHORTEST} characters. Next: copy all of it from the shop's settings."
        )
    if kind == "standard":
        _check_standard(secret)
    sealed = sealer.seal(secret, site_id=site_id, kind=kind)
    await _replace(connection, site_id, kind, is_at_once, None, sealed)
    return secret


def _new_secret(kind: Kind) -> str:
    if kind == "standard":
        return _STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def _check_standard(secret: str) -> None:
    try:
        is_key = secret.startswith(_STANDARD_PREFIX) and len(base64.b64decode(secret[6:] + "==")) >= 24
    except binascii.Error:
        is_key = False
    if not is_key:
        raise ConfigError(
            "a secret of Standard Webhooks is whsec_ and base64 of 24 bytes or more. Next: leave --secret out."
        )


async def _replace(
    connection: Any, site_id: str, kind: Kind, is_at_once: bool, key_hash: str | None, sealed: str | None
) -> None:
    now = datetime.now(UTC)
    async with connection.transaction():
        await connection.execute(SQL["forget_ended_secrets"], site_id)
        await connection.execute(SQL["end_secrets"], site_id, kind, now if is_at_once else now + CHANGE_OVER)
        await connection.execute(SQL["add_secret"], site_id, kind, key_hash, sealed)
