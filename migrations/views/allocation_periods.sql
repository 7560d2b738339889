-- allocation_periods --
-- For each action and each chance to be treated that visits had: how many were treated, how many held back, how many converted?
-- The lifts compare visits within these only: where the chance changed with time (a new action that was settled, a ramp), treated
-- and held-back visits as a whole are of different days, and a good week would look like a good offer. A period with under 5
-- visits on a side says nothing and is left out.
CREATE VIEW marts.allocation_periods AS
SELECT
    o.site_id,
    o.traffic,
    o.goal,
    o.action_id,
    round(d.treatment_probability::numeric, 6)                      AS treatment_probability,
    min(d.decided_at)                                               AS first_at,
    max(d.decided_at)                                               AS last_at,
    count(*) FILTER (WHERE o.arm = 'treatment')                     AS treated_count,
    count(*) FILTER (WHERE o.arm = 'treatment' AND o.is_converted)  AS treated_conversion_count,
    count(*) FILTER (WHERE o.arm <> 'treatment')                    AS held_back_count,
    count(*) FILTER (WHERE o.arm <> 'treatment' AND o.is_converted) AS held_back_conversion_count,
    least(
        count(*) FILTER (WHERE o.arm = 'treatment'), count(*) FILTER (WHERE o.arm <> 'treatment')
    ) >= 5                                                          AS is_counted
FROM marts.outcomes AS o
JOIN marts.sessions AS s USING (site_id, session_id)
JOIN marts.decisions AS d USING (site_id, decision_id)
WHERE o.is_first_choice
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
GROUP BY o.site_id, o.traffic, o.goal, o.action_id, round(d.treatment_probability::numeric, 6);
COMMENT ON VIEW marts.allocation_periods IS 'For each action and each chance to be treated that visits had: how many were treated, how many held back, how many converted? Lifts compare within these only.';
COMMENT ON COLUMN marts.allocation_periods.site_id IS 'The shop.';
COMMENT ON COLUMN marts.allocation_periods.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.allocation_periods.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.allocation_periods.action_id IS 'The action that was chosen first.';
COMMENT ON COLUMN marts.allocation_periods.treatment_probability IS 'The chance of these visits to be treated, as it was logged with the choice.';
COMMENT ON COLUMN marts.allocation_periods.first_at IS 'The first choice of these.';
COMMENT ON COLUMN marts.allocation_periods.last_at IS 'The last choice of these.';
COMMENT ON COLUMN marts.allocation_periods.treated_count IS 'Visits of the treatment arm.';
COMMENT ON COLUMN marts.allocation_periods.treated_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.allocation_periods.held_back_count IS 'Visits of control and holdout, for which the same was chosen and nothing shown.';
COMMENT ON COLUMN marts.allocation_periods.held_back_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.allocation_periods.is_counted IS 'Whether there are 5 visits on each side, so that the period can be compared.';
