-- training_events --
-- The live events of one site (or of all: an empty name), session by session in the order in which they happened. Robots
-- teach nothing.
SELECT
    e.session_id,
    e.stream_day,
    e.stream_id,
    e.payload,
    EXISTS (
        SELECT 1
        FROM marts.decisions AS d
        WHERE d.site_id = e.site_id AND d.session_id = e.session_id AND d.is_delivered
    ) AS was_offered
FROM raw.events AS e
JOIN raw.session_touches AS t USING (site_id, session_id)
WHERE ($1 = '' OR e.site_id = $1) AND e.traffic = 'live' AND t.bot_reason IS NULL
ORDER BY e.site_id, e.session_id, e.occurred_at, e.stream_id, e.seq;
