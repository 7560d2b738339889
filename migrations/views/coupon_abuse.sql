-- coupon_abuse --
-- Which codes were used in a way that was not meant?
-- A visit is no person: a shopper who comes back another day with the code from the day before is redeemed_by_another_visit too.
CREATE VIEW marts.coupon_abuse AS
WITH used AS (
    SELECT
        site_id,
        traffic,
        order_id,
        session_id,
        placed_at,
        coupon,
        lower(coupon)                                                                                   AS folded,
        row_number() OVER (PARTITION BY site_id, traffic, lower(coupon) ORDER BY placed_at, order_id) AS use_number
    FROM marts.orders
    WHERE coupon <> ''
), coded AS (
    SELECT *, lower(code) AS folded
    FROM marts.claims
    WHERE code IS NOT NULL
)
SELECT
    u.site_id, u.traffic, 'redeemed_by_another_visit' AS kind, u.coupon AS code,
    max(c.pool) AS pool, min(c.action_id) AS action_id, u.session_id, u.order_id, u.placed_at AS happened_at
FROM used AS u
JOIN coded AS c USING (site_id, traffic, folded)
GROUP BY u.site_id, u.traffic, u.coupon, u.session_id, u.order_id, u.placed_at
HAVING bool_and(c.session_id <> u.session_id)
UNION ALL
SELECT u.site_id, u.traffic, 'redeemed_more_than_once', u.coupon, c.pool, c.action_id, u.session_id, u.order_id, u.placed_at
FROM used AS u
JOIN coded AS c USING (site_id, traffic, folded)
WHERE c.pool <> ''
  AND u.use_number > 1
UNION ALL
SELECT u.site_id, u.traffic, 'redeemed_after_deadline', u.coupon, c.pool, c.action_id, u.session_id, u.order_id, u.placed_at
FROM used AS u
JOIN coded AS c USING (site_id, traffic, folded)
WHERE u.placed_at > c.expires_at
  AND (c.pool <> '' OR c.session_id = u.session_id)
UNION ALL
SELECT u.site_id, u.traffic, 'never_claimed', u.coupon, k.pool, NULL, u.session_id, u.order_id, u.placed_at
FROM used AS u
JOIN config.codes AS k ON k.site_id = u.site_id AND lower(k.code) = u.folded
WHERE k.claimed_at IS NULL
UNION ALL
SELECT c.site_id, c.traffic, 'claimed_unseen', c.code, c.pool, c.action_id, c.session_id, NULL, c.claimed_at
FROM marts.claims AS c
JOIN marts.sessions AS s USING (site_id, session_id)
LEFT JOIN marts.exposures AS e USING (site_id, decision_id)
WHERE e.shown_at IS NULL
UNION ALL
SELECT site_id, traffic, 'many_claims_in_one_visit', NULL, NULL, NULL, session_id, NULL, max(claimed_at)
FROM coded
WHERE pool <> ''
GROUP BY site_id, traffic, session_id
HAVING count(*) >= 3;
COMMENT ON VIEW marts.coupon_abuse IS 'Which codes were used in a way that was not meant? A row per case; nothing in it is about a person, and one person may be two visits.';
COMMENT ON COLUMN marts.coupon_abuse.site_id IS 'The shop.';
COMMENT ON COLUMN marts.coupon_abuse.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.coupon_abuse.kind IS 'redeemed_by_another_visit, redeemed_more_than_once, redeemed_after_deadline, never_claimed (used, and nobody was given it), claimed_unseen (taken in a visit that never drew the offer), many_claims_in_one_visit (three codes or more).';
COMMENT ON COLUMN marts.coupon_abuse.code IS 'The code, as the order or the claim has it.';
COMMENT ON COLUMN marts.coupon_abuse.pool IS 'The pool that it is from; empty for a code that everybody gets.';
COMMENT ON COLUMN marts.coupon_abuse.action_id IS 'The action that gave it; null where nobody was given it.';
COMMENT ON COLUMN marts.coupon_abuse.session_id IS 'The visit that used it, or took it.';
COMMENT ON COLUMN marts.coupon_abuse.order_id IS 'The order that used it; null where the case is about the taking.';
COMMENT ON COLUMN marts.coupon_abuse.happened_at IS 'When it was used, or taken.';
