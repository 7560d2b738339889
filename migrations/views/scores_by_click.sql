-- scores_by_click --
-- What was the score of each visit at each of its first ten pages, and did it buy?
-- As in model_quality_by_click: scores of page views, and none from after an order; the page that confirms an order is after it.
CREATE VIEW marts.scores_by_click AS
WITH known AS (
    SELECT
        e.site_id,
        e.session_id,
        e.event_type,
        e.purchase_score,
        e.scorer_version,
        count(*) FILTER (WHERE e.event_type = 'page_view') OVER visit AS click_number,
        count(*) FILTER (WHERE e.event_type = 'purchase' OR e.page_type = 'confirmation') OVER visit AS order_count
    FROM raw.events AS e
    WHERE e.event_type IN ('page_view', 'purchase')
    WINDOW visit AS (PARTITION BY e.site_id, e.session_id ORDER BY e.occurred_at, e.stream_day, e.stream_id, e.seq)
)
SELECT
    s.site_id,
    s.traffic,
    (s.started_at AT TIME ZONE 'UTC')::date     AS day,
    k.session_id,
    k.click_number,
    k.purchase_score,
    s.has_purchase,
    k.scorer_version
FROM known AS k
JOIN marts.sessions AS s USING (site_id, session_id)
WHERE k.event_type = 'page_view'
  AND k.order_count = 0
  AND k.click_number <= 10
  AND k.purchase_score IS NOT NULL;
COMMENT ON VIEW marts.scores_by_click IS 'What was the score of each visit at each of its first ten pages, and did it buy? Scores as of the page view itself, and none from after an order.';
COMMENT ON COLUMN marts.scores_by_click.site_id IS 'The shop.';
COMMENT ON COLUMN marts.scores_by_click.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.scores_by_click.day IS 'UTC day on which the visit began.';
COMMENT ON COLUMN marts.scores_by_click.session_id IS 'The visit.';
COMMENT ON COLUMN marts.scores_by_click.click_number IS 'Pages seen so far.';
COMMENT ON COLUMN marts.scores_by_click.purchase_score IS 'Calibrated probability that the visit ends in a purchase, as of that page.';
COMMENT ON COLUMN marts.scores_by_click.has_purchase IS 'Whether the visit bought.';
COMMENT ON COLUMN marts.scores_by_click.scorer_version IS 'The model that scored.';
