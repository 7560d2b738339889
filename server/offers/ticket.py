"""Seals what an offer promised, for the page to hand in when the shopper takes it: nobody can make, change or move one.

How is `server.sealed`; what is sealed is the ticket's msgpack.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from core.errors import FifthClickError
from core.records import Traffic
from server.sealed import NotSealed, Sealing

LIFETIME_MS = 24 * 60 * 60 * 1000
MOST_CHARACTERS = 1000
_PURPOSE = b"fifthclick claim"


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
    """Seals with one key and opens with every one, as `Sealing`. `keys`: 32 random bytes by key id."""

    def __init__(self, keys: Mapping[int, bytes], *, sealing_key_id: int) -> None:
        self._sealing = Sealing(keys, sealing_key_id=sealing_key_id, purpose=_PURPOSE)

    def seal(self, ticket: Ticket, *, site_id: str, session_id: bytes) -> str:
        """The ticket as text for the page: it opens for this site and session alone."""
        return self._sealing.seal(_encode(ticket), whose=session_id + site_id.encode())

    def open(self, text: str, *, site_id: str, session_id: bytes) -> Ticket:
        """What was sealed for this site and session.

        Raises:
            TicketRefused: for any reason at all; no text can raise anything else.
        """
        try:
            return _decode(self._sealing.open(text, whose=session_id + site_id.encode()))
        except (NotSealed, msgspec.MsgspecError):
            raise TicketRefused("forged_claim") from None
