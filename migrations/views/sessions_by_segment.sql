-- sessions_by_segment --
-- By the fifth click, how were visits judged, and how many of each segment bought?
CREATE VIEW marts.sessions_by_segment AS
SELECT
    site_id,
    traffic,
    segment_at_click_5                               AS segment,
    count(*)                                         AS session_count,
    count(*) FILTER (WHERE has_purchase)             AS purchase_count,
    round(avg(has_purchase::integer), 4)             AS purchase_share,
    round(avg(score_at_click_5)::numeric, 4)         AS mean_score,
    round(avg(page_view_count), 1)                   AS mean_page_view_count
FROM marts.sessions
GROUP BY site_id, traffic, segment_at_click_5;
COMMENT ON VIEW marts.sessions_by_segment IS 'By the fifth click, how were visits judged, and how many of each segment bought?';
COMMENT ON COLUMN marts.sessions_by_segment.site_id IS 'The shop.';
COMMENT ON COLUMN marts.sessions_by_segment.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.sessions_by_segment.segment IS 'The segment after the fifth page; null where nothing was scored.';
COMMENT ON COLUMN marts.sessions_by_segment.session_count IS 'Sessions.';
COMMENT ON COLUMN marts.sessions_by_segment.purchase_count IS 'Sessions with an order.';
COMMENT ON COLUMN marts.sessions_by_segment.purchase_share IS 'purchase_count / session_count.';
COMMENT ON COLUMN marts.sessions_by_segment.mean_score IS 'Mean purchase score at the fifth page: near purchase_share where the model is calibrated.';
COMMENT ON COLUMN marts.sessions_by_segment.mean_page_view_count IS 'Mean pages per session.';
