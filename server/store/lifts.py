"""What a site's visits say of an action or of an experiment's variants, as the rows that `core.analysis` takes.

Only visits that count: settled, of one live state, in an arm that chance gave them, of the traffic that is asked for.
"""

from datetime import UTC, datetime
from typing import Any

from core.analysis.visits import Row
from core.records import Traffic
from server.store.named import load

_SQL = load("lifts.sql")

EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def choice_rows(
    connection: Any,
    site_id: str,
    action_id: str | None,
    *,
    traffic: Traffic,
    goal: str = "purchase",
    since: datetime = EVER,
) -> list[Row]:
    """The visits that chose this action first, or any action where it is None, counted from the choice."""
    found = await connection.fetch(_SQL["choices"], site_id, traffic, action_id, goal, since)
    return [
        Row(
            session_id=row["session_id"].hex,
            arm=row["arm"],
            decided_at_s=row["decided_at"].timestamp(),
            converted=row["is_converted"],
            revenue_minor=float(row["revenue_minor"]),
            margin_minor=row["margin_minor"],
            currency=row["currency"],
            score=row["purchase_score"],
            treatment_probability=row["treatment_probability"],
        )
        for row in found
    ]


async def held_back_rows(connection: Any, site_id: str, *, traffic: Traffic, goal: str = "purchase") -> list[Row]:
    """The visits that chose any action first and were shown nothing, counted from the choice."""
    rows = await choice_rows(connection, site_id, None, traffic=traffic, goal=goal)
    return [row for row in rows if row.arm != "treatment"]


async def variant_rows(
    connection: Any, site_id: str, experiment: str, run: str, *, base: str, other: str, traffic: Traffic
) -> list[Row]:
    """The visits of two variants from their beginning: those of `other` as treated, those of `base` as held back.

    A visit that was dealt two variants of one run comes twice, in both arms: the report counts and leaves it out.
    """
    found = [
        row
        for row in await connection.fetch(_SQL["variants"], site_id, traffic, experiment, run)
        if row["variant"] in (base, other)
    ]
    shares = {row["variant"]: row["share"] for row in found}
    return [
        Row(
            session_id=row["session_id"].hex,
            arm="treatment" if row["variant"] == other else "control",
            decided_at_s=row["started_at"].timestamp(),
            converted=row["is_converted"],
            revenue_minor=float(row["revenue_minor"]),
            margin_minor=row["margin_minor"],
            currency=row["currency"],
            treatment_probability=shares[other] / (shares[base] + shares[other]) if len(shares) == 2 else None,
        )
        for row in found
    ]
