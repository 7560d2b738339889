"""Conditions of a rules file that are well-formed and can never hold, or that a visit's state cannot tell."""

from collections.abc import Iterator

from core.events import NAME_BY_TYPE, TYPE_BY_NAME, UNSEEN_EVENTS, WebVitals
from core.nearest import hint
from core.pages import PAGE_TYPES
from core.records import SegmentName
from core.rules import ActionRule, Bounds, Segments, When
from core.rules_check import Mistake
from core.toml_lines import Path

COUNTED_EVENTS = [name for kind, name in NAME_BY_TYPE.items() if kind not in UNSEEN_EVENTS and name != "purchase"]


def when_mistakes(rule: ActionRule, segments: Segments, path: Path) -> Iterator[Mistake]:
    """Everything about the conditions of one action; `path` is where its table `when` stands."""
    when = rule.when
    yield from _scores(rule, segments, (*path, "scores"))
    for place, page_type in enumerate(when.path):
        yield from _page(page_type, (*path, "path", place))
    for page_type in when.visits:
        yield from _page(page_type, (*path, "visits", page_type))
    for name in when.events:
        yield from _event(name, (*path, "events", name))
    yield from _times(when, path)
    if when.max_cart_minor is not None and when.max_cart_minor < rule.min_cart_minor:
        why = f"max_cart_minor ({when.max_cart_minor}) is below min_cart_minor ({rule.min_cart_minor}), so no cart fits"
        yield Mistake((*path, "max_cart_minor"), f"{why}. Next: raise it, or lower min_cart_minor.")


def _scores(rule: ActionRule, segments: Segments, path: Path) -> Iterator[Mistake]:
    for name, bounds in rule.when.scores.items():
        if bounds.at_least > bounds.at_most:
            why = f"at_least ({bounds.at_least:g}) is above at_most ({bounds.at_most:g}), so no score of {name} fits"
            yield Mistake((*path, name), f"{why}. Next: swap them.")
        elif name == "purchase" and not any(_meets(bounds, segment, segments) for segment in rule.segments):
            why = f"no visit of its segments ({', '.join(rule.segments)}) has such a score of purchase"
            yield Mistake((*path, name), f"{why}. Next: name another segment, or look at the thresholds in [segments].")


def _meets(bounds: Bounds, segment: SegmentName, at: Segments) -> bool:
    """Whether a purchase score between these may be of this segment. A score at a threshold belongs above it."""
    match segment:
        case "likely_to_buy":
            return bounds.at_most >= at.likely_to_buy_at
        case "on_the_fence":
            return bounds.at_least < at.likely_to_buy_at and bounds.at_most >= at.on_the_fence_at
        case "unlikely_to_buy":
            return bounds.at_least < at.on_the_fence_at


def _page(page_type: str, path: Path) -> Iterator[Mistake]:
    if page_type not in PAGE_TYPES:
        why = f"{page_type!r} has no name of ours, and words of your own cannot be told apart later in a visit"
        yield Mistake(path, f"{why}. {hint(page_type, PAGE_TYPES)} Next: mark those pages with one of these types.")


def _event(name: str, path: Path) -> Iterator[Mistake]:
    kind = TYPE_BY_NAME.get(name)
    if kind is None:
        yield Mistake(path, f"unknown event {name!r}. {hint(name, COUNTED_EVENTS)}")
    elif kind in UNSEEN_EVENTS:
        why = f"{name!r} happens only where an offer is shown, so visits without offers could not be decided alike"
        if kind is WebVitals:
            why = f"{name!r} comes as the page goes, when no offer can follow"
        yield Mistake(path, f"{why}. Next: name what the shopper does in the shop.")
    elif name == "purchase":
        yield Mistake(path, "who has bought is left alone, so this can never hold. Next: remove it.")


def _times(when: When, path: Path) -> Iterator[Mistake]:
    if when.path_within_s and not when.path:
        yield Mistake((*path, "path_within_s"), "there is no path that could take so long. Next: add path = [...].")
    if when.hours is not None and when.hours[0] == when.hours[1]:
        why = f"hours begin and end at {when.hours[0]}, so no hour is between them"
        yield Mistake((*path, "hours"), f"{why}. Next: [0, 24] or no line at all is the whole day.")
