-- lift_by_arm --
-- How often did each arm reach a goal after its first choice, and how far is treatment from the visits that saw nothing?
-- The shares are each arm's own. The lift compares within action and period of one allocation (allocation_periods), weighted by
-- their visits: so it may differ from the difference of the shares, where the allocation has changed. Interval and conditions
-- are those of lift_by_action.
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
), periods AS (
    SELECT
        site_id,
        traffic,
        goal,
        array_agg(treated_count)              AS n,
        array_agg(treated_conversion_count)   AS a,
        array_agg(held_back_count)            AS m,
        array_agg(held_back_conversion_count) AS b
    FROM marts.allocation_periods
    GROUP BY site_id, traffic, goal
), lifts AS (
    SELECT p.site_id, p.traffic, p.goal, l.*
    FROM periods AS p
    CROSS JOIN LATERAL marts.lift_of_periods(p.n, p.a, p.m, p.b) AS l
)
SELECT
    c.site_id,
    c.traffic,
    c.goal,
    c.arm,
    c.session_count,
    c.conversion_count,
    round((c.conversion_count::float8 / c.session_count)::numeric, 4)                     AS conversion_share,
    CASE WHEN l.is_enough_data THEN round(l.lift::numeric, 4) END                         AS lift,
    CASE WHEN l.is_enough_data THEN round(l.lift_low::numeric, 4) END        AS lift_low,
    CASE WHEN l.is_enough_data THEN round(l.lift_high::numeric, 4) END        AS lift_high,
    CASE WHEN c.arm = 'treatment' THEN coalesce(l.is_enough_data, false) END              AS is_enough_data
FROM counted AS c
LEFT JOIN lifts AS l
  ON c.arm = 'treatment' AND l.site_id = c.site_id AND l.traffic = c.traffic AND l.goal = c.goal;
COMMENT ON VIEW marts.lift_by_arm IS 'How often did each arm reach a goal after its first choice, and how far is treatment from the visits that saw nothing? By assignment; forked visits and forced arms are left out.';
COMMENT ON COLUMN marts.lift_by_arm.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_by_arm.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_by_arm.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.lift_by_arm.arm IS 'treatment, control (this experiment) or holdout (never treated).';
COMMENT ON COLUMN marts.lift_by_arm.session_count IS 'Visits in which an action was chosen.';
COMMENT ON COLUMN marts.lift_by_arm.conversion_count IS 'Of these, those in which the goal came true after the first choice.';
COMMENT ON COLUMN marts.lift_by_arm.conversion_share IS 'conversion_count / session_count.';
COMMENT ON COLUMN marts.lift_by_arm.lift IS 'treatment less control and holdout together, within action and allocation, weighted by their visits; null where there is not enough data.';
COMMENT ON COLUMN marts.lift_by_arm.lift_low IS 'Lower end of the 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.lift_by_arm.lift_high IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN marts.lift_by_arm.is_enough_data IS 'treatment: at least 30 visits on each side, and 5 that did and 5 that did not convert.';
