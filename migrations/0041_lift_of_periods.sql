-- lift of periods --
-- The lift over several periods of one allocation: what lift_of is for one.
CREATE FUNCTION marts.lift_of_periods(
    treated_counts bigint[], treated_conversions bigint[], held_back_counts bigint[], held_back_conversions bigint[],
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
            coalesce(sum(w.weight * (w.p - w.q)), 0) AS difference,
            1.96 * sqrt(sum(w.weight * w.weight * (w.p * (1 - w.p) / w.n + w.q * (1 - w.q) / w.m))) AS half_width,
            coalesce(
                least(sum(w.n), sum(w.m)) >= 30
                AND least(sum(w.a), sum(w.n - w.a), sum(w.b), sum(w.m - w.b)) >= 5, false
            ) AS is_enough
        FROM (
            SELECT
                c.n, c.a, c.m, c.b,
                c.a::float8 / c.n AS p,
                c.b::float8 / c.m AS q,
                (c.n + c.m)::float8 / sum(c.n + c.m) OVER () AS weight
            FROM unnest($1, $2, $3, $4) AS c (n, a, m, b)
            WHERE least(c.n, c.m) >= 5
        ) AS w
    ) AS e
$$;
COMMENT ON FUNCTION marts.lift_of_periods(bigint[], bigint[], bigint[], bigint[]) IS 'The lift within periods of one allocation, weighted by their visits, with its 95 % interval for one look at a planned end: the periods'' variances added, each as in lift_of. A period with under 5 visits on a side says nothing and is left out; null as in lift_of.';
