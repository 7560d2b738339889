-- lift_by_action --
-- For each action: how much more often does a goal come true when it is shown than when it is held back?
-- Uplift is counted by assignment, over visits with a first choice; control and holdout together are what was held back. Visits
-- are compared within periods of one allocation (allocation_periods), and the periods' lifts are weighted by their visits, so
-- that the shares beside each other are those of a shop whose visits all had the same mix. The interval is the normal
-- approximation for a difference of two shares, unpooled (Newcombe 1998, method 1), with the periods' variances added: it is
-- for one look at a planned end. `fifthclick lift` and `experiments` give intervals for watching. NULL where either side has
-- under 30 visits, or under 5 that did or 5 that did not convert.
CREATE VIEW marts.lift_by_action AS
WITH weighted AS (
    SELECT
        *,
        treated_conversion_count::float8 / treated_count     AS p,
        held_back_conversion_count::float8 / held_back_count AS q,
        (treated_count + held_back_count) / sum(treated_count + held_back_count) OVER (
            PARTITION BY site_id, traffic, action_id, goal
        )                                                    AS weight
    FROM marts.allocation_periods
    WHERE is_counted
), compared AS (
    SELECT
        site_id,
        traffic,
        action_id,
        goal,
        count(*)                        AS period_count,
        sum(treated_count)              AS treated_count,
        sum(treated_conversion_count)   AS treated_conversion_count,
        sum(weight * p)::float8         AS treated_share,
        sum(held_back_count)            AS held_back_count,
        sum(held_back_conversion_count) AS held_back_conversion_count,
        sum(weight * q)::float8         AS held_back_share,
        1.96 * sqrt(sum(weight * weight * (
            p * (1 - p) / treated_count + q * (1 - q) / held_back_count
        )))::float8                     AS half_width,
        least(sum(treated_count), sum(held_back_count)) >= 30
            AND least(
                sum(treated_conversion_count), sum(treated_count - treated_conversion_count),
                sum(held_back_conversion_count), sum(held_back_count - held_back_conversion_count)
            ) >= 5                      AS is_enough_data
    FROM weighted
    GROUP BY site_id, traffic, action_id, goal
), everybody AS (
    SELECT
        site_id,
        traffic,
        action_id,
        goal,
        sum(treated_count + held_back_count) AS session_count
    FROM marts.allocation_periods
    GROUP BY site_id, traffic, action_id, goal
)
SELECT
    e.site_id,
    e.traffic,
    e.action_id,
    e.goal,
    coalesce(c.treated_count, 0)::bigint              AS treated_count,
    coalesce(c.treated_conversion_count, 0)::bigint   AS treated_conversion_count,
    round(c.treated_share::numeric, 4)                AS treated_share,
    coalesce(c.held_back_count, 0)::bigint            AS held_back_count,
    coalesce(c.held_back_conversion_count, 0)::bigint AS held_back_conversion_count,
    round(c.held_back_share::numeric, 4)              AS held_back_share,
    CASE WHEN c.is_enough_data THEN round((c.treated_share - c.held_back_share)::numeric, 4) END                AS lift,
    CASE WHEN c.is_enough_data THEN round((c.treated_share - c.held_back_share - c.half_width)::numeric, 4) END AS lift_low,
    CASE WHEN c.is_enough_data THEN round((c.treated_share - c.held_back_share + c.half_width)::numeric, 4) END AS lift_high,
    coalesce(c.is_enough_data, false)                 AS is_enough_data,
    coalesce(c.period_count, 0)                       AS period_count,
    (e.session_count - coalesce(c.treated_count + c.held_back_count, 0))::bigint AS left_out_count
FROM everybody AS e
LEFT JOIN compared AS c USING (site_id, traffic, action_id, goal);
COMMENT ON VIEW marts.lift_by_action IS 'For each action: how much more often does a goal come true when it is shown than when it is held back? By assignment, over visits with a first choice; forked visits and forced arms are left out.';
COMMENT ON COLUMN marts.lift_by_action.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_by_action.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_by_action.action_id IS 'The action that was chosen first.';
COMMENT ON COLUMN marts.lift_by_action.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.lift_by_action.treated_count IS 'Visits of the treatment arm in the periods that are counted.';
COMMENT ON COLUMN marts.lift_by_action.treated_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_action.treated_share IS 'Of the treated, the share that converted; with several periods, as weighted by their visits.';
COMMENT ON COLUMN marts.lift_by_action.held_back_count IS 'Visits of control and holdout, for which the same was chosen and nothing shown, in the periods that are counted.';
COMMENT ON COLUMN marts.lift_by_action.held_back_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.lift_by_action.held_back_share IS 'Of the held back, the share that converted; with several periods, as weighted by their visits.';
COMMENT ON COLUMN marts.lift_by_action.lift IS 'treated_share - held_back_share; null where there is not enough data.';
COMMENT ON COLUMN marts.lift_by_action.lift_low IS 'Lower end of the 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.lift_by_action.lift_high IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN marts.lift_by_action.is_enough_data IS 'At least 30 visits on each side, and 5 that did and 5 that did not convert.';
COMMENT ON COLUMN marts.lift_by_action.period_count IS 'How many periods of one allocation are counted.';
COMMENT ON COLUMN marts.lift_by_action.left_out_count IS 'Visits of periods with under 5 visits on a side, which say nothing.';
