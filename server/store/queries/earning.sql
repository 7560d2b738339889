-- goods --
-- What one piece of these products earns, where the merchant says so.
SELECT c.site_id, c.item_id, c.currency, c.price_minor, c.margin_minor
FROM marts.catalogue AS c
JOIN unnest($1::text[], $2::text[]) AS wanted (site_id, item_id) USING (site_id, item_id)
WHERE c.margin_minor IS NOT NULL;

-- given --
-- By how much claims that these orders redeemed have made them cheaper: their goods, or their sending.
SELECT
    c.site_id,
    c.traffic,
    c.redeemed_order_id                             AS order_id,
    coalesce(d.action_type = 'free_shipping', false) AS is_shipping,
    sum(c.amount_minor)::bigint                     AS amount_minor
FROM marts.claims AS c
JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted (site_id, traffic, order_id)
    ON wanted.site_id = c.site_id AND wanted.traffic = c.traffic AND wanted.order_id = c.redeemed_order_id
JOIN marts.orders AS o ON o.site_id = c.site_id AND o.traffic = c.traffic AND o.order_id = c.redeemed_order_id
LEFT JOIN marts.decisions AS d ON d.site_id = c.site_id AND d.decision_id = c.decision_id
WHERE c.amount_minor IS NOT NULL
  AND coalesce(c.currency, o.currency) IS NOT DISTINCT FROM o.currency
GROUP BY c.site_id, c.traffic, c.redeemed_order_id, is_shipping;
