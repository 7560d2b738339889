-- first_choices --
-- Visits that count: settled, seen whole, in the arm that chance gave them. Beside each its first choice, the orders since,
-- and whether the offer was taken up.
SELECT
    s.session_id, d.action_id, d.arm, d.purchase_score, d.trend, d.frictions, d.stream_day, d.stream_id, d.seq,
    e.event_type, e.epoch, e.step, e.order_ratio, e.leverage,
    coalesce((
        SELECT sum(o.outcome_minor)
        FROM marts.orders AS o
        WHERE o.site_id = s.site_id AND o.session_id = s.session_id
          AND o.placed_at BETWEEN d.decided_at AND d.decided_at + marts.outcome_window()
    ), 0)::bigint AS order_minor,
    coalesce(x.clicked_at, x.submitted_at) IS NOT NULL AS is_taken
FROM marts.sessions AS s
JOIN marts.decisions AS d ON d.site_id = s.site_id AND d.decision_id = s.first_decision_id
JOIN raw.events AS e
  ON e.site_id = d.site_id AND e.stream_day = d.stream_day AND e.stream_id = d.stream_id AND e.seq = d.seq
LEFT JOIN marts.exposures AS x ON x.site_id = d.site_id AND x.decision_id = d.decision_id
WHERE s.site_id = $1
  AND s.traffic = $2
  AND s.started_at >= $3
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
  AND e.step IS NOT NULL
  AND d.purchase_score IS NOT NULL
  -- Of a visit from before it was kept nobody knows whether it could be moved.
  AND e.leverage IS NOT NULL
ORDER BY s.started_at, s.session_id;

-- events_until --
-- What the visit's state was made of when the choice fell.
SELECT stream_day, stream_id, payload
FROM raw.events
WHERE site_id = $1 AND session_id = $2 AND epoch = $3 AND step <= $4
ORDER BY step;
