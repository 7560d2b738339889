"""How far an offer would move a visit: the oracle's truth, and the head that is fitted on a network's states."""

import numpy as np
import pytest
import torch

from core import events as ev
from model.bundle import STARTER, load_bundle
from model.dataset import encode_session
from model.heads import HEADS, LEVERAGE
from model.importers.simulated import played
from model.leverage import with_leverage
from model.logits import logits_of
from model.network import Network
from model.scorer import load_scorer
from model.simulator.intents import Parameters
from model.simulator.leverage import leverages_along
from model.simulator.parameters import load_parameters
from model.simulator.seen import Known
from model.simulator.shopper import draw_shopper

SEEDS = range(7_000_000, 7_000_400, 5)


def visits(parameters: Parameters | None = None) -> list[list[float]]:
    """The leverage after every event of some visits, where there is one."""
    found = []
    for seed in SEEDS:
        shopper = draw_shopper(seed, parameters or load_parameters())
        events = [event for _, event in played(shopper).events]
        told = leverages_along(events, Known.about(shopper), shopper.parameters)
        found.append([leverage for leverage in told if leverage is not None])
    return found


def test_an_offer_never_puts_off_in_the_simulated_shop_and_moves_some_visits_much() -> None:
    everything = np.concatenate([np.array(visit) for visit in visits()])
    assert everything.min() > -1e-9
    assert np.quantile(everything, 0.5) < 0.2, "most visits are moved little"
    assert np.quantile(everything, 0.97) > 0.3


def test_after_a_purchase_there_is_nothing_left_to_move() -> None:
    for seed in range(60):
        shopper = draw_shopper(seed)
        events = [event for _, event in played(shopper).events]
        told = list(leverages_along(events, Known.about(shopper), shopper.parameters))
        bought = next((i for i, event in enumerate(events) if isinstance(event, ev.Purchase)), None)
        if bought is not None:
            assert told[bought:] == [None] * len(told[bought:])
            return
    raise AssertionError("none of these shoppers bought")


def test_the_head_is_fitted_beside_the_others_which_say_what_they_said() -> None:
    sessions = [encode_session(played(draw_shopper(seed), knows_chances=True)) for seed in SEEDS]
    torch.manual_seed(1)
    network = Network(range(8))
    before = logits_of(network.eval(), sessions)
    grown, heads = with_leverage(network, HEADS, sessions)
    assert heads == (*HEADS, LEVERAGE)
    for old, new in zip(before, logits_of(grown, sessions), strict=True):
        assert new[:, :-1] == pytest.approx(old, abs=1e-5)
    said = np.concatenate([1 / (1 + np.exp(-rows[:, -1])) for rows in logits_of(grown, sessions)])
    truth = np.concatenate([session.leverages for session in sessions])
    known = ~np.isnan(truth)
    assert np.corrcoef(said[known], truth[known])[0, 1] > 0.5, (
        "even the states of a network that learned nothing tell much"
    )


def test_where_no_leverage_is_known_the_network_stays_as_it_is() -> None:
    sessions = [encode_session(played(draw_shopper(seed))) for seed in range(3)]
    network = Network(range(8))
    same, heads = with_leverage(network, HEADS, sessions)
    assert same is network
    assert heads == HEADS


def test_the_starter_tells_visits_that_can_be_moved_from_those_that_cannot() -> None:
    bundle, scorer = load_bundle(STARTER), load_scorer()
    assert bundle.manifest.heads[-1] == LEVERAGE
    sessions = [encode_session(played(draw_shopper(seed), knows_chances=True)) for seed in SEEDS]
    said = np.concatenate([1 / (1 + np.exp(-rows[:, -1])) for rows in logits_of(bundle.network(), sessions)])
    truth = np.concatenate([session.leverages for session in sessions])
    known = ~np.isnan(truth)
    assert np.corrcoef(said[known], truth[known])[0, 1] > 0.8
    assert abs(said[known].mean() - truth[known].mean()) < 0.03
    assert scorer.version == bundle.manifest.version
