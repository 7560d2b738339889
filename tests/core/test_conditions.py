"""Each condition alone: the action comes where it holds, and is refused with its own code where it does not."""

from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.actions import Content
from core.conditions import CONDITIONS, has_taken
from core.engine import Step
from core.pages import page_bucket
from core.records import SegmentName
from core.rules import ActionRule, Bounds, Pacing, When
from core.session import TRAIL_LENGTH, Session
from tests.core.journey import START_MS, offers, play, rules

Score = float | Callable[[int], float]
GUIDE = Content(title="How to choose", url="https://shop.example/blog")
CALM = Pacing(after_page_views=1, gap_ms=0)


def visit(
    *pages: str, rest_s: int = 10, first: dict[str, Any] | None = None, between: tuple[ev.Event, ...] = ()
) -> list[ev.Event]:
    """These pages, `rest_s` apart; then `between`, and a pause at the end."""
    told: list[ev.Event] = [
        ev.PageView(seq=1, at_ms=START_MS + i * rest_s * 1000, page_type=page, **(first or {}) if i == 0 else {})
        for i, page in enumerate(pages)
    ]
    end_ms = START_MS + len(pages) * rest_s * 1000
    told = [*told, *(msgspec.structs.replace(event, at_ms=end_ms) for event in between)]
    told.append(ev.Dwell(seq=1, at_ms=end_ms + 2000, active_ms=2000))
    return [msgspec.structs.replace(event, seq=i + 1) for i, event in enumerate(told)]


class Case(NamedTuple):
    """A condition, a visit (and its score) that meets it, and one that does not."""

    when: When
    fits: list[ev.Event]
    fails: list[ev.Event]
    fitting_score: Score = 0.3
    failing_score: Score = 0.3


HOME = ("home", "home", "home")
PRICING = ("pricing", "case_study", "pricing")
SEARCH = ev.Search(seq=1, at_ms=0, term_length=4)


def added(value_minor: int) -> ev.Event:
    return ev.AddToCart(seq=1, at_ms=0, currency="EUR", value_minor=value_minor)


CASES: dict[str, list[Case]] = {
    "score_too_low": [
        Case(When(scores={"purchase": Bounds(at_least=0.4)}), visit(*HOME), visit(*HOME), 0.4, 0.39),
        Case(When(scores={"purchase": Bounds(at_least=0.1), "exit": Bounds(at_least=0.1)}), visit(*HOME), visit(*HOME), 0.1, 0.09),
    ],
    "score_too_high": [Case(When(scores={"purchase": Bounds(at_most=0.4)}), visit(*HOME), visit(*HOME), 0.4, 0.41)],
    "other_trend": [
        Case(When(trends=("falling",)), visit(*HOME), visit(*HOME), lambda n: 0.6 if n == 1 else 0.3, 0.3),
        Case(When(trends=("rising", "steady")), visit(*HOME), visit(*HOME), 0.3, lambda n: 0.6 if n == 1 else 0.3),
    ],
    "path_not_taken": [
        Case(When(path=PRICING), visit(*PRICING), visit("pricing", "case_study")),
        Case(When(path=PRICING), visit("home", *PRICING[:1], "faq", *PRICING[1:], "home"), visit("pricing", *PRICING[:2])),
        Case(When(path=("pricing", "pricing")), visit("pricing", "home", "pricing"), visit("pricing", "home")),
        Case(When(path=PRICING, path_within_s=20), visit(*PRICING), visit(*PRICING, rest_s=11)),
        # The first pricing page is too long ago, and a later one begins the path in time.
        Case(When(path=PRICING, path_within_s=20), visit("pricing", *PRICING), visit(*PRICING[:2], *HOME, "pricing")),
    ],
    "too_few_visits": [
        Case(When(visits={"faq": 3}), visit("faq", "home", "faq", "faq"), visit("faq", "home", "faq")),
        Case(When(visits={"faq": 1, "home": 2}), visit("faq", "home", "home"), visit("home", "home")),
    ],
    "too_few_events": [
        Case(When(events={"search": 2}), visit(*HOME, between=(SEARCH, SEARCH)), visit(*HOME, between=(SEARCH,))),
        Case(When(events={"search": 1, "page_view": 3}), visit(*HOME, between=(SEARCH,)), visit("home", between=(SEARCH,))),
    ],
    "other_device": [
        Case(When(devices=("mobile",)), visit(*HOME, first={"device": "mobile"}), visit(*HOME, first={"device": "tablet"})),
        Case(When(devices=("mobile",)), visit(*HOME, first={"device": "mobile"}), visit(*HOME)),
    ],
    "other_source": [
        Case(When(sources=("paid",)), visit(*HOME, first={"source": "paid"}), visit(*HOME, first={"source": "email"})),
    ],
    "other_visitor": [
        Case(When(visitors=("new",)), visit(*HOME, first={"is_new_visitor": True}), visit(*HOME, first={"is_new_visitor": False})),
        Case(When(visitors=("new", "returning")), visit(*HOME, first={"is_new_visitor": False}), visit(*HOME)),
    ],
    "other_hour": [
        Case(When(hours=(18, 23)), visit(*HOME, first={"local_hour": 18}), visit(*HOME, first={"local_hour": 23})),
        Case(When(hours=(22, 6)), visit(*HOME, first={"local_hour": 5}), visit(*HOME, first={"local_hour": 6})),
        Case(When(hours=(22, 6)), visit(*HOME, first={"local_hour": 22}), visit(*HOME, first={"local_hour": 12})),
        Case(When(hours=(0, 24)), visit(*HOME, first={"local_hour": 23}), visit(*HOME)),
    ],
    "too_soon": [Case(When(after_s=60), visit(*HOME, rest_s=20), visit(*HOME, rest_s=19))],
    "cart_too_large": [
        Case(When(max_cart_minor=5000), visit(*HOME, between=(added(5000),)), visit(*HOME, between=(added(5001),))),
        Case(When(max_cart_minor=0), visit(*HOME), visit(*HOME, between=(added(1),))),
    ],
}  # fmt: skip


def test_every_condition_has_a_case() -> None:
    assert set(CASES) == {reason for reason, _ in CONDITIONS}
    assert all(CASES.values())


def test_every_key_of_when_has_a_condition_of_its_own_that_a_case_meets() -> None:
    asked = {name for cases in CASES.values() for case in cases for name in When.__struct_fields__
             if getattr(case.when, name) != getattr(When(), name)}  # fmt: skip
    assert asked == set(When.__struct_fields__)


# shows: E6 F3
@pytest.mark.parametrize(("reason", "case"), [(name, case) for name, cases in CASES.items() for case in cases])
def test_a_condition_lets_the_action_come_where_it_holds_and_names_itself_where_not(reason: str, case: Case) -> None:
    under = rules(_guide(case.when), pacing=CALM)
    assert offers(play(case.fits, under, score=case.fitting_score)) == ["guide"]
    refused = play(case.fails, under, score=case.failing_score)
    assert offers(refused) == []
    assert _last_refusal(refused) == (("guide", reason),)


def _guide(when: When) -> ActionRule:
    everybody = get_args(SegmentName)
    return ActionRule(id="guide", action=GUIDE, segments=everybody, when=when, because="seen-it")


def _last_refusal(steps: list[Step]) -> tuple[tuple[str, str], ...]:
    answer = steps[-1].answer
    assert answer is not None
    return answer.refused


# shows: F6
def test_the_faq_three_times_brings_the_action_with_the_merchants_own_reason_and_not_on_arrival() -> None:
    under = rules(_guide(When(visits={"faq": 3})), pacing=CALM)
    [chosen] = [s.answer for s in play(visit("faq", "faq", "faq"), under) if s.answer and s.answer.action_id]
    assert chosen.because == "seen-it"
    at_once = play(visit("faq", "faq", "faq", rest_s=0), under)
    assert offers(at_once) == []
    assert _last_refusal(at_once) == (("guide", "quiet_period"),)


def test_all_conditions_of_a_rule_must_hold_and_the_first_that_does_not_is_named() -> None:
    both = When(visits={"faq": 1}, devices=("mobile",), after_s=10)
    under = rules(_guide(both), pacing=CALM)
    assert offers(play(visit("faq", first={"device": "mobile"}), under)) == ["guide"]
    assert _last_refusal(play(visit("faq"), under)) == (("guide", "other_device"),)
    assert _last_refusal(play(visit("home"), under)) == (("guide", "too_few_visits"),)


def test_a_path_is_found_in_the_last_page_views_only() -> None:
    path = ("pricing", "case_study")
    assert has_taken(_seen([*path, *["home"] * (TRAIL_LENGTH - 2)]), path)
    assert not has_taken(_seen([*path, *["home"] * (TRAIL_LENGTH - 1)]), path)


def _seen(pages: list[str]) -> Session:
    steps = play(visit(*pages), rules(_guide(When()), pacing=CALM))
    return steps[-1].session


_PAGES = st.sampled_from(["pricing", "case_study", "faq"])


@given(st.lists(st.tuples(_PAGES, st.integers(0, 40)), max_size=16), st.lists(_PAGES, min_size=1, max_size=4))
def test_a_path_is_taken_where_some_choice_of_its_pages_is_in_order_and_in_time(
    views: list[tuple[str, int]], path: list[str]
) -> None:
    at_s, trail, timed = 0, b"", []
    for page, gap_s in views:
        at_s += gap_s
        trail += bytes((page_bucket(page),)) + at_s.to_bytes(2, "big")
        timed.append((page, at_s))
    session = Session(id=b"s" * 16, trail=trail)
    ways = list(_ways(timed, path))
    assert has_taken(session, tuple(path)) == bool(ways)
    assert has_taken(session, tuple(path), within_s=60) == any(way[-1] - way[0] <= 60 for way in ways)


def _ways(views: list[tuple[str, int]], path: list[str]) -> list[list[int]]:
    """Every way to take the path, as the times of its pages."""
    if not path:
        return [[]]
    return [
        [at_s, *rest]
        for i, (page, at_s) in enumerate(views)
        if page == path[0]
        for rest in _ways(views[i + 1 :], path[1:])
    ]
