"""The conditions of a rule on the visit so far: each is judged by the session's state alone, and each has one reason code.

To add one: a field of `core.rules.When` and a row in `CONDITIONS`, with its words in `core.policy.WORDS`.
"""

from collections.abc import Callable

from core import events as ev
from core.pages import page_bucket
from core.records import Scores
from core.rules import When
from core.segments import trend_of
from core.session import Session, views_of

Fails = Callable[[Session, When], bool]

CONDITIONS: tuple[tuple[str, Fails], ...] = (
    ("score_too_low", lambda s, w: any(_score(s.scores, name) < b.at_least for name, b in w.scores.items())),
    ("score_too_high", lambda s, w: any(_score(s.scores, name) > b.at_most for name, b in w.scores.items())),
    ("other_trend", lambda s, w: bool(w.trends) and trend_of(s) not in w.trends),
    ("path_not_taken", lambda s, w: bool(w.path) and not has_taken(s, w.path, within_s=w.path_within_s)),
    ("too_few_visits", lambda s, w: any(s.page_counts[page_bucket(p)] < n for p, n in w.visits.items())),
    ("too_few_events", lambda s, w: any(s.count(ev.TYPE_BY_NAME[e]) < n for e, n in w.events.items())),
    ("other_device", lambda s, w: bool(w.devices) and s.entry.device not in w.devices),
    ("other_source", lambda s, w: bool(w.sources) and s.entry.source not in w.sources),
    ("other_visitor", lambda s, w: bool(w.visitors) and _visitor(s) not in w.visitors),
    ("other_hour", lambda s, w: w.hours is not None and not _is_between(s.entry.local_hour, *w.hours)),
    ("too_soon", lambda s, w: s.elapsed_ms < w.after_s * 1000),
    ("cart_too_large", lambda s, w: w.max_cart_minor is not None and s.cart.value_minor > w.max_cart_minor),
)
"""The reason, and whether the condition fails. First match wins; what a visit does not tell is never guessed to fit."""


def unmet(session: Session, when: When) -> str | None:
    """The reason code of the first condition that does not hold, or None."""
    if when == _ASKS_NOTHING:
        return None
    return next((reason for reason, fails in CONDITIONS if fails(session, when)), None)


def has_taken(session: Session, path: tuple[str, ...], *, within_s: int = 0) -> bool:
    """Whether pages of these types were opened in this order, others between them allowed, the last one on screen or left.

    Looks at the last `core.session.TRAIL_LENGTH` page views. `within_s`: from the first of them to the last; 0 asks nothing.
    """
    wanted = [page_bucket(page_type) for page_type in path]
    views = views_of(session)
    # From each possible beginning the earliest end is found, so that no shorter way is overlooked.
    for start, (bucket, began_s) in enumerate(views):
        if bucket != wanted[0]:
            continue
        place, ended_s = 1, began_s
        for later, at_s in views[start + 1 :]:
            if place < len(wanted) and later == wanted[place]:
                place, ended_s = place + 1, at_s
        if place == len(wanted) and (not within_s or ended_s - began_s <= within_s):
            return True
    return False


_ASKS_NOTHING = When()


def _score(scores: Scores | None, name: str) -> float:
    return float(getattr(scores, name)) if scores is not None else 0.0


def _visitor(session: Session) -> str:
    is_new = session.entry.is_new_visitor
    return "unknown" if is_new is None else "new" if is_new else "returning"


def _is_between(hour: int | None, first: int, end: int) -> bool:
    if hour is None:
        return False
    return first <= hour < end if first <= end else hour >= first or hour < end
