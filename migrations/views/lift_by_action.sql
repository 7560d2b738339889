-- lift_by_action --
-- For each action: how much more often does a goal come true when it is shown than when it is held back?
-- Uplift is counted by assignment, over visits with a first choice; control and holdout together are what was held back.
-- The interval is the normal approximation for a difference of two shares, unpooled (Newcombe 1998, method 1): it is for one
-- look at a planned end. NULL where either side has under 30 visits, or under 5 that did or 5 that did not convert.
CREATE VIEW marts.lift_by_action AS
WITH counted AS (
    SELECT
        o.site_id,
        o.traffic,
        o.action_id,
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
    GROUP BY o.site_id, o.traffic, o.action_id, o.goal
), shares AS (
    SELECT
        *,
        treated_conversion_count::float8 / nullif(treated_count, 0)     AS treated_share,
        held_back_conversion_count::float8 / nullif(held_back_count, 0) AS held_back_share,
        least(treated_count, held_back_count) >= 30
            AND least(treated_conversion_count, treated_count - treated_conversion_count) >= 5
            AND least(held_back_conversion_count, held_back_count - held_back_conversion_count) >= 5 AS is_enough_data
    FROM counted
), errors AS (
    SELECT
        *,
        CASE WHEN is_enough_data THEN treated_share - held_back_share END AS lift,
        CASE WHEN is_enough_data THEN 1.96 * sqrt(
            treated_share * (1 - treated_share) / treated_count
            + held_back_share * (1 - held_back_share) / held_back_count
        ) END AS half_width
    FROM shares
)
SELECT
    site_id,
    traffic,
    action_id,
    goal,
    treated_count,
    treated_conversion_count,
    round(treated_share::numeric, 4)       AS treated_share,
    held_back_count,
    held_back_conversion_count,
    round(held_back_share::numeric, 4)     AS held_back_share,
    round(lift::numeric, 4)                AS lift,
    round((lift - half_width)::numeric, 4) AS lift_low,
    round((lift + half_width)::numeric, 4) AS lift_high,
    is_enough_data
FROM errors;
COMMENT ON VIEW marts.lift_by_action IS 'For each action: how much more often does a goal come true when it is shown than when it is held back? By assignment, over visits with a first choice; forked visits and forced arms are left out.';
COMMENT ON COLUMN marts.lift_by_action.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_by_action.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_by_action.action_id IS 'The action that was chosen first.';
COMMENT ON COLUMN marts.lift_by_action.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.lift_by_action.treated_count IS 'Visits of the treatment arm.';
COMMENT ON COLUMN marts.lift_by_action.treated_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_action.treated_share IS 'treated_conversion_count / treated_count.';
COMMENT ON COLUMN marts.lift_by_action.held_back_count IS 'Visits of control and holdout, for which the same was chosen and nothing shown.';
COMMENT ON COLUMN marts.lift_by_action.held_back_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_action.held_back_share IS 'held_back_conversion_count / held_back_count.';
COMMENT ON COLUMN marts.lift_by_action.lift IS 'treated_share - held_back_share; null where there is not enough data.';
COMMENT ON COLUMN marts.lift_by_action.lift_low IS 'Lower end of the 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.lift_by_action.lift_high IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN marts.lift_by_action.is_enough_data IS 'At least 30 visits on each side, and 5 that did and 5 that did not convert.';
