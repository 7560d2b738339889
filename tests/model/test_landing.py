"""At the first click a visit is judged by where it lands, as it was counted."""

from random import Random

import pytest

from core import events as ev
from core.features import CLICKS_MOST
from model.bundle import Platt
from model.dataset import Encoded, Recorded, encode_session
from model.landing import settle_landing
from model.logits import logits_of
from model.network import UNKNOWN_PAGE, Network
from model.scores import scores_of
from model.train import vocabulary_of
from tests.model.builders import START_MS, STREAM

RATES = {"home": 0.30, "listing": 0.2010, "product": 0.2009, "search": 0.10}
PLAIN = (Platt(),) * (CLICKS_MOST + 1)


def visits(rates: dict[str, float], each: int = 1000) -> list[Encoded]:
    """So many visits for each landing page type, of which exactly the share buys; each goes on to a second page."""
    chance, result = Random(5), []
    for kind, rate in rates.items():
        for i in range(each * 10):
            events = [
                (STREAM, ev.PageView(seq=1, at_ms=START_MS, page_type=kind)),
                (STREAM, ev.PageView(seq=2, at_ms=START_MS + 9000, page_type=chance.choice(list(rates)))),
            ]
            result.append(encode_session(Recorded(f"{kind}{i}", events, has_bought=i < rate * each * 10)))
    return result


@pytest.fixture(scope="module")
def taught() -> list[Encoded]:
    return visits(RATES)


def test_the_first_click_says_the_share_that_was_counted_and_keeps_even_the_closest_in_order(
    taught: list[Encoded],
) -> None:
    network = Network(vocabulary_of(taught)).eval()
    before = logits_of(network, taught[:1])[0][1]
    settle_landing(network, taught)
    firsts = [scores_of(network, PLAIN, [taught[i * 10_000]])[0][0] for i in range(4)]
    assert firsts == pytest.approx(list(RATES.values()), abs=0.002)
    assert firsts[0] > firsts[1] > firsts[2] > firsts[3]
    assert (logits_of(network, taught[:1])[0][1] == before).all(), "the second click is not touched"


def test_a_landing_page_that_was_never_learned_keeps_what_the_network_says(taught: list[Encoded]) -> None:
    network = Network(vocabulary_of(taught)).eval()
    [stranger] = visits({"store": 0.0}, each=1)[:1]
    before = logits_of(network, [stranger])[0]
    settle_landing(network, taught)
    assert network.landing[UNKNOWN_PAGE] == 0
    assert (logits_of(network, [stranger])[0] == before).all()


def test_a_handful_of_visits_moves_the_score_a_little_and_not_to_certainty() -> None:
    few = visits({"home": 1.0}, each=1)[:4]
    network = Network([few[0].pages[0]]).eval()
    settle_landing(network, few)
    assert 0 < network.landing.max() < 0.5


def test_without_sessions_nothing_is_settled() -> None:
    network = Network([1, 2])
    settle_landing(network, [])
    assert (network.landing == 0).all()
