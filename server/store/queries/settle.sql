-- due_sessions --
-- Sessions that changed and have been silent long enough. Played visits run in compressed time: there the event's clock counts.
-- One that a writer holds just now is left to the next run: to wait for it would fail, for this snapshot is older than its rows.
SELECT site_id, session_id, traffic, bot_reason
FROM raw.session_touches
WHERE settled_at IS NULL
  AND CASE WHEN traffic IN ('live', 'preview', 'bot') THEN last_received_at ELSE last_occurred_at END
      <= $1::timestamptz - marts.session_idle()
ORDER BY site_id, session_id
LIMIT $2
FOR UPDATE SKIP LOCKED;

-- events --
SELECT
    site_id, session_id, stream_day, stream_id, seq, traffic, occurred_at, payload, epoch, step, forced_arm,
    rules_version, scorer_version, purchase_score, exit_score, abandonment_score, assistance_score, add_to_cart_score,
    order_ratio, leverage, segment, order_id, received_at, unavailable
FROM raw.events
JOIN unnest($1::text[], $2::uuid[]) AS due (site_id, session_id) USING (site_id, session_id);

-- decisions --
SELECT
    site_id, session_id, decision_id, action_id, segment, arm, treatment_probability, is_after_first_choice,
    stream_day, stream_id, seq, decided_at, variants
FROM marts.decisions
JOIN unnest($1::text[], $2::uuid[]) AS due (site_id, session_id) USING (site_id, session_id);

-- exposed_sessions --
SELECT DISTINCT site_id, session_id
FROM marts.exposures
JOIN unnest($1::text[], $2::uuid[]) AS due (site_id, session_id) USING (site_id, session_id)
WHERE shown_at IS NOT NULL;

-- orders --
-- The orders that these sessions speak of, whoever placed them, and those that are theirs though no event speaks of them.
SELECT
    o.site_id, o.traffic, o.order_id, o.session_id, o.stream_day, o.stream_id, o.seq, o.placed_at, o.value_minor,
    o.outcome_minor, o.shipping_minor, o.tax_minor, o.goods_cost_minor, o.currency, o.source, o.cancelled_at
FROM marts.orders AS o
JOIN (
    SELECT e.site_id, e.order_id
    FROM raw.events AS e
    JOIN unnest($1::text[], $2::uuid[]) AS due (site_id, session_id) USING (site_id, session_id)
    WHERE e.order_id IS NOT NULL
    UNION
    SELECT k.site_id, k.order_id
    FROM marts.orders AS k
    JOIN unnest($1::text[], $2::uuid[]) AS due (site_id, session_id) USING (site_id, session_id)
) AS named USING (site_id, order_id);

-- store_session --
INSERT INTO marts.sessions ({columns}, settled_at)
VALUES ({values}, now())
ON CONFLICT (site_id, session_id) DO UPDATE
SET {updates}, settled_at = now();

-- forget_outcomes --
DELETE FROM marts.outcomes AS o
USING unnest($1::text[], $2::uuid[]) AS due (site_id, session_id)
WHERE o.site_id = due.site_id
  AND o.session_id = due.session_id;

-- store_outcome --
INSERT INTO marts.outcomes ({columns}, settled_at)
VALUES ({values}, now());

-- mark_days --
INSERT INTO raw.dirty_days (site_id, day)
SELECT DISTINCT site_id, (started_at AT TIME ZONE 'UTC')::date
FROM marts.sessions
JOIN unnest($1::text[], $2::uuid[]) AS due (site_id, session_id) USING (site_id, session_id)
ON CONFLICT DO NOTHING;

-- mark_settled --
UPDATE raw.session_touches AS known
SET settled_at = now()
FROM unnest($1::text[], $2::uuid[]) AS due (site_id, session_id)
WHERE known.site_id = due.site_id
  AND known.session_id = due.session_id;

-- mark_robots --
-- What counts as whose: the decisions of a visit that turned out to be a robot's leave the results, and come back if it was
-- none after all. Its orders and claims stay where they are: money is money.
WITH judged AS (
    SELECT *
    FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[]) AS judged (site_id, session_id, traffic, bot_reason)
), decisions AS (
    UPDATE marts.decisions AS d
    SET traffic = judged.traffic
    FROM judged
    WHERE d.site_id = judged.site_id
      AND d.session_id = judged.session_id
      AND d.traffic <> judged.traffic
), exposures AS (
    UPDATE marts.exposures AS x
    SET traffic = judged.traffic
    FROM judged
    WHERE x.site_id = judged.site_id
      AND x.session_id = judged.session_id
      AND x.traffic <> judged.traffic
), explanations AS (
    UPDATE marts.explanations AS e
    SET traffic = judged.traffic
    FROM judged
    WHERE e.site_id = judged.site_id
      AND e.session_id = judged.session_id
      AND e.traffic <> judged.traffic
)
UPDATE raw.session_touches AS known
SET bot_reason = judged.bot_reason
FROM judged
WHERE known.site_id = judged.site_id
  AND known.session_id = judged.session_id
  AND known.bot_reason IS DISTINCT FROM judged.bot_reason;

-- score_event --
-- Fills the score of a row that was only beaconed; its step stays null, so that a resend may still bring the decision.
UPDATE raw.events
SET purchase_score = $5, exit_score = $6, abandonment_score = $7, assistance_score = $8, add_to_cart_score = $9,
    order_ratio = $10, leverage = $11, segment = $12, rules_version = $13, scorer_version = $14
WHERE site_id = $1
  AND stream_day = $2
  AND stream_id = $3
  AND seq = $4
  AND step IS NULL
  AND purchase_score IS NULL;

-- forget_rollups --
DELETE FROM marts.rollups AS r
USING raw.dirty_days AS d
WHERE r.site_id = d.site_id
  AND r.day = d.day;

-- store_rollups --
INSERT INTO marts.rollups (
    site_id, day, traffic, arm, segment, currency,
    session_count, choice_count, exposure_count, purchase_count, page_view_count, revenue_minor
)
SELECT
    d.site_id, d.day, s.traffic, s.arm, s.segment_at_click_5, s.currency,
    count(*),
    count(*) FILTER (WHERE s.has_choice),
    count(*) FILTER (WHERE s.has_exposure),
    count(*) FILTER (WHERE s.has_purchase),
    sum(s.page_view_count),
    sum(s.revenue_minor)
FROM raw.dirty_days AS d
JOIN marts.sessions AS s
    ON s.site_id = d.site_id
   AND s.started_at >= d.day::timestamp AT TIME ZONE 'UTC'
   AND s.started_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'
GROUP BY d.site_id, d.day, s.traffic, s.arm, s.segment_at_click_5, s.currency;

-- finish_outcomes --
-- Time alone makes an outcome final.
UPDATE marts.outcomes
SET is_final = true
WHERE NOT is_final
  AND final_at <= $1;

-- forget_dirty_days --
DELETE FROM raw.dirty_days;

-- redeem_claims --
-- The claims of these sessions, and those whose codes their orders used, with the first order that redeems each.
WITH due AS (
    SELECT site_id, session_id
    FROM unnest($1::text[], $2::uuid[]) AS due (site_id, session_id)
), touched AS (
    SELECT c.*
    FROM marts.claims AS c
    JOIN due USING (site_id, session_id)
    UNION
    SELECT c.*
    FROM marts.orders AS o
    JOIN due USING (site_id, session_id)
    JOIN marts.claims AS c ON c.site_id = o.site_id AND lower(c.code) = lower(o.coupon)
    WHERE c.pool <> ''
), found AS (
    SELECT c.site_id, c.session_id, c.action_id, o.order_id, o.placed_at
    FROM touched AS c
    LEFT JOIN LATERAL (
        SELECT order_id, placed_at
        FROM marts.orders
        WHERE c.pool <> ''
          AND site_id = c.site_id
          AND traffic = c.traffic
          AND lower(coupon) = lower(c.code)
        UNION ALL
        SELECT order_id, placed_at
        FROM marts.orders
        WHERE c.pool = ''
          AND site_id = c.site_id
          AND traffic = c.traffic
          AND session_id = c.session_id
          AND (c.code IS NULL OR lower(coupon) = lower(c.code))
        ORDER BY placed_at, order_id
        LIMIT 1
    ) AS o ON true
)
UPDATE marts.claims AS known
SET redeemed_order_id = found.order_id,
    redeemed_at       = found.placed_at
FROM found
WHERE known.site_id = found.site_id
  AND known.session_id = found.session_id
  AND known.action_id = found.action_id
  AND known.redeemed_order_id IS DISTINCT FROM found.order_id;
