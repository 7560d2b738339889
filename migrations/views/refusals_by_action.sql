-- refusals_by_action --
-- Which actions are refused, why, and how often?
CREATE VIEW marts.refusals_by_action AS
WITH refusals AS (
    SELECT
        d.site_id,
        d.traffic,
        d.session_id,
        d.segment,
        refusal ->> 'action_id' AS action_id,
        refusal ->> 'reason'    AS reason
    FROM marts.decisions AS d
    CROSS JOIN LATERAL jsonb_array_elements(d.refused) AS refusal
)
SELECT
    site_id,
    traffic,
    action_id,
    segment,
    reason,
    count(*)                                        AS refusal_count,
    count(DISTINCT session_id)                      AS session_count,
    round(
        count(*) / sum(count(*)) OVER (PARTITION BY site_id, traffic, action_id, segment), 4
    )                                               AS refusal_share
FROM refusals
GROUP BY site_id, traffic, action_id, segment, reason;
COMMENT ON VIEW marts.refusals_by_action IS 'Which actions are refused, why, and how often? The reason is the first rule that the action failed.';
COMMENT ON COLUMN marts.refusals_by_action.site_id IS 'The shop.';
COMMENT ON COLUMN marts.refusals_by_action.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.refusals_by_action.action_id IS 'The configured action.';
COMMENT ON COLUMN marts.refusals_by_action.segment IS 'The visit''s segment at that moment.';
COMMENT ON COLUMN marts.refusals_by_action.reason IS 'The first rule that it failed, as a code.';
COMMENT ON COLUMN marts.refusals_by_action.refusal_count IS 'Answers that refused it so; one is counted where it chose an action or differs from the visit''s last.';
COMMENT ON COLUMN marts.refusals_by_action.session_count IS 'Visits with such an answer.';
COMMENT ON COLUMN marts.refusals_by_action.refusal_share IS 'refusal_count as a share of all refusals of this action in this segment.';
