-- goals_reached --
-- How often does each goal come true, in each arm, and is that final?
CREATE VIEW marts.goals_reached AS
SELECT
    o.site_id,
    o.traffic,
    o.goal,
    o.arm,
    o.currency,
    count(*)                                             AS session_count,
    count(*) FILTER (WHERE o.is_converted)               AS conversion_count,
    sum(o.value_minor)::bigint                           AS value_minor,
    count(*) FILTER (WHERE o.is_final)                   AS final_count
FROM marts.outcomes AS o
JOIN marts.sessions AS s USING (site_id, session_id)
WHERE o.is_first_choice
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
GROUP BY o.site_id, o.traffic, o.goal, o.arm, o.currency;
COMMENT ON VIEW marts.goals_reached IS 'How often does each goal come true, in each arm, and is that final? Over visits with a first choice; forked visits and forced arms are left out.';
COMMENT ON COLUMN marts.goals_reached.site_id IS 'The shop.';
COMMENT ON COLUMN marts.goals_reached.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.goals_reached.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.goals_reached.arm IS 'treatment, control (this experiment) or holdout (never treated).';
COMMENT ON COLUMN marts.goals_reached.currency IS 'ISO 4217 code of value_minor; null where the goal has no money or did not come true.';
COMMENT ON COLUMN marts.goals_reached.session_count IS 'Visits whose first choice was held against this goal.';
COMMENT ON COLUMN marts.goals_reached.conversion_count IS 'Of these, those in which it came true.';
COMMENT ON COLUMN marts.goals_reached.value_minor IS 'What the events that reached it were worth less refunds, in minor units of currency.';
COMMENT ON COLUMN marts.goals_reached.final_count IS 'Visits whose outcome nothing that happens can change any more.';
