-- funnel --
-- How far do visits get, from the first page to the order?
CREATE VIEW marts.funnel AS
WITH counted AS (
    SELECT
        site_id,
        traffic,
        count(*)                                  AS visits,
        count(*) FILTER (WHERE has_product_view)  AS products,
        count(*) FILTER (WHERE has_cart)          AS carts,
        count(*) FILTER (WHERE has_checkout)      AS checkouts,
        count(*) FILTER (WHERE has_purchase)      AS purchases
    FROM marts.sessions
    GROUP BY site_id, traffic
)
SELECT
    c.site_id,
    c.traffic,
    step.number                                                    AS step_number,
    step.name                                                      AS step,
    step.reached                                                   AS session_count,
    round(step.reached::numeric / c.visits, 4)                     AS share_of_all,
    round(step.reached::numeric / nullif(step.before, 0), 4)       AS share_of_previous
FROM counted AS c
CROSS JOIN LATERAL (
    VALUES
        (1, 'visit', c.visits, NULL::bigint),
        (2, 'product', c.products, c.visits),
        (3, 'cart', c.carts, c.products),
        (4, 'checkout', c.checkouts, c.carts),
        (5, 'purchase', c.purchases, c.checkouts)
) AS step (number, name, reached, before);
COMMENT ON VIEW marts.funnel IS 'How far do visits get, from the first page to the order?';
COMMENT ON COLUMN marts.funnel.site_id IS 'The shop.';
COMMENT ON COLUMN marts.funnel.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.funnel.step_number IS 'From 1, in the order of the funnel.';
COMMENT ON COLUMN marts.funnel.step IS 'visit, product, cart, checkout or purchase.';
COMMENT ON COLUMN marts.funnel.session_count IS 'Visits that got there; a visit may skip a step.';
COMMENT ON COLUMN marts.funnel.share_of_all IS 'Share of all visits.';
COMMENT ON COLUMN marts.funnel.share_of_previous IS 'Share of those at the step before; null at the first, and where nobody was there.';
