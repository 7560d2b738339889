"""The served GRU: the network's own figures, and rows that never notice their neighbours."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.features import CLICKS_MOST, Encoded
from core.scoring import Scored, Scorer
from model.bundle import Platt
from model.heads import HEADS
from model.network import LANDING_CLICK
from model.scorer import TorchScorer, load_scorer
from tests.model.builders import rows, some_rows, untrained

SCORER = TorchScorer(untrained())


def test_a_scorer_is_the_core_s_port_and_says_its_batch() -> None:
    scorer: Scorer = load_scorer()
    assert scorer.max_batch == 64
    assert len(scorer.version) == 16


def alone(hidden: bytes, row: Encoded) -> Scored:
    return SCORER.step([hidden], [row])[0]


# shows: D1
@settings(max_examples=60, deadline=None)
@given(st.data(), rows, st.lists(rows, max_size=63), st.booleans())
def test_a_row_is_the_same_bytes_alone_anywhere_and_beside_anybody(
    data: st.DataObject, row: Encoded, others: list[Encoded], goes_on: bool
) -> None:
    hidden = alone(b"", row).hidden if goes_on else b""
    expected = alone(hidden, row)
    position = data.draw(st.integers(0, len(others)))
    batch = [*others[:position], row, *others[position:]]
    states = [SCORER.step([b""], [other])[0].hidden for other in others[:position]] + [b""] * (len(batch) - position)
    states[position] = hidden
    assert SCORER.step(states, batch)[position] == expected


def test_another_row_gives_other_bytes() -> None:
    first, second = some_rows(2)
    assert alone(b"", first) != alone(b"", second)
    assert alone(alone(b"", first).hidden, first) != alone(b"", first)


# shows: D1
def test_step_by_step_equals_the_network_over_the_whole_sequence() -> None:
    by_click = tuple(Platt(0.8 + click / 50, -0.3 - click / 40) for click in range(CLICKS_MOST + 1))
    bundle = untrained(seed=9, calibration={"purchase": by_click, "exit": (Platt(1.2, 0.1),) * (CLICKS_MOST + 1)})
    scorer, network = TorchScorer(bundle), bundle.network()
    sequence = some_rows(40, seed=5)
    hidden, scores = b"", []
    for row in sequence:
        [scored] = scorer.step([hidden], [row])
        hidden = scored.hidden
        scores.append([scored.scores.purchase, scored.scores.exit, scored.scores.abandonment])
    events = torch.tensor([[row.event for row in sequence]])
    pages = torch.tensor([[row.page for row in sequence]])
    numbers = torch.tensor([[row.numbers for row in sequence]])
    with torch.no_grad():
        states = network.states(events, pages, numbers)
        logits = network(events, pages, numbers)[0]
        is_first = torch.tensor([row.click == LANDING_CLICK for row in sequence])
        assert is_first.any()
        logits[is_first, 0] += network.landing[network.page_place[pages[0, is_first]].long()]
    platts = [[by_click[row.click], Platt(1.2, 0.1), Platt()] for row in sequence]
    slopes = torch.tensor([[p.slope for p in row] for row in platts])
    offsets = torch.tensor([[p.offset for p in row] for row in platts])
    calibrated = torch.sigmoid(logits[:, :3] * slopes + offsets)
    np.testing.assert_allclose(np.array(scores), calibrated.numpy(), atol=1e-6)
    np.testing.assert_allclose(np.frombuffer(hidden, "<f4"), states[0, -1].numpy(), atol=1e-6)


def test_a_head_that_the_bundle_lacks_always_answers_0() -> None:
    scorer = TorchScorer(untrained(heads=HEADS[:2]))
    for scored in scorer.step([b""] * 8, some_rows(8)):
        assert scored.scores.purchase > 0.0
        assert scored.scores.abandonment == scored.scores.add_to_cart == 0.0
        assert scored.scores.order_ratio == pytest.approx(0.0, abs=1e-6)


def test_an_empty_or_foreign_hidden_vector_begins_the_session() -> None:
    [row] = some_rows(1)
    assert alone(b"", row) == alone(b"\1\2\3", row) == alone(bytes(256), row)


def test_scores_are_probabilities_and_the_state_is_one_float32_vector() -> None:
    for scored in SCORER.step([b""] * 64, some_rows(64)):
        assert 0.0 <= scored.scores.purchase <= 1.0
        assert 0.0 <= scored.scores.exit <= 1.0
        assert scored.scores.order_ratio > 0.0
        assert len(scored.hidden) == 64 * 4


def test_no_rows_give_none_and_more_than_the_batch_are_refused() -> None:
    assert SCORER.step([], []) == []
    with pytest.raises(ValueError, match="the most is 64"):
        SCORER.step([b""] * 65, some_rows(65))
