-- rejected_by_day --
-- On each day, which events were refused, and why?
CREATE VIEW marts.rejected_by_day AS
SELECT
    r.site_id,
    coalesce(t.traffic, 'live')                 AS traffic,
    (r.received_at AT TIME ZONE 'UTC')::date    AS day,
    r.reason,
    count(*)                                    AS rejected_count
FROM raw.rejected AS r
LEFT JOIN raw.session_touches AS t USING (site_id, session_id)
GROUP BY r.site_id, coalesce(t.traffic, 'live'), (r.received_at AT TIME ZONE 'UTC')::date, r.reason;
COMMENT ON VIEW marts.rejected_by_day IS 'On each day, which events were refused, and why? Counted without their content.';
COMMENT ON COLUMN marts.rejected_by_day.site_id IS 'The shop; empty for what could not be read at all.';
COMMENT ON COLUMN marts.rejected_by_day.traffic IS 'live, simulated, replayed, preview or bot; live where the visit is not known.';
COMMENT ON COLUMN marts.rejected_by_day.day IS 'UTC day on which they came.';
COMMENT ON COLUMN marts.rejected_by_day.reason IS 'The reason code.';
COMMENT ON COLUMN marts.rejected_by_day.rejected_count IS 'How many.';
