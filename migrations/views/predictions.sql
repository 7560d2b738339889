-- predictions --
-- What did the model say after each event, and how many pages had been seen by then?
CREATE VIEW marts.predictions AS
SELECT
    e.site_id,
    coalesce(s.traffic, e.traffic) AS traffic,
    e.session_id,
    e.stream_day,
    e.stream_id,
    e.seq,
    e.occurred_at,
    e.event_type,
    count(*) FILTER (WHERE e.event_type = 'page_view') OVER visit AS click_number,
    e.purchase_score,
    e.exit_score,
    e.abandonment_score,
    e.assistance_score,
    e.add_to_cart_score,
    e.order_ratio,
    e.leverage,
    e.segment,
    e.rules_version,
    e.scorer_version
FROM raw.events AS e
-- A visit may turn out to be a robot's as it settles.
LEFT JOIN marts.sessions AS s USING (site_id, session_id)
WINDOW visit AS (PARTITION BY e.site_id, e.session_id ORDER BY e.occurred_at, e.stream_day, e.stream_id, e.seq);
COMMENT ON VIEW marts.predictions IS 'What did the model say after each event, and how many pages had been seen by then?';
COMMENT ON COLUMN marts.predictions.site_id IS 'The shop.';
COMMENT ON COLUMN marts.predictions.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.predictions.session_id IS 'The visit.';
COMMENT ON COLUMN marts.predictions.stream_day IS 'The event''s day.';
COMMENT ON COLUMN marts.predictions.stream_id IS 'The event''s page.';
COMMENT ON COLUMN marts.predictions.seq IS 'The event''s number on it.';
COMMENT ON COLUMN marts.predictions.occurred_at IS 'When it happened.';
COMMENT ON COLUMN marts.predictions.event_type IS 'The event''s name.';
COMMENT ON COLUMN marts.predictions.click_number IS 'Pages seen in the visit, this one included.';
COMMENT ON COLUMN marts.predictions.purchase_score IS 'Calibrated probability that the visit ends in a purchase; null where nothing was scored.';
COMMENT ON COLUMN marts.predictions.exit_score IS 'Calibrated probability that the visit ends here.';
COMMENT ON COLUMN marts.predictions.abandonment_score IS 'Calibrated probability that the visit ends with something put into the cart and nothing bought.';
COMMENT ON COLUMN marts.predictions.assistance_score IS 'Calibrated probability that help will be looked for within the next events.';
COMMENT ON COLUMN marts.predictions.add_to_cart_score IS 'Calibrated probability that something more goes into the cart.';
COMMENT ON COLUMN marts.predictions.order_ratio IS 'Expected value of the order, if there is one, in units of the cart or of the mean price looked at; says nothing while neither is known.';
COMMENT ON COLUMN marts.predictions.leverage IS 'By how much an offer that works moves a visit like this, in log-odds of buying; 0 where the model does not say.';
COMMENT ON COLUMN marts.predictions.segment IS 'The segment after this event.';
COMMENT ON COLUMN marts.predictions.rules_version IS 'The rules that held.';
COMMENT ON COLUMN marts.predictions.scorer_version IS 'The model that scored.';
