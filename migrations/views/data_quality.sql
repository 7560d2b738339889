-- data_quality --
-- What is missing, odd or was refused, and how much of all of it is that?
CREATE VIEW marts.data_quality AS
WITH refused AS (
    SELECT r.site_id, coalesce(t.traffic, 'live') AS traffic, r.reason, count(*) AS found_count
    FROM raw.rejected AS r
    LEFT JOIN raw.session_touches AS t USING (site_id, session_id)
    GROUP BY r.site_id, coalesce(t.traffic, 'live'), r.reason
), events AS (
    SELECT
        site_id,
        traffic,
        count(*)                                        AS all_count,
        count(*) FILTER (WHERE is_clock_skewed)         AS skewed_count,
        count(*) FILTER (WHERE step IS NULL)            AS beaconed_count,
        count(*) FILTER (WHERE purchase_score IS NULL)  AS unscored_count
    FROM raw.events
    GROUP BY site_id, traffic
), robots AS (
    SELECT site_id, bot_reason, count(*) AS found_count, sum(count(*)) OVER (PARTITION BY site_id) AS all_count
    FROM marts.sessions
    WHERE traffic IN ('live', 'bot')
    GROUP BY site_id, bot_reason
), sessions AS (
    SELECT
        site_id,
        traffic,
        count(*)                                        AS all_count,
        count(*) FILTER (WHERE is_forked)               AS forked_count,
        count(*) FILTER (WHERE is_over_idle)            AS over_idle_count,
        count(*) FILTER (WHERE page_view_count = 0)     AS pageless_count,
        count(*) FILTER (WHERE event_count = 1)         AS one_hit_count
    FROM marts.sessions
    GROUP BY site_id, traffic
)
SELECT
    site_id, traffic, 'event_rejected' AS finding, r.reason AS detail, r.found_count,
    round(r.found_count::numeric / (r.found_count + coalesce(e.all_count, 0)), 4) AS share
FROM refused AS r
LEFT JOIN events AS e USING (site_id, traffic)
UNION ALL
SELECT e.site_id, e.traffic, kind.finding, NULL, kind.found_count, round(kind.found_count::numeric / e.all_count, 4)
FROM events AS e
CROSS JOIN LATERAL (
    VALUES
        ('event_stored', e.all_count),
        ('clock_a_day_off', e.skewed_count),
        ('event_came_by_beacon_only', e.beaconed_count),
        ('event_without_score', e.unscored_count)
) AS kind (finding, found_count)
UNION ALL
SELECT s.site_id, s.traffic, kind.finding, NULL, kind.found_count, round(kind.found_count::numeric / s.all_count, 4)
FROM sessions AS s
CROSS JOIN LATERAL (
    VALUES
        ('session_forked', s.forked_count),
        ('session_with_a_long_gap', s.over_idle_count),
        ('session_without_a_page', s.pageless_count),
        ('session_of_one_hit', s.one_hit_count)
) AS kind (finding, found_count)
UNION ALL
-- Beside the live visits, which they were kept out of.
SELECT
    r.site_id, 'live', 'session_of_a_bot', r.bot_reason, r.found_count,
    round(r.found_count / r.all_count, 4)
FROM robots AS r
WHERE r.bot_reason IS NOT NULL;
COMMENT ON VIEW marts.data_quality IS 'What is missing, odd or was refused, and how much of all of it is that?';
COMMENT ON COLUMN marts.data_quality.site_id IS 'The shop; empty for what could not be read at all.';
COMMENT ON COLUMN marts.data_quality.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.data_quality.finding IS 'What was found.';
COMMENT ON COLUMN marts.data_quality.detail IS 'event_rejected: the reason code; session_of_a_bot: its bot_reason.';
COMMENT ON COLUMN marts.data_quality.found_count IS 'How often.';
COMMENT ON COLUMN marts.data_quality.share IS 'Share of all events, or of all settled sessions; session_of_a_bot: of the live ones and the robots'' together.';
