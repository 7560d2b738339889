-- analyst --
-- What the analyst's views share, and what is kept of visits that were deleted.
CREATE FUNCTION marts.lift_of(
    treated_count bigint, treated_conversions bigint, held_back_count bigint, held_back_conversions bigint,
    OUT is_enough_data boolean, OUT lift float8, OUT lift_low float8, OUT lift_high float8
)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT
        e.is_enough,
        CASE WHEN e.is_enough THEN e.difference END,
        CASE WHEN e.is_enough THEN e.difference - e.half_width END,
        CASE WHEN e.is_enough THEN e.difference + e.half_width END
    FROM (
        SELECT
            s.is_enough,
            s.p - s.q AS difference,
            1.96 * sqrt(s.p * (1 - s.p) / nullif($1, 0) + s.q * (1 - s.q) / nullif($3, 0)) AS half_width
        FROM (
            SELECT
                $2::float8 / nullif($1, 0) AS p,
                $4::float8 / nullif($3, 0) AS q,
                least($1, $3) >= 30 AND least($2, $1 - $2) >= 5 AND least($4, $3 - $4) >= 5 AS is_enough
        ) AS s
    ) AS e
$$;
COMMENT ON FUNCTION marts.lift_of(bigint, bigint, bigint, bigint) IS 'Difference of two shares with its 95 % interval for one look at a planned end (normal approximation, unpooled; Newcombe 1998, method 1); null where either side has under 30 visits, or under 5 that did or did not convert.';

CREATE TABLE raw.deleted_sessions (
    site_id       text NOT NULL,
    day           date NOT NULL,
    deleted_on    date NOT NULL,
    session_count integer NOT NULL,
    PRIMARY KEY (site_id, day, deleted_on)
);
COMMENT ON TABLE raw.deleted_sessions IS 'How many visits were deleted on request, so that sums that shrink can be understood; nothing says which.';
COMMENT ON COLUMN raw.deleted_sessions.site_id IS 'The shop.';
COMMENT ON COLUMN raw.deleted_sessions.day IS 'UTC day on which these visits began.';
COMMENT ON COLUMN raw.deleted_sessions.deleted_on IS 'UTC day on which they were deleted.';
COMMENT ON COLUMN raw.deleted_sessions.session_count IS 'How many.';

CREATE TABLE raw.retention (
    kept_from  date PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE raw.retention IS 'From which day on events are kept, each time that older ones were let go. A visit from before is never settled again: its events are gone.';
COMMENT ON COLUMN raw.retention.kept_from IS 'The first UTC day whose events were still there.';
COMMENT ON COLUMN raw.retention.applied_at IS 'When older ones were let go.';
