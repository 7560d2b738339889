"""Rule sets as careless as the schema allows, from dice: what a merchant would hardly write, and must not do harm."""

from random import Random
from typing import Any, get_args

from core.actions import (
    Action,
    Assistance,
    ByCallback,
    ByCode,
    ByPool,
    ByUrl,
    Content,
    CrossSell,
    EmailCapture,
    FreeShipping,
    Honour,
    Incentive,
    Loyalty,
    Satisfaction,
    SocialProof,
    StoreFinder,
    Upsell,
)
from core.fields import Device, Source
from core.margin import Response
from core.pages import PAGE_TYPES
from core.records import SegmentName
from core.rules import (
    ALL_ACTIONS,
    ActionRule,
    Arms,
    Bounds,
    Choosing,
    FrictionName,
    HeadName,
    Money,
    Pacing,
    Rules,
    When,
    bind,
)
from core.variants import Experiment, Variant
from core.when_sense import COUNTED_EVENTS

URL = "https://shop.example/x"
HONOURS: tuple[Honour, ...] = (ByCode(code="SHIP"), ByPool(pool="spring"), ByUrl(url=URL), ByCallback())
SEGMENTS: tuple[SegmentName, ...] = ("likely_to_buy", "on_the_fence", "unlikely_to_buy")
TRENDS = ("rising", "steady", "falling")


def random_rules(dice: Random) -> Rules:
    """Bound rules of one to five actions."""
    actions = tuple(_rule(dice, number) for number in range(dice.randint(1, 5)))
    pacing = Pacing(
        quiet_ms=dice.choice([5000, 5000, 30_000]),
        after_page_views=dice.choice([1, 1, 1, 4]),
        gap_ms=dice.choice([0, 0, 45_000]),
        shows_per_session=dice.choice([1, 3, 5, 5, 5]) if dice.random() < 0.95 else 0,
        shows_per_action=dice.choice([1, 2, 2]) if dice.random() < 0.9 else 0,
        valid_ms=dice.choice([500, 15_000]),
    )
    money = Money(
        margin_share=dice.choice([0.1, 0.4, 0.4, 1.0]),
        least_margin_minor=dice.choice([0, 0, 500]),
        shipping_cost_minor=dice.choice([0, 400]),
    )
    made = Rules(
        actions=actions,
        pacing=pacing,
        money=money,
        choosing=Choosing(by=dice.choice(["margin", "order"])),
        arms=Arms(holdout_share=0.0, no_holdout_because="arms are forced"),
        experiments={"pace": _PACE} if dice.random() < 0.2 else {},
    )
    killed = [dice.choice([*(rule.id for rule in actions), ALL_ACTIONS])] if dice.random() < 0.05 else []
    new = [rule.id for rule in actions if dice.random() < 0.2]
    learned = {rule.id: _response(dice) for rule in actions if dice.random() < 0.4}
    return bind(made, site_id="shop", holdout_salt="salt", killed=killed, responses=learned, new_actions=new)


_PACE = Experiment(
    variants={
        "calm": Variant(share=0.5, pacing={"quiet_ms": 20_000, "shows_per_session": 1}),
        "as-it-is": Variant(share=0.5),
    }
)


def _response(dice: Random) -> Response:
    def six(scale: float) -> tuple[float, float, float, float, float, float]:
        a, b, c, d, e, f = (dice.uniform(-scale, scale) for _ in range(6))
        return a, b, c, d, e, f

    spread = six(0.4)
    return Response(
        weights=six(1.5),
        spread=(abs(spread[0]), *map(abs, spread[1:])),
        take_share=dice.random(),
        order_share=dice.uniform(-0.1, 0.1),
        session_count=dice.randint(0, 10_000),
    )


def _rule(dice: Random, number: int) -> ActionRule:
    if dice.random() < 0.4:
        return _open_rule(dice, number)
    return ActionRule(
        id=f"a{number}",
        action=_action(dice),
        segments=tuple(dice.sample(SEGMENTS, dice.randint(1, 3))),
        pages=tuple(dice.sample(PAGE_TYPES, 4)) if dice.random() < 0.15 else (),
        not_on_pages=dice.choice([(), (), ("checkout", "shipping", "payment", "confirmation")]),
        min_cart_minor=dice.choice([0, 0, 0, 0, 0, 3000]),
        frictions=tuple(dice.sample(get_args(FrictionName), 3)) if dice.random() < 0.15 else (),
        trigger=dice.choice(["pause", "pause", "exit_intent"]),
        is_on=dice.random() < 0.95,
        when=_when(dice) if dice.random() < 0.5 else When(),
        because=dice.choice(["", "because-of-it"]),
        cost_minor=dice.choice([None, None, 0, 300, 3000]),
        cost_share=dice.choice([0.0, 0.0, 0.05, 0.5]),
        deadline_minutes=dice.choice([None, None, 15]),
    )


def _open_rule(dice: Random, number: int) -> ActionRule:
    """One that asks for little, so that offers are made at all."""
    return ActionRule(
        id=f"a{number}",
        action=_action(dice),
        segments=SEGMENTS,
        not_on_pages=(),
        cost_minor=dice.choice([None, None, 300]),
        deadline_minutes=dice.choice([None, 15]),
    )


def _action(dice: Random) -> Action:
    honour = dice.choice([None, None, *HONOURS])
    kinds: tuple[Action, ...] = (
        FreeShipping(title="Free shipping", honour=dice.choice(HONOURS)),
        FreeShipping(title="Free shipping from 50", honour=dice.choice(HONOURS), threshold_minor=5000),
        Upsell(title="A case", url=URL, honour=honour),
        Upsell(title="Also bought", pick="also_bought"),
        EmailCapture(title="News", form_url=URL, consent="I agree.", honour=honour),
        Content(title="How to choose", url=URL, honour=honour),
        Assistance(title="Ask us"),
        SocialProof(title="{count} bought this"),
        CrossSell(title="Goes with it"),
        Incentive(title="10 % off", honour=dice.choice(HONOURS)),
        StoreFinder(title="See it in a store", url=URL),
        Loyalty(title="{points} points", url=URL, minor_per_point=dice.choice([100, 100, 10_000])),
        Loyalty(title="Join us", url=URL, honour=honour),
        Satisfaction(title="How is it?"),
    )
    return dice.choice(kinds)


def _when(dice: Random) -> When:
    """One or two conditions, most of them easy to meet, so that both sides of each come up."""
    low = dice.uniform(0, 0.6)
    made: dict[str, Any] = {
        "scores": {dice.choice(get_args(HeadName)[:2]): Bounds(at_least=low, at_most=dice.uniform(low, 1))},
        "trends": tuple(dice.sample(TRENDS, 2)),
        "path": tuple(dice.choices(PAGE_TYPES[:4], k=dice.randint(1, 3))),
        "path_within_s": dice.choice([0, 0, 60]),
        "visits": {dice.choice(PAGE_TYPES[:4]): dice.randint(1, 3)},
        "events": {dice.choice(COUNTED_EVENTS): 1},
        "devices": tuple(dice.sample(get_args(Device), 2)),
        "sources": tuple(dice.sample(get_args(Source), 4)),
        "visitors": (dice.choice(["new", "returning"]),),
        "hours": (dice.randint(0, 24), dice.randint(0, 24)),
        "after_s": dice.choice([60, 600]),
        "max_cart_minor": dice.choice([0, 5000]),
    }
    return When(**{name: made[name] for name in dice.sample(sorted(made), dice.randint(1, 2))})
