"""`python -m bench policy` in short: every policy on a small shop, and what each must do wherever it runs."""

from pathlib import Path

import pytest

from bench.policy import _shop
from bench.policy.oracle import Oracle
from bench.policy.play import decided, gain_of
from bench.policy.shops import DEFAULT_SHOPS, load_shops
from bench.policy.summary import summary_of
from core import events as ev
from core.errors import ConfigError
from model.importers.simulated import START_MS
from model.simulator.play import Play
from model.simulator.shopper import draw_shopper

COUNTS = (200, 40, 10)


def test_ten_shops_are_there_and_each_is_another_one() -> None:
    shops = load_shops()
    assert len(shops) == 10
    assert len({repr(shop) for shop in shops.values()}) == 10
    hurt = shops["offers_hurt"].intents["on_the_fence"].answers["free_shipping"]
    assert hurt.seen_odds < 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no shop"),
        ("[shops.a]\nintents.on_the_fence.shar = 0.2\n", "unknown key 'shar'"),
        ("[shops.a]\nmargins.margin_share = 2.0\n", "margin_share"),
        ("[shops", "cannot be read"),
    ],
)
def test_a_file_of_shops_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "shops.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_shops(file)


def test_a_shop_says_what_each_policy_earned_and_to_whom_it_gave() -> None:
    figures = _shop(0, load_shops()["default"], COUNTS)
    policies = figures["policies"]
    assert set(policies) == {"served", "cold", "all", "random", "threshold", "oracle"}
    assert policies["all"]["discounts_per_session"] > 0.8
    assert 0.2 < policies["random"]["discounts_per_session"] < 0.8
    assert policies["all"]["incremental_margin_per_1000"] < policies["oracle"]["incremental_margin_per_1000"]
    assert all(row["low"] <= row["incremental_margin_per_1000"] <= row["high"] for row in policies.values())
    summary = summary_of({"default": figures})
    assert summary["shops_above_all"] in (0, 1)


def test_where_nothing_moves_anybody_the_oracle_sees_no_gain_and_a_discount_only_costs() -> None:
    shop = load_shops(DEFAULT_SHOPS)["no_effect"]
    costs = []
    for seed in range(40):
        shopper = draw_shopper(seed, shop)
        play, events = Play(shopper, START_MS), list[ev.Event]()
        while (happening := play.next()) is not None and len(events) < 25:
            events.append(happening.event)
        if any(isinstance(event, ev.Purchase) for event in events):
            continue
        costs.append(gain_of(shopper, events, "free_shipping"))
        assert gain_of(shopper, events, "assistance") == pytest.approx(0.0, abs=1e-6)
    assert max(costs) <= 1e-9
    assert min(costs) < -1.0


def test_the_oracle_shows_nothing_where_it_only_costs() -> None:
    shop = load_shops()["no_effect"]
    for seed in range(15):
        shopper = draw_shopper(seed, shop)
        assert decided(shopper, Oracle(shopper, ("free_shipping",))).offered == ()
