-- decisions_by_reason --
-- What did the policy answer, and why did it hold back?
CREATE VIEW marts.decisions_by_reason AS
SELECT
    site_id,
    traffic,
    segment,
    reason,
    action_id,
    because,
    count(*)                               AS decision_count,
    count(DISTINCT session_id)             AS session_count,
    count(*) FILTER (WHERE is_delivered)   AS delivered_count
FROM marts.decisions
GROUP BY site_id, traffic, segment, reason, action_id, because;
COMMENT ON VIEW marts.decisions_by_reason IS 'What did the policy answer, and why did it hold back?';
COMMENT ON COLUMN marts.decisions_by_reason.site_id IS 'The shop.';
COMMENT ON COLUMN marts.decisions_by_reason.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.decisions_by_reason.segment IS 'The visit''s segment at that moment.';
COMMENT ON COLUMN marts.decisions_by_reason.reason IS 'The reason code; chosen where an action was.';
COMMENT ON COLUMN marts.decisions_by_reason.action_id IS 'The action that was chosen; null where none was.';
COMMENT ON COLUMN marts.decisions_by_reason.because IS 'The merchant''s own name for the reason; empty where there is none.';
COMMENT ON COLUMN marts.decisions_by_reason.decision_count IS 'Answers; one is counted where it chose an action or differs from the visit''s last.';
COMMENT ON COLUMN marts.decisions_by_reason.session_count IS 'Visits with such an answer.';
COMMENT ON COLUMN marts.decisions_by_reason.delivered_count IS 'Offers that were sent to the page: those of the treatment arm.';
