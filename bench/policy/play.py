"""Visits of simulated shoppers under a policy, many at a time, and what each earns.

The product's own policy runs as it is served: the core's `advance`, a scorer, rules. The others decide by themselves
when an offer comes; all are asked at the same moments and none on a payment page.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from bench.policy.moment import DISCOUNT, Judge, Moment
from bench.policy.oracle import Oracle
from core import events as ev
from core.engine import Turn, advance
from core.policy import MOMENTS, PAYMENT_PAGES
from core.rules import Rules
from core.scoring import Scorer
from core.session import Session
from model.importers.simulated import START_MS, stream_of
from model.simulator.intents import Answer
from model.simulator.play import Happening, Play
from model.simulator.shopper import Shopper

QUIET_MS = 5000


class Visit(NamedTuple):
    """What became of one visit. Money in minor units; `margin_minor` is after what was given away. `gain_minor`: what its
    offers were worth beside showing nothing (`gain_of`)."""

    seed: int
    intent: str
    has_bought: bool
    margin_minor: float
    gain_minor: float
    offered: tuple[str, ...]


def served(
    shoppers: Iterable[Shopper],
    rules: Rules,
    scorer: Scorer,
    *,
    is_measured: bool = True,
    on_score: Callable[[Shopper, float | None], None] | None = None,
) -> Iterator[Visit]:
    """Each visit under these rules, as the server would serve it. `is_measured`: what each
    offer is worth is worked out. `on_score` is told after each event."""
    waiting = iter(shoppers)
    running = [_Served(shopper, is_measured=is_measured) for shopper in islice(waiting, scorer.max_batch)]
    while running:
        going = [one for one in running if one.has_next()]
        for one in running:
            if one.is_over:
                yield one.visit()
        turns = [one.turn(rules) for one in going]
        for one, step in zip(going, advance(turns, scorer), strict=True):
            one.session = step.session
            if on_score is not None:
                on_score(one.shopper, step.scores.purchase if step.scores is not None else None)
            if step.offer is not None and step.answer is not None:
                one.show(step.offer.decision_id, step.answer.action_id, step.answer.action_type)
        fresh = islice(waiting, scorer.max_batch - len(going))
        running = going + [_Served(shopper, is_measured=is_measured) for shopper in fresh]


def left_alone(shoppers: Iterable[Shopper], scorer: Scorer) -> dict[int, list[float | None]]:
    """By seed: the purchase score after each event where nothing is shown."""
    scores: dict[int, list[float | None]] = {}

    def note(shopper: Shopper, score: float | None) -> None:
        scores.setdefault(shopper.seed, []).append(score)

    for _ in served(shoppers, Rules(), scorer, on_score=note):
        pass
    return scores


def decided(shopper: Shopper, judge: Judge, scores: list[float | None] | None = None) -> Visit:
    """One visit in which `judge` may show one thing. `scores`: the model's after each event of the visit left alone, which
    are also those of this one until something is shown."""
    play, offered, gain, page_type, views = Play(shopper, START_MS), "", 0.0, "", 0
    events: list[ev.Event] = []
    happening = play.next()
    while happening is not None:
        event = happening.event
        events.append(event)
        if isinstance(event, ev.PageView):
            page_type, views = event.page_type, views + 1
        is_free = not offered and page_type not in PAYMENT_PAGES and not play.mind.has_bought
        if is_free and isinstance(event, MOMENTS) and event.at_ms - START_MS >= QUIET_MS:
            score = scores[len(events) - 1] if scores is not None else None
            chosen = judge(Moment(shopper, events, views, score))
            if chosen is not None:
                offered, gain = chosen, gain_of(shopper, events, chosen)
                play.offer("0" * 16, chosen, chosen)
        happening = play.next()
    return _visit(play, (offered,) if offered else (), gain)


def gain_of(shopper: Shopper, events: Sequence[ev.Event], action_type: str) -> float:
    """What showing this now adds to the margin, in minor units, as the oracle expects it of whoever may be behind these events.

    The outcome of one visit says next to nothing of an offer; the expectation says it all, and is what the mean over very
    many such visits would be.
    """
    return sum(gain.margin_minor for gain in Oracle(shopper, (action_type,)).gains(events))


class _Served:
    """One visit on its way through the engine."""

    def __init__(self, shopper: Shopper, *, is_measured: bool) -> None:
        self.shopper, self.play = shopper, Play(shopper, START_MS)
        self.session = Session(id=shopper.seed.to_bytes(16, "big"), traffic="simulated", forced_arm="treatment")
        self.is_over = False
        self._offered: list[str] = []
        self._is_measured, self._gain = is_measured, 0.0
        self._events: list[ev.Event] = []
        self._happening: Happening | None = None

    def has_next(self) -> bool:
        self._happening = self.play.next()
        self.is_over = self._happening is None
        return not self.is_over

    def turn(self, rules: Rules) -> Turn:
        assert self._happening is not None
        if not isinstance(self._happening.event, ev.ACTION_EVENTS):
            self._events.append(self._happening.event)
        stream = stream_of(self.shopper.seed, self._happening.document, START_MS)
        return Turn(self.session, stream, self._happening.event, rules)

    def show(self, decision_id: str, action_id: str, action_type: str) -> None:
        self._offered.append(action_type)
        self._gain += gain_of(self.shopper, self._events, action_type) if self._is_measured else 0.0
        self.play.offer(decision_id, action_id, action_type)

    def visit(self) -> Visit:
        return _visit(self.play, tuple(self._offered), self._gain)


def _visit(play: Play, offered: tuple[str, ...], gain: float) -> Visit:
    has_bought = play.mind.has_bought
    margin = _margin_minor(play) if has_bought else 0.0
    return Visit(play.shopper.seed, play.shopper.intent_name, has_bought, margin, gain, offered)


def _margin_minor(play: Play) -> float:
    """What the order in the cart earns: a shopper who took free shipping pays none."""
    shopper = play.shopper
    paid = 0 if DISCOUNT in play.taken else shopper.shipping_minor
    return shopper.parameters.margins.of_order(value_minor=round(order_minor_of(play)), shipping_paid_minor=paid)


def order_minor_of(play: Play) -> float:
    """What the order is worth, with what an upsell added to it."""
    answers = play.shopper.intent.answers
    grown = max((answers.get(kind, Answer()).order_share for kind in play.taken), default=0.0)
    return play.cart_minor * (1.0 + grown)
