"""Which action, or why none: one eligibility function for every trigger, and each refusal has exactly one reason.

The order of the checks is the answer to "why not": the first rule that fails is the reason. Guards that protect the
merchant's margin and the shopper's calm are here and not in configuration, so that no rule can switch them off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from core import events as ev
from core.actions import FreeShipping, Loyalty, points_of
from core.conditions import CONDITIONS, unmet
from core.frictions import frictions_of
from core.reasons import CHOSEN, NOTHING_FITS, OUTRANKED, STEPPED_ASIDE, UNAVAILABLE
from core.records import SegmentName
from core.rules import ALL_ACTIONS, ActionRule, Rules
from core.session import Session
from core.stakes import Worth, costs_money, is_price_unknown, leaves_too_little, worth_of

MOMENTS = (ev.Dwell, ev.Idle, ev.SectionView, ev.TabVisible, ev.ExitIntent)
"""When an offer may come: the shopper rests or is about to leave. Never with a click or as a page lands."""

ANSWER_MS = 10_000
"""How long after its last valid moment the page may take to say that an offer was shown or withheld."""

PAYMENT_PAGES = ("checkout", "payment")


@dataclass(frozen=True)
class Situation:
    """What a rule may look at: state only (DESIGN 3.11), and what cannot be offered now for reasons outside the visit.

    `unavailable`: pairs of action id and a reason of `UNAVAILABLE`; logged with the record, so that replay knows it too.
    """

    session: Session
    event: ev.Event
    segment: SegmentName
    rules: Rules
    unavailable: tuple[tuple[str, str], ...] = ()

    @cached_property
    def frictions(self) -> tuple[str, ...]:
        """The named reasons to hesitate, found once however many actions ask for them."""
        return frictions_of(self.session)

    def worth(self, rule: ActionRule) -> Worth:
        """What the action is worth now, reckoned once for the refusal and the choice."""
        if rule.id not in self._worths:
            self._worths[rule.id] = worth_of(self.session, self.event, self.rules, rule, frictions=self.frictions)
        return self._worths[rule.id]

    @cached_property
    def _worths(self) -> dict[str, Worth]:
        return {}


Check = Callable[[Situation], bool]

SESSION_CHECKS: tuple[tuple[str, Check], ...] = (
    ("killed", lambda s: ALL_ACTIONS in s.rules.killed),
    ("already_bought", lambda s: s.session.count(ev.Purchase) > 0),
    ("dismissed", lambda s: s.session.pacing.is_dismissed),
    ("taken", lambda s: s.session.pacing.is_taken),
    ("layer_open", lambda s: bool(s.session.pacing.open)),
    ("on_its_way", lambda s: is_on_its_way(s)),
    ("payment_step", lambda s: s.session.page.page_type in PAYMENT_PAGES),
    ("quiet_period", lambda s: s.session.elapsed_ms < s.rules.pacing.quiet_ms),
    ("too_early", lambda s: s.session.count(ev.PageView) < s.rules.pacing.after_page_views),
    ("session_cap", lambda s: s.session.pacing.offered_count >= s.rules.pacing.shows_per_session),
    ("cooling_down", lambda s: _is_cooling_down(s)),
)
"""What holds for every action: the reason, and when it applies. First match wins."""

ActionCheck = Callable[[Situation, ActionRule], bool]

MEANT_CHECKS: tuple[tuple[str, ActionCheck], ...] = (
    ("killed", lambda s, a: a.id in s.rules.killed),
    ("switched_off", lambda s, a: not a.is_on),
    ("no_discount_for_sure_buyers", lambda s, a: s.segment == "likely_to_buy" and costs_money(a)),
    ("other_segment", lambda s, a: s.segment not in a.segments),
    ("other_page", lambda s, a: bool(a.pages) and s.session.page.page_type not in a.pages),
    ("kept_off_this_page", lambda s, a: s.session.page.page_type in a.not_on_pages),
    ("cart_too_small", lambda s, a: s.session.cart.value_minor < a.min_cart_minor),
    ("other_friction", lambda s, a: bool(a.frictions) and not set(a.frictions) & set(s.frictions)),
    ("not_applicable", lambda s, a: _is_pointless(s, a)),
)
"""Whether the action is meant for this visit: the reason for refusing it, and when."""

PROMISE_CHECKS: tuple[tuple[str, ActionCheck], ...] = (
    ("deadline_passed", lambda s, a: is_over(s, a)),
    ("price_unknown", lambda s, a: is_price_unknown(s.session, s.rules, a)),
    ("below_margin_floor", lambda s, a: leaves_too_little(s.session, s.rules, a)),
)
"""Whether the shop can stand by it."""

PRICE_CHECKS: tuple[tuple[str, ActionCheck], ...] = (
    ("action_cap", lambda s, a: s.session.pacing.offered.get(a.id, 0) >= s.rules.pacing.shows_per_action),
    *PROMISE_CHECKS,
    ("not_worth_it", lambda s, a: _loses_money(s, a)),
)
"""Whether it may be had and is worth its price."""

MOMENT_CHECKS: tuple[tuple[str, ActionCheck], ...] = (
    ("waits_for_exit_intent", lambda s, a: a.trigger == "exit_intent" and not isinstance(s.event, ev.ExitIntent)),
    ("waits_for_a_pause", lambda s, a: not isinstance(s.event, MOMENTS)),
)
"""Whether this is the moment: the action fits and waits."""

ACTION_REASONS: tuple[str, ...] = (
    *(reason for reason, _ in MEANT_CHECKS),
    *(reason for reason, _ in CONDITIONS),
    *UNAVAILABLE,
    *(reason for reason, _ in PRICE_CHECKS),
    *(reason for reason, _ in MOMENT_CHECKS),
)
"""Every reason for refusing one action, in the order in which they are asked. First match wins."""


class Choice(NamedTuple):
    """What was chosen, why, and why each other configured action was not. `worth` is of what was chosen."""

    rule: ActionRule | None
    reason: str
    refused: tuple[tuple[str, str], ...]
    worth: Worth = Worth(None, "")


def session_refusal(situation: Situation) -> str | None:
    """Why nothing at all may be chosen now, or None."""
    for reason, applies in SESSION_CHECKS:
        if applies(situation):
            return reason
    return None


def action_refusal(situation: Situation, rule: ActionRule) -> str | None:
    """Why this action may not be chosen now, or None. Exactly one reason: the first that applies."""
    return (
        first_of(MEANT_CHECKS, situation, rule)
        or unmet(situation.session, rule.when)
        or next((reason for action_id, reason in situation.unavailable if action_id == rule.id), None)
        or first_of(PRICE_CHECKS, situation, rule)
        or first_of(MOMENT_CHECKS, situation, rule)
    )


def choose(situation: Situation) -> Choice:
    """Of the actions that nothing forbids the one from which most is expected, else the reason for none. The one way to an
    action but a preview (`core.preview`)."""
    rules = situation.rules.actions
    closed = session_refusal(situation)
    if closed is not None:
        return Choice(None, closed, tuple((rule.id, closed) for rule in rules))
    verdicts = [(rule, action_refusal(situation, rule)) for rule in rules]
    chosen, worth = _best(situation, [rule for rule, why in verdicts if why is None])
    refused = tuple((rule.id, why or OUTRANKED) for rule, why in verdicts if rule is not chosen)
    if chosen is not None:
        return Choice(chosen, CHOSEN, refused, worth)
    return Choice(None, _why_none(situation, refused), refused)


def decision_id(site_id: str, stream: bytes, seq: int, rules_version: str, scorer_version: str) -> str:
    """The same event under the same rules and scorer is the same decision, whoever computes it and however often."""
    key = f"{site_id}|{stream.hex()}|{seq}|{rules_version}|{scorer_version}"
    return sha256(key.encode()).hexdigest()[:16]


def _why_none(situation: Situation, refused: tuple[tuple[str, str], ...]) -> str:
    """The nearest miss: an action that only waits says more than one that was never meant."""
    waiting = [why for _, why in refused if why.startswith("waits_")]
    if waiting:
        return waiting[0]
    if situation.segment == "likely_to_buy":
        return STEPPED_ASIDE
    fitting = [why for _, why in refused if why not in ("other_segment", "switched_off")]
    return fitting[0] if fitting else NOTHING_FITS


def first_of(checks: tuple[tuple[str, ActionCheck], ...], situation: Situation, rule: ActionRule) -> str | None:
    """The reason of the first check that forbids the action, or None."""
    for reason, forbids in checks:
        if forbids(situation, rule):
            return reason
    return None


def _best(situation: Situation, fitting: list[ActionRule]) -> tuple[ActionRule | None, Worth]:
    """The one from which most margin is expected; those of which nothing is known come last. Ties go by the file's order."""
    if not fitting:
        return None, Worth(None, "")
    worths = [situation.worth(rule) for rule in fitting]
    is_by_margin = situation.rules.choosing.by == "margin"
    best = min(range(len(fitting)), key=lambda i: _rank(worths[i])) if is_by_margin else 0
    return fitting[best], worths[best]


def _rank(worth: Worth) -> tuple[bool, float]:
    return worth.drawn_minor is None, -(worth.drawn_minor or 0.0)


def _loses_money(s: Situation, rule: ActionRule) -> bool:
    """Fewer orders or a smaller margin are expected with it than without; what costs money must add something worth the
    interruption. A rule in the file's order is taken at its word, except where it costs money."""
    is_costly = costs_money(rule)
    if s.rules.choosing.by == "order" and not is_costly:
        return False
    worth = s.worth(rule)
    if worth.is_loss:
        return True
    least = s.rules.choosing.least_gain_share * worth.yardstick_minor if is_costly else 0.0
    return worth.drawn_minor is not None and worth.drawn_minor < least


def is_over(s: Situation, rule: ActionRule) -> bool:
    """Whether the time for which it was offered to this visit has passed."""
    return s.session.pacing.deadlines.get(rule.id, s.event.at_ms) < s.event.at_ms


def is_on_its_way(s: Situation) -> bool:
    """Until the page says what became of it, or can no longer: a frame that was lost with its socket is never answered."""
    pacing = s.session.pacing
    waited_ms = s.session.elapsed_ms - pacing.pending_since_ms
    return bool(pacing.pending) and waited_ms < s.rules.pacing.valid_ms + ANSWER_MS


def _is_cooling_down(s: Situation) -> bool:
    last_ms = s.session.pacing.last_offer_ms
    return last_ms is not None and s.session.elapsed_ms - last_ms < s.rules.pacing.gap_ms


def _is_pointless(s: Situation, rule: ActionRule) -> bool:
    """Free shipping where it is free already; points where this cart brings none."""
    action, cart = rule.action, s.session.cart
    if isinstance(action, FreeShipping):
        return cart.shipping_minor == 0
    return isinstance(action, Loyalty) and action.minor_per_point > 0 and not points_of(action, cart.value_minor)
