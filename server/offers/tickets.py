"""Gives an offer that costs the shop something its ticket, and none where the pool that it needs is empty."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from core.actions import ByCode, ByPool, gives_money_away
from core.engine import Offer
from core.records import Traffic
from core.rules import ActionRule, Rules
from core.session import Session
from server.offers.stock import Stock
from server.offers.ticket import LIFETIME_MS, Ticket, TicketSealer

NO_CODES = "no_codes"
_MOST_VERSIONS = 256


class Tickets:
    """Implements `Supply`. It takes nothing: a code is taken when the shopper claims it."""

    def __init__(self, sealer: TicketSealer, stock: Stock) -> None:
        self._sealer = sealer
        self._stock = stock
        self._pooled: OrderedDict[str, tuple[tuple[str, str], ...]] = OrderedDict()

    def missing(self, rules: Rules, traffic: Traffic) -> Iterable[tuple[str, str]]:
        """Actions whose pool is empty. A preview shows a code that no checkout takes, and needs none."""
        if rules.preview:
            return []
        return [
            (action_id, NO_CODES) for action_id, pool in self._of(rules) if not self._stock.has(rules.site_id, pool)
        ]

    def provide(self, rules: Rules, session: Session, offer: Offer, *, now_ms: int) -> dict[str, Any] | str:
        """`claim`: the ticket, where there is something to be claimed."""
        rule = next((rule for rule in rules.actions if rule.id == offer.action_id), None)
        if rule is None or not (gives_money_away(rule.action) or offer.cost_minor > 0):
            return {}
        honour = rule.action.honour
        pool = honour.pool if isinstance(honour, ByPool) else ""
        if pool and not rules.preview and not self._stock.has(rules.site_id, pool):
            return NO_CODES
        ticket = Ticket(
            decision_id=offer.decision_id,
            action_id=offer.action_id,
            traffic=session.traffic,
            expires_ms=now_ms + LIFETIME_MS,
            deadline_ms=_deadline_ms(rule, session, offer, now_ms),
            pool=pool,
            code=honour.code if isinstance(honour, ByCode) else "",
            amount_minor=offer.cost_minor,
            currency=session.cart.currency,
        )
        return {"claim": self._sealer.seal(ticket, site_id=rules.site_id, session_id=session.id)}

    def refuses(self, rules: Rules, session: Session, action_id: str, *, now_ms: int) -> str | None:
        """Never: a ticket is there for everybody."""
        return None

    def give_back(self, rules: Rules, session: Session, offer: Offer) -> None:
        """Nothing was taken."""

    def withheld(self, rules: Rules, session: Session, decision_id: str) -> None:
        """Its ticket is made void by whoever wants its cost back (`budget`)."""

    def _of(self, rules: Rules) -> tuple[tuple[str, str], ...]:
        found = self._pooled.get(rules.version)
        if found is None:
            found = tuple((r.id, r.action.honour.pool) for r in rules.actions if isinstance(r.action.honour, ByPool))
            self._pooled[rules.version] = found
            if len(self._pooled) > _MOST_VERSIONS:
                self._pooled.popitem(last=False)
        return found


def _deadline_ms(rule: ActionRule, session: Session, offer: Offer, now_ms: int) -> int | None:
    """The shopper's deadline on our clock: as far from now as it is on theirs, and never further than the rule allows."""
    if offer.deadline_at_ms is None or rule.deadline_minutes is None:
        return None
    left_ms = offer.deadline_at_ms - session.last_at_ms
    return now_ms + min(max(left_ms, 0), rule.deadline_minutes * 60_000)
