-- guarded --
-- The newest visits whose first choice was this action and that count: settled, of one live state, in the arm that chance gave
-- them; beside each what came after.
SELECT
    s.session_id,
    d.arm,
    d.decided_at,
    d.purchase_score,
    d.treatment_probability,
    o.is_converted,
    s.has_bounced,
    s.has_checked_out,
    s.has_checkout_trouble,
    s.choice_paint_ms,
    s.choice_shift_permille,
    s.choice_response_ms,
    e.shown_at IS NOT NULL                               AS is_shown,
    e.shown_at IS NOT NULL AND e.dismissed_at IS NOT NULL AS is_dismissed
FROM marts.sessions AS s
JOIN marts.decisions AS d ON d.site_id = s.site_id AND d.decision_id = s.first_decision_id
LEFT JOIN marts.outcomes AS o ON o.site_id = d.site_id AND o.decision_id = d.decision_id AND o.goal = $4
LEFT JOIN marts.exposures AS e ON e.site_id = d.site_id AND e.decision_id = d.decision_id
WHERE s.site_id = $1
  AND s.traffic = $2
  AND s.has_choice
  AND s.first_action_id = $3
  AND s.first_chosen_at >= $5
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
ORDER BY s.first_chosen_at DESC
LIMIT $6;
