"""What is at stake in this visit for this rule: the order's margin, what the action costs, and so what it is worth now."""

from typing import NamedTuple

from core import events as ev
from core.actions import FreeShipping, gives_money_away, type_of
from core.features import order_basis_minor
from core.frictions import frictions_of
from core.margin import (
    CAUTION,
    EXPLORED,
    LEVERAGE,
    PRIORS,
    SITUATION,
    Response,
    Stake,
    answers,
    draw_of,
    incremental_margin_minor,
    situation_of,
)
from core.records import MarginBasis, Scores
from core.rules import ActionRule, Money, Rules
from core.segments import trend_of
from core.session import Session


class Worth(NamedTuple):
    """`margin_minor`: expected margin beside doing nothing, None where no price is known yet. `drawn_minor`: the same with the
    effect that this visit drew; it is what the choice goes by. `yardstick_minor`: what `least_gain_share` is a share of.
    `is_loss`: the site's own visits say that it puts shoppers off, which needs no price to be known."""

    margin_minor: float | None
    basis: MarginBasis
    drawn_minor: float | None = None
    yardstick_minor: float = 0.0
    is_loss: bool = False


def order_margin_minor(session: Session, rules: Rules) -> float | None:
    """What the order that may come would earn without an offer; None while no price is known.

    The expected order is the cart, or without one a product of the mean price looked at, times the model's ratio where it
    gives one.
    """
    order = expected_order_minor(session)
    if order is None:
        return None
    shipping = _fee_minor(session, rules.money) - rules.money.shipping_cost_minor
    return max(0.0, order * rules.money.margin_share + shipping)


def expected_order_minor(session: Session) -> float | None:
    """The value of the order that may come, in minor units of the visit's currency; None while no price is known."""
    basis = order_basis_minor(session)
    if basis <= 0.0:
        return None
    ratio = session.scores.order_ratio if session.scores is not None else 0.0
    return basis * ratio if ratio > 0.0 else basis


_UNSTATED = Money()


def _fee_minor(session: Session, money: Money) -> int:
    """What the shopper pays for shipping. Until the shop quotes it, she is taken to pay what sending costs."""
    quoted = session.cart.shipping_minor
    return money.shipping_cost_minor if quoted is None else quoted


def costs_money(rule: ActionRule) -> bool:
    """Whether the shop pays for it: the shopper pays less because of it, or the rule says what it costs."""
    return gives_money_away(rule.action) or bool(rule.cost_minor) or rule.cost_share > 0


def cost_minor(session: Session, rule: ActionRule, money: Money = _UNSTATED) -> float:
    """What the shop gives away if the action is taken up. Free shipping without a stated cost gives away the fee."""
    share = rule.cost_share * (expected_order_minor(session) or 0.0)
    if rule.cost_minor is not None:
        return rule.cost_minor + share
    fee = _fee_minor(session, money) if isinstance(rule.action, FreeShipping) else 0
    return fee + share


def is_price_unknown(session: Session, rules: Rules, rule: ActionRule) -> bool:
    """Whether the rule costs something and no price tells yet what of. The floor cannot be kept where nothing is known."""
    has_cost = rule.cost_share > 0 or cost_minor(session, rule, rules.money) > 0
    return has_cost and expected_order_minor(session) is None


def leaves_too_little(session: Session, rules: Rules, rule: ActionRule) -> bool:
    """Whether an order with this offer would earn less than the merchant's floor, or cost more than it earns."""
    cost = cost_minor(session, rule, rules.money)
    if cost <= 0:
        return False
    margin = order_margin_minor(session, rules)
    return margin is not None and margin - cost < rules.money.least_margin_minor


def offer_kind(rule: ActionRule) -> str:
    """The name in `core.margin.PRIORS`: the action's type, or `discount` where another action than free shipping has an honour."""
    is_discount = rule.action.honour is not None and not isinstance(rule.action, FreeShipping)
    return "discount" if is_discount else type_of(rule.action)


def response_of(rules: Rules, rule: ActionRule) -> Response:
    """What shoppers do with the action: learned from this site, else its type's prior. What was learned before models had a
    leverage says nothing of it, and gives way until the site has learned again."""
    learned = rules.responses.get(rule.id)
    return learned if learned is not None and len(learned.weights) == len(SITUATION) else PRIORS[offer_kind(rule)]


def situation_now(
    session: Session, event: ev.Event, rule: ActionRule, *, frictions: tuple[str, ...] | None = None
) -> tuple[float, ...]:
    """`core.margin.SITUATION` of this visit for this action, after a scored event. `frictions`: where they are known already."""
    scores = session.scores or Scores(0.0, 0.0)
    return situation_of(
        propensity=scores.purchase,
        answers_friction=answers(
            offer_kind(rule), frictions_of(session) if frictions is None else frictions, scores.leverage
        ),
        has_cart=session.cart.value_minor > 0 or session.cart.line_count > 0,
        is_falling=trend_of(session) == "falling",
        is_leaving=isinstance(event, ev.ExitIntent),
        leverage=scores.leverage,
    )


def worth_of(
    session: Session, event: ev.Event, rules: Rules, rule: ActionRule, *, frictions: tuple[str, ...] | None = None
) -> Worth:
    """What the action is worth in this visit now, and what that rests on. `frictions`: where they are known already."""
    response = response_of(rules, rule)
    basis: MarginBasis = "data" if response.session_count else "prior"
    if session.scores is None:
        return Worth(None, basis)
    margin = order_margin_minor(session, rules)
    # Without a price only the sign can be told, and that does not hang on the price.
    cost = 0.0 if margin is None else cost_minor(session, rule, rules.money)
    stake = Stake(session.scores.purchase, 1.0 if margin is None else margin, cost)
    situation = situation_now(session, event, rule, frictions=frictions)
    expected = incremental_margin_minor(response, stake, situation)
    # The more is known, the fewer visits try otherwise.
    explores = rules.choosing.explore_share / (1.0 + response.session_count / EXPLORED)
    draw = draw_of(session.id, rule.id, explores) if any(response.spread) else 0.0
    draw = draw or (-CAUTION if basis == "data" else 0.0)
    drawn = incremental_margin_minor(response, stake, situation, draw) if draw else expected
    if margin is None:
        return Worth(None, basis, is_loss=basis == "data" and expected < 0.0)
    # What moves many is worth waiting for: who hesitates shows it better later, and there is one first offer.
    weight = max(1.0, response.weights[LEVERAGE]) if situation[LEVERAGE] > 0.0 else 1.0
    return Worth(expected, basis, drawn, stake.propensity * stake.margin_minor * weight)
