"""What a rules file may say and its merchant perhaps did not mean. Said by `fifthclick check-config`, never refused."""

import re
from collections.abc import Iterator

from core.actions import FreeShipping, gives_money_away
from core.look import READABLE, USUAL_SURFACE, USUAL_TEXT, Look, contrast
from core.nearest import nearest
from core.pages import PAGE_TYPES
from core.rules import ActionRule

PRESSURE = re.compile(
    r"\b(hurry|last chance|act (?:now|fast)|only today|today only|now or never|don['’]?t miss|running out|almost gone"
    r"|ends? soon|final hours?|limited time|while (?:stocks?|supplies) lasts?|only \d+ left|before it['’]?s too late)\b",
    re.IGNORECASE,
)
"""Wording that presses. A calm offer is clicked for what it gives; a real end belongs into `deadline_minutes`."""

NAMED_END = re.compile(
    r"\b(?:until|till|expires?|ends?|valid|within|next)\b[^.]*?\b(?:\d+ (?:minutes?|min|hours?|days?)|\d{1,2}(?::\d\d| ?[ap]m)"
    r"|midnight|noon|today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
"""Wording that names an end. Only `deadline_minutes` is kept by the server, told by the page and the same after a reload."""

SHAME = re.compile(
    r"\bno\b[^.]*\b(?:full price|pay more|save (?:money|nothing)|saving|deals?|discounts?|miss out)\b", re.IGNORECASE
)
"""A decline that shames who says no."""


def hints_of(actions: tuple[ActionRule, ...], look: Look | None = None) -> list[str]:
    """Sentences, each with what to do, in the order of the file."""
    return [
        *page_hints(actions),
        *(_look(look) if look else ()),
        *(hint for rule in actions for hint in (*_wording(rule), *_end(rule), *_cost(rule))),
    ]


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


def _end(rule: ActionRule) -> Iterator[str]:
    """An end that is only written down comes again with the next visit: that is what regulators call a false time limit."""
    action = rule.action
    found = next((m for key in ("title", "text", "button") if (m := NAMED_END.search(getattr(action, key)))), None)
    if found and action.honour is not None and rule.deadline_minutes is None:
        yield (
            f"action {rule.id!r} names an end ({found[0]!r}) that nobody keeps. Next: say deadline_minutes, which the server "
            "keeps and the page shows, and take the words out."
        )


def _look(look: Look) -> Iterator[str]:
    surface, text = look.surface or USUAL_SURFACE, look.text or USUAL_TEXT
    found = contrast(text, surface)
    if found < READABLE:
        yield (
            f"look: text {text} on surface {surface} has a contrast of {found:.1f}, and people need {READABLE}. The page "
            "writes in black or white instead. Next: choose a darker or a lighter one."
        )
    if look.accent and contrast(look.accent, surface) < 3:
        yield (
            f"look: accent {look.accent} can hardly be told from surface {surface}. The page draws a line around its buttons. "
            "Next: choose a stronger one."
        )


def _cost(rule: ActionRule) -> Iterator[str]:
    has_price_of_its_own = isinstance(rule.action, FreeShipping)
    if gives_money_away(rule.action) and not has_price_of_its_own and not rule.cost_minor and not rule.cost_share:
        yield (
            f"action {rule.id!r} gives money away and is weighed as if it were free. "
            "Next: say cost_minor or cost_share, so that it is made only where it pays."
        )
