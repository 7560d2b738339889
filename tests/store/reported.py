"""What tests of `fifthclick report` share: a month with a planted experiment."""

from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg

from model.simulator.experiments import Experiment, Scenario, draw, lifted
from tests.store.experiments import store_experiment
from tests.store.visits import shop

SOUND = Scenario(kinds=lifted(0.6, base=0.08), day_count=14, visits_per_day=500, discount_minor=400.0)
MARCH = ("report", "month", "--site", "shop", "--month", "2026-03")
TEMPTED = Scenario(kinds=lifted(0.2, base=0.3), day_count=14, visits_per_day=400)
"""Sure buyers, who may be shown a product beside their cart and are given nothing."""
CLAIMS = """
    INSERT INTO marts.claims (site_id, session_id, action_id, decision_id, traffic, claimed_at, amount_minor, currency,
        redeemed_at, redeemed_order_id)
    SELECT site_id, session_id, action_id, decision_id, traffic, decided_at, 400, currency, decided_at, 'order'
    FROM marts.outcomes WHERE arm = 'treatment' AND is_converted AND action_id = 'free-shipping'
"""

Made = tuple[dict[str, Any], str, str]
Run = Callable[..., Coroutine[Any, Any, Made]]


async def planted(url: str, connection: asyncpg.Connection, scenario: Scenario = SOUND) -> Experiment:
    await shop(url)
    experiment = draw(scenario, 4)
    await store_experiment(connection, experiment)
    await connection.execute(CLAIMS)
    return experiment


async def pictured(url: str, connection: asyncpg.Connection) -> None:
    """What docs/img/month.png shows: free shipping for those on the fence, a product beside the cart for likely buyers."""
    await planted(url, connection)
    upsell = draw(TEMPTED, 7)
    await store_experiment(
        connection, upsell, action_id="upsell", action_type="upsell", segment="likely_to_buy", number_from=1_000_000
    )


def check_of(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(check for check in told["checks"] if check["name"] == name)
