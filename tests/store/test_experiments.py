"""Planted experiments in the database: each fault is named or harmless, and the figures are those of the visits."""

from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from core.analysis.allocation import Wish
from core.analysis.report import LiftReport, lift_report, report_of
from model.simulator.experiments import Experiment, Scenario, draw, lifted
from server.store.lifts import choice_rows
from tests.store.experiments import store_experiment
from tests.store.visits import shop

SOUND = Scenario(kinds=lifted(0.6, base=0.08), day_count=14, visits_per_day=500)


async def told(url: str, connection: asyncpg.Connection, scenario: Scenario) -> tuple[Experiment, LiftReport]:
    """The experiment, and what the report says of its rows in the database."""
    await shop(url)
    experiment = draw(scenario, 4)
    await store_experiment(connection, experiment)
    return experiment, lift_report(await choice_rows(connection, "shop", "free-shipping", traffic="live"))


async def is_suspicious(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("SELECT is_suspicious FROM marts.experiment_health WHERE traffic = 'live'"))


# shows: H4 H5
@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"treatment_shares": (0.1,) * 5 + (0.5,) * 4 + (0.9,), "trend": 1.5, "visits_per_day": 800},
        {"preview_count": 900},
        {"bot_share": 0.6, "bot_days": (3, 4, 5)},
        {"refund_share": 0.2, "discount_minor": 300.0, "unscored_share": 0.1},
    ],
)
async def test_what_is_harmless_leaves_the_lift_and_the_truth_within_its_interval(
    changed: dict[str, Any], postgres_url: str, connection: asyncpg.Connection
) -> None:
    """A ramp, previews, a flood of bots, refunds: the rows say what they are, and are read so."""
    experiment, report = await told(postgres_url, connection, replace(SOUND, **changed))
    assert report.verdict == "lift"
    assert report.faults == ()
    revenue = report.measures["revenue_per_session"]
    assert report.interval is not None
    assert revenue.low is not None
    assert revenue.high is not None
    # Bots are not among the visits that were read, so the lift in points is that of the people.
    people = (experiment.kind != -1).mean()
    assert report.interval[0] < experiment.truth.lift("conversion") / people < report.interval[1]
    assert revenue.low < experiment.truth.lift("revenue_per_session") / people < revenue.high
    assert report.visit_count == ((experiment.kind != -1) & ~experiment.is_preview).sum()
    assert not await is_suspicious(connection)


async def test_visits_that_are_lost_on_the_way_are_named_by_the_report_and_by_the_health_check(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    lossy = replace(SOUND, lost_share=0.12)
    _, report = await told(postgres_url, connection, lossy)
    assert report.verdict == "fault"
    assert "Sample ratio" in report.faults[0]
    assert await is_suspicious(connection)


async def test_the_report_the_view_and_the_drawn_visits_say_the_same(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    experiment, report = await told(postgres_url, connection, SOUND)
    drawn = report_of(experiment.visits, experiment.exposure(), Wish())
    assert report.lift == pytest.approx(drawn.lift)
    assert report.interval == pytest.approx(drawn.interval)
    assert report.measures["revenue_per_session"].lift == pytest.approx(drawn.measures["revenue_per_session"].lift)
    (row,) = await connection.fetch("SELECT * FROM marts.lift_by_action WHERE goal = 'purchase'")
    treated = experiment.visits.is_treated
    assert row["treated_count"] == report.treated_count == treated.sum()
    assert row["treated_conversion_count"] == experiment.visits.converted[treated].sum()
    sums = await connection.fetchrow("SELECT sum(net_minor) AS net, count(*) AS orders FROM marts.orders")
    assert sums["net"] == experiment.visits.revenue_minor.sum()
    assert sums["orders"] == experiment.visits.converted.sum()
