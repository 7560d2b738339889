-- lift_rows --
-- Which rows does `fifthclick lift --from` take, one for each visit with a first choice?
CREATE VIEW marts.lift_rows AS
SELECT
    o.site_id,
    o.traffic,
    o.goal,
    o.action_id,
    o.session_id,
    o.arm,
    o.decided_at,
    d.purchase_score                                                        AS score,
    o.is_converted::integer                                                 AS converted,
    o.value_minor                                                           AS revenue_minor,
    o.value_minor - coalesce(cost.amount_minor, 0)                          AS margin_minor,
    d.treatment_probability,
    o.currency
FROM marts.outcomes AS o
JOIN marts.sessions AS s USING (site_id, session_id)
JOIN marts.decisions AS d USING (site_id, decision_id)
LEFT JOIN LATERAL (
    SELECT sum(c.amount_minor)::bigint AS amount_minor
    FROM marts.claims AS c
    WHERE c.site_id = o.site_id
      AND c.session_id = o.session_id
      AND c.redeemed_at IS NOT NULL
      AND coalesce(c.currency, o.currency) = o.currency
) AS cost ON true
WHERE o.is_first_choice
  AND NOT s.is_forked
  AND NOT s.is_arm_forced;
COMMENT ON VIEW marts.lift_rows IS 'Which rows does `fifthclick lift --from` take, one for each visit with a first choice? Filter site, traffic and goal, write them as CSV (`fifthclick sql --csv`), and give it the file.';
COMMENT ON COLUMN marts.lift_rows.site_id IS 'The shop.';
COMMENT ON COLUMN marts.lift_rows.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.lift_rows.goal IS 'The goal: keep one, usually purchase.';
COMMENT ON COLUMN marts.lift_rows.action_id IS 'The action that was chosen first.';
COMMENT ON COLUMN marts.lift_rows.session_id IS 'The visit.';
COMMENT ON COLUMN marts.lift_rows.arm IS 'treatment, control (this experiment) or holdout (never treated).';
COMMENT ON COLUMN marts.lift_rows.decided_at IS 'When it was chosen.';
COMMENT ON COLUMN marts.lift_rows.score IS 'The purchase score at that moment.';
COMMENT ON COLUMN marts.lift_rows.converted IS '1 where the goal came true afterwards, else 0.';
COMMENT ON COLUMN marts.lift_rows.revenue_minor IS 'Value of the event that reached it less refunds, in minor units of currency.';
COMMENT ON COLUMN marts.lift_rows.margin_minor IS 'revenue_minor less what redeemed claims of the visit cost, in minor units of currency; the cost of the goods is not in it.';
COMMENT ON COLUMN marts.lift_rows.treatment_probability IS 'Probability with which such a visit was treated.';
COMMENT ON COLUMN marts.lift_rows.currency IS 'ISO 4217 code of the money columns; null where nothing was bought. Keep one: amounts of two are never added.';
