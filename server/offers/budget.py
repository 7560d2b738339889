"""What an action may give away in a day, over all processes: offers are counted at their cost as they leave.

Each process spends what it has leased and asks for more in the background, so no answer waits for it: no lease, no offer.
The day is the server's, in UTC. Previews count nothing; simulated and replayed visits have a budget of their own, as large.
With the log down leases in hand are used up, and then these actions pause.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog

from core.actions import ByPool
from core.engine import Offer
from core.errors import FifthClickError, LogUnavailable
from core.records import Traffic
from core.rules import ActionRule, Rules
from core.session import Session
from core.stakes import cost_minor
from server.log.ledger import Ledger
from server.offers.lease import Lease, hand_back, refill

log = structlog.get_logger()

NO_BUDGET = "no_budget"
_EVERY_S = 5.0
_RETRY_S = 0.25
_ASK_AGAIN_S = 20.0
"""A budget that was spent is asked for again after so long: another process may have handed back."""

_IDLE_S = 60.0
"""A lease for a site that has no visits here goes back after so long."""

_MOST_MADE = 10_000
_MOST_VERSIONS = 256

Void = Callable[[str, str, bytes], Awaitable[bool]]


class _Made(NamedTuple):
    """An offer that left: whose, and where its cost is counted."""

    key: str
    cost: int
    session_id: bytes


class Budget:
    """Implements `Supply`. `run` must run beside it. `now_ms`: the server's clock.

    `void` makes an offer's ticket void for ever, by (site, decision, session), and says whether it was still unclaimed. Only
    then is the cost of an offer that the page withheld given back: a page that lies has nothing to claim. Offers whose code
    or address the page already holds stay counted.
    """

    def __init__(self, ledger: Ledger, *, now_ms: Callable[[], int], void: Void | None = None) -> None:
        self._ledger = ledger
        self._now_ms = now_ms
        self._void = void
        self._loop = asyncio.get_running_loop()
        self._leases: dict[tuple[str, str, str, str], Lease] = {}
        self._rules: OrderedDict[str, tuple[ActionRule, ...]] = OrderedDict()
        self._asked: deque[Lease] = deque()
        self._returned: deque[tuple[str, int]] = deque()
        self._unseen: deque[tuple[str, str, _Made]] = deque(maxlen=_MOST_MADE)
        self._made: OrderedDict[str, _Made] = OrderedDict()
        self._last: tuple[str, Lease] | None = None
        self._wake = asyncio.Event()
        self._failure = ""

    def problems(self) -> list[str]:
        """Why budgets cannot be had just now, in words; for /readyz."""
        if not self._failure:
            return []
        return [f"budgets are not reached ({self._failure}): actions with one pause as soon as their lease is used up"]

    def missing(self, rules: Rules, traffic: Traffic) -> Iterable[tuple[str, str]]:
        """Actions whose lease does not allow one more offer. They are asked for meanwhile."""
        if traffic == "preview":
            return []
        found = []
        for rule in self._budgeted(rules):
            lease = self._lease(rules, rule, traffic)
            if lease.left < lease.need:
                self._ask(lease)
                found.append((rule.id, NO_BUDGET))
        return found

    def provide(self, rules: Rules, session: Session, offer: Offer, *, now_ms: int) -> dict[str, Any] | str:
        """Count the offer."""
        self._last = (
            None  # a decision that is made again keeps its id: what was counted before is not given back for it
        )
        rule = self._rule(rules, session, offer.action_id)
        if rule is None:
            return {}
        lease = self._lease(rules, rule, session.traffic)
        is_taken = lease.take(offer.cost_minor)
        if lease.left < lease.need:
            self._ask(lease)
        if not is_taken:
            return NO_BUDGET
        self._last = (offer.decision_id, lease)
        if self._void is not None and isinstance(rule.action.honour, ByPool):
            self._made[offer.decision_id] = _Made(lease.key, offer.cost_minor, session.id)
            if len(self._made) > _MOST_MADE:
                self._made.popitem(last=False)
        return {}

    def refuses(self, rules: Rules, session: Session, action_id: str, *, now_ms: int) -> str | None:
        """What the lease cannot pay for, where what the action costs depends on the visit. As after a refused offer, enough for
        it is leased ahead: else control would be refused for longer than treatment."""
        rule = self._rule(rules, session, action_id)
        if rule is None:
            return None
        lease = self._lease(rules, rule, session.traffic)
        cost = round(cost_minor(session, rule, rules.money))
        if lease.left >= cost:
            return None
        lease.want(cost)
        self._ask(lease)
        return NO_BUDGET

    def give_back(self, rules: Rules, session: Session, offer: Offer) -> None:
        """To the very lease that it was taken from: midnight may have passed."""
        if self._last is not None and self._last[0] == offer.decision_id:
            self._last[1].put_back(offer.cost_minor)
            self._last = None
            self._made.pop(offer.decision_id, None)

    def withheld(self, rules: Rules, session: Session, decision_id: str) -> None:
        """Its cost returns once its ticket is void."""
        made = self._made.get(decision_id)
        if made is not None and made.session_id == session.id:
            del self._made[decision_id]
            self._unseen.append((rules.site_id, decision_id, made))
            self._wake.set()

    async def run(self) -> None:
        """Lease ahead, hand back, and make void, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_S):
                    await self._wake.wait()
            self._wake.clear()
            self._let_go()
            try:
                await self._work()
            except LogUnavailable as error:
                if not self._failure:
                    log.warning("budgets_not_reached", error=str(error))
                self._failure = "the log does not answer"
                await asyncio.sleep(_RETRY_S)
                self._wake.set()
            else:
                self._failure = ""
            await self._void_unseen()

    async def close(self) -> None:
        """Hand back what is in hand, when this process ends in peace."""
        self._asked.clear()
        for lease in self._leases.values():
            self._return(lease)
        with contextlib.suppress(LogUnavailable):
            await self._work()

    async def _work(self) -> None:
        while self._returned:
            key, amount = self._returned.popleft()  # before the call: what may have gone back is not in hand any more
            await hand_back(key, amount, self._ledger)
        while self._asked:
            await refill(self._asked[0], self._ledger, self._loop.time())
            self._asked.popleft().is_asked = False

    async def _void_unseen(self) -> None:
        while self._unseen and self._void is not None:
            site_id, decision_id, made = self._unseen.popleft()
            try:
                is_void = await self._void(site_id, decision_id, made.session_id)
            except (
                FifthClickError
            ):  # the store is down: these costs stay counted, and leases wait for no more of its timeouts
                self._unseen.clear()
                return
            if is_void:
                self._returned.append((made.key, made.cost))
                self._wake.set()
                for lease in self._leases.values():
                    if lease.key == made.key:
                        lease.spent_at_s = None

    def _budgeted(self, rules: Rules) -> tuple[ActionRule, ...]:
        found = self._rules.get(rules.version)
        if found is None:
            found = tuple(rule for rule in rules.actions if rule.budget_minor_per_day is not None and rule.is_on)
            self._rules[rules.version] = found
            if len(self._rules) > _MOST_VERSIONS:
                self._rules.popitem(last=False)
        return found

    def _rule(self, rules: Rules, session: Session, action_id: str) -> ActionRule | None:
        if session.traffic == "preview":
            return None
        return next((rule for rule in self._budgeted(rules) if rule.id == action_id), None)

    def _lease(self, rules: Rules, rule: ActionRule, traffic: Traffic) -> Lease:
        place = (rules.site_id, rule.id, traffic, self._today())
        budget, least = rule.budget_minor_per_day or 0, max(1, rule.cost_minor or 0)
        lease = self._leases.get(place)
        if lease is None:
            lease = self._leases[place] = Lease(
                site_id=place[0], action_id=place[1], traffic=place[2], day=place[3],
                budget=budget, least=least, need=least,
            )  # fmt: skip
        elif (lease.budget, lease.least) != (budget, least):
            self._return(lease)  # other rules: a smaller budget must hold for what was leased under a larger one too
            lease.budget, lease.least, lease.need, lease.spent_at_s = budget, least, least, None
        lease.seen_at_s = self._loop.time()
        if lease.spent_at_s is not None and lease.seen_at_s - lease.spent_at_s >= _ASK_AGAIN_S:
            lease.spent_at_s = None
        return lease

    def _today(self) -> str:
        return f"{datetime.fromtimestamp(self._now_ms() / 1000, UTC):%Y%m%d}"

    def _ask(self, lease: Lease) -> None:
        if not lease.is_asked and lease.may_have(lease.need):
            lease.is_asked = True
            self._asked.append(lease)
            self._wake.set()

    def _return(self, lease: Lease) -> None:
        if lease.left > 0:
            self._returned.append((lease.key, lease.left))
            lease.left = 0
            lease.note()
            self._wake.set()

    def _let_go(self) -> None:
        """Leases of other days, and those of sites that nobody visits here."""
        today, idle_since_s = self._today(), self._loop.time() - _IDLE_S
        for place, lease in tuple(self._leases.items()):
            if lease.seen_at_s < idle_since_s and not lease.is_asked:
                if lease.day == today:
                    self._return(lease)
                del self._leases[place]
