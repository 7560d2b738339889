-- guardrails_by_arm --
-- What did the visits that chose an action go on to do, treated beside held back, and how did the page of the choice behave?
-- What the guardrails look at, by assignment: settled visits of one live state in the arm that chance gave them. These are plain
-- shares over all periods; whether a difference is more than chance, `fifthclick rules history` and docs/statistics.md say. Poor
-- are over 4,000 ms, 0.25 and 500 ms (web.dev/articles/vitals).
CREATE VIEW marts.guardrails_by_arm AS
SELECT
    s.site_id,
    s.traffic,
    s.first_action_id                                                                AS action_id,
    s.arm = 'treatment'                                                              AS is_treated,
    count(*)                                                                         AS session_count,
    round(avg(s.has_bounced::int), 4)                                                AS bounced_share,
    count(*) FILTER (WHERE s.has_checked_out)                                        AS checked_out_count,
    round(avg(s.has_checkout_trouble::int), 4)                                       AS checkout_trouble_share,
    count(s.choice_paint_ms)                                                         AS paint_count,
    percentile_disc(0.75) WITHIN GROUP (ORDER BY s.choice_paint_ms)                  AS p75_paint_ms,
    round(avg((s.choice_paint_ms > 4000)::int), 4)                                   AS poor_paint_share,
    count(s.choice_shift_permille)                                                   AS shift_count,
    percentile_disc(0.75) WITHIN GROUP (ORDER BY s.choice_shift_permille)            AS p75_shift_permille,
    round(avg((s.choice_shift_permille > 250)::int), 4)                              AS poor_shift_share,
    count(s.choice_response_ms)                                                      AS response_count,
    percentile_disc(0.75) WITHIN GROUP (ORDER BY s.choice_response_ms)               AS p75_response_ms,
    round(avg((s.choice_response_ms > 500)::int), 4)                                 AS poor_response_share,
    count(x.shown_at)                                                                AS shown_count,
    round(count(x.dismissed_at)::numeric / nullif(count(x.shown_at), 0), 4)          AS dismissed_share
FROM marts.sessions AS s
LEFT JOIN marts.exposures AS x ON x.site_id = s.site_id AND x.decision_id = s.first_decision_id
WHERE s.has_choice
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
GROUP BY s.site_id, s.traffic, s.first_action_id, s.arm = 'treatment';
COMMENT ON VIEW marts.guardrails_by_arm IS 'What did the visits that chose an action go on to do, treated beside held back, and how did the page of the choice behave?';
COMMENT ON COLUMN marts.guardrails_by_arm.site_id IS 'The shop.';
COMMENT ON COLUMN marts.guardrails_by_arm.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.guardrails_by_arm.action_id IS 'The action that was chosen first.';
COMMENT ON COLUMN marts.guardrails_by_arm.is_treated IS 'Whether the visit was to be shown it; control and holdout together are not.';
COMMENT ON COLUMN marts.guardrails_by_arm.session_count IS 'Visits.';
COMMENT ON COLUMN marts.guardrails_by_arm.bounced_share IS 'Of those of which it is known, the share that did two things at most after the choice.';
COMMENT ON COLUMN marts.guardrails_by_arm.checked_out_count IS 'Visits that came to the checkout after the choice.';
COMMENT ON COLUMN marts.guardrails_by_arm.checkout_trouble_share IS 'Of all visits of which it is known, the share that had trouble at the checkout.';
COMMENT ON COLUMN marts.guardrails_by_arm.paint_count IS 'Visits whose page of the choice told its largest contentful paint.';
COMMENT ON COLUMN marts.guardrails_by_arm.p75_paint_ms IS 'LCP that three quarters of these stayed within, in ms.';
COMMENT ON COLUMN marts.guardrails_by_arm.poor_paint_share IS 'The share of these over 4,000 ms.';
COMMENT ON COLUMN marts.guardrails_by_arm.shift_count IS 'Visits whose page of the choice told its layout shift.';
COMMENT ON COLUMN marts.guardrails_by_arm.p75_shift_permille IS 'CLS that three quarters of these stayed within, in thousandths.';
COMMENT ON COLUMN marts.guardrails_by_arm.poor_shift_share IS 'The share of these over 0.25.';
COMMENT ON COLUMN marts.guardrails_by_arm.response_count IS 'Visits whose page of the choice told how it answers.';
COMMENT ON COLUMN marts.guardrails_by_arm.p75_response_ms IS 'INP that three quarters of these stayed within, in ms; 0 where no answer took 40.';
COMMENT ON COLUMN marts.guardrails_by_arm.poor_response_share IS 'The share of these over 500 ms.';
COMMENT ON COLUMN marts.guardrails_by_arm.shown_count IS 'Visits that were shown the first choice.';
COMMENT ON COLUMN marts.guardrails_by_arm.dismissed_share IS 'Of those, the share that closed it.';
