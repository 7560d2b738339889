-- sessions_by_day --
-- How many visits, offers and orders were there each day? Read from the rollups, so it stays quick on years of data.
CREATE VIEW marts.sessions_by_day AS
SELECT
    site_id,
    traffic,
    day,
    sum(session_count)::bigint                                             AS session_count,
    sum(page_view_count)::bigint                                           AS page_view_count,
    sum(choice_count)::bigint                                              AS choice_count,
    sum(exposure_count)::bigint                                            AS exposure_count,
    sum(purchase_count)::bigint                                            AS purchase_count,
    round(sum(purchase_count)::numeric / sum(session_count), 4)            AS purchase_share
FROM marts.rollups
GROUP BY site_id, traffic, day;
COMMENT ON VIEW marts.sessions_by_day IS 'How many visits, offers and orders were there each day?';
COMMENT ON COLUMN marts.sessions_by_day.site_id IS 'The shop.';
COMMENT ON COLUMN marts.sessions_by_day.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.sessions_by_day.day IS 'UTC day on which the visits began.';
COMMENT ON COLUMN marts.sessions_by_day.session_count IS 'Settled visits.';
COMMENT ON COLUMN marts.sessions_by_day.page_view_count IS 'Pages seen.';
COMMENT ON COLUMN marts.sessions_by_day.choice_count IS 'Visits in which an action was chosen, in every arm.';
COMMENT ON COLUMN marts.sessions_by_day.exposure_count IS 'Visits in which an offer was seen.';
COMMENT ON COLUMN marts.sessions_by_day.purchase_count IS 'Visits with an order.';
COMMENT ON COLUMN marts.sessions_by_day.purchase_share IS 'purchase_count / session_count.';
