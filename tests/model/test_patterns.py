"""Patterns of pages: one that was planted is found and holds up, chance is not called a finding, nothing is known too late."""

from itertools import combinations
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact

from core import events as ev
from core.pages import page_code
from model.dataset import Encoded, encode_session
from model.report.exact import benjamini_hochberg, fisher, holm
from model.report.mining import CLICKS_SEEN, Mined, grown, mine, walks_of
from model.report.patterns import section
from model.report.section import Section
from tests.model.builders import page, visit
from tests.model.walked import asked, walk

WORDS = ("home", "listing", "product", "blog", "faq", "pricing", "case_study", "tent_finder")
PLANTED = ("pricing", "case_study", "pricing")


def noise(count: int, seed: int) -> list[Encoded]:
    """Visits whose end has nothing to do with their pages."""
    chance = Random(seed)
    return [
        walk(chance.choices(WORDS, k=chance.randint(3, 12)), chance.random() < 0.2, name=f"{seed}-{i}")
        for i in range(count)
    ]


def with_a_plant(count: int, seed: int) -> list[Encoded]:
    """As `noise`, but every sixth visit goes through the planted pages, others between them, and buys twice as often."""
    chance = Random(seed)
    sessions = []
    for i in range(count):
        words = chance.choices(WORDS, k=chance.randint(2, 5))
        is_planted = chance.random() < 1 / 6
        for place, word in zip(
            sorted(chance.sample(range(len(words) + 1), 3)) if is_planted else (), PLANTED, strict=False
        ):
            words.insert(place, word)
        sessions.append(walk(words, chance.random() < (0.45 if is_planted else 0.18), name=f"{seed}-{i}"))
    return sessions


def named(found: Section) -> list[tuple[str, bool]]:
    return [(str(row["pattern"]), row["holds up"] == "yes") for row in found.table]


def test_a_planted_pattern_is_found_and_holds_up_with_its_rate_on_both_halves() -> None:
    learn, test = with_a_plant(2500, 1), with_a_plant(2500, 2)
    told = section(asked(test, learn))
    rows = {row["pattern"]: row for row in told.table}
    planted = rows["pricing → case study → pricing"]
    assert planted["holds up"] == "yes"
    assert msgspec.json.decode(msgspec.json.encode(told.data))
    assert float(str(planted["times the base"])) == pytest.approx(0.45 / 0.225, rel=0.2)
    assert float(str(planted["times the base there"])) == pytest.approx(0.45 / 0.225, rel=0.2)
    # What holds up beside it is a part of it, or what its visitors happened to see before and after.
    assert all({"pricing", "case study"} & set(name.split(" → ")) for name, holds_up in named(told) if holds_up)
    assert any("pricing → case study" in sentence for sentence in told.words)


def test_what_speaks_against_buying_is_shown_beside_what_speaks_for_it() -> None:
    chance = Random(6)
    rates = {"pricing": 0.9, "case_study": 0.85, "faq": 0.03, "blog": 0.3}
    sessions = []
    for i in range(2400):
        middle = chance.choice(sorted(rates))
        words = [*chance.choices(("home", "listing", "product"), k=3), middle, chance.choice(("home", "listing"))]
        sessions.append(walk(words, chance.random() < rates[middle], name=str(i)))
    told = section(asked(sessions))
    lifts = [float(str(row["times the base there"])) for row in told.table]
    assert lifts[0] > 1.5
    assert lifts[-1] < 0.2
    assert sum(lift < 1 for lift in lifts) >= 5
    sentences = [line for line in told.words if line.startswith("Visits that went")]
    assert any("pricing" in line for line in sentences)
    assert any("faq" in line for line in sentences)


def test_on_pure_noise_no_more_than_the_corrected_share_is_claimed() -> None:
    mined = [mine(noise(900, seed), noise(900, 1000 + seed)) for seed in range(24)]
    assert min(one.tried for one in mined) > 400
    # Corrected, five of a hundred such shops may show anything at all; uncorrected, each shows some.
    assert sum(any(p.is_found for p in one.patterns) for one in mined) <= 4
    assert sum(any(p.p <= 0.05 for p in one.patterns) for one in mined) == len(mined)
    assert sum(p.holds_up for one in mined for p in one.patterns) == 0


def test_a_pattern_of_one_half_alone_is_marked_as_not_holding_up() -> None:
    told = section(asked(noise(2500, 5), with_a_plant(2500, 1)))
    assert any(row["holds up"] == "no" for row in told.table)
    assert not any(holds_up for _, holds_up in named(told))
    assert any("No pattern is worth acting on" in sentence for sentence in told.words)


def test_what_came_after_the_purchase_or_the_tenth_click_is_in_no_pattern() -> None:
    def late(i: int) -> Encoded:
        buys = i % 3 == 0
        words = ["home"] * (9 if i % 2 else 12) + (["faq", "blog"] if buys else [])
        return walk(words, buys, name=str(i), open_steps=9 if i % 2 else None)

    sessions = [late(i) for i in range(1200)]
    assert {name for name, _ in named(section(asked(sessions)))} == {"home → home → home → home"}


def test_the_confirmation_page_is_in_no_pattern() -> None:
    pages = (page("home"), page("product"), page("confirmation"), ev.Purchase(seq=1, at_ms=0))
    buyers = [encode_session(visit(*pages, has_bought=True))] * 150
    others = [encode_session(visit(page("home"), page("product")))] * 150
    told = section(asked([s._replace(session_id=str(i)) for i, s in enumerate([*buyers, *others] * 2)]))
    assert {name for name, _ in named(told)} == {"home → product"}
    assert not any(holds_up for _, holds_up in named(told))


def test_visits_that_were_offered_something_take_no_part() -> None:
    offered = [walk(("faq", "blog"), True, name=f"o{i}", was_offered=True) for i in range(600)]
    told = section(asked([*noise(1200, 3), *offered]))
    assert not any(holds_up for _, holds_up in named(told))


def test_the_same_sessions_in_another_order_give_the_same_answer() -> None:
    sessions = with_a_plant(1500, 4)
    mixed = Random(1).sample(sessions, len(sessions))
    assert section(asked(sessions)) == section(asked(mixed))


def test_too_few_visits_are_said_in_words_and_give_no_table() -> None:
    told = section(asked(noise(60, 1)))
    assert told.table == ()
    assert "Too few visits" in told.words[0]
    assert "Too few visits" in section(asked([walk(("home", "faq"), False, name=str(i)) for i in range(900)])).words[0]


def test_a_shop_s_own_word_is_named_where_it_was_recorded() -> None:
    sessions = [walk(("home", "tent_finder"), i % 4 == 0, name=str(i)) for i in range(900)]
    recorded = [visit(page("home"), page("tent_finder"))]
    assert named(section(asked(sessions, recorded=recorded)))[0][0] == "home → tent finder"
    assert named(section(asked(sessions)))[0][0] == f"home → page type {page_code('tent_finder')}"


walks = st.lists(
    st.tuples(st.lists(st.sampled_from(WORDS[:4]), min_size=1, max_size=12), st.booleans()), min_size=3, max_size=12
)


@settings(max_examples=40, deadline=None)
@given(walks, st.integers(1, 3))
def test_counts_are_those_of_looking_at_every_combination_of_places(
    drawn: list[tuple[list[str], bool]], least: int
) -> None:
    sessions = [walk(words, has_bought) for words, has_bought in drawn]
    expected: dict[tuple[int, ...], list[int]] = {}
    for session in sessions:
        seen = session.pages[:CLICKS_SEEN].tolist()
        for pattern in {one for steps in (2, 3, 4) for one in combinations(seen, steps)}:
            counts = expected.setdefault(pattern, [0, 0])
            counts[0] += 1
            counts[1] += session.has_bought
    codes = tuple(sorted({int(code) for session in sessions for code in session.pages}))
    counted = {pattern: [held, bought] for pattern, held, bought in grown(walks_of(sessions, codes), least)}
    assert counted == {pattern: counts for pattern, counts in expected.items() if counts[0] >= least}


def test_a_pattern_s_p_value_is_the_one_of_another_implementation() -> None:
    mined: Mined = mine(with_a_plant(800, 7), noise(400, 8))
    buyers = round(mined.base_rate * mined.found_on)
    for pattern in mined.patterns:
        held, bought = pattern.found.sessions, pattern.found.bought
        table = [[bought, held - bought], [buyers - bought, mined.found_on - held - buyers + bought]]
        sides = [float(fisher_exact(table, alternative=side).pvalue) for side in ("greater", "less")]
        assert pattern.p == pytest.approx(min(1.0, 2 * min(sides)), rel=1e-6)
        assert fisher([bought], [held], buyers, mined.found_on)[0][0] == pytest.approx(sides[0], rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_corrections_agree_with_another_implementation_and_only_ever_raise_a_p_value(drawn: list[float]) -> None:
    p = np.array(drawn)
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()
    assert (holm(p) >= p).all()
    assert holm(p).min() == pytest.approx(min(1.0, len(p) * p.min()))
