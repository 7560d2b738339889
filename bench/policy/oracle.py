"""What could be had at best: a policy that knows how the shop works, though not what will happen.

It sees the events and nothing hidden, weighs all minds that may be behind them, and knows what each offer does to each.
It acts at the first moment at which the exact expected gain passes a threshold, which is tried out on other visits: to
wait often pays, since a shopper who hesitates shows it later.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.policy.moment import DISCOUNT, Moment
from core import events as ev
from model.simulator.intents import Answer
from model.simulator.oracle import Minds, Watch
from model.simulator.seen import Known, Seen, see_next
from model.simulator.shopper import Shopper

THRESHOLDS_SHARE = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
"""What is tried: parts of the shop's margin on a middling order."""


class Gain(NamedTuple):
    """The best action of a moment and what it is expected to add, in minor units; and the chance to buy without it."""

    action_type: str
    margin_minor: float
    chance: float


class Oracle:
    """A `Judge` for one visit. `least_minor`: the gain from which on it acts."""

    def __init__(self, shopper: Shopper, kinds: Sequence[str], least_minor: float = 0.0) -> None:
        self._shopper, self._kinds, self._least_minor = shopper, kinds, least_minor
        self._known = Known.about(shopper)
        self._watch = Watch(self._known, shopper.parameters)
        self._seen: Seen | None = None
        self._read = 0

    def __call__(self, moment: Moment) -> str | None:
        gain = self.gain(moment.events)
        return gain.action_type if gain is not None and gain.margin_minor > self._least_minor else None

    def gain(self, events: Sequence[ev.Event]) -> Gain | None:
        """The best that can be done now."""
        gains = self.gains(events)
        return max(gains, key=lambda gain: gain.margin_minor, default=None)

    def gains(self, events: Sequence[ev.Event]) -> list[Gain]:
        """What each action would add now, all minds weighed; none before a page or after a purchase was seen. Read no
        event twice: each call has the events of the one before, and more."""
        for event in events[self._read :]:
            self._seen = see_next(self._seen, event, self._known.tagging)
        self._read = len(events)
        if self._seen is None or self._seen.has_bought:
            return []
        left_alone = self._watch.minds(self._seen)
        margin = self._margin_minor()
        return [Gain(kind, self._gain(kind, left_alone, margin), left_alone.chance) for kind in self._kinds]

    def _gain(self, kind: str, left_alone: Minds, margin: float) -> float:
        """Expected margin with the action less that without, over all minds."""
        assert self._seen is not None
        answers = [n.answers.get(kind, Answer()) for n in self._shopper.parameters.intents.values()]
        clicked = tuple(a.seen_odds * a.return_odds for a in answers)
        with_click = self._watch.minds(self._seen, clicked)
        if all(a.seen_odds == 1.0 for a in answers):
            without_click = left_alone
        else:
            without_click = self._watch.minds(self._seen, tuple(a.seen_odds for a in answers))
        cost = self._shopper.shipping_minor if kind == DISCOUNT else 0.0
        shares = np.array([a.click_share for a in answers])
        grown = np.array([a.order_share for a in answers]) * self._shopper.parameters.margins.margin_share
        basis = margin + grown * self._order_minor() - cost
        clicks = _by_intent(with_click) * shares * basis
        passes = _by_intent(without_click) * (1.0 - shares) * margin
        total = left_alone.resting.sum() + left_alone.adding.sum()
        return float((clicks + passes - _by_intent(left_alone) * margin).sum() / total)

    def _order_minor(self) -> float:
        assert self._seen is not None
        cart = sum((page.added.price_minor or 0) for page in self._seen.pages if page.added is not None)
        return float(cart) or float(np.mean(self._known.prices))

    def _margin_minor(self) -> float:
        margins = self._shopper.parameters.margins
        return margins.of_order(
            value_minor=round(self._order_minor()), shipping_paid_minor=self._shopper.shipping_minor
        )


def _by_intent(minds: Minds) -> NDArray[np.float64]:
    """The weight of each intent's buyers [intents]: of how many it is believed that they are of this kind and buy."""
    axes = (1, 2, 3)
    resting, adding = minds.resting * minds.buys_resting, minds.adding * minds.buys_adding
    total: NDArray[np.float64] = resting.sum(axis=axes) + adding.sum(axis=axes)
    return total
