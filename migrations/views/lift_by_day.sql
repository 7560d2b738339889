-- lift_by_day --
-- How did the lift come about, day by day?
-- Each day's own counts, and the lift of all days up to it: one day alone is mostly chance. To watch it daily and stop when it
-- looks well is to be fooled; `fifthclick lift` gives intervals that bear watching.
CREATE VIEW marts.lift_by_day AS
WITH daily AS (
    SELECT
        o.site_id,
        o.traffic,
        o.goal,
        (o.decided_at AT TIME ZONE 'UTC')::date                         AS day,
        count(*) FILTER (WHERE o.arm = 'treatment')                     AS treated_count,
        count(*) FILTER (WHERE o.arm = 'treatment' AND o.is_converted)  AS treated_conversion_count,
        count(*) FILTER (WHERE o.arm <> 'treatment')                    AS held_back_count,
        count(*) FILTER (WHERE o.arm <> 'treatment' AND o.is_converted) AS held_back_conversion_count
    FROM marts.outcomes AS o
    JOIN marts.sessions AS s USING (site_id, session_id)
    WHERE o.is_first_choice
      AND NOT s.is_forked
      AND NOT s.is_arm_forced
    GROUP BY o.site_id, o.traffic, o.goal, (o.decided_at AT TIME ZONE 'UTC')::date
), summed AS (
    SELECT
        *,
        (sum(treated_count) OVER past)::bigint AS treated_so_far,
        (sum(treated_conversion_count) OVER past)::bigint AS treated_conversions_so_far,
        (sum(held_back_count) OVER past)::bigint AS held_back_so_far,
        (sum(held_back_conversion_count) OVER past)::bigint AS held_back_conversions_so_far
    FROM daily
    WINDOW past AS (PARTITION BY site_id, traffic, goal ORDER BY day)
)
SELECT
    c.site_id,
    c.traffic,
    c.goal,
    c.day,
    c.treated_count,
    c.treated_conversion_count,
    c.held_back_count,
    c.held_back_conversion_count,
    round(l.lift::numeric, 4)       AS lift_so_far,
    round(l.lift_low::numeric, 4)   AS lift_so_far_low,
    round(l.lift_high::numeric, 4)  AS lift_so_far_high,
    l.is_enough_data
FROM summed AS c
CROSS JOIN LATERAL marts.lift_of(
    c.treated_so_far, c.treated_conversions_so_far, c.held_back_so_far, c.held_back_conversions_so_far
) AS l;
COMMENT ON VIEW marts.lift_by_day IS 'How did the lift come about, day by day? Each day''s counts, and the lift of all days up to it.';
COMMENT ON COLUMN marts.lift_by_day.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_by_day.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_by_day.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.lift_by_day.day IS 'UTC day of the first choices.';
COMMENT ON COLUMN marts.lift_by_day.treated_count IS 'That day''s visits of the treatment arm.';
COMMENT ON COLUMN marts.lift_by_day.treated_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_day.held_back_count IS 'That day''s visits of control and holdout.';
COMMENT ON COLUMN marts.lift_by_day.held_back_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_day.lift_so_far IS 'Treated share less held-back share over all days up to this one; null where there is not enough data.';
COMMENT ON COLUMN marts.lift_by_day.lift_so_far_low IS 'Lower end of its 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.lift_by_day.lift_so_far_high IS 'Upper end of its 95 % interval.';
COMMENT ON COLUMN marts.lift_by_day.is_enough_data IS 'So far at least 30 visits on each side, and 5 that did and 5 that did not convert.';
