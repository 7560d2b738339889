"""What a shopper does with an offer that she sees: her mood decides, by the shares of her kind."""

from random import Random
from typing import NamedTuple

from core import events as ev
from model.simulator.intents import Answer, Intent


class Reaction(NamedTuple):
    """`event`: what she does, None where she lets it be. `odds`: what seeing and doing it does to her odds of going on to
    pay. `after_ms`: since it was shown."""

    event: type[ev.Event] | None
    odds: float
    after_ms: int


def react(moods: Random, intent: Intent, action_type: str) -> Reaction:
    """Drawn from `moods`, two numbers each time."""
    answer = intent.answers.get(action_type, Answer())
    mood, after_ms = moods.random(), int(moods.uniform(1500, 6000))
    for event, share in (
        (ev.ActionClicked, answer.click_share),
        (ev.ActionSubmitted, answer.submit_share),
        (ev.ActionDismissed, answer.dismiss_share),
    ):
        if mood < share:
            persuades = answer.return_odds if event is ev.ActionClicked else 1.0
            return Reaction(event, answer.seen_odds * persuades, after_ms)
        mood -= share
    return Reaction(None, answer.seen_odds, after_ms)
