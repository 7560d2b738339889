"""The visits that an action's guardrails are judged by, as the rows that `core.analysis.guards` takes."""

from datetime import datetime
from typing import Any

from core.analysis.guards import Guarded
from core.analysis.visits import Row
from core.records import Traffic
from core.vitals import PageVitals
from server.store.named import load

_SQL = load("guards.sql")

VISITS_MOST = 200_000
"""The newest of an action's visits. A harm that so many do not show is not one to switch anything off for."""


async def guarded_visits(
    connection: Any, site_id: str, action_id: str, *, traffic: Traffic, since: datetime, goal: str
) -> list[Guarded]:
    """The newest visits that chose this action first at `since` or later, each once. `goal`: the one that a purchase reaches."""
    return [
        Guarded(
            row=Row(
                session_id=row["session_id"].hex,
                arm=row["arm"],
                decided_at_s=row["decided_at"].timestamp(),
                converted=bool(row["is_converted"]),
                score=row["purchase_score"],
                treatment_probability=row["treatment_probability"],
            ),
            has_bought=row["is_converted"],
            has_bounced=row["has_bounced"],
            has_checked_out=row["has_checked_out"],
            has_checkout_trouble=row["has_checkout_trouble"],
            is_shown=row["is_shown"],
            is_dismissed=row["is_dismissed"],
            vitals=PageVitals(*(row[f"choice_{vital}"] for vital in PageVitals._fields)),
        )
        for row in await connection.fetch(_SQL["guarded"], site_id, traffic, action_id, goal, since, VISITS_MOST)
    ]
