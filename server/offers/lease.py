"""A part of one action's budget for one day, taken for one process: used up in memory, fetched and handed back by
compare-and-swap. What a process that is killed had in hand is lost budget, and never spent twice.
"""

from dataclasses import dataclass

from core.errors import LogUnavailable
from server.log.ledger import Ledger
from server.metrics import BUDGET_IN_HAND, BUDGET_LEFT

CHUNKS = 20
"""A lease is a twentieth of the day's budget, or one offer's cost where that is more: a small budget reaches every process,
and what a crash loses is little."""

_TRIES = 20
"""Each failed try means that another process succeeded."""


@dataclass(slots=True, kw_only=True)
class Lease:
    """Money in minor units. `left` of what was leased is unused. `least`: below this no offer is possible; `need`: as much
    an offer has asked for. `spent_at_s`: when the ledger last had too little, by the loop's clock, and `beyond` what it had."""

    site_id: str
    action_id: str
    traffic: str
    day: str
    budget: int
    least: int
    need: int
    left: int = 0
    seen_at_s: float = 0.0
    spent_at_s: float | None = None
    beyond: int = 0
    is_asked: bool = False

    @property
    def key(self) -> str:
        """Traffic is part of the key: a simulation uses up a budget of its own."""
        return f"{self.site_id}.{self.action_id}.{self.traffic}.{self.day}"

    def take(self, cost: int) -> bool:
        """Use `cost` of it, if there is so much."""
        if self.left < cost:
            self.want(cost)
            return False
        self.left -= cost
        self.note()
        return True

    def want(self, cost: int) -> None:
        """Lease as much ahead. Not what the day cannot give: one large cart must not keep all smaller ones waiting."""
        if cost <= self.budget and self.may_have(cost):
            self.need = max(self.need, cost)

    def may_have(self, cost: int) -> bool:
        """Whether an offer of this cost is possible, for all that the ledger has said."""
        return self.spent_at_s is None or cost <= self.left + self.beyond

    def put_back(self, cost: int) -> None:
        self.left += cost
        self.note()

    def note(self) -> None:
        if self.traffic == "live":
            BUDGET_IN_HAND.labels(self.site_id, self.action_id).set(self.left)


async def refill(lease: Lease, ledger: Ledger, now_s: float) -> None:
    """Lease more, so that an offer of `need` is possible; or note that the budget has no room for it.

    Raises:
        LogUnavailable: nothing was got. What was asked for may be booked all the same, and then it is lost.
    """
    for _ in range(_TRIES):
        budget, lacking = lease.budget, lease.need - lease.left
        if lacking <= 0:
            return
        leased, revision = await ledger.read(lease.key)
        if lease.traffic == "live":
            BUDGET_LEFT.labels(lease.site_id, lease.action_id).set(max(0, budget - leased))
        if budget - leased < lacking:
            lease.spent_at_s, lease.beyond, lease.need = now_s, budget - leased, lease.least
            return
        amount = min(max(lacking, budget // CHUNKS), budget - leased)
        if not await ledger.swap(lease.key, leased + amount, revision):
            continue
        if lease.budget != budget:  # other rules meanwhile: what was leased under the old ones goes back
            await hand_back(lease.key, amount, ledger)
            continue
        lease.spent_at_s = None
        lease.need = lease.least
        lease.put_back(amount)
        return
    raise LogUnavailable("too many processes lease of one budget at once. Next: wait, it is tried again.")


async def hand_back(key: str, amount: int, ledger: Ledger) -> None:
    """Let other processes have what this one has in hand no more. Raises `LogUnavailable`: then it is lost."""
    for _ in range(_TRIES):
        leased, revision = await ledger.read(key)
        if await ledger.swap(key, max(0, leased - amount), revision):
            return
