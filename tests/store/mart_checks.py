"""What must hold of the marts, in the manner of dbt's tests: each a query that gives the rows which break it, and none in health.

Beside each stands a change that breaks it, so that a check which cannot fail is found out. To add one: a line here.
"""

from typing import NamedTuple

UNIQUE = {
    "marts.sessions": "site_id, session_id",
    "marts.decisions": "site_id, decision_id",
    "marts.exposures": "site_id, decision_id",
    "marts.claims": "site_id, session_id, action_id",
    "marts.orders": "site_id, traffic, order_id",
    "marts.outcomes": "site_id, decision_id, goal",
    "marts.explanations": "site_id, decision_id",
    "marts.rollups": "site_id, day, traffic, arm, segment, currency",
    "marts.catalogue": "site_id, item_id",
}
"""The grain of each table: one row for each of these."""

NOT_NULL = {
    "marts.sessions": ("traffic", "started_at", "ended_at", "device", "source", "revenue_minor", "has_purchase"),
    "marts.decisions": ("session_id", "decided_at", "reason", "segment", "arm", "treatment_probability"),
    "marts.orders": ("placed_at", "value_minor", "net_minor", "outcome_minor", "source"),
    "marts.outcomes": ("session_id", "arm", "action_id", "segment", "decided_at", "is_converted", "final_at"),
}

ACCEPTED = {
    ("marts.sessions", "traffic"): ("live", "simulated", "replayed", "preview", "bot"),
    ("marts.sessions", "arm"): ("treatment", "control", "holdout"),
    ("marts.sessions", "device"): ("desktop", "mobile", "tablet", "unknown"),
    ("marts.outcomes", "segment"): ("likely_to_buy", "on_the_fence", "unlikely_to_buy"),
    ("marts.outcomes", "arm"): ("treatment", "control", "holdout"),
    ("marts.orders", "source"): ("browser", "server"),
}


class Check(NamedTuple):
    """`broken` gives rows where something is wrong; `fault` is a statement after which it does."""

    name: str
    broken: str
    fault: str


_ANY_OUTCOME = "(SELECT decision_id FROM marts.outcomes ORDER BY decision_id LIMIT 1)"
_ANY_BUYER = "(SELECT session_id FROM marts.sessions WHERE has_purchase ORDER BY session_id LIMIT 1)"

RELATIONSHIPS = [
    Check(
        f"every row of {child} has its {parent}",
        f"SELECT 1 FROM {child} AS c LEFT JOIN {parent} AS p USING ({keys}) WHERE p.{proof} IS NULL",
        f"DELETE FROM {parent} WHERE (site_id, {keys.split(', ')[1]})"
        f" IN (SELECT site_id, {keys.split(', ')[1]} FROM {child} LIMIT 1)",
    )
    for child, parent, keys, proof in (
        ("marts.outcomes", "marts.decisions", "site_id, decision_id", "decided_at"),
        ("marts.outcomes", "marts.sessions", "site_id, session_id", "started_at"),
        ("marts.exposures", "marts.decisions", "site_id, decision_id", "decided_at"),
        ("marts.decisions", "marts.sessions", "site_id, session_id", "started_at"),
        ("marts.explanations", "marts.decisions", "site_id, decision_id", "decided_at"),
    )
]

RECONCILED = [
    Check(
        "sessions hold the revenue of the orders that count for them",
        """
        SELECT 1
        FROM marts.sessions AS s
        LEFT JOIN marts.orders AS o
            ON o.site_id = s.site_id AND o.session_id = s.session_id AND o.currency IS NOT DISTINCT FROM s.currency
           AND o.placed_at <= s.started_at + marts.outcome_window()
        GROUP BY s.site_id, s.session_id, s.revenue_minor
        HAVING s.revenue_minor <> coalesce(sum(o.outcome_minor), 0)
        """,
        f"UPDATE marts.sessions SET revenue_minor = revenue_minor + 1 WHERE session_id = {_ANY_BUYER}",
    ),
    Check(
        "sessions count their orders",
        """
        SELECT 1
        FROM marts.sessions AS s
        LEFT JOIN marts.orders AS o
            ON o.site_id = s.site_id AND o.session_id = s.session_id
           AND o.placed_at <= s.started_at + marts.outcome_window()
        GROUP BY s.site_id, s.session_id, s.order_count, s.has_purchase
        HAVING s.order_count <> count(o.order_id) OR s.has_purchase <> (count(o.order_id) > 0)
        """,
        f"UPDATE marts.sessions SET order_count = order_count + 1 WHERE session_id = {_ANY_BUYER}",
    ),
    Check(
        "rollups add up to the sessions",
        """
        SELECT 1
        FROM (SELECT count(*) AS n, sum(page_view_count) AS pages, sum(revenue_minor) AS minor,
                     count(*) FILTER (WHERE has_purchase) AS buyers FROM marts.sessions) AS s,
             (SELECT sum(session_count) AS n, sum(page_view_count) AS pages, sum(revenue_minor) AS minor,
                     sum(purchase_count) AS buyers FROM marts.rollups) AS r
        WHERE (s.n, s.pages, s.minor, s.buyers) IS DISTINCT FROM (r.n, r.pages, r.minor, r.buyers)
        """,
        "DELETE FROM marts.rollups WHERE day = (SELECT min(day) FROM marts.rollups)",
    ),
    Check(
        "a visit has one first choice at most, and its session names it",
        """
        SELECT 1
        FROM marts.outcomes AS o
        JOIN marts.sessions AS s USING (site_id, session_id)
        WHERE o.is_first_choice <> (o.decision_id = s.first_decision_id)
        """,
        f"UPDATE marts.outcomes SET is_first_choice = NOT is_first_choice WHERE decision_id = {_ANY_OUTCOME}",
    ),
    Check(
        "what came true has its moment and nothing else has value",
        """
        SELECT 1 FROM marts.outcomes
        WHERE is_converted <> (converted_at IS NOT NULL) OR (NOT is_converted AND value_minor <> 0)
           OR converted_at < decided_at
        """,
        "UPDATE marts.outcomes SET value_minor = 1 WHERE NOT is_converted",
    ),
    Check(
        "what did not come true earned nothing, and what every order earned is known",
        """
        SELECT 1 FROM marts.outcomes
        WHERE goal = 'purchase' AND (margin_minor IS NULL OR (NOT is_converted AND margin_minor <> 0))
        """,
        "UPDATE marts.outcomes SET margin_minor = 1 WHERE NOT is_converted",
    ),
    Check(
        "no order earns more than was paid",
        """
        SELECT 1
        FROM marts.outcomes AS o
        JOIN marts.orders AS r ON r.site_id = o.site_id AND r.session_id = o.session_id
        WHERE o.goal = 'purchase' AND o.is_converted
        GROUP BY o.site_id, o.decision_id, o.margin_minor
        HAVING o.margin_minor > max(r.value_minor + coalesce(r.shipping_minor, 0))
        """,
        "UPDATE marts.outcomes SET margin_minor = value_minor + 1000000 WHERE is_converted",
    ),
    Check(
        "a choice and its visit tell the same margin of the one order that they have",
        """
        SELECT 1
        FROM marts.outcomes AS o
        JOIN marts.sessions AS s USING (site_id, session_id)
        WHERE o.goal = 'purchase' AND o.is_converted AND s.order_count = 1 AND o.margin_minor IS DISTINCT FROM s.margin_minor
        """,
        "UPDATE marts.sessions SET margin_minor = margin_minor + 1 WHERE order_count = 1 AND session_id IN"
        " (SELECT session_id FROM marts.outcomes WHERE is_converted AND goal = 'purchase')",
    ),
    Check(
        "what is final is over",
        "SELECT 1 FROM marts.outcomes WHERE is_final AND final_at > now()",
        "UPDATE marts.outcomes SET is_final = true, final_at = now() + interval '60 days'",
    ),
    Check(
        "nobody is refunded more than was paid, and refunds of the window are part of all",
        "SELECT 1 FROM marts.orders WHERE net_minor < 0 OR outcome_minor < net_minor OR outcome_minor > value_minor",
        "UPDATE marts.orders SET refunded_minor = value_minor + 1",
    ),
    Check(
        "only the treated see an offer",
        """
        SELECT 1 FROM marts.exposures AS e JOIN marts.decisions AS d USING (site_id, decision_id)
        WHERE d.arm <> 'treatment' AND e.shown_at IS NOT NULL
        """,
        "UPDATE marts.decisions SET arm = 'control' WHERE decision_id IN (SELECT decision_id FROM marts.exposures)",
    ),
    Check(
        "a visit ends after it begins and has events",
        "SELECT 1 FROM marts.sessions WHERE ended_at < started_at OR event_count < page_view_count OR event_count < 1",
        f"UPDATE marts.sessions SET ended_at = started_at - interval '1 s' WHERE session_id = {_ANY_BUYER}",
    ),
    Check(
        "daily revenue adds up to the orders",
        """
        SELECT 1
        FROM (SELECT count(*) AS n, sum(net_minor) AS minor FROM marts.orders) AS o,
             (SELECT sum(order_count) AS n, sum(net_minor) AS minor FROM marts.revenue_by_day) AS v
        WHERE (o.n, o.minor) IS DISTINCT FROM (v.n, v.minor)
        """,
        "",
    ),
]


def checks() -> list[Check]:
    """All of them. A `fault` that is empty: no change of one row can break what a view computes from the same rows."""
    found = [*RELATIONSHIPS, *RECONCILED]
    for table, key in UNIQUE.items():
        found.append(
            Check(f"{table} is unique by {key}", f"SELECT 1 FROM {table} GROUP BY {key} HAVING count(*) > 1", "")
        )
    for table, columns in NOT_NULL.items():
        for column in columns:
            found.append(
                Check(
                    f"{table}.{column} is never null",
                    f"SELECT 1 FROM {table} WHERE {column} IS NULL",
                    f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL; UPDATE {table} SET {column} = NULL"
                    if column != "net_minor"
                    else "",
                )
            )
    for (table, column), values in ACCEPTED.items():
        allowed = ", ".join(f"'{value}'" for value in values)
        found.append(
            Check(
                f"{table}.{column} is one of {', '.join(values)}",
                f"SELECT 1 FROM {table} WHERE {column} NOT IN ({allowed})",
                _without_checks(table) + f"UPDATE {table} SET {column} = 'odd'",
            )
        )
    return found


def _without_checks(table: str) -> str:
    """A statement that lets the table hold anything, so that a fault can be planted at all."""
    return f"""
        DO $$
        DECLARE found record;
        BEGIN
            FOR found IN SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'c' LOOP
                EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', found.conname);
            END LOOP;
        END $$;
    """
