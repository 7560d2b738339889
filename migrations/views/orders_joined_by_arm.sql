-- orders_joined_by_arm --
-- Does one arm lose more orders than another, to pages that do not tell of them or to visits that nobody knows?
CREATE VIEW marts.orders_joined_by_arm AS
SELECT
    o.site_id,
    o.traffic,
    CASE
        WHEN s.session_id IS NULL THEN 'unjoined'
        ELSE coalesce(s.arm, 'undecided')
    END                                                                          AS arm,
    count(*)                                                                     AS order_count,
    round(count(*) / sum(count(*)) OVER (PARTITION BY o.site_id, o.traffic), 4)  AS order_share,
    count(*) FILTER (WHERE o.source = 'server')                                  AS server_order_count,
    count(*) FILTER (WHERE o.source = 'server' AND o.is_tracked)                 AS tracked_order_count,
    round(
        count(*) FILTER (WHERE o.source = 'server' AND o.is_tracked)::numeric
        / nullif(count(*) FILTER (WHERE o.source = 'server'), 0), 4
    )                                                                            AS tracked_share
FROM marts.orders AS o
LEFT JOIN marts.sessions AS s ON s.site_id = o.site_id AND s.session_id = o.session_id
GROUP BY o.site_id, o.traffic, CASE WHEN s.session_id IS NULL THEN 'unjoined' ELSE coalesce(s.arm, 'undecided') END;
COMMENT ON VIEW marts.orders_joined_by_arm IS 'Does one arm lose more orders than another, to pages that do not tell of them or to visits that nobody knows? Shares of tracked orders that differ between arms bias a lift that rests on browsers alone.';
COMMENT ON COLUMN marts.orders_joined_by_arm.site_id IS 'The shop.';
COMMENT ON COLUMN marts.orders_joined_by_arm.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.orders_joined_by_arm.arm IS 'treatment, control or holdout; undecided where nothing was decided in the visit; unjoined where the visit is not known.';
COMMENT ON COLUMN marts.orders_joined_by_arm.order_count IS 'Orders, whoever told of them.';
COMMENT ON COLUMN marts.orders_joined_by_arm.order_share IS 'Share of all orders.';
COMMENT ON COLUMN marts.orders_joined_by_arm.server_order_count IS 'Of these, those that the shop''s server told of.';
COMMENT ON COLUMN marts.orders_joined_by_arm.tracked_order_count IS 'Of the server''s orders, those of which a browser told as well.';
COMMENT ON COLUMN marts.orders_joined_by_arm.tracked_share IS 'tracked_order_count / server_order_count; null where the server told of none.';
