-- experiment_health --
-- Are as many visits treated as were meant to be? If not, something loses visits of one arm and no lift can be trusted.
-- Each visit is treated with its own logged probability, so the count has mean sum(p) and variance sum(p (1 - p)).
CREATE VIEW marts.experiment_health AS
WITH counted AS (
    SELECT
        site_id,
        traffic,
        count(*)                                                       AS session_count,
        count(*) FILTER (WHERE arm = 'treatment')                      AS treatment_count,
        count(*) FILTER (WHERE arm = 'control')                        AS control_count,
        count(*) FILTER (WHERE arm = 'holdout')                        AS holdout_count,
        sum(treatment_probability)                                     AS expected_count,
        sum(treatment_probability * (1 - treatment_probability))       AS variance
    FROM marts.sessions
    WHERE arm IS NOT NULL
      AND NOT is_arm_forced
    GROUP BY site_id, traffic
)
SELECT
    site_id,
    traffic,
    session_count,
    treatment_count,
    control_count,
    holdout_count,
    round((treatment_count::float8 / session_count)::numeric, 4)                             AS treatment_share,
    round((expected_count / session_count)::numeric, 4)                                      AS expected_treatment_share,
    round(((treatment_count - expected_count) / nullif(sqrt(variance), 0))::numeric, 2)      AS standard_errors_off,
    abs(treatment_count - expected_count) > 3.29 * sqrt(variance)                            AS is_suspicious
FROM counted;
COMMENT ON VIEW marts.experiment_health IS 'Are as many visits treated as were meant to be? If not, something loses visits of one arm and no lift can be trusted.';
COMMENT ON COLUMN marts.experiment_health.site_id IS 'The shop.';
COMMENT ON COLUMN marts.experiment_health.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.experiment_health.session_count IS 'Visits with an arm that no preview forced.';
COMMENT ON COLUMN marts.experiment_health.treatment_count IS 'Of these, treated.';
COMMENT ON COLUMN marts.experiment_health.control_count IS 'Of these, left out of this experiment.';
COMMENT ON COLUMN marts.experiment_health.holdout_count IS 'Of these, never treated.';
COMMENT ON COLUMN marts.experiment_health.treatment_share IS 'treatment_count / session_count.';
COMMENT ON COLUMN marts.experiment_health.expected_treatment_share IS 'Mean of the logged treatment_probability.';
COMMENT ON COLUMN marts.experiment_health.standard_errors_off IS 'How far treatment_count is from what was meant, in standard errors; null where chance has no part.';
COMMENT ON COLUMN marts.experiment_health.is_suspicious IS 'Further off than chance allows in 999 of 1,000 cases.';
