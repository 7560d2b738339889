-- events --
-- Everything of one visit that came in, with what was scored at the time.
SELECT *
FROM raw.events
WHERE site_id = $1
  AND session_id = $2;

-- decisions --
SELECT *
FROM marts.decisions
WHERE site_id = $1
  AND session_id = $2;

-- explanations --
SELECT decision_id, sentence, signals
FROM marts.explanations
WHERE site_id = $1
  AND session_id = $2;

-- claims --
-- Never the code itself: who reads an explanation has no need of it.
SELECT action_id, decision_id, claimed_at, expires_at, amount_minor, currency, redeemed_order_id
FROM marts.claims
WHERE site_id = $1
  AND session_id = $2
ORDER BY claimed_at, action_id;

-- orders --
SELECT order_id, placed_at, value_minor, refunded_minor, shipping_minor, currency, coupon
FROM marts.orders
WHERE site_id = $1
  AND session_id = $2
ORDER BY placed_at, order_id;

-- outcomes --
SELECT decision_id, goal, is_converted, value_minor, currency
FROM marts.outcomes
WHERE site_id = $1
  AND session_id = $2
ORDER BY decided_at, decision_id, goal;

-- settled_at --
SELECT settled_at
FROM marts.sessions
WHERE site_id = $1
  AND session_id = $2;

-- newest --
-- The visits that spoke last, with how far they came.
SELECT
    newest.site_id,
    newest.session_id,
    newest.traffic,
    newest.last_received_at,
    newest.settled_at IS NOT NULL                                                    AS is_settled,
    (SELECT count(*) FROM raw.events AS e
     WHERE e.site_id = newest.site_id AND e.session_id = newest.session_id)          AS event_count,
    (SELECT e.segment FROM raw.events AS e
     WHERE e.site_id = newest.site_id AND e.session_id = newest.session_id AND e.segment IS NOT NULL
     ORDER BY e.occurred_at DESC, e.step DESC LIMIT 1)                               AS segment,
    (SELECT string_agg(DISTINCT d.action_id, ', ') FROM marts.decisions AS d
     WHERE d.site_id = newest.site_id AND d.session_id = newest.session_id)          AS actions
FROM (
    SELECT *
    FROM raw.session_touches
    WHERE $2::text IS NULL OR site_id = $2
    ORDER BY last_received_at DESC
    LIMIT $1
) AS newest
ORDER BY newest.last_received_at DESC;
