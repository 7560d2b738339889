"""Simulated visits that take what they were offered: for the views that are about claims."""

import asyncpg

from server.offers.claims import Claims
from server.offers.ticket import LIFETIME_MS, Ticket

_CLICKED = """
    SELECT d.session_id, d.decision_id, d.action_id, (extract(epoch FROM d.decided_at) * 1000)::bigint AS at_ms
    FROM marts.decisions AS d
    JOIN marts.exposures AS e USING (site_id, decision_id)
    WHERE e.clicked_at IS NOT NULL
    ORDER BY d.decision_id
    LIMIT 40
"""
UNSEEN = 3
"""So many visits also take an offer that their page never drew, as only a program would."""


async def claim_clicked(url: str) -> int:
    """Claim them, as simulated. Gives how many there were."""
    connection, claims = await asyncpg.connect(url), Claims(url)
    try:
        rows = [dict(row) for row in await connection.fetch(_CLICKED)]
        rows += [{**row, "action_id": "unseen", "decision_id": f"{n:016x}"} for n, row in enumerate(rows[:UNSEEN])]
        for row in rows:
            ticket = Ticket(
                decision_id=row["decision_id"], action_id=row["action_id"], traffic="simulated", code="SHIP",
                expires_ms=row["at_ms"] + LIFETIME_MS, amount_minor=490, currency="EUR",
            )  # fmt: skip
            await claims.claim("shop", row["session_id"].bytes, ticket, now_ms=row["at_ms"] + 1_000)
        return len(rows)
    finally:
        await connection.close()
        await claims.close()
