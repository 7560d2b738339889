-- why_chosen --
-- Why was this action chosen, in a sentence and by the three things that moved the score most?
CREATE VIEW marts.why_chosen AS
SELECT
    d.site_id,
    d.traffic,
    d.session_id,
    d.decision_id,
    d.decided_at,
    d.action_id,
    d.arm,
    d.is_delivered,
    d.segment,
    d.trend,
    d.purchase_score,
    d.because,
    d.expected_margin_minor,
    priced.currency,
    d.margin_basis,
    x.frictions,
    x.sentence,
    (
        SELECT string_agg(
            format('%s (%s)', top.signal ->> 'words', to_char((top.signal ->> 'contribution')::numeric, 'SG0.000')),
            '; ' ORDER BY top.place
        )
        FROM jsonb_array_elements(x.signals) WITH ORDINALITY AS top (signal, place)
        WHERE top.place <= 3
    )                                                                   AS top_signals
FROM marts.decisions AS d
LEFT JOIN marts.explanations AS x USING (site_id, decision_id)
LEFT JOIN LATERAL (
    SELECT e.currency
    FROM raw.events AS e
    WHERE e.site_id = d.site_id
      AND e.session_id = d.session_id
      AND e.occurred_at <= d.decided_at
      AND e.currency IS NOT NULL
    ORDER BY e.occurred_at DESC, e.stream_id, e.seq DESC
    LIMIT 1
) AS priced ON d.expected_margin_minor IS NOT NULL
WHERE d.action_id IS NOT NULL;
COMMENT ON VIEW marts.why_chosen IS 'Why was this action chosen, in a sentence and by the three things that moved the score most?';
COMMENT ON COLUMN marts.why_chosen.site_id IS 'The shop.';
COMMENT ON COLUMN marts.why_chosen.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.why_chosen.session_id IS 'The visit.';
COMMENT ON COLUMN marts.why_chosen.decision_id IS 'The decision that chose it.';
COMMENT ON COLUMN marts.why_chosen.decided_at IS 'When.';
COMMENT ON COLUMN marts.why_chosen.action_id IS 'The action that was chosen.';
COMMENT ON COLUMN marts.why_chosen.arm IS 'treatment, control (this experiment) or holdout (never treated).';
COMMENT ON COLUMN marts.why_chosen.is_delivered IS 'The offer was sent to the page.';
COMMENT ON COLUMN marts.why_chosen.segment IS 'The visit''s segment at that moment.';
COMMENT ON COLUMN marts.why_chosen.trend IS 'Where the score was going.';
COMMENT ON COLUMN marts.why_chosen.purchase_score IS 'The score at that moment.';
COMMENT ON COLUMN marts.why_chosen.because IS 'The merchant''s own name for the reason; empty where the rule has none.';
COMMENT ON COLUMN marts.why_chosen.expected_margin_minor IS 'What it was expected to earn beside doing nothing, in minor units of the visit''s currency; null where no price is known.';
COMMENT ON COLUMN marts.why_chosen.currency IS 'ISO 4217 code of expected_margin_minor.';
COMMENT ON COLUMN marts.why_chosen.margin_basis IS 'What that rests on: prior (assumed of the action''s type) or data (the shop''s own randomised visits).';
COMMENT ON COLUMN marts.why_chosen.frictions IS 'The named reasons to hesitate, strongest first; null until it is explained.';
COMMENT ON COLUMN marts.why_chosen.sentence IS 'The reason in one sentence; null until it is explained.';
COMMENT ON COLUMN marts.why_chosen.top_signals IS 'The three things that moved the score most, each with its share of the probability.';
