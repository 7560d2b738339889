-- choices --
-- Visits that count, each with its first choice: settled, of one live state, in the arm that chance gave them. Beside it what
-- came after: whether the goal came true, and what its order came to and earned.
SELECT
    s.session_id,
    d.action_id,
    d.arm,
    d.decided_at,
    d.purchase_score,
    d.treatment_probability,
    o.is_converted,
    o.value_minor AS revenue_minor,
    o.margin_minor,
    o.currency
FROM marts.sessions AS s
JOIN marts.decisions AS d ON d.site_id = s.site_id AND d.decision_id = s.first_decision_id
JOIN marts.outcomes AS o ON o.site_id = d.site_id AND o.decision_id = d.decision_id AND o.goal = $4
WHERE s.site_id = $1
  AND s.traffic = $2
  AND ($3::text IS NULL OR s.first_action_id = $3)
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
    s.order_count > 0 AS is_converted,
    s.revenue_minor,
    s.margin_minor,
    s.currency
FROM marts.sessions AS s
CROSS JOIN LATERAL jsonb_array_elements(s.variants) AS dealt
WHERE s.site_id = $1
  AND s.traffic = $2
  AND dealt ->> 'experiment' = $3
  AND dealt ->> 'run' = $4
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
ORDER BY s.started_at, s.session_id;
