"""Visits to try rule sets on, from one seed each: the same seed, the same rules and the same visit.

The page is played too: it shows, withholds or loses an offer, and its shopper takes, closes or ignores it.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple, get_args

from core import events as ev
from core.engine import Step, Turn, advance
from core.fields import Device, Item, Source
from core.pages import PAGE_TYPES
from core.reasons import UNAVAILABLE
from core.records import Arm
from core.rules import ALL_ACTIONS, Rules, bind
from core.session import Session
from tests.support.random_rules import random_rules
from tests.support.scorer import HashScorer

START_MS = 1_700_000_000_000
SESSION_ID = b"s" * 16


class Played(NamedTuple):
    """One visit: each event's turn and what came of it."""

    turns: list[Turn]
    steps: list[Step]

    @property
    def rows(self) -> list[tuple[Turn, Step]]:
        return list(zip(self.turns, self.steps, strict=True))


class Scene(NamedTuple):
    """Rules, the rules that replace them from `changed_at` events on, and what the shopper does."""

    seed: int
    rules: Rules
    later: Rules
    changed_at: int
    script: list[tuple[int, dict[str, Any], type[ev.Event]]]
    unavailable: list[tuple[tuple[str, str], ...]]


def scene(seed: int, *, longest: int = 36) -> Scene:
    """All that one seed gives."""
    dice = Random(seed)
    rules = random_rules(dice)
    ids = [rule.id for rule in rules.actions]
    killed = [dice.choice([*ids, ALL_ACTIONS])] if dice.random() < 0.3 else []
    later = bind(
        rules,
        site_id="shop",
        holdout_salt="salt",
        killed=killed,
        responses=rules.responses,
        new_actions=rules.new_actions,
    )
    script = list(_script(dice, dice.randint(12, longest)))
    unavailable = [
        tuple((name, dice.choice(UNAVAILABLE)) for name in ids if dice.random() < 0.15) for _ in range(len(script) * 2)
    ]
    return Scene(seed, rules, later, dice.randint(6, longest), script, unavailable)


def play(made: Scene, arm: Arm) -> Played:
    """The visit in this arm. Up to the first offer the page does the same in every arm."""
    page = Random(f"page:{made.seed}")
    scorer = HashScorer()
    session = Session(id=SESSION_ID, forced_arm=arm)
    seqs: dict[int, int] = {}
    at_ms = START_MS
    waiting: list[tuple[type[ev.Event], dict[str, Any]]] = []
    played = Played([], [])
    for after_ms, fields, kind in made.script:
        at_ms += after_ms
        for one, said in [*waiting, (kind, fields)]:
            stream = said.get("document", fields["document"])
            seqs[stream] = seqs.get(stream, 0) + 1
            rest = {key: value for key, value in said.items() if key != "document"}
            event = one(seq=seqs[stream], at_ms=at_ms, **rest)
            number = len(played.turns)
            rules = made.rules if number < made.changed_at else made.later
            turn = Turn(session, bytes([stream]) * 14, event, rules, made.unavailable[number])
            [step] = advance([turn], scorer)
            session = step.session
            played.turns.append(turn)
            played.steps.append(step)
        waiting = _page_answers(page, played.steps[-1]) if played.steps[-1].offer else []
    return played


def _page_answers(page: Random, step: Step) -> list[tuple[type[ev.Event], dict[str, Any]]]:
    """What the page and its shopper make of an offer: seen, withheld or lost, then taken, closed or left alone."""
    assert step.offer is not None
    named = {"decision_id": step.offer.decision_id, "action_id": step.offer.action_id}
    fate = page.random()
    if fate < 0.15:
        return []
    if fate < 0.3:
        return [(ev.ActionWithheld, {**named, "reason": "typing"})]
    end = page.choice([ev.ActionClicked, ev.ActionDismissed, None, None, None])
    return [(ev.ActionShown, named), *([(end, named)] if end else [])]


def _script(dice: Random, count: int) -> Iterator[tuple[int, dict[str, Any], type[ev.Event]]]:
    """Milliseconds since the event before, the event's fields with the document that it is of, and its type."""
    document = 1
    bought_at = dice.randint(count // 2, count * 4)
    for number in range(count):
        kind = ev.PageView if number == 0 else dice.choice(_KINDS)
        if number == bought_at:
            kind = ev.Purchase
        if kind is ev.PageView and dice.random() < 0.3:
            document = dice.randint(1, 3)
        after_ms = dice.choice([200, 3000, 12_000, 60_000]) if number % 9 else dice.choice([-5000, 0, 1_000_000])
        yield after_ms, {"document": document, **_fields(dice, kind)}, kind


_KINDS: tuple[type[ev.Event], ...] = (
    *([ev.PageView] * 8), *([ev.Dwell] * 12), *([ev.ViewItem] * 3), ev.AddToCart, ev.AddToCart, ev.RemoveFromCart,
    ev.BeginCheckout, ev.AddShippingInfo, ev.AddShippingInfo, ev.Search, ev.Click, ev.Idle, ev.Idle, ev.ExitIntent,
    ev.ExitIntent, ev.ExitIntent, ev.TabVisible, ev.SectionView, ev.Scroll, ev.FieldLeft, ev.RageClick, ev.Custom,
)  # fmt: skip
_TYPES = (*PAGE_TYPES[:4] * 6, *PAGE_TYPES, "lookbook")


def _fields(dice: Random, kind: type[ev.Event]) -> dict[str, Any]:
    price = dice.choice([100, 900, 4000, 30_000])
    money: dict[str, Any] = {"currency": "EUR", "value_minor": price}
    made: dict[type[ev.Event], dict[str, Any]] = {
        ev.PageView: {
            "page_type": dice.choice(_TYPES),
            "navigation": dice.choice(["navigate", "reload", "spa", "spa", "spa", "back"]),
            "device": dice.choice(get_args(Device)),
            "source": dice.choice(get_args(Source)),
            "local_hour": dice.choice([None, 3, 9, 14, 22]),
            "is_new_visitor": dice.choice([None, True, False]),
        },
        ev.ViewItem: {"currency": "EUR", "items": (Item(f"i{dice.randint(1, 4)}", "c", price),)},
        ev.AddToCart: money,
        ev.RemoveFromCart: money,
        ev.BeginCheckout: money,
        ev.AddShippingInfo: {**money, "shipping_minor": dice.choice([0, 0, 490, 990, None])},
        ev.Search: {"term_length": 5, "result_count": dice.choice([0, 3])},
        ev.Dwell: {"active_ms": 10_000},
        ev.Idle: {"waited_ms": dice.choice([15_000, 45_000]), "section": "shipping_options"},
        ev.Scroll: {"percent": 50},
        ev.SectionView: {"name": "reviews"},
        ev.Custom: {"name": "custom"},
    }
    return made.get(kind, {})
