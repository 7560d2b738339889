"""A shop's own randomised visits, from which the policy learns: each action tried alone, half of the visits held back.

A merchant who wants to know what an action does tries it alone for some weeks: with several, the first choice is hardly
ever the one that answers a rare reason. Here each visit is played through the engine once, left alone; the first moment at
which an action, alone in the rules, would have been chosen is that visit's place in the action's trial. In the treated
half it is then played again to that moment, shown the offer, and played to its end.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice

from msgspec.structs import replace

from bench.policy.play import order_minor_of
from core import events as ev
from core.actions import type_of
from core.engine import Turn, advance
from core.margin import Trial
from core.policy import MOMENTS, PAYMENT_PAGES, Situation, choose
from core.rules import ActionRule, Rules
from core.scoring import Scorer
from core.segments import segment_of
from core.session import Session
from core.stakes import expected_order_minor, situation_now
from model.importers.simulated import START_MS, stream_of
from model.simulator.play import Happening, Play
from model.simulator.shopper import Shopper

_LEFT_ALONE = Rules()


def trials_of(shoppers: Iterable[Shopper], rules: Rules, scorer: Scorer) -> Iterator[Trial]:
    """What these visits say of each action of the rules."""
    alone = [(rule, replace(rules, actions=(rule,))) for rule in rules.actions]
    waiting = (_Visit(shopper, *played) for shopper in shoppers for played in _may_choose(shopper))
    running = list(islice(waiting, scorer.max_batch))
    while running:
        steps = advance([visit.turn() for visit in running], scorer)
        for visit, step in zip(running, steps, strict=True):
            visit.session = step.session
            yield from visit.chosen(alone)
        going = [visit for visit in running if visit.has_next() and len(visit.tried) < len(alone)]
        running = going + list(islice(waiting, scorer.max_batch - len(going)))


def _may_choose(shopper: Shopper) -> Iterator[tuple[Play, list[Happening]]]:
    """The visit left alone, to its end; nothing of one in which nothing may ever be chosen: the engine need not see it."""
    play, happened, page_type, may = Play(shopper, START_MS), list[Happening](), "", False
    while (happening := play.next()) is not None:
        happened.append(happening)
        if isinstance(happening.event, ev.PageView):
            page_type = happening.event.page_type
        may = may or (isinstance(happening.event, MOMENTS) and page_type not in PAYMENT_PAGES)
    if may:
        yield play, happened


class _Visit:
    """One visit on its way through the engine."""

    def __init__(self, shopper: Shopper, left_alone: Play, happened: list[Happening]) -> None:
        self.shopper, self._left_alone, self._happened, self._at = shopper, left_alone, happened, 0
        self.session = Session(id=shopper.seed.to_bytes(16, "big"), traffic="simulated", forced_arm="treatment")
        self.tried: set[str] = set()

    def turn(self) -> Turn:
        now = self._happened[self._at]
        return Turn(self.session, stream_of(self.shopper.seed, now.document, START_MS), now.event, _LEFT_ALONE)

    def has_next(self) -> bool:
        self._at += 1
        return self._at < len(self._happened)

    def chosen(self, alone: list[tuple[ActionRule, Rules]]) -> Iterator[Trial]:
        """A trial of each action that would have been chosen now for the first time. The event was folded just now."""
        event, scores = self._happened[self._at].event, self.session.scores
        if scores is None or not isinstance(event, MOMENTS):
            return
        for rule, rules in alone:
            if rule.id in self.tried:
                continue
            segment = segment_of(scores, rules.segments)
            if choose(Situation(self.session, event, segment, rules)).rule is not None:
                self.tried.add(rule.id)
                yield self._trial(rule, event, scores.purchase)

    def _trial(self, rule: ActionRule, event: ev.Event, propensity: float) -> Trial:
        is_treated = sha256(f"{rule.id}:{self.shopper.seed}".encode()).digest()[0] % 2 == 1
        play = self._treated(rule) if is_treated else self._left_alone
        return Trial(
            action_id=rule.id,
            situation=situation_now(self.session, event, rule),
            propensity=propensity,
            is_treated=is_treated,
            is_taken=is_treated and type_of(rule.action) in play.taken,
            expected_minor=expected_order_minor(self.session),
            order_minor=order_minor_of(play) if play.mind.has_bought else 0.0,
        )

    def _treated(self, rule: ActionRule) -> Play:
        """The visit to its end, the offer shown after the event that was folded last."""
        play = Play(self.shopper, START_MS)
        for _ in range(self._at + 1):
            play.next()
        play.offer("0" * 16, rule.id, type_of(rule.action))
        while play.next() is not None:
            pass
        return play
