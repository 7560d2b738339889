"""What became of a session, counted from the decision on, in every arm alike."""

from core import events as ev
from core.fields import SESSION_IDLE_MS
from core.goals import reaches
from core.outcomes import ChosenAction, LoggedEvent, outcomes_of, summarise
from core.records import Scores, SegmentName
from core.rules import Goal

STREAM = b"\x50\x00" + b"a" * 12
PURCHASE = {"purchase": Goal(event="purchase")}


def logged(
    event: ev.Event, *, score: float | None = 0.3, segment: SegmentName = "on_the_fence", step: int = 0
) -> LoggedEvent:
    scores = None if score is None else Scores(score, 0.1)
    return LoggedEvent(STREAM, event.seq, event.at_ms, b"epoch---", step or event.seq, event, scores, segment)


def view(seq: int, page_type: str = "product") -> ev.PageView:
    return ev.PageView(seq=seq, at_ms=seq * 1000, page_type=page_type, device="mobile", source="email")


def purchase(seq: int, value_minor: int = 29900, transaction_id: str = "T1") -> ev.Purchase:
    return ev.Purchase(
        seq=seq, at_ms=seq * 1000, currency="USD", value_minor=value_minor, transaction_id=transaction_id
    )


def choice(seq: int) -> ChosenAction:
    return ChosenAction("d" * 16, "free-shipping", "treatment", STREAM, seq, False)


# shows: I1
def test_a_purchase_after_the_decision_is_its_conversion() -> None:
    [outcome] = outcomes_of([choice(1)], [logged(view(1)), logged(purchase(2))], PURCHASE)
    assert outcome.is_converted
    assert (outcome.value_minor, outcome.currency, outcome.converted_at_ms) == (29900, "USD", 2000)


def test_a_purchase_before_the_decision_is_not_its_conversion() -> None:
    [outcome] = outcomes_of([choice(3)], [logged(purchase(2)), logged(view(3))], PURCHASE)
    assert not outcome.is_converted
    assert (outcome.value_minor, outcome.converted_at_ms) == (0, None)


def test_each_chosen_action_and_goal_has_one_outcome() -> None:
    goals = {**PURCHASE, "cart": Goal(event="add_to_cart")}
    events = [logged(view(1)), logged(ev.AddToCart(seq=2, at_ms=2000, currency="USD", value_minor=500))]
    outcomes = outcomes_of([choice(1), choice(2)], events, goals)
    assert [(o.goal, o.is_converted) for o in outcomes] == [
        ("purchase", False),
        ("cart", True),
        ("purchase", False),
        ("cart", False),
    ]


def test_a_goal_with_a_least_value_is_not_reached_below_it() -> None:
    goal = Goal(event="purchase", min_value_minor=30000)
    assert not reaches(goal, purchase(1, value_minor=29999))
    assert reaches(goal, purchase(1, value_minor=30000))


def test_a_thank_you_page_that_is_opened_twice_is_one_order() -> None:
    summary = summarise([logged(purchase(1)), logged(purchase(2))], "live")
    assert summary.revenue_minor == 29900


def test_two_orders_of_one_session_both_count() -> None:
    summary = summarise([logged(purchase(1)), logged(purchase(2, 1000, "T2"))], "live")
    assert summary.revenue_minor == 30900


def test_amounts_of_two_currencies_are_never_added() -> None:
    euros = ev.Purchase(seq=2, at_ms=2000, currency="EUR", value_minor=5000, transaction_id="T2")
    summary = summarise([logged(purchase(1)), logged(euros), logged(purchase(3, 1000, "T3"))], "live")
    assert (summary.revenue_minor, summary.currency) == (30900, "USD")


def test_two_orders_whose_ids_were_cut_at_ingest_both_count() -> None:
    events = [logged(purchase(1, 1000, "redacted")), logged(purchase(2, 2000, "redacted"))]
    assert summarise(events, "live").revenue_minor == 3000


def test_a_score_from_after_the_order_is_not_what_was_known_by_the_fifth_page_view() -> None:
    before = [logged(view(1)), logged(view(2, "checkout"), score=0.6)]
    after = [
        logged(view(3, "confirmation"), score=0.98, segment="likely_to_buy"),
        logged(purchase(4), score=0.99, segment="likely_to_buy"),
        logged(ev.Dwell(seq=5, at_ms=5000, active_ms=10_000), score=0.01, segment="unlikely_to_buy"),
    ]
    summary = summarise([*before, *after], "live")
    assert (summary.segment_at_click_5, summary.score_at_click_5) == ("on_the_fence", 0.6)


# shows: E1
def test_the_reported_segment_is_the_one_known_by_the_fifth_page_view() -> None:
    events = [logged(view(seq), score=0.1, segment="unlikely_to_buy") for seq in range(1, 6)]
    events += [logged(view(6), score=0.9, segment="likely_to_buy")]
    summary = summarise(events, "live")
    assert (summary.segment_at_click_5, summary.last_segment) == ("unlikely_to_buy", "likely_to_buy")
    assert summary.page_view_count == 6


def test_a_session_that_was_never_scored_has_no_segment_and_no_score() -> None:
    event = view(1)
    summary = summarise([LoggedEvent(STREAM, 1, 1000, None, None, event, None, None)], "live")
    assert summary.segment_at_click_5 is None
    assert summary.peak_score is None


def test_a_session_comes_as_its_first_page_view_says() -> None:
    later = ev.PageView(seq=2, at_ms=2000, page_type="cart", device="desktop", source="direct")
    summary = summarise([logged(later), logged(view(1))], "simulated")
    assert (summary.device, summary.source, summary.traffic) == ("mobile", "email", "simulated")


def test_two_states_of_one_session_are_a_fork_and_one_state_is_not() -> None:
    one = [logged(view(1)), logged(view(2))]
    assert not summarise(one, "live").is_forked
    other = LoggedEvent(STREAM, 3, 3000, b"another-", 3, view(3), None, None)
    assert summarise([*one, other], "live").is_forked
    same_step = LoggedEvent(STREAM, 4, 4000, b"epoch---", 2, view(4), None, None)
    assert summarise([*one, same_step], "live").is_forked


# shows: A8
def test_half_an_hour_of_silence_inside_a_session_is_named() -> None:
    quiet = ev.PageView(seq=2, at_ms=1000 + SESSION_IDLE_MS, page_type="home")
    assert summarise([logged(view(1)), logged(quiet)], "live").is_over_idle
    almost = ev.PageView(seq=2, at_ms=999 + SESSION_IDLE_MS, page_type="home")
    assert not summarise([logged(view(1)), logged(almost)], "live").is_over_idle
