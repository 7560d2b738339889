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
    o.margin_minor,
    d.treatment_probability,
    o.currency,
    o.segment,
    coalesce((
        SELECT sum(c.amount_minor)
        FROM marts.claims AS c
        WHERE c.site_id = o.site_id
          AND c.session_id = o.session_id
          AND c.redeemed_at IS NOT NULL
          AND coalesce(c.currency, o.currency) = o.currency
    ), 0)::bigint                                                           AS given_minor
FROM marts.outcomes AS o
JOIN marts.sessions AS s USING (site_id, session_id)
JOIN marts.decisions AS d USING (site_id, decision_id)
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
COMMENT ON COLUMN marts.lift_rows.margin_minor IS 'What that order earned after goods, sending, refunds and offers (marts.outcomes), in minor units of currency; null where nobody can say.';
COMMENT ON COLUMN marts.lift_rows.treatment_probability IS 'Probability with which such a visit was treated.';
COMMENT ON COLUMN marts.lift_rows.currency IS 'ISO 4217 code of the money columns; null where nothing was bought. Amounts of two are never added: `fifthclick lift` takes one and counts the others.';
COMMENT ON COLUMN marts.lift_rows.segment IS 'The segment at that moment.';
COMMENT ON COLUMN marts.lift_rows.given_minor IS 'What redeemed claims of the visit gave away, in minor units of currency; margin_minor is after it.';
