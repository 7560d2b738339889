"""Whole experiments with a planted truth: who was treated when, who bought, and what the lift really is.

Everything is drawn at once, without walking through a shop, so a thousand experiments take a minute: what measures lifts
is checked against these. Four kinds of visits, after what an offer does to them (Radcliffe and Surry 1999): `sure_things`
buy anyway, `persuadables` because of it, `lost_causes` never, `sleeping_dogs` stay away because of it. `bots` never buy.
"""

from collections.abc import Mapping
from math import exp
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from core.analysis.visits import Bools, Exposure, Floats, Ints, Row, Visits
from core.records import Arm

START_S = 1_772_409_600.0
"""2026-03-02, a Monday."""
DAY_S = 86_400.0


class Kind(NamedTuple):
    """`share`: its weight among visits. The chances to buy when held back and when treated."""

    share: float
    held_back: float
    treated: float


FOUR_KINDS = {
    "sure_things": Kind(0.02, 0.80, 0.80),
    "persuadables": Kind(0.06, 0.10, 0.25),
    "lost_causes": Kind(0.90, 0.01, 0.01),
    "sleeping_dogs": Kind(0.02, 0.30, 0.15),
}
NO_EFFECT = {name: kind._replace(treated=kind.held_back) for name, kind in FOUR_KINDS.items()}
SLEEPING_DOGS = {"sure_things": Kind(0.02, 0.80, 0.80), "sleeping_dogs": Kind(0.98, 0.05, 0.04)}


def lifted(by: float, base: float = 0.03) -> dict[str, Kind]:
    """One kind of visit, whose chance to buy an offer raises by this share."""
    return {"visits": Kind(1.0, base, base * (1.0 + by))}


class Scenario(Struct, frozen=True, kw_only=True):
    """What happens, day by day.

    `treatment_shares`: of each day; a shorter tuple's last goes on, so (0.5,) never changes. `holdout_share`: of those held
    back, the part that is called holdout. `trend`: by how much the chances to buy grow from the first day to the
    last, for all alike: 1.0 doubles them. `order_minor`, `order_spread`: log-normal orders, by their median and the spread
    of the logarithm. `margin_share`: of the revenue. `discount_minor`: what an order in treatment costs. `bot_share`: of visits,
    on `bot_days`. `refund_share`: of orders, taken back. `double_share`: of visits whose row comes twice. `lost_share`: of
    held-back visits that never arrive, a fault of the tracking. `preview_count`: previews counted as treated, a fault.
    `unscored_share`: of visits without a score. `spread`: how unlike each other the visits of a kind are; the score is each
    one's own chance to buy when left alone.
    """

    kinds: Mapping[str, Kind]
    day_count: int = 28
    visits_per_day: int = 1_000
    treatment_shares: tuple[float, ...] = (0.5,)
    holdout_share: float = 0.0
    trend: float = 0.0
    order_minor: float = 6_000.0
    order_spread: float = 0.8
    margin_share: float = 0.4
    discount_minor: float = 0.0
    bot_share: float = 0.0
    bot_days: tuple[int, ...] = ()
    refund_share: float = 0.0
    double_share: float = 0.0
    lost_share: float = 0.0
    preview_count: int = 0
    unscored_share: float = 0.0
    spread: float = 8.0


class Truth(NamedTuple):
    """What the visits would have done on average, all treated and all held back; lifts are their differences."""

    conversion: tuple[float, float]
    revenue_per_session: tuple[float, float]
    margin_per_session: tuple[float, float]

    def lift(self, measure: str) -> float:
        treated, held_back = getattr(self, measure)
        return float(treated - held_back)

    def relative_lift(self, measure: str) -> float:
        treated, held_back = getattr(self, measure)
        return float(treated / held_back - 1.0)


class Experiment(NamedTuple):
    """One draw. `kind` [N] numbers the scenario's kinds, -1 is a bot; `day` [N]; `order_minor` [N]: what was ordered, before what
    was taken back; `discount_minor` [N]: what of it was given away; `is_preview` [N]; `double`: rows that come twice."""

    visits: Visits
    kind: Ints
    day: Ints
    order_minor: Floats
    discount_minor: Floats
    is_preview: Bools
    truth: Truth
    double: Ints

    def exposure(self) -> Exposure:
        return Exposure(visit_count=len(self.kind), repeated_count=0, both_arms_count=0)

    def rows(self) -> list[Row]:
        """As a file or a table holds them; some come twice."""
        v = self.visits
        numbers = np.concatenate([np.arange(len(self.kind)), self.double])
        return [
            Row(
                session_id=f"{number:032x}",
                arm=_arm(v, number),
                decided_at_s=float(v.decided_at_s[number]),
                converted=bool(v.converted[number]),
                revenue_minor=float(v.revenue_minor[number]),
                margin_minor=float(v.margin_minor[number]),
                score=None if np.isnan(v.score[number]) else float(v.score[number]),
                treatment_probability=float(v.treatment_probability[number]),
            )
            for number in numbers.tolist()
        ]


def _arm(visits: Visits, number: int) -> Arm:
    if visits.is_treated[number]:
        return "treatment"
    return "holdout" if visits.is_holdout[number] else "control"


def draw(scenario: Scenario, seed: int) -> Experiment:
    """Always the same experiment for the same arguments, in order of time."""
    chance = np.random.default_rng(seed)
    count = scenario.day_count * scenario.visits_per_day
    day = np.repeat(np.arange(scenario.day_count), scenario.visits_per_day)
    shares = np.array(scenario.treatment_shares)[np.minimum(day, len(scenario.treatment_shares) - 1)]
    weights = np.array([kind.share for kind in scenario.kinds.values()])
    kind: Ints = chance.choice(len(weights), count, p=weights / weights.sum()).astype(np.int64)
    held_back, treated = _chances(scenario, kind, day, chance)
    is_bot = (chance.random(count) < scenario.bot_share) & np.isin(day, scenario.bot_days)
    kind[is_bot], held_back[is_bot], treated[is_bot] = -1, 0.0, 0.0
    is_treated: Bools = chance.random(count) < shares
    is_preview = np.zeros(count, dtype=np.bool_)
    is_preview[chance.choice(count, scenario.preview_count, replace=False)] = True
    is_treated |= is_preview
    luck = chance.random(count)
    converted = luck < np.where(is_treated, treated, held_back)
    amount = scenario.order_minor * np.exp(scenario.order_spread * chance.normal(size=count))
    kept = chance.random(count) >= scenario.refund_share
    ordered = np.round(amount) * converted
    revenue = ordered * kept
    discount = np.where(is_treated & converted, scenario.discount_minor, 0.0) * kept
    visits = Visits(
        decided_at_s=START_S + (np.arange(count) + 0.5) / scenario.visits_per_day * DAY_S,
        is_treated=is_treated,
        is_holdout=~is_treated & (chance.random(count) < scenario.holdout_share),
        converted=converted.astype(np.float64),
        revenue_minor=revenue,
        margin_minor=np.round(scenario.margin_share * revenue) - discount,
        score=np.where(chance.random(count) < scenario.unscored_share, np.nan, held_back),
        treatment_probability=shares,
    )
    arrived = is_treated | (chance.random(count) >= scenario.lost_share)
    double = np.flatnonzero(chance.random(int(arrived.sum())) < scenario.double_share)
    return Experiment(
        visits.of(arrived), kind[arrived], day[arrived], ordered[arrived], discount[arrived], is_preview[arrived],
        _truth(scenario, held_back, treated), double,
    )  # fmt: skip


def _chances(scenario: Scenario, kind: Ints, day: Ints, chance: np.random.Generator) -> tuple[Floats, Floats]:
    """Each visit's chance to buy when held back and when treated: its kind's, with a spread of its own, and the trend."""
    base = np.array([k.held_back for k in scenario.kinds.values()])[kind]
    ratio = np.array([k.treated / k.held_back if k.held_back else 1.0 for k in scenario.kinds.values()])[kind]
    own = chance.beta(base * scenario.spread, (1.0 - base) * scenario.spread)
    grown = own * (1.0 + scenario.trend * day / max(1, scenario.day_count - 1))
    most = np.where(ratio > 1.0, 1.0 / np.maximum(ratio, 1.0), 1.0)
    held_back = np.minimum(grown, most)
    return held_back, held_back * ratio


def _truth(scenario: Scenario, held_back: Floats, treated: Floats) -> Truth:
    order = scenario.order_minor * exp(scenario.order_spread**2 / 2.0) * (1.0 - scenario.refund_share)
    with_offer, without = float(treated.mean()), float(held_back.mean())
    cost = scenario.discount_minor * (1.0 - scenario.refund_share)
    return Truth(
        conversion=(with_offer, without),
        revenue_per_session=(with_offer * order, without * order),
        margin_per_session=(
            with_offer * (order * scenario.margin_share - cost),
            without * order * scenario.margin_share,
        ),
    )
