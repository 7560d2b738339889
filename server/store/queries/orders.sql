-- lock_names --
-- Offers and orders are computed from all that speaks of them: two that hold some of them take turns, in one order.
SELECT count(pg_advisory_xact_lock(715, key))
FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY key) AS keys;

-- refresh_orders --
-- These orders from all that speaks of them. Where the shop's server told of one, its word is the order, and the browser's says
-- in which visit. Else the earliest purchase event is the order and a refund without a value is whole. A purchase whose id names
-- no order of the server's, in a visit that has one, is that order under another name: it is not counted beside it.
WITH changed AS (
    SELECT DISTINCT site_id, order_id
    FROM unnest($1::text[], $2::text[]) AS changed (site_id, order_id)
), tracked AS (
    SELECT DISTINCT ON (p.site_id, p.traffic, p.order_id)
        p.site_id, p.traffic, p.order_id, p.session_id, p.stream_day, p.stream_id, p.seq, p.occurred_at,
        coalesce(p.value_minor, 0) AS value_minor, p.value_minor AS said_minor,
        p.shipping_minor, p.tax_minor, p.currency, p.detail, coalesce(p.item_count, 0) AS item_count
    FROM raw.events AS p
    JOIN changed USING (site_id, order_id)
    WHERE p.event_type = 'purchase'
    ORDER BY p.site_id, p.traffic, p.order_id, p.occurred_at, p.stream_day, p.stream_id, p.seq
), told AS (
    SELECT
        s.site_id,
        coalesce(
            (
                SELECT t.traffic
                FROM tracked AS t
                WHERE t.site_id = s.site_id AND t.order_id = s.order_id
                ORDER BY t.traffic <> 'live', t.traffic
                LIMIT 1
            ),
            touch.traffic,
            'live'
        ) AS traffic,
        s.order_id, s.session_id, s.placed_at, s.cancelled_at, s.value_minor, s.shipping_minor, s.tax_minor, s.currency,
        s.goods_cost_minor, s.item_count, s.received_at,
        coalesce(
            (
                SELECT used.code
                FROM unnest(s.coupons) WITH ORDINALITY AS used (code, place)
                JOIN marts.claims AS c ON c.site_id = s.site_id AND lower(c.code) = lower(used.code)
                ORDER BY used.place
                LIMIT 1
            ),
            s.coupons[1]
        ) AS coupon
    FROM raw.server_orders AS s
    JOIN changed USING (site_id, order_id)
    LEFT JOIN raw.session_touches AS touch ON touch.site_id = s.site_id AND touch.session_id = s.session_id
), named AS (
    -- The server's orders of the visits that these purchase events are of.
    SELECT t.site_id, t.session_id
    FROM tracked AS t
    JOIN raw.server_orders AS s ON s.site_id = t.site_id AND s.session_id = t.session_id
    UNION
    SELECT t.site_id, t.session_id
    FROM tracked AS t
    JOIN raw.events AS p ON p.site_id = t.site_id AND p.session_id = t.session_id AND p.event_type = 'purchase'
    JOIN raw.server_orders AS s ON s.site_id = p.site_id AND s.order_id = p.order_id
), server_told AS (
    SELECT
        s.site_id, s.traffic, s.order_id, coalesce(t.session_id, s.session_id) AS session_id,
        t.stream_day, t.stream_id, t.seq, coalesce(t.occurred_at, s.placed_at) AS placed_at, s.value_minor,
        CASE WHEN s.cancelled_at IS NOT NULL THEN s.value_minor ELSE least(s.value_minor, r.all_minor) END AS refunded_minor,
        CASE
            WHEN s.cancelled_at <= s.placed_at + marts.refund_window() THEN 0
            ELSE s.value_minor - least(s.value_minor, r.early_minor)
        END AS outcome_minor,
        s.shipping_minor, s.tax_minor, s.goods_cost_minor, s.currency, s.coupon, s.item_count,
        'server' AS source, t.order_id IS NOT NULL AS is_tracked, s.cancelled_at, s.received_at AS told_at
    FROM told AS s
    LEFT JOIN tracked AS t USING (site_id, traffic, order_id)
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(f.refunded_minor), 0)::bigint AS all_minor,
            coalesce(sum(f.refunded_minor) FILTER (
                WHERE f.refunded_at <= s.placed_at + marts.refund_window()
            ), 0)::bigint AS early_minor
        FROM raw.server_refunds AS f
        WHERE f.site_id = s.site_id
          AND f.order_id = s.order_id
          AND coalesce(f.currency, s.currency) = s.currency
    ) AS r
), browser_told AS (
    SELECT
        t.site_id, t.traffic, t.order_id, t.session_id, t.stream_day, t.stream_id, t.seq, t.occurred_at AS placed_at,
        t.value_minor, least(t.value_minor, r.all_minor) AS refunded_minor,
        t.value_minor - least(t.value_minor, r.early_minor) AS outcome_minor,
        t.shipping_minor, t.tax_minor, NULL::bigint AS goods_cost_minor, t.currency, t.detail AS coupon, t.item_count,
        'browser' AS source, true AS is_tracked, NULL::timestamptz AS cancelled_at, NULL::timestamptz AS told_at
    FROM tracked AS t
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(coalesce(f.value_minor, t.said_minor)), 0)::bigint AS all_minor,
            coalesce(sum(coalesce(f.value_minor, t.said_minor)) FILTER (
                WHERE f.occurred_at <= t.occurred_at + marts.refund_window()
            ), 0)::bigint AS early_minor
        FROM raw.events AS f
        WHERE f.site_id = t.site_id
          AND f.order_id = t.order_id
          AND f.traffic = t.traffic
          AND f.event_type = 'refund'
          AND (f.currency IS NULL OR f.currency = t.currency)
    ) AS r
    WHERE NOT EXISTS (SELECT 1 FROM told AS s WHERE s.site_id = t.site_id AND s.order_id = t.order_id AND s.traffic = t.traffic)
      AND NOT EXISTS (SELECT 1 FROM named AS n WHERE n.site_id = t.site_id AND n.session_id = t.session_id)
), computed AS (
    SELECT * FROM server_told
    UNION ALL
    SELECT * FROM browser_told
), gone AS (
    DELETE FROM marts.orders AS known
    USING changed
    WHERE known.site_id = changed.site_id
      AND known.order_id = changed.order_id
      AND NOT EXISTS (
          SELECT 1
          FROM computed AS c
          WHERE c.site_id = known.site_id
            AND c.order_id = known.order_id
            AND c.traffic = known.traffic
      )
)
INSERT INTO marts.orders (
    site_id, traffic, order_id, session_id, stream_day, stream_id, seq,
    placed_at, value_minor, refunded_minor, outcome_minor, shipping_minor, tax_minor, goods_cost_minor, currency, coupon, item_count,
    source, is_tracked, cancelled_at, told_at
)
SELECT
    site_id, traffic, order_id, session_id, stream_day, stream_id, seq,
    placed_at, value_minor, refunded_minor, outcome_minor, shipping_minor, tax_minor, goods_cost_minor, currency, coupon, item_count,
    source, is_tracked, cancelled_at, told_at
FROM computed
ON CONFLICT (site_id, traffic, order_id) DO UPDATE
SET session_id     = excluded.session_id,
    stream_day     = excluded.stream_day,
    stream_id      = excluded.stream_id,
    seq            = excluded.seq,
    placed_at      = excluded.placed_at,
    value_minor    = excluded.value_minor,
    refunded_minor = excluded.refunded_minor,
    outcome_minor  = excluded.outcome_minor,
    shipping_minor = excluded.shipping_minor,
    tax_minor      = excluded.tax_minor,
    goods_cost_minor = excluded.goods_cost_minor,
    currency       = excluded.currency,
    coupon         = excluded.coupon,
    item_count     = excluded.item_count,
    source         = excluded.source,
    is_tracked     = excluded.is_tracked,
    cancelled_at   = excluded.cancelled_at,
    told_at        = excluded.told_at;

-- unsettle_sessions_of_orders --
-- Every visit that these orders are of, that has an event of them, or whose single-use code one of them used, is settled again:
-- an order, a refund or a second thank-you page may come days later.
UPDATE raw.session_touches AS known
SET settled_at = NULL
FROM (
    SELECT e.site_id, e.session_id
    FROM raw.events AS e
    JOIN unnest($1::text[], $2::text[]) AS changed (site_id, order_id) USING (site_id, order_id)
    UNION
    SELECT s.site_id, s.session_id
    FROM raw.server_orders AS s
    JOIN unnest($1::text[], $2::text[]) AS changed (site_id, order_id) USING (site_id, order_id)
    UNION
    SELECT c.site_id, c.session_id
    FROM raw.server_orders AS s
    JOIN unnest($1::text[], $2::text[]) AS changed (site_id, order_id) USING (site_id, order_id)
    CROSS JOIN unnest(s.coupons) AS used (code)
    JOIN marts.claims AS c ON c.site_id = s.site_id AND lower(c.code) = lower(used.code)
    WHERE c.pool <> ''
) AS affected
WHERE known.site_id = affected.site_id
  AND known.session_id = affected.session_id
  AND known.settled_at IS NOT NULL;

-- orders_of_sessions --
-- What the shop's server told of these visits: their orders, and the browser's under other names that these may stand for.
WITH due AS (
    SELECT site_id, session_id
    FROM unnest($1::text[], $2::uuid[]) AS due (site_id, session_id)
), spoken AS (
    SELECT e.site_id, e.session_id, e.order_id
    FROM raw.events AS e
    JOIN due USING (site_id, session_id)
    WHERE e.event_type = 'purchase'
), told AS (
    SELECT s.site_id, s.session_id, s.order_id
    FROM raw.server_orders AS s
    JOIN due USING (site_id, session_id)
    UNION
    SELECT p.site_id, p.session_id, p.order_id
    FROM spoken AS p
    JOIN raw.server_orders AS s USING (site_id, order_id)
)
SELECT site_id, order_id
FROM told
UNION
SELECT p.site_id, p.order_id
FROM spoken AS p
JOIN told AS t USING (site_id, session_id);
