-- revenue_by_day --
-- What was ordered each day, less what was refunded?
CREATE VIEW marts.revenue_by_day AS
SELECT
    site_id,
    traffic,
    (placed_at AT TIME ZONE 'UTC')::date    AS day,
    currency,
    count(*)                                AS order_count,
    sum(value_minor)::bigint                AS value_minor,
    sum(refunded_minor)::bigint             AS refunded_minor,
    sum(net_minor)::bigint                  AS net_minor,
    round(avg(net_minor))::bigint           AS mean_net_minor
FROM marts.orders
GROUP BY site_id, traffic, (placed_at AT TIME ZONE 'UTC')::date, currency;
COMMENT ON VIEW marts.revenue_by_day IS 'What was ordered each day, less what was refunded?';
COMMENT ON COLUMN marts.revenue_by_day.site_id IS 'The shop.';
COMMENT ON COLUMN marts.revenue_by_day.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.revenue_by_day.day IS 'UTC day on which the orders were placed.';
COMMENT ON COLUMN marts.revenue_by_day.currency IS 'ISO 4217 code of the money columns; amounts of two currencies are never added.';
COMMENT ON COLUMN marts.revenue_by_day.order_count IS 'Orders.';
COMMENT ON COLUMN marts.revenue_by_day.value_minor IS 'Their value in minor units of currency.';
COMMENT ON COLUMN marts.revenue_by_day.refunded_minor IS 'Refunded of that since, in minor units of currency.';
COMMENT ON COLUMN marts.revenue_by_day.net_minor IS 'value_minor - refunded_minor.';
COMMENT ON COLUMN marts.revenue_by_day.mean_net_minor IS 'net_minor per order, rounded.';
