"""What a visit did after its first choice: by steps of its own, on whichever page it was."""

from typing import Any

import pytest

from core import events as ev
from core.aftermath import Aftermath, aftermath_of
from core.outcomes import LoggedEvent
from core.vitals import PageVitals

STREAM, OTHER = b"\x00" * 14, b"\x01" * 14
OFFER: dict[str, Any] = {"decision_id": "0" * 16, "action_id": "guide"}


def after(*events: ev.Event, seq: int = 1) -> Aftermath | None:
    """What is said where these followed the page on which the choice fell."""
    pages: list[ev.Event] = [ev.PageView(seq=1, at_ms=0, page_type="product"), *events]
    logged = [
        LoggedEvent(STREAM, number, number * 1_000, None, None, event, None, None)
        for number, event in enumerate(pages, start=1)
    ]
    return aftermath_of(logged, STREAM, seq)


def page(page_type: str) -> ev.Event:
    return ev.PageView(seq=1, at_ms=1, page_type=page_type)


CLICK = ev.Click(seq=1, at_ms=1)
EMPTY = ev.FieldLeft(seq=1, at_ms=1)
FILLED = ev.FieldLeft(seq=1, at_ms=1, is_filled=True)
RAGE = ev.RageClick(seq=1, at_ms=1)
BY_THEMSELVES = [
    ev.Dwell(seq=1, at_ms=1, active_ms=1_000),
    ev.Idle(seq=1, at_ms=1, waited_ms=1_000),
    ev.TabHidden(seq=1, at_ms=1),
    ev.ActionShown(seq=1, at_ms=1, **OFFER),
    ev.ActionDismissed(seq=1, at_ms=1, **OFFER),
]


@pytest.mark.parametrize(
    ("events", "has_bounced"),
    [
        ([], True),
        ([CLICK, CLICK], True),
        ([CLICK, CLICK, CLICK], False),
        ([CLICK, CLICK, *BY_THEMSELVES], True),
        ([page("category"), page("product"), CLICK], False),
    ],
)
def test_a_visit_that_does_two_things_at_most_went_no_further(events: list[ev.Event], has_bounced: bool) -> None:
    found = after(*events)
    assert found is not None
    assert found.has_bounced is has_bounced


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([page("checkout"), EMPTY, EMPTY, EMPTY], (True, True)),
        ([page("payment"), RAGE, EMPTY], (True, True)),
        ([page("checkout"), RAGE], (True, False)),
        ([page("checkout"), FILLED, FILLED, FILLED, EMPTY], (True, False)),
        ([page("account"), EMPTY, EMPTY, EMPTY, RAGE], (False, False)),
        ([page("checkout"), EMPTY, EMPTY, page("product"), EMPTY, RAGE], (True, False)),
    ],
)
def test_trouble_is_counted_on_the_pages_of_the_checkout_only(
    events: list[ev.Event], expected: tuple[bool, bool]
) -> None:
    found = after(*events)
    assert found is not None
    assert (found.has_checked_out, found.has_checkout_trouble) == expected


def test_what_came_before_the_choice_or_in_another_tab_is_told_apart() -> None:
    assert after(page("checkout"), RAGE, RAGE, seq=4) == Aftermath(True, False, False)
    assert after(CLICK, seq=99) is None, "the choice's event was never stored"
    there = [
        LoggedEvent(STREAM, 1, 1, None, None, page("product"), None, None),
        LoggedEvent(OTHER, 1, 2, None, None, page("checkout"), None, None),
        LoggedEvent(STREAM, 2, 3, None, None, RAGE, None, None),
        LoggedEvent(STREAM, 3, 4, None, None, RAGE, None, None),
    ]
    found = aftermath_of(there, STREAM, 1)
    assert found == Aftermath(False, True, False), "the blows fell on the product page"


def told(stream: bytes, number: int, paint_ms: int) -> LoggedEvent:
    event = ev.WebVitals(seq=number, at_ms=1, page_type="product", paint_ms=paint_ms)
    return LoggedEvent(stream, number, number * 1_000, None, None, event, None, None)


def test_the_page_of_the_choice_speaks_for_itself_by_what_it_told_last_and_no_other_page_does() -> None:
    view = LoggedEvent(STREAM, 1, 1, None, None, page("product"), None, None)
    found = aftermath_of([view, told(STREAM, 2, 900), told(STREAM, 3, 1_200), told(OTHER, 4, 9_000)], STREAM, 1)
    assert found is not None
    assert found.vitals == PageVitals(paint_ms=1_200)
    assert found.has_bounced, "a page's own numbers are no step of the visit"
    before = aftermath_of(
        [view, told(STREAM, 2, 900), LoggedEvent(STREAM, 3, 3_000, None, None, CLICK, None, None)], STREAM, 3
    )
    assert before is not None
    assert before.vitals == PageVitals(paint_ms=900), "nothing got worse after it"
    silent = aftermath_of([view, told(OTHER, 2, 900)], STREAM, 1)
    assert silent is not None
    assert silent.vitals == PageVitals()
