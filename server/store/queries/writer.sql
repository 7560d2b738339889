-- make_staging --
-- Where COPY puts a frame; it lives as long as the connection and is empty outside a transaction. With defaults: a column that a
-- newer server has added meanwhile is no reason for this one to refuse rows.
CREATE TEMP TABLE IF NOT EXISTS staging (LIKE raw.events INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;

-- store_events --
-- A new key is a new row; a row that was only beaconed is filled once; everything else stays as it is. Gives the keys that changed.
INSERT INTO raw.events AS stored ({columns})
SELECT {columns}
FROM staging
ORDER BY site_id, stream_day, stream_id, seq
ON CONFLICT (site_id, stream_day, stream_id, seq) DO UPDATE
SET {updates}
WHERE stored.step IS NULL
  AND excluded.step IS NOT NULL
RETURNING site_id, stream_day, stream_id, seq;

-- store_decision --
-- One that chose an action is to be explained: noted here, so that explain never searches for it.
WITH stored AS (
    INSERT INTO marts.decisions ({columns})
    VALUES ({values})
    ON CONFLICT DO NOTHING
    RETURNING site_id, decision_id, session_id, action_id, scorer_version
)
INSERT INTO raw.explanations_due (site_id, decision_id, session_id, scorer_version)
SELECT site_id, decision_id, session_id, scorer_version
FROM stored
WHERE action_id IS NOT NULL
ON CONFLICT DO NOTHING;

-- store_rejected --
INSERT INTO raw.rejected ({columns})
VALUES ({values})
ON CONFLICT DO NOTHING;

-- touch_sessions --
-- is_changed says whether a row of the session changed. Latest times of every copy that came, so that order does not matter;
-- sorted, so that two writers take their locks in one order.
INSERT INTO raw.session_touches AS known (
    site_id, session_id, traffic, last_received_at, last_occurred_at, settled_at, bot_reason
)
SELECT
    site_id, session_id, traffic, received_at, occurred_at, CASE WHEN NOT is_changed THEN '-infinity'::timestamptz END,
    nullif(bot_reason, '')
FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::boolean[], $7::text[])
    AS came (site_id, session_id, traffic, received_at, occurred_at, is_changed, bot_reason)
ORDER BY site_id, session_id
ON CONFLICT (site_id, session_id) DO UPDATE
SET traffic          = greatest(known.traffic, excluded.traffic),
    last_received_at = greatest(known.last_received_at, excluded.last_received_at),
    last_occurred_at = greatest(known.last_occurred_at, excluded.last_occurred_at),
    settled_at       = CASE WHEN excluded.settled_at IS NULL THEN NULL ELSE known.settled_at END,
    -- What was told wins over what settle found, and a name over anything, in whatever order they come.
    bot_reason       = CASE
        WHEN 'named' IN (known.bot_reason, excluded.bot_reason) THEN 'named'
        ELSE coalesce(excluded.bot_reason, known.bot_reason)
    END;

-- refresh_exposures --
-- What became of these offers, from all events that speak of them.
INSERT INTO marts.exposures (
    site_id, decision_id, session_id, traffic, action_id,
    shown_at, after_ms, slot, clicked_at, dismissed_at, submitted_at, withheld_at, withheld_reason,
    answer
)
SELECT
    site_id,
    decision_id,
    (array_agg(session_id ORDER BY occurred_at, stream_id, seq))[1],
    max(traffic),
    (array_agg(action_id ORDER BY occurred_at, stream_id, seq))[1],
    min(occurred_at) FILTER (WHERE event_type = 'action_shown'),
    (array_agg(after_ms ORDER BY occurred_at, stream_id, seq) FILTER (WHERE event_type = 'action_shown'))[1],
    (array_agg(detail ORDER BY occurred_at, stream_id, seq) FILTER (WHERE event_type = 'action_shown'))[1],
    min(occurred_at) FILTER (WHERE event_type = 'action_clicked'),
    min(occurred_at) FILTER (WHERE event_type = 'action_dismissed'),
    min(occurred_at) FILTER (WHERE event_type = 'action_submitted'),
    min(occurred_at) FILTER (WHERE event_type = 'action_withheld'),
    (array_agg(detail ORDER BY occurred_at, stream_id, seq) FILTER (WHERE event_type = 'action_withheld'))[1],
    (array_agg(answer ORDER BY occurred_at, stream_id, seq) FILTER (WHERE event_type = 'action_submitted'))[1]
FROM raw.events
JOIN unnest($1::text[], $2::text[]) AS changed (site_id, decision_id) USING (site_id, decision_id)
GROUP BY site_id, decision_id
ON CONFLICT (site_id, decision_id) DO UPDATE
SET session_id      = excluded.session_id,
    traffic         = excluded.traffic,
    action_id       = excluded.action_id,
    shown_at        = excluded.shown_at,
    after_ms        = excluded.after_ms,
    slot            = excluded.slot,
    clicked_at      = excluded.clicked_at,
    dismissed_at    = excluded.dismissed_at,
    submitted_at    = excluded.submitted_at,
    withheld_at     = excluded.withheld_at,
    withheld_reason = excluded.withheld_reason,
    answer          = excluded.answer;
