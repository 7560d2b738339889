"""What a rules file may say and its merchant perhaps did not mean. Said by `fifthclick check-config`, never refused."""

import re
from collections.abc import Iterator

from core.actions import gives_money_away
from core.nearest import nearest
from core.pages import PAGE_TYPES
from core.rules import ActionRule

PRESSURE = re.compile(
    r"\b(hurry|last chance|act (?:now|fast)|only today|today only|now or never|don['’]?t miss|running out|almost gone"
    r"|ends? soon|final hours?|limited time|while (?:stocks?|supplies) lasts?|only \d+ left|before it['’]?s too late)\b",
    re.IGNORECASE,
)
"""Wording that presses. A calm offer is clicked for what it gives; a real end belongs into `deadline_minutes`."""

SHAME = re.compile(
    r"\bno\b[^.]*\b(?:full price|pay more|save (?:money|nothing)|saving|deals?|discounts?|miss out)\b", re.IGNORECASE
)
"""A decline that shames who says no."""


def hints_of(actions: tuple[ActionRule, ...]) -> list[str]:
    """Sentences, each with what to do, in the order of the file."""
    return [*page_hints(actions), *(hint for rule in actions for hint in (*_wording(rule), *_cost(rule)))]


def page_hints(actions: tuple[ActionRule, ...]) -> list[str]:
    """Page types that look misspelt. A shop may have words of its own, so this is said and not refused."""
    words = sorted({page for rule in actions for page in (*rule.pages, *rule.not_on_pages)} - {*PAGE_TYPES, ""})
    close = {word: nearest(word, PAGE_TYPES) for word in words}
    return [
        f"page type {word!r} is not one that the tracker finds by itself. Did you mean {near!r}?"
        for word, near in close.items()
        if near is not None
    ]


def _wording(rule: ActionRule) -> Iterator[str]:
    action = rule.action
    for key in ("title", "text", "button", "decline"):
        found = PRESSURE.search(getattr(action, key))
        if found:
            yield (
                f"action {rule.id!r}: {key} presses the shopper ({found[0]!r}). Next: say what the offer is; "
                "if it really ends, deadline_minutes shows the honest time."
            )
    if SHAME.search(action.decline):
        yield f"action {rule.id!r}: decline shames who says no. Next: keep it neutral, such as 'No, thanks'."


def _cost(rule: ActionRule) -> Iterator[str]:
    if gives_money_away(rule.action) and not rule.action.needs_honour and not rule.cost_minor and not rule.cost_share:
        yield (
            f"action {rule.id!r} gives money away and is weighed as if it were free. "
            "Next: say cost_minor or cost_share, so that it is made only where it pays."
        )
