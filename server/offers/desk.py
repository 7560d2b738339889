"""Everything that stands behind offers in one gateway process, put together: what `app` starts and hands around."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from server.log.ledger import Ledger
from server.offers.budget import Budget
from server.offers.claims import Claims
from server.offers.shelf import Shelf
from server.offers.stock import Stock
from server.offers.ticket import TicketSealer
from server.offers.tickets import Tickets


class Keys(NamedTuple):
    """32 random bytes by key id, and which of them seals (`server.token_keys`)."""

    by_id: Mapping[int, bytes]
    sealing_key_id: int


class Desk:
    """`supplies`, in the order in which they are asked: the budget first, since it can take back what it gave; `loops` must
    run beside them. `claims` with `sealer` answers the page."""

    def __init__(self, database_url: str, ledger: Ledger, keys: Keys, *, now_ms: Callable[[], int]) -> None:
        self.claims = Claims(database_url)
        self.sealer = TicketSealer(keys.by_id, sealing_key_id=keys.sealing_key_id)
        self._budget = Budget(ledger, now_ms=now_ms, void=self.claims.void)
        self._shelf = Shelf(database_url)
        stock = Stock(self.claims.stock)
        self.supplies = (self._budget, self._shelf, Tickets(self.sealer, stock))
        self.loops: dict[str, Callable[[], Awaitable[None]]] = {
            "budgets": self._budget.run,
            "codes": stock.run,
            "shelf": self._shelf.run,
        }

    def problems(self) -> list[str]:
        """What offers lack just now, in words; for /readyz."""
        return [*self._budget.problems(), *self._shelf.problems()]

    async def close(self) -> None:
        """Hand back what is in hand. Call when no offer leaves any more."""
        await self._budget.close()
        await self.claims.close()
