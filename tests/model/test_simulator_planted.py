"""Planted frictions: a change of what the shopper does, the same at each run, and no word about it anywhere."""

from collections import Counter
from itertools import pairwise

import pytest

from core import events as ev
from core.errors import ConfigError
from core.frictions import FRICTION_NAMES
from core.wire import decode_event
from model.dataset import Recorded
from model.simulator.planted import played_with
from model.simulator.plants import PLANTS

SEEDS = range(25)


def views(visit: Recorded) -> list[ev.PageView]:
    return [event for _, event in visit.events if isinstance(event, ev.PageView)]


def test_each_friction_that_the_core_knows_can_be_planted() -> None:
    assert set(PLANTS) == set(FRICTION_NAMES)
    with pytest.raises(ConfigError, match="Next"):
        played_with("bad_weather", 1)


@pytest.mark.parametrize("friction", [*PLANTS, None])
def test_a_planted_visit_is_a_visit_like_any_other(friction: str | None) -> None:
    for seed in SEEDS:
        visit = played_with(friction, seed)
        assert played_with(friction, seed) == visit
        seqs: Counter[bytes] = Counter()
        last_ms = 0
        for stream, event in visit.events:
            seqs[stream] += 1
            assert event.seq == seqs[stream]
            assert event.at_ms >= last_ms
            assert decode_event(ev.encode_event(event)) == event
            assert friction is None or friction.encode() not in ev.encode_event(event)
            last_ms = event.at_ms
        assert any(isinstance(event, ev.Purchase) for _, event in visit.events) == visit.has_bought
        assert friction is None or friction not in visit.session_id


# shows: O2
def test_what_was_planted_is_there_to_be_seen() -> None:
    for seed in SEEDS:
        kinds = [view.page_type for view in views(played_with("open_question", seed))]
        assert sum(kind in ("faq", "help") for kind in kinds) >= 3
        searches = [event for _, event in played_with("search_trouble", seed).events if isinstance(event, ev.Search)]
        assert len(searches) >= 2
        assert {search.result_count for search in searches} == {0}
        form = [event for _, event in played_with("form_trouble", seed).events if isinstance(event, ev.FieldLeft)]
        assert sum(not field.is_filled for field in form) >= 3
        added = [event for _, event in played_with("price_doubt", seed).events if isinstance(event, ev.AddToCart)]
        assert added == []


def turns_back_at_shipping(friction: str | None, seed: int) -> bool:
    """From the shipping page to somewhere that is neither the checkout nor the cart."""
    kinds = [view.page_type for view in views(played_with(friction, seed))]
    return any(a == "shipping" and b in ("product", "listing", "blog", "faq") for a, b in pairwise(kinds))


def test_without_a_plant_nobody_turns_back_at_the_costs() -> None:
    assert not any(turns_back_at_shipping(None, seed) for seed in range(400))
    assert sum(turns_back_at_shipping("shipping_cost", seed) for seed in range(40)) > 10
