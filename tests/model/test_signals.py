"""What groups of signals add: what counts is missed, what is made up is not, and every byte and feature is in one group."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import log_loss

from core import events as ev
from core.events import encode_event
from core.features import FEATURE_NAMES
from model.bundle import Bundle, Manifest
from model.dataset import Encoded, Recorded, encode_session
from model.evaluate import auroc
from model.report.paired import Scored, log_losses, lost_by_click
from model.report.section import Cell, Section
from model.report.signal_groups import GROUPS, OUTCOMES, bytes_by_group, mean_numbers, up_to_click, without
from model.report.signals import section
from model.train import Plan, fit
from tests.model.builders import dwell, page, untrained, visit
from tests.model.walked import asked, walk
from tests.support.strategies import journeys

PAGES, ENTRY, CART = "Pages and clicks", "Entry context", "Cart and price"


def told_by_pages(count: int, seed: int, *, also_by_entry: bool = False) -> list[Encoded]:
    """Who sees the prices buys more often. The device says nothing; or, asked for, the source says the very same."""
    chance = Random(seed)
    sessions = []
    for i in range(count):
        is_keen = chance.random() < 0.4
        middle = "pricing" if is_keen else "blog"
        numbers = {"is_mobile": float(chance.random() < 0.5), "from_search": float(also_by_entry and is_keen)}
        words = [middle, "home", chance.choice(("home", "faq")), "listing", "home"]
        has_bought = chance.random() < (0.6 if is_keen else 0.1)
        sessions.append(walk(words, has_bought, name=f"{seed}-{i}", numbers=numbers, began_at_ms=1000 * i))
    return sessions


def bundle_of(sessions: Sequence[Encoded]) -> Bundle:
    trained = fit(sessions, Plan(seed=1, epochs=4))
    manifest = Manifest(trained_on="made-up pages", calibration=trained.calibration)
    return Bundle(manifest, dict(trained.network.state_dict()))


def rows(told: Section) -> dict[Cell, dict[str, Cell]]:
    return {row["signals"]: row for row in told.table}


@pytest.fixture(scope="module")
def learned() -> Bundle:
    return bundle_of(told_by_pages(900, 1))


def test_the_group_that_tells_is_missed_and_one_that_tells_nothing_is_not(learned: Bundle) -> None:
    told = section(asked(told_by_pages(4000, 2), bundle=learned))
    found = rows(told)
    assert found[PAGES]["verdict"] == "earns its place"
    assert float(str(found[PAGES]["AUROC lost"])) > 0.15
    assert found[ENTRY]["verdict"] == "adds next to nothing"
    assert (found[CART]["verdict"], found[CART]["AUROC lost"]) == ("not in this data", None)
    assert told.table[0]["signals"] == PAGES
    assert msgspec.json.decode(msgspec.json.encode(told.data))
    assert [line for line in told.words if "may be switched off" in line] == [
        f"{ENTRY}: may be switched off as far as the score goes, it adds next to nothing here."
    ]
    assert any("Before you switch one off" in line for line in told.words)
    assert any("Bytes on the wire are not known" in line for line in told.words)


def test_of_few_visits_no_group_is_called_useless(learned: Bundle) -> None:
    told = section(asked(told_by_pages(210, 3), bundle=learned))
    found = rows(told)
    assert found[PAGES]["verdict"] == "earns its place"
    assert found[ENTRY]["verdict"] == "cannot be told"
    assert any("None of the groups can be called useless" in line for line in told.words)


def test_too_few_visits_are_said_in_words_and_give_no_table(learned: Bundle) -> None:
    told = section(asked(told_by_pages(150, 3), bundle=learned))
    assert told.table == ()
    assert "Too few visits" in told.words[0]
    nobody = [session._replace(has_bought=False) for session in told_by_pages(400, 3)]
    assert "Too few visits" in section(asked(nobody, bundle=learned)).words[0]


def test_a_signal_that_another_tells_too_is_not_missed_once_trained_without() -> None:
    learn, test = told_by_pages(700, 5, also_by_entry=True), told_by_pages(1500, 6, also_by_entry=True)
    seen: list[tuple[str, int, int]] = []
    told = section(asked(test, learn, bundle=untrained(), thorough=True, progress=lambda *done: seen.append(done)))
    found = rows(told)
    assert abs(float(str(found[ENTRY]["AUROC lost"]))) < 0.02
    assert abs(float(str(found[PAGES]["AUROC lost"]))) < 0.02
    # With everything, without the pages, without the entry: what is not in the data is not trained without.
    assert [(done, total) for _, done, total in seen] == [(0, 3), (1, 3), (2, 3)]
    assert "trained again" in told.words[0]


def test_training_again_without_sessions_to_learn_from_is_refused_in_words(learned: Bundle) -> None:
    told = section(asked(told_by_pages(400, 7), bundle=learned, thorough=True))
    assert "Training again without each group was not possible" in told.words[-1]
    assert len(told.table) == len(GROUPS)


def test_every_feature_and_every_event_of_the_visitor_is_in_exactly_one_group() -> None:
    features = Counter(name for group in GROUPS for name in group.features)
    assert features == Counter(FEATURE_NAMES)
    events = Counter(kind for group in GROUPS for kind in group.events)
    assert events == Counter(set(ev.EVENT_TYPES) - set(OUTCOMES) - set(ev.UNSEEN_EVENTS))


@settings(max_examples=40, deadline=None)
@given(journeys(longest=12))
def test_without_a_group_nothing_of_it_is_left_and_no_click_or_purchase_is_lost(
    events: list[tuple[bytes, ev.Event]],
) -> None:
    session = encode_session(Recorded("one", events, has_bought=False))
    if session.length == 0:
        return
    means = mean_numbers([session])
    for group in GROUPS:
        less = without([session], group, means)[0]
        assert not np.isin(less.events, group.tags).any()
        assert (less.numbers[:, group.columns] == means[group.columns]).all()
        assert less.is_click.sum() == session.is_click.sum()
        assert less.is_click[: less.open_steps].sum() == session.is_click[: session.open_steps].sum()
        assert Counter(less.events.tolist()) <= Counter(session.events.tolist())
        assert not (group.hides_pages and less.pages.any())


@settings(max_examples=40, deadline=None)
@given(journeys(longest=12))
def test_every_byte_of_the_visitor_s_events_is_counted_once_and_none_of_our_own_offers(
    events: list[tuple[bytes, ev.Event]],
) -> None:
    sums = bytes_by_group([Recorded("one", events, has_bought=False)])
    passed = (*OUTCOMES, *ev.UNSEEN_EVENTS)
    assert sum(sums.values()) == sum(len(encode_event(event)) for _, event in events if not isinstance(event, passed))
    assert sums["time"] == 0
    assert all(count >= 0 for count in sums.values())


def test_bytes_are_a_mean_over_sessions_and_go_to_the_group_whose_events_they_are() -> None:
    quiet, busy = visit(page("home")), visit(page("home"), dwell(5), dwell(10))
    sums = bytes_by_group([quiet, busy])
    assert sums["scroll_and_dwell"] == sum(len(encode_event(event)) for _, event in busy.events[1:]) / 2
    assert sums["sections"] == 0


def test_a_session_up_to_a_click_ends_with_that_page_view() -> None:
    session = encode_session(visit(page("home"), dwell(5), page("faq"), dwell(5), page("blog")))
    assert up_to_click(session, 2).length == 3
    assert up_to_click(session, 9).length == session.length


def test_losses_are_those_of_other_implementations_and_nothing_is_lost_beside_itself() -> None:
    sessions = told_by_pages(400, 9)
    chance = np.random.default_rng(1)
    outcomes = np.array([float(session.has_bought) for session in sessions])
    good = [np.full(5, 0.15 + 0.5 * outcome * chance.random()) for outcome in outcomes]
    bad = [chance.random(5) for _ in sessions]
    others = {"same": Scored(sessions, good), "bad": Scored(sessions, bad)}
    lost = lost_by_click(Scored(sessions, good), others, [3], 1)
    first, second = np.array([one[2] for one in good]), np.array([one[2] for one in bad])
    assert lost["same"][0][2:] == (0.0,) * 6
    assert lost["bad"][0].auroc == pytest.approx(auroc(first, outcomes) - auroc(second, outcomes), abs=1e-6)
    assert lost["bad"][0].log_loss == pytest.approx(log_loss(outcomes, second) - log_loss(outcomes, first), abs=1e-5)
    assert 0 < lost["bad"][0].auroc_low < lost["bad"][0].auroc < lost["bad"][0].auroc_high
    assert np.isfinite(log_losses(np.array([0.0, 1.0]), np.array([1.0, 0.0]))).all()
