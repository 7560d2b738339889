"""What the report says about patterns of pages: which go with buying, which with leaving, and which held up when checked.

The search and its tests are `mining`; here are halves, names and words.
"""

from collections.abc import Mapping, Sequence
from zlib import crc32

from core import events as ev
from core.pages import PAGE_TYPES, page_code
from model.calibrate import usable
from model.dataset import Encoded, Recorded
from model.report.mining import Counted, Mined, Pattern, mine
from model.report.section import Asked, Cell, Section
from model.report.words import between, percent

NAME, TITLE = "patterns", "Patterns of pages"
HALF_LEAST = 200
"""Fewer visits in a half, or fewer than `BUYERS_LEAST` purchases, and no pattern could be told from chance."""
BUYERS_LEAST = 10
WORTH_NAMING = 3


def section(asked: Asked) -> Section:
    """The strongest patterns as a table. They are found on the sessions that may teach; without such, on half of the others."""
    find, check = halves(asked)
    if not all(_is_enough(half) for half in (find, check)):
        words = (
            f"Too few visits for patterns: {len(find):,} to find them on and {len(check):,} to check them on. "
            f"Each part needs {HALF_LEAST} visits and {BUYERS_LEAST} purchases.",
        )
        return Section(NAME, TITLE, words, data={"tried": 0, "patterns": []})
    mined = mine(find, check)
    names = page_names(asked.recorded)
    rows = [_row(pattern, names) for pattern in mined.patterns]
    return Section(NAME, TITLE, _words(mined, names), rows, data=_data(mined, names))


def halves(asked: Asked) -> tuple[list[Encoded], list[Encoded]]:
    """Sessions to find on and sessions to check on. Those with an offer are in neither: it changed how they ended."""
    learn, test = usable(asked.learn), usable(asked.test)
    if _is_enough(learn):
        return learn, test
    # By name and not by place, so that the same visit is on the same side whatever stands beside it.
    sides: tuple[list[Encoded], list[Encoded]] = ([], [])
    for place, session in enumerate(test):
        name = session.session_id or str(place)
        sides[crc32(f"{asked.seed}:{name}".encode()) & 1].append(session)
    return sides


def page_names(recorded: Sequence[Recorded]) -> dict[int, str]:
    """A shop's own words for its page types; the codes of other words have no name."""
    names = {page_code(word): word for word in PAGE_TYPES}
    for session in recorded:
        for _, event in session.events:
            if isinstance(event, ev.PageView):
                names.setdefault(page_code(event.page_type), event.page_type)
    return names


def _is_enough(sessions: Sequence[Encoded]) -> bool:
    buyers = sum(session.has_bought for session in sessions)
    return len(sessions) >= HALF_LEAST and BUYERS_LEAST <= buyers < len(sessions)


def _spelt(pattern: Pattern, names: Mapping[int, str]) -> str:
    return " → ".join(names.get(code, f"page type {code}").replace("_", " ") for code in pattern.steps)


def _share(value: float | None) -> str | None:
    return None if value is None else percent(value)


def _interval(counted: Counted) -> str | None:
    return None if counted.low is None or counted.high is None else between(counted.low, counted.high)


def _row(pattern: Pattern, names: Mapping[int, str]) -> dict[str, Cell]:
    found, checked = pattern.found, pattern.checked
    return {
        "pattern": _spelt(pattern, names),
        "visits": found.sessions,
        "share of visits": _share(found.support),
        "buy rate": _share(found.buy_rate),
        "95 % interval": _interval(found),
        "times the base": None if found.lift is None else round(found.lift, 2),
        "p, corrected": "< 0.0001" if pattern.adjusted_p < 1e-4 else f"{pattern.adjusted_p:.2g}",
        "checked on visits": checked.sessions,
        "buy rate there": _share(checked.buy_rate),
        "interval there": _interval(checked),
        "times the base there": None if checked.lift is None else round(checked.lift, 2),
        "holds up": "yes" if pattern.holds_up else "no" if pattern.is_found else "not found",
    }


def _words(mined: Mined, names: Mapping[int, str]) -> tuple[str, ...]:
    held = [pattern for pattern in mined.patterns if pattern.holds_up]
    found = sum(pattern.is_found for pattern in mined.patterns)
    words = [
        f"{mined.tried:,} patterns of two to four page types, in this order and with other pages allowed in between, were "
        f"tried on {mined.found_on:,} visits, each within its first ten pages and before the purchase. Of the "
        f"{len(mined.patterns)} strongest, {found} are more than chance after correction for the number tried, and "
        f"{len(held)} of these held up on {mined.checked_on:,} other visits.",
    ]
    if not held:
        words.append("No pattern is worth acting on: what the table shows may be chance.")
    # By the cautious end of the interval: the highest rate of all is that of the fewest visits.
    for_buying = sorted(held, key=lambda one: -(one.found.low or 0.0))
    against = sorted(held, key=lambda one: one.found.high or 0.0)
    words += [_sentence(one, names) for one in _apart([one for one in for_buying if (one.found.lift or 0.0) > 1.0])]
    words += [_sentence(one, names) for one in _apart([one for one in against if (one.found.lift or 0.0) < 1.0])]
    words.append(
        f"All visits of the first part: {_share(mined.base_rate)} bought. A pattern says what goes together, not what causes "
        "what; longer visits hold more patterns."
    )
    return tuple(words)


def _apart(ranked: Sequence[Pattern]) -> list[Pattern]:
    """The first few that end on different pages: three ways to the payment page are one piece of news."""
    by_end = {pattern.steps[-1]: pattern for pattern in reversed(ranked)}
    return [pattern for pattern in ranked if by_end[pattern.steps[-1]] is pattern][:WORTH_NAMING]


def _sentence(pattern: Pattern, names: Mapping[int, str]) -> str:
    checked = pattern.checked
    return (
        f"Visits that went {_spelt(pattern, names)} bought {_share(checked.buy_rate)} of the time on the visits that checked "
        f"({_interval(checked)}), {checked.lift or 0.0:.2g} times the base."
    )


def _data(mined: Mined, names: Mapping[int, str]) -> dict[str, object]:
    return {
        "tried": mined.tried,
        "found_on": mined.found_on,
        "checked_on": mined.checked_on,
        "base_rate": mined.base_rate,
        "patterns": [
            {
                "steps": [names.get(code, f"page type {code}") for code in pattern.steps],
                "found": pattern.found._asdict(),
                "checked": pattern.checked._asdict(),
                "p": pattern.p,
                "adjusted_p": pattern.adjusted_p,
                "checked_p": pattern.checked_p,
                "is_found": pattern.is_found,
                "holds_up": pattern.holds_up,
            }
            for pattern in mined.patterns
        ],
    }
