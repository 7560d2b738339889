"""What an action says of how it is drawn that cannot be, or must not be. Said by `fifthclick check-config`, as mistakes."""

from collections.abc import Iterator

from core.actions import Loyalty, Satisfaction, shape_of, type_of
from core.rules import ActionRule, Pacing
from core.rules_check import Mistake
from core.toml_lines import Path

_TEXTS = ("title", "text", "button")


def shape_mistakes_of(rule: ActionRule, pacing: Pacing, path: Path) -> Iterator[Mistake]:
    """Of one action, under the pacing of its file. `path` is where the action stands."""
    here = (*path, "action")
    action = rule.action
    shape = shape_of(action)
    if shape == "inline" and not action.slot:
        why = "an inline offer stands in an element of your page, and slot does not say in which"
        yield Mistake((*here, "shape"), f'{why}. Next: add slot = "NAME", and data-fc-slot="NAME" to that element.')
    elif shape != "inline" and action.slot:
        why = f"slot is ignored beside shape = {shape!r}"
        yield Mistake((*here, "slot"), f'{why}. Next: remove the line, or set shape = "inline".')
    if shape == "modal" and _may_meet_a_landing(rule, pacing):
        why = (
            f"action {rule.id!r} is modal and could cover the page on which a shopper lands from a search; search engines "
            "rank such pages lower (Google: avoid intrusive interstitials)"
        )
        yield Mistake(
            (*here, "shape"),
            f"{why}. Next: let pacing.after_page_views be 2 or more, leave organic_search out of when.sources, or draw a card.",
        )
    yield from _placeholders(rule, here)
    if isinstance(action, Satisfaction) and action.honour is not None:
        yield Mistake(
            (*here, "honour"),
            "an answer that is paid for is no answer, so a question names no honour. Next: remove the line.",
        )


def _may_meet_a_landing(rule: ActionRule, pacing: Pacing) -> bool:
    """Whether nothing keeps it off the first page of a visit that came from a search."""
    when = rule.when
    has_moved_on = pacing.after_page_views > 1 or len(when.path) > 1 or sum(when.visits.values()) > 1
    return not has_moved_on and (not when.sources or "organic_search" in when.sources)


def _placeholders(rule: ActionRule, here: Path) -> Iterator[Mistake]:
    action = rule.action
    says_points = [key for key in _TEXTS if "{points}" in getattr(action, key)]
    gives_points = isinstance(action, Loyalty) and action.minor_per_point > 0
    if says_points and not gives_points:
        why = f"{says_points[0]} says {{points}}, and nothing tells how many"
        next_step = "add minor_per_point" if isinstance(action, Loyalty) else "remove it"
        yield Mistake((*here, says_points[0]), f"{why} ({type_of(action)}). Next: {next_step}.")
