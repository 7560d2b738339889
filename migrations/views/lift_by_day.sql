-- lift_by_day --
-- How did the lift come about, day by day?
-- Each day's counts, and the lift of all days up to it, within action and period of one allocation as in lift_by_arm: it is the
-- same number there on the last day.
CREATE VIEW marts.lift_by_day AS
WITH daily AS (
    SELECT
        site_id, traffic, goal, day, action_id, treatment_probability,
        sum(treated_count)::bigint              AS treated_count,
        sum(treated_conversion_count)::bigint   AS treated_conversion_count,
        sum(held_back_count)::bigint            AS held_back_count,
        sum(held_back_conversion_count)::bigint AS held_back_conversion_count
    FROM marts.choices_counted
    GROUP BY site_id, traffic, goal, day, action_id, treatment_probability
), days AS (
    SELECT
        site_id,
        traffic,
        goal,
        day,
        sum(treated_count)::bigint              AS treated_count,
        sum(treated_conversion_count)::bigint   AS treated_conversion_count,
        sum(held_back_count)::bigint            AS held_back_count,
        sum(held_back_conversion_count)::bigint AS held_back_conversion_count
    FROM daily
    GROUP BY site_id, traffic, goal, day
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
FROM days AS c
CROSS JOIN LATERAL (
    SELECT array_agg(p.n) AS n, array_agg(p.a) AS a, array_agg(p.m) AS m, array_agg(p.b) AS b
    FROM (
        SELECT
            sum(d.treated_count)::bigint AS n,
            sum(d.treated_conversion_count)::bigint AS a,
            sum(d.held_back_count)::bigint AS m,
            sum(d.held_back_conversion_count)::bigint AS b
        FROM daily AS d
        WHERE (d.site_id, d.traffic, d.goal) = (c.site_id, c.traffic, c.goal)
          AND d.day <= c.day
        GROUP BY d.action_id, d.treatment_probability
    ) AS p
) AS so_far
CROSS JOIN LATERAL marts.lift_of_periods(so_far.n, so_far.a, so_far.m, so_far.b) AS l;
COMMENT ON VIEW marts.lift_by_day IS 'How did the lift come about, day by day? Each day''s counts, and the lift of all days up to it.';
COMMENT ON COLUMN marts.lift_by_day.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_by_day.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_by_day.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.lift_by_day.day IS 'UTC day of the first choices.';
COMMENT ON COLUMN marts.lift_by_day.treated_count IS 'That day''s visits of the treatment arm.';
COMMENT ON COLUMN marts.lift_by_day.treated_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_day.held_back_count IS 'That day''s visits of control and holdout.';
COMMENT ON COLUMN marts.lift_by_day.held_back_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_day.lift_so_far IS 'Treated share less held-back share over all days up to this one, within action and allocation; null where there is not enough data.';
COMMENT ON COLUMN marts.lift_by_day.lift_so_far_low IS 'Lower end of its 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.lift_by_day.lift_so_far_high IS 'Upper end of its 95 % interval.';
COMMENT ON COLUMN marts.lift_by_day.is_enough_data IS 'So far at least 30 visits on each side, and 5 that did and 5 that did not convert.';
