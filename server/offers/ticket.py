"""Seals what an offer promised, for the page to hand in when the shopper takes it: nobody can make, change or move one.

Layout as the session token's (`server.live.token`): format (1 byte), key id (1), nonce (12), then ChaCha20-Poly1305 over the
ticket's msgpack. The keys are the token's too, each hashed with a purpose of its own first, so that neither opens the other's.
"""

import base64
import hmac
import os
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from msgspec import Struct

from core.errors import FifthClickError
from core.records import Traffic

FORMAT = 1
LIFETIME_MS = 24 * 60 * 60 * 1000
MOST_CHARACTERS = 1000
_PURPOSE = b"fifthclick claim"
_HEAD_BYTES = 2
_NONCE_BYTES = 12


class TicketRefused(FifthClickError):
    """Not sealed by us, or for another session: `forged_claim`."""


class Ticket(Struct, frozen=True, array_like=True, kw_only=True):
    """One offer to one session. `deadline_ms` and `expires_ms`: by the server's clock; the former was said to the shopper.

    `pool` names where a code comes from, `code` is the one that everybody gets; both empty: there is no code. Money in minor
    units of `currency`.
    """

    decision_id: str
    action_id: str
    traffic: Traffic
    expires_ms: int
    deadline_ms: int | None = None
    pool: str = ""
    code: str = ""
    amount_minor: int = 0
    currency: str = ""

    @property
    def ends_ms(self) -> int:
        """From then on nothing can be claimed with it."""
        return self.expires_ms if self.deadline_ms is None else min(self.deadline_ms, self.expires_ms)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Ticket).decode


class TicketSealer:
    """Seals with one key and opens with every one, as `Sealer`. `keys`: 32 random bytes by key id."""

    def __init__(self, keys: Mapping[int, bytes], *, sealing_key_id: int) -> None:
        self._keys = {key_id: hmac.digest(key, _PURPOSE, "sha256") for key_id, key in keys.items()}
        self._sealing = sealing_key_id

    def seal(self, ticket: Ticket, *, site_id: str, session_id: bytes) -> str:
        """The ticket as text for the page: it opens for this site and session alone."""
        whose = session_id + site_id.encode()
        head, nonce = bytes((FORMAT, self._sealing)), os.urandom(_NONCE_BYTES)
        sealed = head + nonce + self._cipher(self._sealing, whose).encrypt(nonce, _encode(ticket), head + whose)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, text: str, *, site_id: str, session_id: bytes) -> Ticket:
        """What was sealed for this site and session.

        Raises:
            TicketRefused: for any reason at all; no text can raise anything else.
        """
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            head, nonce = data[:_HEAD_BYTES], data[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
            if len(nonce) < _NONCE_BYTES or head[0] != FORMAT or head[1] not in self._keys:
                raise TicketRefused("forged_claim")
            whose = session_id + site_id.encode()
            sealed = data[_HEAD_BYTES + _NONCE_BYTES :]
            return _decode(self._cipher(head[1], whose).decrypt(nonce, sealed, head + whose))
        except (ValueError, InvalidTag, msgspec.MsgspecError):
            raise TicketRefused("forged_claim") from None

    def _cipher(self, key_id: int, whose: bytes) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(hmac.digest(self._keys[key_id], whose, "sha256"))
