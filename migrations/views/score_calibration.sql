-- score_calibration --
-- May the scores be taken at their word: of the visits that were given a chance of 30 %, did 30 % buy?
-- Expected calibration error over ten bins of equal width (Naeini, Cooper and Hauskrecht 2015), after each of the first ten pages.
CREATE VIEW marts.score_calibration AS
SELECT
    site_id,
    traffic,
    scorer_version,
    click_number,
    sum(session_count)::bigint                                                                     AS session_count,
    round(sum(session_count * mean_score) / sum(session_count), 4)                                 AS mean_score,
    round(sum(session_count * purchase_share) / sum(session_count), 4)                             AS purchase_share,
    round(sum(session_count * abs(mean_score - purchase_share)) / sum(session_count), 4)           AS calibration_error,
    round(sum(session_count * brier_score) / sum(session_count), 4)                                AS brier_score
FROM marts.model_quality_by_click
GROUP BY site_id, traffic, scorer_version, click_number;
COMMENT ON VIEW marts.score_calibration IS 'May the scores be taken at their word: of the visits that were given a chance of 30 %, did 30 % buy? One row for each model and click.';
COMMENT ON COLUMN marts.score_calibration.site_id IS 'The shop.';
COMMENT ON COLUMN marts.score_calibration.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.score_calibration.scorer_version IS 'The model that scored.';
COMMENT ON COLUMN marts.score_calibration.click_number IS 'After how many pages, 1 to 10.';
COMMENT ON COLUMN marts.score_calibration.session_count IS 'Visits with a score at that point and no order before it.';
COMMENT ON COLUMN marts.score_calibration.mean_score IS 'Their mean score.';
COMMENT ON COLUMN marts.score_calibration.purchase_share IS 'Share of them that bought.';
COMMENT ON COLUMN marts.score_calibration.calibration_error IS 'How far score and share are apart, averaged over ten bins by their visits; with few visits it is above zero by chance alone.';
COMMENT ON COLUMN marts.score_calibration.brier_score IS 'Mean squared distance of score and outcome: the less the better.';
