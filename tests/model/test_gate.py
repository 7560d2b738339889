"""A model of one's own serves only when it is better than knowing nothing, and than the starter bundle."""

import numpy as np
import pytest

from model.bundle import STARTER, load_bundle
from model.dataset import Encoded, encode_session
from model.evaluate import Floats
from model.gate import judge
from model.scores import scores_of
from tests.model.builders import page, visit

TRUE_CHANCES = (0.05, 0.25, 0.7)


@pytest.fixture(scope="module")
def shop() -> tuple[list[Encoded], list[Floats]]:
    """Visits of five clicks on pages that only this shop has, and the true chance of each at every step."""
    chance = np.random.default_rng(5)
    sessions, truths = [], []
    for _ in range(800):
        truth = float(chance.choice(TRUE_CHANCES))
        bought = bool(chance.random() < truth)
        sessions.append(encode_session(visit(*[page("page_own")] * 5, has_bought=bought)))
        truths.append(np.full(5, truth))
    return sessions, truths


# shows: D10
def test_a_model_that_knows_the_shop_passes_and_is_told_how_to_serve(shop: tuple[list[Encoded], list[Floats]]) -> None:
    sessions, truths = shop
    verdict = judge(sessions, truths)
    assert verdict.passes is True
    assert "FIFTHCLICK_BUNDLE" in verdict.words


# shows: D10
def test_a_model_that_knows_nothing_does_not_pass_and_the_starter_stays(
    shop: tuple[list[Encoded], list[Floats]],
) -> None:
    sessions, truths = shop
    share = float(np.mean([session.has_bought for session in sessions]))
    verdict = judge(sessions, [np.full(5, share + 0.01) for _ in truths])
    assert verdict.passes is False
    assert "keep the starter bundle" in verdict.words


def test_a_model_that_is_worse_than_the_starter_does_not_pass_however_good_it_is() -> None:
    starter = load_bundle(STARTER)
    chance = np.random.default_rng(6)
    drawn = [encode_session(visit(*[page("home"), page("product")] * 2, page("cart"))) for _ in range(10)]
    says = scores_of(starter.network(), starter.manifest.calibration["purchase"], drawn)[0]
    others = scores_of(
        starter.network(),
        starter.manifest.calibration["purchase"],
        [encode_session(visit(*[page("blog")] * 5))],
    )[0]
    sessions, ours = [], []
    for i in range(2_000):
        pages = (
            [page("home"), page("product"), page("home"), page("product"), page("cart")]
            if i % 2
            else [page("blog")] * 5
        )
        truth = says[4] if i % 2 else others[4]
        sessions.append(encode_session(visit(*pages, has_bought=bool(chance.random() < truth))))
        ours.append(np.full(5, truth * 0.6))
    verdict = judge(sessions, ours)
    assert verdict.passes is False
    assert "starter bundle is still better" in verdict.words


@pytest.mark.parametrize(
    ("buyers", "others", "is_judged"),
    [(5, 10, False), (20, 79, False), (19, 400, False), (150, 0, False), (20, 80, True)],
)
def test_too_few_sessions_or_buyers_say_so_and_decide_nothing(buyers: int, others: int, is_judged: bool) -> None:
    """Scores that are right each time: were they enough, they would pass."""
    sessions = [
        encode_session(visit(*[page("page_own")] * 5, has_bought=has_bought))
        for has_bought in [True] * buyers + [False] * others
    ]
    verdict = judge(sessions, [np.full(5, 0.9 if session.has_bought else 0.05) for session in sessions])
    assert verdict.passes is (True if is_judged else None)
    assert ("too few" in verdict.words) is not is_judged
    assert "Next: " in verdict.words
    assert ("FIFTHCLICK_BUNDLE" in verdict.words) is is_judged


def test_sessions_in_which_something_was_offered_do_not_judge(shop: tuple[list[Encoded], list[Floats]]) -> None:
    """Everybody who was offered something bought: to count them would make a true model look too low."""
    sessions, truths = shop
    treated = [session._replace(was_offered=True, has_bought=True) for session in sessions]
    judged = judge([*treated, *sessions], [*truths, *truths])
    assert judged == judge(sessions, truths)
    assert judged.passes is True
    assert judge(treated, truths).passes is None
