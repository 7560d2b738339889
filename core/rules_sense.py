"""What is well-formed in a rules file and still makes no sense: an offer that nobody honours, a goal that cannot come true.

Each check takes one part of the file as its Struct; a part that has a mistake of shape is left out, so that one typo
does not bring a second complaint. What the engine forbids by itself (`core.policy`) is refused here too, with the reason.
"""

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from core.actions import EmailCapture, FreeShipping, Upsell, gives_money_away, type_of
from core.events import ACTION_EVENTS, COMMERCE_EVENTS, NAME_BY_TYPE, TYPE_BY_NAME
from core.nearest import hint, nearest
from core.pages import PAGE_TYPES
from core.policy import PAYMENT_PAGES
from core.rules import CHECKOUT_PAGES, ActionRule, Arms, Goal, Segments
from core.rules_check import Mistake
from core.toml_lines import Path

_S = TypeVar("_S", bound=msgspec.Struct)

MAX_ACTIONS = 100
"""Each event looks at every action; no shop means more."""

THREE_WAYS = (
    'honour = { by = "code", code = "YOURCODE" } (a code of your shop), '
    'honour = { by = "url", url = "https://..." } (a page of your shop that grants it), or '
    "honour = { by = \"callback\" } (your page listens with fifthclick('on', 'action', fn))"
)

_GOAL_EVENTS = [name for kind, name in NAME_BY_TYPE.items() if kind not in ACTION_EVENTS]


def sense_mistakes(data: dict[str, object]) -> list[Mistake]:
    """Everything about parsed TOML that has the right shape and cannot work."""
    return [
        *_goals(data.get("goals")),
        *_segments(_part(data.get("segments"), Segments)),
        *_arms(_part(data.get("arms"), Arms)),
        *_actions(data.get("actions")),
    ]


def _goals(table: object) -> Iterator[Mistake]:
    if not isinstance(table, dict):
        return
    if not table:
        yield Mistake(("goals",), 'no goal is left to measure by. Next: add [goals.purchase] with event = "purchase".')
    for name, value in table.items():
        goal = _part(value, Goal)
        if goal is not None:
            yield from _goal(goal, ("goals", name))


def _goal(goal: Goal, path: Path) -> Iterator[Mistake]:
    kind = TYPE_BY_NAME.get(goal.event)
    if kind is None:
        yield Mistake((*path, "event"), f"unknown event {goal.event!r}. {hint(goal.event, _GOAL_EVENTS)}")
    elif kind in ACTION_EVENTS:
        why = "happens only where an offer is shown, so it cannot be compared with the holdout"
        yield Mistake((*path, "event"), f"{goal.event!r} {why}. Next: name what the shopper does in the shop.")
    elif goal.min_value_minor and kind not in COMMERCE_EVENTS:
        why = f"{goal.event!r} carries no money, so min_value_minor can never be reached"
        yield Mistake((*path, "min_value_minor"), f"{why}. Next: remove the line.")


def _segments(segments: Segments | None) -> Iterator[Mistake]:
    if segments is not None and segments.likely_to_buy_at <= segments.on_the_fence_at:
        yield Mistake(
            ("segments", "likely_to_buy_at"),
            f"likely_to_buy_at ({segments.likely_to_buy_at:g}) must be greater than on_the_fence_at "
            f"({segments.on_the_fence_at:g}), else nobody is on the fence.",
        )


def _arms(arms: Arms | None) -> Iterator[Mistake]:
    if arms is not None and arms.holdout_share == 0 and not arms.no_holdout_because.strip():
        yield Mistake(
            ("arms", "holdout_share"),
            "without a holdout no lift can be shown, so holdout_share cannot be 0 by accident. "
            'Next: raise it, or say why in no_holdout_because = "...".',
        )


def _actions(value: object) -> Iterator[Mistake]:
    if not isinstance(value, list):
        return
    if len(value) > MAX_ACTIONS:
        yield Mistake(("actions", MAX_ACTIONS), f"there are {len(value)} actions, at most {MAX_ACTIONS} are allowed.")
    first_by_id: dict[str, int] = {}
    for place, table in enumerate(value):
        action_id = table.get("id") if isinstance(table, dict) else None
        if isinstance(action_id, str) and first_by_id.setdefault(action_id, place) != place:
            first = first_by_id[action_id] + 1
            yield Mistake(
                ("actions", place, "id"), f"{action_id!r} is the id of action number {first} already. Next: rename one."
            )
        rule = _part(table, ActionRule)
        if rule is not None:
            yield from _action(rule, ("actions", place))


def _action(rule: ActionRule, path: Path) -> Iterator[Mistake]:
    action, name = rule.action, type_of(rule.action)
    if type(action).needs_honour and action.honour is None:
        yield Mistake(
            (*path, "action"),
            f"action {rule.id!r} ({name}) changes what the shopper pays and does not say who honours it. "
            f"Next: add one of {THREE_WAYS}.",
        )
    if gives_money_away(action) and "likely_to_buy" in rule.segments:
        yield Mistake(
            (*path, "segments"),
            f"action {rule.id!r} gives money away, and a likely_to_buy shopper is never given a discount. "
            "Next: take likely_to_buy out of its segments.",
        )
    if isinstance(action, Upsell) and (action.price_minor is None) != (action.currency is None):
        missing = "currency" if action.currency is None else "price_minor"
        yield Mistake((*path, "action"), f"a price needs both price_minor and currency; {missing} is missing.")
    if isinstance(action, EmailCapture) and not action.consent.strip():
        yield Mistake((*path, "action", "consent"), "consent must say what the address is used for.")
    if isinstance(action, FreeShipping) and rule.min_cart_minor > action.threshold_minor > 0:
        yield Mistake(
            (*path, "min_cart_minor"),
            "min_cart_minor is above threshold_minor, so there is never an amount to go. Next: lower min_cart_minor.",
        )
    yield from _pages(rule, path)


def _pages(rule: ActionRule, path: Path) -> Iterator[Mistake]:
    never = {*rule.not_on_pages, *PAYMENT_PAGES}
    if rule.pages and never.issuperset(rule.pages):
        yield Mistake(
            (*path, "pages"),
            f"action {rule.id!r} can never show: each of its pages is in not_on_pages "
            f"(by default {', '.join(CHECKOUT_PAGES)}) or a payment step. Next: name another page.",
        )


def page_hints(rules_actions: tuple[ActionRule, ...]) -> list[str]:
    """Page types that look misspelt. A shop may have words of its own, so this is said and not refused."""
    words = sorted({page for rule in rules_actions for page in (*rule.pages, *rule.not_on_pages)} - {*PAGE_TYPES, ""})
    close = {word: nearest(word, PAGE_TYPES) for word in words}
    return [
        f"page type {word!r} is not one that the tracker finds by itself. Did you mean {near!r}?"
        for word, near in close.items()
        if near is not None
    ]


def _part(value: object, kind: type[_S]) -> _S | None:
    """A part of the file as its Struct, or None where it is absent or has a mistake of shape already."""
    try:
        return msgspec.convert(value, kind) if value is not None else None
    except msgspec.ValidationError:
        return None
