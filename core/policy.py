"""Which action, or why none: one eligibility function for every trigger, and each refusal has exactly one reason.

The order of the checks is the answer to "why not": the first rule that fails is the reason. Guards that protect the
merchant's margin and the shopper's calm are here and not in configuration, so that no rule can switch them off.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from core import events as ev
from core.actions import FreeShipping, gives_money_away
from core.frictions import frictions_of
from core.records import SegmentName
from core.rules import ActionRule, Rules
from core.session import Session

MOMENTS = (ev.Dwell, ev.Idle, ev.SectionView, ev.TabVisible, ev.ExitIntent)
"""When an offer may come: the shopper rests or is about to leave. Never with a click or as a page lands."""

ANSWER_MS = 10_000
"""How long after its last valid moment the page may take to say that an offer was shown or withheld."""

PAYMENT_PAGES = ("checkout", "payment")


class Situation(NamedTuple):
    """What a rule may look at: state only (DESIGN 3.11)."""

    session: Session
    event: ev.Event
    segment: SegmentName
    rules: Rules


Check = Callable[[Situation], bool]

SESSION_CHECKS: tuple[tuple[str, Check], ...] = (
    ("already_bought", lambda s: s.session.count(ev.Purchase) > 0),
    ("dismissed", lambda s: s.session.pacing.is_dismissed),
    ("taken", lambda s: s.session.pacing.is_taken),
    ("layer_open", lambda s: bool(s.session.pacing.open)),
    ("on_its_way", lambda s: _is_on_its_way(s)),
    ("payment_step", lambda s: s.session.page.page_type in PAYMENT_PAGES),
    ("quiet_period", lambda s: s.session.elapsed_ms < s.rules.pacing.quiet_ms),
    ("too_early", lambda s: s.session.count(ev.PageView) < s.rules.pacing.after_page_views),
    ("session_cap", lambda s: s.session.pacing.offered_count >= s.rules.pacing.shows_per_session),
    ("cooling_down", lambda s: _is_cooling_down(s)),
)
"""What holds for every action: the reason, and when it applies. First match wins."""

ACTION_CHECKS: tuple[tuple[str, Callable[[Situation, ActionRule], bool]], ...] = (
    ("switched_off", lambda s, a: not a.is_on),
    ("no_discount_for_sure_buyers", lambda s, a: s.segment == "likely_to_buy" and gives_money_away(a.action)),
    ("other_segment", lambda s, a: s.segment not in a.segments),
    ("other_page", lambda s, a: bool(a.pages) and s.session.page.page_type not in a.pages),
    ("kept_off_this_page", lambda s, a: s.session.page.page_type in a.not_on_pages),
    ("cart_too_small", lambda s, a: s.session.cart.value_minor < a.min_cart_minor),
    ("other_friction", lambda s, a: bool(a.frictions) and not set(a.frictions) & set(frictions_of(s.session))),
    ("not_applicable", lambda s, a: _is_pointless(s, a)),
    ("action_cap", lambda s, a: s.session.pacing.offered.get(a.id, 0) >= s.rules.pacing.shows_per_action),
    ("waits_for_exit_intent", lambda s, a: a.trigger == "exit_intent" and not isinstance(s.event, ev.ExitIntent)),
    ("waits_for_a_pause", lambda s, a: not isinstance(s.event, MOMENTS)),
)
"""What holds for one action: the reason for refusing it, and when. First match wins."""

CHOSEN = "chosen"
STEPPED_ASIDE = "stepped_aside"
NOTHING_FITS = "nothing_fits"
NO_MODEL = "no_model"
OUTRANKED = "outranked"

WORDS: dict[str, str] = {
    CHOSEN: "This offer fits now.",
    STEPPED_ASIDE: "Likely to buy: we step aside and let them check out.",
    NOTHING_FITS: "No configured action is meant for this shopper here.",
    NO_MODEL: "No model is loaded, so nothing is shown.",
    "already_bought": "The shopper has bought: there is nothing to add.",
    "dismissed": "The shopper closed an offer: none follows in this visit.",
    "taken": "The shopper took an offer: that is enough for one visit.",
    "layer_open": "One offer is on the page already.",
    "on_its_way": "An offer is on its way to the page.",
    "payment_step": "Nothing is ever shown while the shopper pays.",
    "quiet_period": "The shopper has only just arrived.",
    "too_early": "Too few pages seen to judge.",
    "session_cap": "This visit has had as many offers as the rules allow.",
    "cooling_down": "The last offer was a moment ago.",
    "switched_off": "This action is switched off.",
    "no_discount_for_sure_buyers": "A sure buyer is never given a discount.",
    "other_segment": "This action is for another kind of visit.",
    "other_page": "This action belongs on other pages.",
    "kept_off_this_page": "This action stays away from this page.",
    "cart_too_small": "The cart is too small for this action.",
    "other_friction": "This action answers a hesitation that the shopper does not show.",
    "not_applicable": "The shopper has this already.",
    "action_cap": "This action was shown often enough.",
    "waits_for_exit_intent": "This action waits until the shopper is about to leave.",
    OUTRANKED: "Another action came first.",
    "waits_for_a_pause": "An offer fits and waits for a calm moment.",
}
"""Every reason code in words that a merchant understands. A test walks the checks and asks for each."""


class Choice(NamedTuple):
    """What was chosen, why, and why each other configured action was not."""

    rule: ActionRule | None
    reason: str
    refused: tuple[tuple[str, str], ...]


def session_refusal(situation: Situation) -> str | None:
    """Why nothing at all may be chosen now, or None."""
    return next((reason for reason, applies in SESSION_CHECKS if applies(situation)), None)


def action_refusal(situation: Situation, rule: ActionRule) -> str | None:
    """Why this action may not be chosen now, or None."""
    return next((reason for reason, forbids in ACTION_CHECKS if forbids(situation, rule)), None)


def choose(situation: Situation) -> Choice:
    """The first configured action that nothing forbids, else the reason for none. The one way to an action."""
    rules = situation.rules.actions
    closed = session_refusal(situation)
    if closed is not None:
        return Choice(None, closed, tuple((rule.id, closed) for rule in rules))
    verdicts = [(rule, action_refusal(situation, rule)) for rule in rules]
    chosen = next((rule for rule, why in verdicts if why is None), None)
    refused = tuple((rule.id, why or OUTRANKED) for rule, why in verdicts if rule is not chosen)
    if chosen is not None:
        return Choice(chosen, CHOSEN, refused)
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


def _is_on_its_way(s: Situation) -> bool:
    """Until the page says what became of it, or can no longer: a frame that was lost with its socket is never answered."""
    pacing = s.session.pacing
    waited_ms = s.session.elapsed_ms - pacing.pending_since_ms
    return bool(pacing.pending) and waited_ms < s.rules.pacing.valid_ms + ANSWER_MS


def _is_cooling_down(s: Situation) -> bool:
    last_ms = s.session.pacing.last_offer_ms
    return last_ms is not None and s.session.elapsed_ms - last_ms < s.rules.pacing.gap_ms


def _is_pointless(s: Situation, rule: ActionRule) -> bool:
    return isinstance(rule.action, FreeShipping) and s.session.cart.shipping_minor == 0
