-- arms_by_day --
-- On each day, how many visits were treated, and how many were meant to be?
-- Each visit is treated with its own logged probability, so the count has mean sum(p) and variance sum(p (1 - p)): days may be
-- added up, and the sum judged as in experiment_health.
CREATE VIEW marts.arms_by_day AS
SELECT
    site_id,
    traffic,
    (started_at AT TIME ZONE 'UTC')::date                                AS day,
    count(*)                                                             AS session_count,
    count(*) FILTER (WHERE arm = 'treatment')                            AS treatment_count,
    count(*) FILTER (WHERE arm = 'control')                              AS control_count,
    count(*) FILTER (WHERE arm = 'holdout')                              AS holdout_count,
    sum(treatment_probability)                                           AS expected_count,
    sum(treatment_probability * (1 - treatment_probability))             AS variance
FROM marts.sessions
WHERE arm IS NOT NULL
  AND NOT is_arm_forced
GROUP BY site_id, traffic, (started_at AT TIME ZONE 'UTC')::date;
COMMENT ON VIEW marts.arms_by_day IS 'On each day, how many visits were treated, and how many were meant to be? Sums of days are judged as experiment_health judges all of them.';
COMMENT ON COLUMN marts.arms_by_day.site_id IS 'The shop.';
COMMENT ON COLUMN marts.arms_by_day.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.arms_by_day.day IS 'UTC day on which the visits began.';
COMMENT ON COLUMN marts.arms_by_day.session_count IS 'Visits with an arm that no preview forced.';
COMMENT ON COLUMN marts.arms_by_day.treatment_count IS 'Of these, treated.';
COMMENT ON COLUMN marts.arms_by_day.control_count IS 'Of these, left out of this experiment.';
COMMENT ON COLUMN marts.arms_by_day.holdout_count IS 'Of these, never treated.';
COMMENT ON COLUMN marts.arms_by_day.expected_count IS 'How many were meant to be treated: the sum of the logged treatment_probability.';
COMMENT ON COLUMN marts.arms_by_day.variance IS 'Variance of treatment_count by chance alone: the sum of p (1 - p).';
