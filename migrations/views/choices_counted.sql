-- choices_counted --
-- What are the lifts counted from? Visits with a first choice, by action, segment, day and the chance to be treated that they had.
CREATE VIEW marts.choices_counted AS
SELECT
    o.site_id,
    o.traffic,
    o.goal,
    o.action_id,
    o.segment,
    (o.decided_at AT TIME ZONE 'UTC')::date                                       AS day,
    round(d.treatment_probability::numeric, 6)                                    AS treatment_probability,
    count(*) FILTER (WHERE o.arm = 'treatment')                                   AS treated_count,
    count(*) FILTER (WHERE o.arm = 'treatment' AND o.is_converted)                AS treated_conversion_count,
    count(*) FILTER (WHERE o.arm <> 'treatment')                                  AS held_back_count,
    count(*) FILTER (WHERE o.arm <> 'treatment' AND o.is_converted)               AS held_back_conversion_count,
    bool_and(o.is_final)                                                          AS is_final
FROM marts.outcomes AS o
JOIN marts.sessions AS s USING (site_id, session_id)
JOIN marts.decisions AS d USING (site_id, decision_id)
WHERE o.is_first_choice
  AND NOT s.is_forked
  AND NOT s.is_arm_forced
GROUP BY
    o.site_id, o.traffic, o.goal, o.action_id, o.segment, (o.decided_at AT TIME ZONE 'UTC')::date,
    round(d.treatment_probability::numeric, 6);
COMMENT ON VIEW marts.choices_counted IS 'What are the lifts counted from? Visits with a first choice, by action, segment, day and the chance to be treated that they had; forked visits and forced arms are left out.';
COMMENT ON COLUMN marts.choices_counted.site_id IS 'The shop.';
COMMENT ON COLUMN marts.choices_counted.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.choices_counted.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.choices_counted.action_id IS 'The action that was chosen first.';
COMMENT ON COLUMN marts.choices_counted.segment IS 'The segment at that moment.';
COMMENT ON COLUMN marts.choices_counted.day IS 'UTC day of the choice.';
COMMENT ON COLUMN marts.choices_counted.treatment_probability IS 'The chance of these visits to be treated, as it was logged with the choice.';
COMMENT ON COLUMN marts.choices_counted.treated_count IS 'Visits of the treatment arm.';
COMMENT ON COLUMN marts.choices_counted.treated_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.choices_counted.held_back_count IS 'Visits of control and holdout.';
COMMENT ON COLUMN marts.choices_counted.held_back_conversion_count IS 'Of these, those in which the goal came true after the choice.';
COMMENT ON COLUMN marts.choices_counted.is_final IS 'Nothing that happens can change any of these outcomes any more.';
