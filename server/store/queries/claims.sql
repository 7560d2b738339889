-- lock_offer --
-- A claim and a word that the offer was withheld take turns: whichever comes first holds.
SELECT pg_advisory_xact_lock(716, hashtext($1 || ' ' || $2));

-- claim_of --
SELECT code, expires_at
FROM marts.claims
WHERE site_id = $1
  AND session_id = $2
  AND action_id = $3;

-- is_void --
SELECT EXISTS (
    SELECT 1
    FROM raw.void_offers
    WHERE site_id = $1
      AND decision_id = $2
);

-- add_claim --
-- Waits for another that adds the same one just now, and gives nothing if that was first.
INSERT INTO marts.claims (
    site_id, session_id, action_id, decision_id, traffic, claimed_at, expires_at, amount_minor, currency, pool, code
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING
RETURNING true;

-- take_code --
-- The oldest free code that nobody takes just now.
UPDATE config.codes
SET session_id = $3, action_id = $4, decision_id = $5, claimed_at = $6, expires_at = $7
WHERE code_id = (
    SELECT code_id
    FROM config.codes
    WHERE site_id = $1
      AND pool = $2
      AND claimed_at IS NULL
    ORDER BY code_id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING code;

-- note_code --
UPDATE marts.claims
SET code = $4
WHERE site_id = $1
  AND session_id = $2
  AND action_id = $3;

-- void_offer --
-- Gives whether nothing was claimed for it.
INSERT INTO raw.void_offers (site_id, decision_id)
SELECT $1, $2
WHERE NOT EXISTS (
    SELECT 1
    FROM marts.claims
    WHERE site_id = $1
      AND session_id = $3
      AND decision_id = $2
)
ON CONFLICT DO NOTHING
RETURNING true;

-- forget_void_offers --
DELETE FROM raw.void_offers
WHERE voided_at < now() - interval '2 days';

-- stock --
-- Free codes by pool, counted as far as it matters.
SELECT
    p.site_id,
    p.pool,
    p.code_count,
    (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM config.codes AS c
            WHERE c.site_id = p.site_id
              AND c.pool = p.pool
              AND c.claimed_at IS NULL
            LIMIT 10000
        ) AS counted
    ) AS free_count
FROM config.code_pools AS p;
