-- expected_margin --
-- What was each action expected to earn beside doing nothing, and what does that rest on?
CREATE VIEW marts.expected_margin AS
SELECT
    d.site_id,
    d.traffic,
    d.action_id,
    d.because,
    d.margin_basis,
    priced.currency,
    count(*)                                                                AS choice_count,
    round(avg(d.expected_margin_minor))::bigint                             AS mean_expected_minor,
    percentile_disc(0.1) WITHIN GROUP (ORDER BY d.expected_margin_minor)    AS p10_expected_minor,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY d.expected_margin_minor)    AS p90_expected_minor
FROM marts.decisions AS d
-- The visit's currency is that of the last price before the decision; amounts of two currencies are never added.
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
WHERE d.action_id IS NOT NULL
GROUP BY d.site_id, d.traffic, d.action_id, d.because, d.margin_basis, priced.currency;
COMMENT ON VIEW marts.expected_margin IS 'What was each action expected to earn beside doing nothing, and what does that rest on? In every arm; what it did earn is in lift_by_action.';
COMMENT ON COLUMN marts.expected_margin.site_id IS 'The shop.';
COMMENT ON COLUMN marts.expected_margin.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.expected_margin.action_id IS 'The action that was chosen.';
COMMENT ON COLUMN marts.expected_margin.because IS 'The merchant''s own name for the reason; empty where the rule has none.';
COMMENT ON COLUMN marts.expected_margin.margin_basis IS 'What it rests on: prior (assumed of the action''s type) or data (the shop''s own randomised visits).';
COMMENT ON COLUMN marts.expected_margin.currency IS 'ISO 4217 code of the amounts; null where no price was known, and so no amount.';
COMMENT ON COLUMN marts.expected_margin.choice_count IS 'Times it was chosen, in every arm.';
COMMENT ON COLUMN marts.expected_margin.mean_expected_minor IS 'Mean expected margin of a choice beside doing nothing, in minor units of currency.';
COMMENT ON COLUMN marts.expected_margin.p10_expected_minor IS 'What one choice in ten stays under.';
COMMENT ON COLUMN marts.expected_margin.p90_expected_minor IS 'What one choice in ten exceeds.';
