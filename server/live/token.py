"""Seals a session's state for the browser to carry: nobody can read or change it, and only its own session can open it.

Layout: format version (1 byte), key id (1), nonce (12), then ChaCha20-Poly1305 over expiry (4, Unix seconds) and the
state's msgpack, deflated. The key follows from the master key, the site and the session, and both are authenticated
data: a token that is moved to another session or site is a forged one. Authority for comfort, never for money (DESIGN 3.2).
"""

import hmac
import os
import zlib
from collections.abc import Callable, Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from msgspec.structs import replace

from core.errors import ConfigError, FifthClickError
from core.session import Session

FORMAT = 2
KEY_BYTES = 32
LIFETIME_S = 24 * 60 * 60
MAX_STATE_BYTES = 16 * 1024
_HEAD_BYTES = 2
_NONCE_BYTES = 12
_EXPIRY_BYTES = 4

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Session).decode


class TokenRefused(FifthClickError):
    """A token that cannot be opened; the session then starts afresh.

    Attributes:
        reason: `forged`, `expired`, `unknown_key` or `unknown_format`; safe as a metric label.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Sealer:
    """Seals and opens. Every key opens, one seals: a new key is handed to all processes before any seals with it."""

    def __init__(
        self, keys: Mapping[int, bytes], *, sealing_key_id: int, nonce: Callable[[int], bytes] = os.urandom
    ) -> None:
        """`keys`: 32 random bytes by key id (0..255). Raises `ConfigError` when they cannot be used."""
        if sealing_key_id not in keys:
            raise ConfigError(
                f"token keys: no key with the id {sealing_key_id} to seal with. Next: add it to the keys."
            )
        for key_id, key in keys.items():
            if not 0 <= key_id <= 255 or len(key) != KEY_BYTES:
                raise ConfigError(
                    f"token keys: key {key_id} must have an id of 0 to 255 and {KEY_BYTES} bytes. Next: make a new one."
                )
        self._keys = dict(keys)
        self._sealing = sealing_key_id
        self._nonce = nonce

    def seal(self, session: Session, *, site_id: str, now_ms: int) -> bytes:
        """The state as a token that opens for this site and session for 24 hours."""
        whose = _whose(site_id, session.id)
        head = bytes((FORMAT, self._sealing))
        nonce = self._nonce(_NONCE_BYTES)
        expires_s = now_ms // 1000 + LIFETIME_S
        # Level 1 takes some 15 µs; no other level is more than 1 % smaller. The id is in the key: it need not travel.
        state = zlib.compress(_encode(replace(session, id=b"")), 1, -15)
        plain = expires_s.to_bytes(_EXPIRY_BYTES, "big") + state
        return head + nonce + self._cipher(self._sealing, whose).encrypt(nonce, plain, head + whose)

    def open(self, token: bytes, *, site_id: str, session_id: bytes, now_ms: int) -> Session:
        """The state that was sealed for this site and session.

        Raises:
            TokenRefused: for any reason at all; no token can raise anything else.
        """
        head, nonce = token[:_HEAD_BYTES], token[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        if len(nonce) < _NONCE_BYTES or head[0] != FORMAT:
            raise TokenRefused("unknown_format")
        if head[1] not in self._keys:
            raise TokenRefused("unknown_key")
        whose = _whose(site_id, session_id)
        try:
            plain = self._cipher(head[1], whose).decrypt(nonce, token[_HEAD_BYTES + _NONCE_BYTES :], head + whose)
        except InvalidTag:
            raise TokenRefused("forged") from None
        if int.from_bytes(plain[:_EXPIRY_BYTES], "big") * 1000 <= now_ms:
            raise TokenRefused("expired")
        return _state(plain[_EXPIRY_BYTES:], session_id)

    def _cipher(self, key_id: int, whose: bytes) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(hmac.digest(self._keys[key_id], whose, "sha256"))


def _whose(site_id: str, session_id: bytes) -> bytes:
    """Site and session, without two pairs that read the same: a session id always has 16 bytes."""
    return session_id + site_id.encode()


def _state(data: bytes, session_id: bytes) -> Session:
    """Our own bytes, but perhaps of a version whose state looked otherwise."""
    try:
        session = _decode(zlib.decompressobj(-15).decompress(data, MAX_STATE_BYTES))
    except (zlib.error, msgspec.MsgspecError):
        raise TokenRefused("unknown_format") from None
    return replace(session, id=session_id)
