"""What an action is expected to earn beside doing nothing: its cost, its effect, and the margin of the order at stake.

The effect of an offer is a factor on the odds to buy, exp(weights . situation), so that it is small where the visit is
decided already. The weights start from a prior for each action type and are replaced by what the site's own randomised
visits show (`model.responses`). Money is in minor units of the visit's currency.

Of some visits, chosen by a hash of their id, each draws its own effect from what is still believed possible, so that what
might pay is tried now and then and what does not is soon left. Source: Thompson, "On the likelihood that one unknown
probability exceeds another" (1933).
"""

import math
from collections.abc import Iterable
from hashlib import sha256
from operator import mul
from statistics import NormalDist
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

SITUATION = ("always", "answers_friction", "has_cart", "is_falling", "is_leaving", "propensity", "leverage")
"""What an effect may depend on, in the order of `Response.weights`. Each is 0 or 1, but for two: `propensity` is the purchase
score's log-odds, held within -3 and 3, divided by 3; `leverage` that of `core.records.Scores`, 0 where the model has none."""

LEVERAGE = SITUATION.index("leverage")

Weights = Annotated[tuple[float, ...], Meta(min_length=6, max_length=len(SITUATION))]
"""One for each of `SITUATION`. Six were learned before there was a leverage: they are read, and count no more
(`core.stakes.response_of`)."""


class Response(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What shoppers do with one action.

    Shapes: `weights` one for each of `SITUATION`, in log-odds of buying; `spread` their standard deviations; `covariance`
    [7][7], which the spread of any effect follows from. Without it the weights count as independent.
    `take_share`: of the buyers who were offered it, those who take it up, which is when it costs. `order_share`: by how
    much the order's margin grows, as a share of it. `session_count`: of how many randomised visits it was learned; 0 is
    a prior.
    """

    weights: Weights
    spread: Weights = (0.0,) * len(SITUATION)
    covariance: tuple[Weights, ...] = ()
    take_share: float = 1.0
    order_share: float = 0.0
    session_count: int = 0

    def spread_of(self, situation: tuple[float, ...]) -> float:
        """The standard deviation of the effect in this situation."""
        if not self.covariance:
            return math.hypot(*map(mul, self.spread, situation))
        rows = (sum(map(mul, row, situation)) for row in self.covariance)
        return math.sqrt(max(0.0, sum(map(mul, rows, situation))))


_UNSURE = (0.2, 0.4, 0.1, 0.1, 0.1, 0.1, 0.5)
_KNOWN = (0.0,) * len(SITUATION)


def _prior(
    answers: float, leverage: float, *, taken: float = 1.0, grows: float = 0.0, is_known: bool = False
) -> Response:
    weights = (0.0, answers, 0.0, 0.0, 0.0, 0.0, leverage)
    spread = _KNOWN if is_known else _UNSURE
    return Response(weights=weights, spread=spread, take_share=taken, order_share=grows)


PRIORS: dict[str, Response] = {
    "free_shipping": _prior(0.55, 0.8, taken=0.6),
    "discount": _prior(0.45, 0.7, taken=0.9),
    "upsell": _prior(0.0, 0.0, grows=0.03, is_known=True),
    "email_capture": _prior(0.0, 0.0, is_known=True),
    "content": _prior(0.08, 0.03),
    "assistance": _prior(0.25, 0.1),
    "social_proof": _prior(0.08, 0.03),
    "cross_sell": _prior(0.0, 0.0, grows=0.03, is_known=True),
    "incentive": _prior(0.45, 0.7, taken=0.9),
    "store_finder": _prior(0.08, 0.03),
    "loyalty": _prior(0.08, 0.03),
    "satisfaction": _prior(0.0, 0.0, is_known=True),
}
"""What is assumed of an action type until a site has data of its own. No measurement of any shop stands behind these
numbers, and those of free shipping were set on the simulated one: they are cautious, so that money is given away where a
named reason to hesitate holds and hardly elsewhere. docs/policy.md says what each means in words. `discount` is any other
action that names an honour."""

ANSWERS: dict[str, tuple[str, ...]] = {
    "free_shipping": ("shipping_cost",),
    "discount": ("price_doubt",),
    "upsell": (),
    "email_capture": (),
    "content": ("comparison_research", "search_trouble"),
    "assistance": ("open_question", "form_trouble", "search_trouble", "comparison_research"),
    "social_proof": ("price_doubt", "comparison_research"),
    "cross_sell": (),
    "incentive": ("price_doubt",),
    "store_finder": ("open_question", "comparison_research"),
    "loyalty": ("price_doubt",),
    "satisfaction": (),
}
"""The reasons to hesitate that an action of this type is an answer to."""

LEVERED = ("free_shipping", "discount", "incentive")
"""The types that take money off: of such an offer the model's leverage was learned, so it says all that the reasons say."""

EXPLORED = 500
"""Randomised visits after which half as many explore."""

CAUTION = 0.5
"""Once there is data, an effect counts for this many standard deviations less than is expected of it: nothing is shown for an
effect that may well be none. Three in ten such effects are smaller still."""

_LOGIT_MOST = 3.0
_EFFECT_MOST = 10.0
"""Log-odds beyond which no offer moves anybody; a learned number that is out of all bounds must not end a visit's scoring."""
_NORMAL = NormalDist()


class Trial(NamedTuple):
    """A visit's first choice and what became of it: what a response is learned from.

    `situation`: that of the decision. `expected_minor`: the order that was expected then, None where no price was known.
    `order_minor`: the order that came, 0 without one. `is_taken`: the offer was taken up.
    """

    action_id: str
    situation: tuple[float, ...]
    propensity: float
    is_treated: bool
    is_taken: bool
    expected_minor: float | None
    order_minor: float


class Stake(NamedTuple):
    """What an action would change: the chance to buy as it is, the order's margin, and what the action costs if taken."""

    propensity: float
    margin_minor: float
    cost_minor: float


def answers(kind: str, frictions: Iterable[str], leverage: float) -> bool:
    """Whether this type of action answers a reason that holds and that the leverage does not speak of already."""
    return not (leverage and kind in LEVERED) and any(name in ANSWERS[kind] for name in frictions)


def situation_of(
    *,
    propensity: float,
    answers_friction: bool,
    has_cart: bool,
    is_falling: bool,
    is_leaving: bool,
    leverage: float = 0.0,
) -> tuple[float, ...]:
    """The numbers of `SITUATION`."""
    least = 1.0 / (1.0 + math.exp(_LOGIT_MOST))
    held = min(max(propensity, least), 1.0 - least)
    flags = (True, answers_friction, has_cart, is_falling, is_leaving)
    return (*map(float, flags), math.log(held / (1.0 - held)) / _LOGIT_MOST, leverage)


def draw_of(session_id: bytes, action_id: str, explore_share: float) -> float:
    """A standard normal number that is fixed for this visit and action, the same in every arm and on every machine; 0 in the
    visits that do not explore."""
    if int.from_bytes(sha256(b"explore:" + session_id).digest()[:6], "big") >= explore_share * 2**48:
        return 0.0
    digest = sha256(b"effect:" + action_id.encode() + b":" + session_id).digest()
    # Half a step off the ends: the inverse has no value at 0 and 1.
    return _NORMAL.inv_cdf((int.from_bytes(digest[:6], "big") + 0.5) / 2**48)


def propensity_with(response: Response, propensity: float, situation: tuple[float, ...], draw: float = 0.0) -> float:
    """The chance to buy with the action: the odds times exp(weights . situation + draw * spread of that sum).

    `draw` 0 is the expected effect.
    """
    effect = sum(map(mul, response.weights, situation))
    if draw:
        effect += draw * response.spread_of(situation)
    gain = math.expm1(min(max(effect, -_EFFECT_MOST), _EFFECT_MOST)) * propensity
    # Written as a change, so that no effect is exactly no change: a rounding error must not make a letter look like a loss.
    return propensity + gain * (1.0 - propensity) / (1.0 + gain)


def incremental_margin_minor(
    response: Response, stake: Stake, situation: tuple[float, ...], draw: float = 0.0
) -> float:
    """Expected margin with the action less that without: p' (m (1 + g) - t c) - p m.

    p, p' the chance to buy without and with it, m the order's margin, g its growth, t the share of buyers who take it up,
    c its cost. Never more than the gain in chance and growth times the margin, since costs are never negative.
    """
    with_it = propensity_with(response, stake.propensity, situation, draw)
    earned = stake.margin_minor * (1.0 + response.order_share) - response.take_share * stake.cost_minor
    return with_it * earned - stake.propensity * stake.margin_minor
