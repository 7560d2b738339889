-- order_coverage --
-- Of the orders told by the shop itself, how many did browsers tell of too, and of how many is the visit known?
CREATE VIEW marts.order_coverage AS
SELECT
    o.site_id,
    o.traffic,
    (o.placed_at AT TIME ZONE 'UTC')::date                                            AS day,
    count(*) FILTER (WHERE o.source = 'server')                                       AS server_order_count,
    count(*) FILTER (WHERE o.source = 'server' AND o.is_tracked)                      AS tracked_order_count,
    round(
        count(*) FILTER (WHERE o.source = 'server' AND o.is_tracked)::numeric
        / nullif(count(*) FILTER (WHERE o.source = 'server'), 0), 4
    )                                                                                 AS tracked_share,
    count(*) FILTER (WHERE o.source = 'server' AND s.session_id IS NULL)              AS unjoined_order_count,
    round(
        count(*) FILTER (WHERE o.source = 'server' AND s.session_id IS NULL)::numeric
        / nullif(count(*) FILTER (WHERE o.source = 'server'), 0), 4
    )                                                                                 AS unjoined_share,
    count(*) FILTER (WHERE o.source = 'browser')                                      AS browser_only_order_count
FROM marts.orders AS o
LEFT JOIN marts.sessions AS s ON s.site_id = o.site_id AND s.session_id = o.session_id
GROUP BY o.site_id, o.traffic, (o.placed_at AT TIME ZONE 'UTC')::date;
COMMENT ON VIEW marts.order_coverage IS 'Of the orders told by the shop itself, how many did browsers tell of too, and of how many is the visit known? Where browsers tell of many that the server does not know, the two name orders differently.';
COMMENT ON COLUMN marts.order_coverage.site_id IS 'The shop.';
COMMENT ON COLUMN marts.order_coverage.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.order_coverage.day IS 'UTC day on which the orders were placed.';
COMMENT ON COLUMN marts.order_coverage.server_order_count IS 'Orders that the shop''s server told of.';
COMMENT ON COLUMN marts.order_coverage.tracked_order_count IS 'Of these, those of which a browser told as well.';
COMMENT ON COLUMN marts.order_coverage.tracked_share IS 'tracked_order_count / server_order_count: the coverage of the tracker; null where the server told of none.';
COMMENT ON COLUMN marts.order_coverage.unjoined_order_count IS 'Of the server''s orders, those whose visit is not known, or not settled yet.';
COMMENT ON COLUMN marts.order_coverage.unjoined_share IS 'unjoined_order_count / server_order_count; null where the server told of none.';
COMMENT ON COLUMN marts.order_coverage.browser_only_order_count IS 'Orders that only browsers told of.';
