"""What is there to be offered: asked of the supplies before a decision, and taken from them as an offer leaves.

A supply that says no changes the decision, not only its delivery: the very same turn is taken again with that action
unavailable, so the logged record holds the input of the decision that left, and replay gives the same.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from core.engine import Offer, Step, Turn, advance
from core.experiments import rules_for
from core.features import Encoded
from core.records import Traffic
from core.rules import Rules
from core.scoring import Scored, Scorer
from server.live.counts import count_rejected
from server.live.ports import Clock, Supply

log = structlog.get_logger(__name__)

_NOBODY = "bot"
_FAILED = "nothing_to_show"
"""What a supply's own bug reads as: then the action cannot be had, and the next one is asked."""


class _KnownScore:
    """Answers for the scorer what it said of this step already: the same bits, and no whole batch for each refusal."""

    def __init__(self, scorer: Scorer, step: Step) -> None:
        self._scorer = scorer
        self._step = step

    @property
    def version(self) -> str:
        return self._scorer.version

    @property
    def max_batch(self) -> int:
        return 1

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        assert self._step.scores is not None, "what was answered was scored"
        return [Scored(self._step.session.hidden, self._step.scores) for _ in encoded]


class Offering:
    """The supplies of one process, in the order in which they are asked. Without any it costs nothing."""

    def __init__(self, supplies: Sequence[Supply], clock: Clock) -> None:
        self._supplies = tuple(supplies)
        self._clock = clock
        self._known: dict[tuple[str, Traffic], tuple[tuple[str, str], ...]] = {}

    def begin_wave(self) -> None:
        """What was known holds for one wave only."""
        self._known.clear()

    def unavailable(self, rules: Rules, traffic: Traffic) -> tuple[tuple[str, str], ...]:
        """What cannot be had now under these rules, as (action id, reason); asked once a wave."""
        if traffic == "bot":
            return tuple((rule.id, _NOBODY) for rule in rules.actions)
        if not self._supplies or not rules.actions:
            return ()
        key = (rules.version, traffic)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(
                pair for supply in self._supplies for pair in _missing(supply, rules, traffic)
            )
        return found

    def settle(self, turn: Turn, step: Step, scorer: Scorer) -> tuple[Turn, Step]:
        """The step whose choice has all that it needs, with what the supplies add, and the turn that gave it.

        A choice that cannot have it is made again without that action, at most once for each of them; in every arm, also
        where nothing is carried out, since all arms choose alike.
        """
        while self._supplies and step.answer is not None and step.answer.action_id and step.is_new_answer:
            rules = rules_for(turn.rules, step.session.variants)
            if step.offer is not None:
                given = self._provided(rules, step, step.offer)
            else:
                given = self._refusal(rules, step, step.answer.action_id) or {}
            if not isinstance(given, str):
                offer = step.offer and step.offer._replace(params={**step.offer.params, **given})
                return turn, step._replace(offer=offer)
            self._known.clear()
            turn = turn._replace(unavailable=(*turn.unavailable, (step.answer.action_id, given)))
            [step] = advance([turn], _KnownScore(scorer, step))
        return turn, step

    def withheld(self, turn: Turn, step: Step, decision_id: str) -> None:
        """The page reports that it did not draw this offer."""
        for supply in self._supplies:
            try:
                supply.withheld(turn.rules, step.session, decision_id)
            except Exception as error:  # as in `_provided`
                _note(error, turn.rules)

    def _refusal(self, rules: Rules, step: Step, action_id: str) -> str | None:
        for supply in self._supplies:
            try:
                reason = supply.refuses(rules, step.session, action_id, now_ms=self._clock.now_ms())
            except Exception as error:  # as in `_provided`
                _note(error, rules)
                reason = _FAILED
            if reason is not None:
                return reason
        return None

    def _provided(self, rules: Rules, step: Step, offer: Offer) -> dict[str, Any] | str:
        given: dict[str, Any] = {}
        for place, supply in enumerate(self._supplies):
            try:
                answer = supply.provide(rules, step.session, offer, now_ms=self._clock.now_ms())
            except Exception as error:  # A bug in one supply costs its offers, never the wave.
                _note(error, rules)
                answer = _FAILED
            if isinstance(answer, str):
                for earlier in self._supplies[:place]:
                    earlier.give_back(rules, step.session, offer)
                return answer
            given |= answer
        return given


def _missing(supply: Supply, rules: Rules, traffic: Traffic) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(supply.missing(rules, traffic))
    except Exception as error:  # as in `_provided`: what it cannot say it will refuse
        _note(error, rules)
        return ()


def _note(error: Exception, rules: Rules) -> None:
    log.error("supply_failed", site_id=rules.site_id, exc_info=error)
    count_rejected("supply_failed")
