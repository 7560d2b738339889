"""Text that only we could have made: sealed for a purpose and for somebody, and opened for them alone.

Layout: format (1 byte), key id (1), nonce (12), then ChaCha20-Poly1305 over the data, in base64url. The keys are those of session
tokens (`server.token_keys`), each hashed with the purpose first, so that nothing opens what was sealed for another use.
"""

import base64
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from core.errors import FifthClickError

FORMAT = 1
_HEAD_BYTES = 2
_NONCE_BYTES = 12


class NotSealed(FifthClickError):
    """Not sealed by us, or for another purpose or somebody else. Nothing says which."""


class Sealing:
    """Seals with one key and opens with every one. `keys`: 32 random bytes by key id. `purpose` never changes for a use."""

    def __init__(self, keys: Mapping[int, bytes], *, sealing_key_id: int, purpose: bytes) -> None:
        self._keys = {key_id: hmac.digest(key, purpose, "sha256") for key_id, key in keys.items()}
        self._sealing = sealing_key_id

    def seal(self, data: bytes, *, whose: bytes) -> str:
        """As text of letters, digits, `-` and `_`, which opens for `whose` alone."""
        head, nonce = bytes((FORMAT, self._sealing)), os.urandom(_NONCE_BYTES)
        sealed = head + nonce + self._cipher(self._sealing, whose).encrypt(nonce, data, head + whose)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, text: str, *, whose: bytes) -> bytes:
        """What was sealed for `whose`.

        Raises:
            NotSealed: for any reason at all; no text can raise anything else.
        """
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            head, nonce = data[:_HEAD_BYTES], data[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
            if len(nonce) < _NONCE_BYTES or head[0] != FORMAT or head[1] not in self._keys:
                raise NotSealed
            return self._cipher(head[1], whose).decrypt(nonce, data[_HEAD_BYTES + _NONCE_BYTES :], head + whose)
        except (ValueError, InvalidTag):
            raise NotSealed from None

    def _cipher(self, key_id: int, whose: bytes) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(hmac.digest(self._keys[key_id], whose, "sha256"))
