-- choices --
-- Visits that count, each with its first choice: settled, of one live state, in the arm that chance gave them. Beside it what
-- came after: whether the goal came true, the orders' value after refunds, and what was given away in them.
SELECT
    s.session_id,
    d.action_id,
    d.arm,
    d.decided_at,
    d.purchase_score,
    d.treatment_probability,
    d.rules_version,
    o.is_converted,
    coalesce((
        SELECT sum(each.net_minor)
        FROM marts.orders AS each
        WHERE each.site_id = s.site_id AND each.session_id = s.session_id AND each.placed_at >= d.decided_at
    ), 0)::bigint AS revenue_minor,
    coalesce((
        SELECT sum(c.amount_minor)
        FROM marts.claims AS c
        WHERE c.site_id = s.site_id AND c.session_id = s.session_id AND c.redeemed_at IS NOT NULL
    ), 0)::bigint AS given_minor
FROM marts.sessions AS s
JOIN marts.decisions AS d ON d.site_id = s.site_id AND d.decision_id = s.first_decision_id
JOIN marts.outcomes AS o ON o.site_id = d.site_id AND o.decision_id = d.decision_id AND o.goal = $4
WHERE s.site_id = $1
  AND s.traffic = $2
  AND s.first_action_id = $3
  AND d.decided_at >= $5
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
ORDER BY d.decided_at, s.session_id;

-- variants --
-- Visits that were dealt a variant of this run, from their beginning, whatever was chosen in them.
SELECT
    s.session_id,
    dealt ->> 'variant' AS variant,
    (dealt ->> 'share')::float8 AS share,
    s.started_at,
    s.rules_version,
    s.order_count > 0 AS is_converted,
    coalesce(s.revenue_minor, 0)::bigint AS revenue_minor,
    coalesce((
        SELECT sum(c.amount_minor)
        FROM marts.claims AS c
        WHERE c.site_id = s.site_id AND c.session_id = s.session_id AND c.redeemed_at IS NOT NULL
    ), 0)::bigint AS given_minor
FROM marts.sessions AS s
CROSS JOIN LATERAL jsonb_array_elements(s.variants) AS dealt
WHERE s.site_id = $1
  AND s.traffic = $2
  AND dealt ->> 'experiment' = $3
  AND dealt ->> 'run' = $4
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
ORDER BY s.started_at, s.session_id;
