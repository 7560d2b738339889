-- lift_by_arm --
-- How often did each arm reach a goal after its first choice, and how far is treatment from the visits that saw nothing?
-- Interval and conditions are those of lift_by_action.
CREATE VIEW marts.lift_by_arm AS
WITH counted AS (
    SELECT
        o.site_id,
        o.traffic,
        o.goal,
        o.arm,
        count(*)                                AS session_count,
        count(*) FILTER (WHERE o.is_converted)  AS conversion_count
    FROM marts.outcomes AS o
    JOIN marts.sessions AS s USING (site_id, session_id)
    WHERE o.is_first_choice
      AND NOT s.is_forked
      AND NOT s.is_arm_forced
    GROUP BY o.site_id, o.traffic, o.goal, o.arm
), compared AS (
    SELECT
        *,
        conversion_count::float8 / session_count AS share,
        sum(session_count) FILTER (WHERE arm <> 'treatment') OVER question AS base_count,
        sum(conversion_count) FILTER (WHERE arm <> 'treatment') OVER question AS base_conversion_count
    FROM counted
    WINDOW question AS (PARTITION BY site_id, traffic, goal)
), judged AS (
    SELECT
        *,
        (base_conversion_count / nullif(base_count, 0))::float8 AS base_share,
        arm = 'treatment'
            AND coalesce(least(session_count, base_count), 0) >= 30
            AND least(conversion_count, session_count - conversion_count) >= 5
            AND coalesce(least(base_conversion_count, base_count - base_conversion_count), 0) >= 5 AS is_enough_data
    FROM compared
), errors AS (
    SELECT
        *,
        CASE WHEN is_enough_data THEN share - base_share END AS lift,
        CASE WHEN is_enough_data THEN 1.96 * sqrt(
            share * (1 - share) / session_count + base_share * (1 - base_share) / base_count::float8
        ) END AS half_width
    FROM judged
)
SELECT
    site_id,
    traffic,
    goal,
    arm,
    session_count,
    conversion_count,
    round(share::numeric, 4)               AS conversion_share,
    round(lift::numeric, 4)                AS lift,
    round((lift - half_width)::numeric, 4) AS lift_low,
    round((lift + half_width)::numeric, 4) AS lift_high,
    CASE WHEN arm = 'treatment' THEN is_enough_data END AS is_enough_data
FROM errors;
COMMENT ON VIEW marts.lift_by_arm IS 'How often did each arm reach a goal after its first choice, and how far is treatment from the visits that saw nothing? By assignment; forked visits and forced arms are left out.';
COMMENT ON COLUMN marts.lift_by_arm.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_by_arm.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_by_arm.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.lift_by_arm.arm IS 'treatment, control (this experiment) or holdout (never treated).';
COMMENT ON COLUMN marts.lift_by_arm.session_count IS 'Visits in which an action was chosen.';
COMMENT ON COLUMN marts.lift_by_arm.conversion_count IS 'Of these, those in which the goal came true after the first choice.';
COMMENT ON COLUMN marts.lift_by_arm.conversion_share IS 'conversion_count / session_count.';
COMMENT ON COLUMN marts.lift_by_arm.lift IS 'treatment: conversion_share less that of control and holdout together; null where there is not enough data.';
COMMENT ON COLUMN marts.lift_by_arm.lift_low IS 'Lower end of the 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.lift_by_arm.lift_high IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN marts.lift_by_arm.is_enough_data IS 'treatment: at least 30 visits on each side, and 5 that did and 5 that did not convert.';
