-- lift_by_segment --
-- In which segment do offers help, and in which do they cost sales?
-- Counted as in lift_by_action, by the segment at the first choice; compared within action and period of one allocation.
CREATE VIEW marts.lift_by_segment AS
WITH periods AS (
    SELECT
        site_id, traffic, segment, goal, action_id, treatment_probability,
        sum(treated_count)::bigint              AS treated_count,
        sum(treated_conversion_count)::bigint   AS treated_conversion_count,
        sum(held_back_count)::bigint            AS held_back_count,
        sum(held_back_conversion_count)::bigint AS held_back_conversion_count
    FROM marts.choices_counted
    GROUP BY site_id, traffic, segment, goal, action_id, treatment_probability
), counted AS (
    SELECT
        site_id,
        traffic,
        segment,
        goal,
        sum(treated_count)::bigint              AS treated_count,
        sum(treated_conversion_count)::bigint   AS treated_conversion_count,
        sum(held_back_count)::bigint            AS held_back_count,
        sum(held_back_conversion_count)::bigint AS held_back_conversion_count,
        array_agg(treated_count)                AS n,
        array_agg(treated_conversion_count)     AS a,
        array_agg(held_back_count)              AS m,
        array_agg(held_back_conversion_count)   AS b
    FROM periods
    GROUP BY site_id, traffic, segment, goal
)
SELECT
    c.site_id,
    c.traffic,
    c.segment,
    c.goal,
    c.treated_count,
    c.treated_conversion_count,
    c.held_back_count,
    c.held_back_conversion_count,
    round(l.lift::numeric, 4)       AS lift,
    round(l.lift_low::numeric, 4)   AS lift_low,
    round(l.lift_high::numeric, 4)  AS lift_high,
    l.is_enough_data
FROM counted AS c
CROSS JOIN LATERAL marts.lift_of_periods(c.n, c.a, c.m, c.b) AS l;
COMMENT ON VIEW marts.lift_by_segment IS 'In which segment do offers help, and in which do they cost sales? By assignment, over visits with a first choice; forked visits and forced arms are left out.';
COMMENT ON COLUMN marts.lift_by_segment.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_by_segment.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_by_segment.segment IS 'The segment at the first choice.';
COMMENT ON COLUMN marts.lift_by_segment.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.lift_by_segment.treated_count IS 'Visits of the treatment arm.';
COMMENT ON COLUMN marts.lift_by_segment.treated_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_segment.held_back_count IS 'Visits of control and holdout.';
COMMENT ON COLUMN marts.lift_by_segment.held_back_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_segment.lift IS 'Treated share less held-back share within action and allocation, weighted by their visits; null where there is not enough data.';
COMMENT ON COLUMN marts.lift_by_segment.lift_low IS 'Lower end of the 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.lift_by_segment.lift_high IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN marts.lift_by_segment.is_enough_data IS 'At least 30 visits on each side, and 5 that did and 5 that did not convert.';
