-- lift_by_segment --
-- In which segment do offers help, and in which do they cost sales?
-- Counted as in lift_by_action, by the segment at the first choice.
CREATE VIEW marts.lift_by_segment AS
WITH counted AS (
    SELECT
        o.site_id,
        o.traffic,
        o.segment,
        o.goal,
        count(*) FILTER (WHERE o.arm = 'treatment')                     AS treated_count,
        count(*) FILTER (WHERE o.arm = 'treatment' AND o.is_converted)  AS treated_conversion_count,
        count(*) FILTER (WHERE o.arm <> 'treatment')                    AS held_back_count,
        count(*) FILTER (WHERE o.arm <> 'treatment' AND o.is_converted) AS held_back_conversion_count
    FROM marts.outcomes AS o
    JOIN marts.sessions AS s USING (site_id, session_id)
    WHERE o.is_first_choice
      AND NOT s.is_forked
      AND NOT s.is_arm_forced
    GROUP BY o.site_id, o.traffic, o.segment, o.goal
)
SELECT
    c.*,
    round(l.lift::numeric, 4)       AS lift,
    round(l.lift_low::numeric, 4)   AS lift_low,
    round(l.lift_high::numeric, 4)  AS lift_high,
    l.is_enough_data
FROM counted AS c
CROSS JOIN LATERAL marts.lift_of(
    c.treated_count, c.treated_conversion_count, c.held_back_count, c.held_back_conversion_count
) AS l;
COMMENT ON VIEW marts.lift_by_segment IS 'In which segment do offers help, and in which do they cost sales? By assignment, over visits with a first choice; forked visits and forced arms are left out.';
COMMENT ON COLUMN marts.lift_by_segment.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_by_segment.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_by_segment.segment IS 'The segment at the first choice.';
COMMENT ON COLUMN marts.lift_by_segment.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.lift_by_segment.treated_count IS 'Visits of the treatment arm.';
COMMENT ON COLUMN marts.lift_by_segment.treated_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_segment.held_back_count IS 'Visits of control and holdout.';
COMMENT ON COLUMN marts.lift_by_segment.held_back_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_segment.lift IS 'Treated share less held-back share; null where there is not enough data.';
COMMENT ON COLUMN marts.lift_by_segment.lift_low IS 'Lower end of the 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.lift_by_segment.lift_high IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN marts.lift_by_segment.is_enough_data IS 'At least 30 visits on each side, and 5 that did and 5 that did not convert.';
