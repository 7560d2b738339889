-- add_pool --
INSERT INTO config.code_pools (site_id, pool)
VALUES ($1, $2)
ON CONFLICT DO NOTHING;

-- known_codes --
-- Which of these are there already, whatever their case, and in which pool.
SELECT code, pool
FROM config.codes
WHERE site_id = $1
  AND lower(code) = ANY($2::text[])
ORDER BY code_id
LIMIT $3;

-- add_codes --
INSERT INTO config.codes (site_id, pool, code)
SELECT $1, $2, code
FROM unnest($3::text[]) WITH ORDINALITY AS given (code, place)
ORDER BY place;

-- count_added --
UPDATE config.code_pools
SET code_count = code_count + $3
WHERE site_id = $1
  AND pool = $2;

-- pools --
SELECT
    p.pool,
    p.code_count,
    count(c.code_id) FILTER (WHERE c.claimed_at IS NULL) AS free_count,
    max(c.claimed_at)                                    AS last_claimed_at
FROM config.code_pools AS p
LEFT JOIN config.codes AS c USING (site_id, pool)
WHERE p.site_id = $1
GROUP BY p.pool, p.code_count
ORDER BY p.pool;

-- redeemed --
SELECT pool, count(*) FILTER (WHERE redeemed_at IS NOT NULL) AS redeemed_count
FROM marts.claims
WHERE site_id = $1
  AND pool <> ''
  AND traffic = 'live'
GROUP BY pool;

-- abuse --
SELECT kind, code, pool, action_id, session_id, order_id, happened_at
FROM marts.coupon_abuse
WHERE site_id = $1
  AND traffic = 'live'
ORDER BY happened_at DESC
LIMIT $2;
