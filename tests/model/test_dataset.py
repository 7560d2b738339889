"""Sessions as arrays: the core's own rows, labels that look forward and weights that do not."""

from random import Random

import numpy as np

from core import events as ev
from core.features import encode
from core.session import Session, observe
from model.dataset import CHECKOUT_FOCUS, batches, encode_all, encode_session, pad, step_weights
from model.importers.simulated import played
from model.simulator.shopper import draw_shopper
from tests.model.builders import dwell, page, visit

PURCHASE = ev.Purchase(seq=1, at_ms=0, transaction_id="o-1")
SHOWN = ev.ActionShown(seq=1, at_ms=0, decision_id="0" * 16, action_id="free-shipping")


def test_a_session_is_encoded_by_the_very_functions_that_serve() -> None:
    recorded = played(draw_shopper(4))
    session = Session(id=b"")
    expected = []
    for stream, event in recorded.events:
        session = observe(session, stream, event)
        expected.append(encode(session, event))
    encoded = encode_session(recorded)
    assert encoded.events.tolist() == [row.event for row in expected]
    assert encoded.pages.tolist() == [row.page for row in expected]
    assert np.array_equal(encoded.numbers, np.array([row.numbers for row in expected], dtype=np.float32))


def test_steps_from_the_purchase_on_are_not_asked_about_buying() -> None:
    encoded = encode_session(visit(page("home"), page("cart"), PURCHASE, page("home"), has_bought=True))
    batch = pad([encoded])
    assert encoded.open_steps == 2
    assert (batch.weights[0, :, 0] > 0).tolist() == [True, True, False, False]
    assert batch.targets[0, :2, 0].tolist() == [1.0, 1.0]
    assert bool((batch.weights[0, :, 1] > 0).all())


def test_a_label_without_a_purchase_event_is_asked_at_every_step() -> None:
    encoded = encode_session(visit(page("page_1"), page("page_6"), has_bought=True))
    assert encoded.open_steps == 2
    assert pad([encoded]).targets[0, :, 0].tolist() == [1.0, 1.0]


def test_a_visit_too_long_to_be_read_whole_is_not_taken_to_end_where_the_reading_ends() -> None:
    whole = visit(*[page("product")] * 12)
    asked = encode_session(whole, most_events=8).asked[:, 1] > 0
    assert asked.tolist() == [True] * 4 + [False] * 4
    assert (encode_session(whole, most_events=12).asked[:, 1] > 0).all()


def test_the_exit_target_is_set_for_the_last_few_events_alone() -> None:
    batch = pad([encode_session(visit(*[page("home")] * 7))])
    assert batch.targets[0, :, 1].tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]


# shows: H3
def test_what_an_offer_caused_is_no_row_and_changes_no_other() -> None:
    with_offer = encode_session(visit(page("home"), dwell(2), SHOWN))
    without = encode_session(visit(page("home"), dwell(2)))
    assert with_offer.length == 2
    assert np.array_equal(with_offer.numbers, without.numbers)


def test_a_weight_never_depends_on_what_comes_later() -> None:
    for seed in range(40):
        encoded = encode_session(played(draw_shopper(seed)))
        whole = step_weights(encoded)
        for cut in (1, encoded.length // 2, encoded.length - 1):
            if cut < 1:
                continue
            part = encoded._replace(
                events=encoded.events[:cut], clicks=encoded.clicks[:cut], numbers=encoded.numbers[:cut]
            )
            assert np.array_equal(step_weights(part), whole[:cut])


def test_steps_after_a_begun_checkout_count_more_and_later_events_of_a_page_less() -> None:
    begun = ev.BeginCheckout(seq=1, at_ms=0)
    weights = step_weights(encode_session(visit(page("cart"), dwell(2), begun, page("checkout"))))
    assert weights[0] == 1.0
    assert weights[1] < weights[0]
    assert weights[3] == CHECKOUT_FOCUS


def test_an_epoch_holds_each_session_once_and_little_padding() -> None:
    sessions = encode_all(played(draw_shopper(seed)) for seed in range(300))
    seen = list(batches(sessions, 32, Random(1)))
    assert sum(len(batch.events) for batch in seen) == 300
    assert sum(int((batch.weights[:, :, 1] > 0).sum()) for batch in seen) == sum(s.length for s in sessions)
    padded = sum(batch.events.numel() for batch in seen)
    unsorted = sum(
        max(s.length for s in sessions[i : i + 32]) * len(sessions[i : i + 32]) for i in range(0, len(sessions), 32)
    )
    assert padded < unsorted / 2


def test_the_confirmation_page_is_no_prediction() -> None:
    bought = encode_session(visit(page("cart"), page("payment"), page("confirmation"), dwell(2), has_bought=True))
    assert bought.open_steps == 2
    assert encode_session(visit(page("cart"), page("payment"), dwell(2))).open_steps == 3
