"""What the model may see of a session, and what it must not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.features import FEATURE_NAMES, GROUPS, NUMBER_COUNT, SPEC_HASH, encode, is_feature
from core.fields import Item
from core.session import Session, observe

STREAM = b"\x50\x00" + b"a" * 12
DECISION = "0" * 16


def play(*events: ev.Event) -> Session:
    session = Session(id=b"s" * 16)
    for event in events:
        session = observe(session, STREAM, event)
    return session


def value(session: Session, event: ev.Event, name: str) -> float:
    return encode(session, event).numbers[FEATURE_NAMES.index(name)]


def test_feature_names_are_unique_and_every_row_is_encoded() -> None:
    event = ev.PageView(seq=1, at_ms=1000, page_type="home")
    assert len(set(FEATURE_NAMES)) == sum(len(group.names) for group in GROUPS) == NUMBER_COUNT
    assert len(encode(play(event), event).numbers) == NUMBER_COUNT


# shows: D9
def test_recency_frequency_and_duration_between_events_are_encoded() -> None:
    first = ev.Click(seq=1, at_ms=1_000, kind="link")
    other = ev.Scroll(seq=2, at_ms=21_000, percent=50)
    second = ev.Click(seq=3, at_ms=61_000, kind="link")
    session = play(first, other, second)
    assert value(session, second, "gap") == pytest.approx(math.log1p(40) / math.log1p(60))
    assert value(session, second, "gap_same_type") == pytest.approx(1.0)
    assert value(session, second, "count_same_type") == pytest.approx(math.log1p(2) / math.log(8))


def test_what_our_own_offers_caused_is_no_feature_and_leaves_no_trace_in_later_rows() -> None:
    shown = ev.ActionShown(seq=2, at_ms=5_000, decision_id=DECISION, action_id="free-shipping")
    closed = ev.ActionDismissed(seq=3, at_ms=6_000, decision_id=DECISION, action_id="free-shipping")
    before = ev.PageView(seq=1, at_ms=1_000, page_type="product")
    after = ev.Scroll(seq=4, at_ms=9_000, percent=75)
    untouched = ev.Scroll(seq=2, at_ms=9_000, percent=75)
    assert not is_feature(shown)
    assert not is_feature(closed)
    assert is_feature(after)
    assert encode(play(before, shown, closed, after), after) == encode(play(before, untouched), untouched)


def test_how_a_page_behaves_is_no_feature_and_a_model_of_before_still_fits() -> None:
    told = ev.WebVitals(seq=2, at_ms=5_000, page_type="product", paint_ms=9_000, shift_permille=900, response_ms=900)
    before = ev.PageView(seq=1, at_ms=1_000, page_type="product")
    after, untouched = (ev.Scroll(seq=seq, at_ms=9_000, percent=75) for seq in (3, 2))
    assert not is_feature(told)
    assert encode(play(before, told, after), after) == encode(play(before, untouched), untouched)
    assert ev.EVENT_TAG_COUNT == 33, "the width of a model's first layer and of the counters in sealed tokens"
    assert SPEC_HASH == "2af5614a19048dcf"


def test_the_same_product_again_is_a_repeat_and_another_is_not() -> None:
    def look(seq: int, item_id: str) -> ev.ViewItem:
        return ev.ViewItem(seq=seq, at_ms=seq, currency="USD", items=(Item(item_id, "audio", 1000),))

    again = look(3, "a")
    assert value(play(look(1, "a"), look(2, "b"), again), again, "is_repeat_item") == 1.0
    other = look(3, "c")
    session = play(look(1, "a"), look(2, "b"), other)
    assert (value(session, other, "is_repeat_item"), value(session, other, "is_repeat_category")) == (0.0, 1.0)


def test_an_unknown_hour_or_visitor_is_a_zero_and_not_a_guess() -> None:
    event = ev.PageView(seq=1, at_ms=1000, page_type="home")
    session = play(event)
    assert [value(session, event, name) for name in ("hour_sin", "hour_cos", "is_new_visitor")] == [0.0, 0.0, 0.0]


@given(
    st.lists(
        st.one_of(
            st.builds(lambda ms: ("dwell", ms), st.integers(0, 2**53)),
            st.builds(lambda p: ("price", p), st.integers(0, 10**12)),
            st.builds(lambda t: ("jump", t), st.integers(0, 2**53)),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_every_number_stays_bounded_whatever_comes(steps: list[tuple[str, int]]) -> None:
    session = Session(id=b"s" * 16)
    for seq, (kind, amount) in enumerate(steps, start=1):
        event: ev.Event
        match kind:
            case "dwell":
                event = ev.Dwell(seq=seq, at_ms=seq * 1000, active_ms=amount)
            case "price":
                event = ev.AddToCart(seq=seq, at_ms=seq * 1000, currency="USD", value_minor=amount)
            case _:
                event = ev.PageView(seq=seq, at_ms=amount, page_type="home")
        session = observe(session, STREAM, event)
        assert all(math.isfinite(x) and -10.0 <= x <= 10.0 for x in encode(session, event).numbers)
