"""What tests of `fifthclick report` share: a month with a planted experiment."""

from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg

from model.simulator.experiments import Experiment, Scenario, draw, lifted
from tests.store.experiments import store_experiment
from tests.store.visits import shop

SOUND = Scenario(kinds=lifted(0.6, base=0.08), day_count=14, visits_per_day=500, discount_minor=400.0)
MARCH = ("report", "month", "--site", "shop", "--month", "2026-03")
CLAIMS = """
    INSERT INTO marts.claims (site_id, session_id, action_id, decision_id, traffic, claimed_at, amount_minor, currency,
        redeemed_at, redeemed_order_id)
    SELECT site_id, session_id, action_id, decision_id, traffic, decided_at, 400, currency, decided_at, 'order'
    FROM marts.outcomes WHERE arm = 'treatment' AND is_converted
"""

Made = tuple[dict[str, Any], str, str]
Run = Callable[..., Coroutine[Any, Any, Made]]


async def planted(url: str, connection: asyncpg.Connection, scenario: Scenario = SOUND) -> Experiment:
    await shop(url)
    experiment = draw(scenario, 4)
    await store_experiment(connection, experiment)
    await connection.execute(CLAIMS)
    return experiment


def check_of(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(check for check in told["checks"] if check["name"] == name)
