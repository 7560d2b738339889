"""When an offer that was made must not be seen any more: what ends it on its way to the page, and what ends it there.

The choice itself is `policy`; this asks its checks again, as the visit and the rules go on.
"""

from core import events as ev
from core.conditions import unmet
from core.policy import MEANT_CHECKS, PAYMENT_PAGES, PROMISE_CHECKS, Situation, first_of, is_over
from core.preview import preview_must_go
from core.rules import ALL_ACTIONS, ActionRule, Rules


def must_go(situation: Situation, action_id: str, *, is_open: bool) -> str | None:
    """Why an offer that was made must not be drawn any more, or must be taken down, or None.

    One that is on the page already stays through a change of mind: only paying, buying, its own deadline and the
    merchant's switches end it.
    """
    session, rules = situation.session, situation.rules
    rule = _rule_of(rules, action_id)
    if rule is None or (is_killed(rules, action_id) and not rules.preview):
        return "killed" if _is_named(rules.killed, action_id) else "switched_off"
    if rules.preview:
        return preview_must_go(situation, rule)
    if session.page.page_type in PAYMENT_PAGES:
        return "payment_step"
    if session.count(ev.Purchase) > 0:
        return "already_bought"
    if is_over(situation, rule):
        return "deadline_passed"
    if is_open:
        return None
    # What it is worth moves with every event: an offer that was made is not taken back for that.
    return (
        first_of(MEANT_CHECKS, situation, rule)
        or unmet(session, rule.when)
        or first_of(PROMISE_CHECKS, situation, rule)
    )


def is_killed(rules: Rules, action_id: str) -> bool:
    """Whether an offer of this action must go under these rules: killed, switched off, or no longer there."""
    rule = _rule_of(rules, action_id)
    return rule is None or not rule.is_on or _is_named(rules.killed, action_id)


def _rule_of(rules: Rules, action_id: str) -> ActionRule | None:
    return next((rule for rule in rules.actions if rule.id == action_id), None)


def _is_named(killed: tuple[str, ...], action_id: str) -> bool:
    return ALL_ACTIONS in killed or action_id in killed
