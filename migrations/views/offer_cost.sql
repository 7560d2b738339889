-- offer_cost --
-- What do offers cost, by action and day?
-- A claim that is still open is expected to be redeemed as often as those of its action that are closed: redeemed, past their
-- deadline or 30 days old. While none is closed, every open one is counted in full, so that the cost is never called too small.
CREATE VIEW marts.offer_cost AS
WITH claims AS (
    SELECT
        *,
        redeemed_at IS NOT NULL AS is_redeemed,
        redeemed_at IS NULL
            AND coalesce(expires_at, claimed_at + interval '30 days') > now() AS is_open
    FROM marts.claims
), shares AS (
    SELECT
        site_id,
        traffic,
        action_id,
        count(*) FILTER (WHERE is_redeemed)::float8 / nullif(count(*) FILTER (WHERE NOT is_open), 0) AS redeemed_share
    FROM claims
    GROUP BY site_id, traffic, action_id
)
SELECT
    c.site_id,
    c.traffic,
    c.action_id,
    (c.claimed_at AT TIME ZONE 'UTC')::date                              AS day,
    c.currency,
    count(*)                                                             AS claimed_count,
    coalesce(sum(c.amount_minor), 0)::bigint                             AS claimed_minor,
    count(*) FILTER (WHERE c.is_redeemed)                                AS redeemed_count,
    coalesce(sum(c.amount_minor) FILTER (WHERE c.is_redeemed), 0)::bigint AS redeemed_minor,
    count(*) FILTER (WHERE c.is_open)                                    AS open_count,
    round((
        coalesce(sum(c.amount_minor) FILTER (WHERE c.is_redeemed), 0)
        + coalesce(sum(c.amount_minor) FILTER (WHERE c.is_open), 0) * coalesce(max(s.redeemed_share), 1)
    )::numeric)::bigint                                                  AS expected_minor
FROM claims AS c
JOIN shares AS s USING (site_id, traffic, action_id)
GROUP BY c.site_id, c.traffic, c.action_id, (c.claimed_at AT TIME ZONE 'UTC')::date, c.currency;
COMMENT ON VIEW marts.offer_cost IS 'What do offers cost, by action and day? Counted from claims, at what each offer costs the shop if it is used.';
COMMENT ON COLUMN marts.offer_cost.site_id IS 'The shop.';
COMMENT ON COLUMN marts.offer_cost.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.offer_cost.action_id IS 'The action.';
COMMENT ON COLUMN marts.offer_cost.day IS 'UTC day on which shoppers took it.';
COMMENT ON COLUMN marts.offer_cost.currency IS 'ISO 4217 code of the money columns; null where the cart named none.';
COMMENT ON COLUMN marts.offer_cost.claimed_count IS 'Times that it was taken.';
COMMENT ON COLUMN marts.offer_cost.claimed_minor IS 'What these cost if every one is used, in minor units of currency.';
COMMENT ON COLUMN marts.offer_cost.redeemed_count IS 'Of these, those that an order used.';
COMMENT ON COLUMN marts.offer_cost.redeemed_minor IS 'What those cost.';
COMMENT ON COLUMN marts.offer_cost.open_count IS 'Of these, those that an order may still use.';
COMMENT ON COLUMN marts.offer_cost.expected_minor IS 'redeemed_minor, and of what is open the share that is usually redeemed.';
