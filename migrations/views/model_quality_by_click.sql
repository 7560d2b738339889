-- model_quality_by_click --
-- After each of the first ten pages: of the visits with such a score, how many bought?
-- Only what was known before any order, and only visits that have ended: a score after the purchase would flatter the model.
-- The page that confirms an order opens a moment before its purchase event, and is after the order too.
CREATE VIEW marts.model_quality_by_click AS
WITH known AS (
    SELECT
        e.site_id,
        e.session_id,
        e.purchase_score,
        e.scorer_version,
        e.occurred_at,
        e.stream_id,
        e.seq,
        count(*) FILTER (WHERE e.event_type = 'page_view') OVER visit AS click_number,
        count(*) FILTER (WHERE e.event_type = 'purchase' OR e.page_type = 'confirmation') OVER visit AS order_count
    FROM raw.events AS e
    WHERE e.event_type IN ('page_view', 'purchase')
    WINDOW visit AS (PARTITION BY e.site_id, e.session_id ORDER BY e.occurred_at, e.stream_day, e.stream_id, e.seq)
)
SELECT
    s.site_id,
    s.traffic,
    k.scorer_version,
    k.click_number,
    width_bucket(k.purchase_score, 0, 1.0000001, 10)  AS score_bin,
    count(*)                                          AS session_count,
    round(avg(k.purchase_score)::numeric, 4)          AS mean_score,
    round(avg(s.has_purchase::integer), 4)            AS purchase_share,
    round(avg((k.purchase_score - s.has_purchase::integer) ^ 2)::numeric, 4) AS brier_score
FROM known AS k
JOIN marts.sessions AS s USING (site_id, session_id)
WHERE k.order_count = 0
  AND k.click_number BETWEEN 1 AND 10
  AND k.purchase_score IS NOT NULL
GROUP BY s.site_id, s.traffic, k.scorer_version, k.click_number, score_bin;
COMMENT ON VIEW marts.model_quality_by_click IS 'After each of the first ten pages: of the visits with such a score, how many bought? Scores as of the page view itself, and none from after an order.';
COMMENT ON COLUMN marts.model_quality_by_click.site_id IS 'The shop.';
COMMENT ON COLUMN marts.model_quality_by_click.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.model_quality_by_click.scorer_version IS 'The model.';
COMMENT ON COLUMN marts.model_quality_by_click.click_number IS 'Pages seen so far.';
COMMENT ON COLUMN marts.model_quality_by_click.score_bin IS 'Tenth of the score: 1 is 0 to 0.1, 10 is 0.9 to 1.';
COMMENT ON COLUMN marts.model_quality_by_click.session_count IS 'Visits with such a score at that page.';
COMMENT ON COLUMN marts.model_quality_by_click.mean_score IS 'Their mean score.';
COMMENT ON COLUMN marts.model_quality_by_click.purchase_share IS 'The share of them that bought: near mean_score where the model is calibrated.';
COMMENT ON COLUMN marts.model_quality_by_click.brier_score IS 'Mean squared distance of score and outcome: smaller is better.';
