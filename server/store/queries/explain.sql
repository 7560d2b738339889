-- waiting --
-- How many decisions wait for each model, and for how long.
SELECT scorer_version, count(*) AS decision_count, now() - min(stored_at) AS oldest_waits
FROM raw.explanations_due
GROUP BY scorer_version;

-- due --
-- Decisions whose model is loaded and whose fold is stored up to them: frames come in any order, so what is missing is waited
-- for, a minute at most. What another server holds just now is its own.
SELECT
    due.site_id, due.decision_id, due.session_id, due.scorer_version, due.stored_at,
    d.traffic, d.stream_day, d.stream_id, d.seq, d.rules_version, d.action_type, d.purchase_score,
    d.segment, d.frictions
FROM raw.explanations_due AS due
JOIN marts.decisions AS d USING (site_id, decision_id)
JOIN raw.events AS e USING (site_id, stream_day, stream_id, seq)
WHERE due.scorer_version = ANY ($1::text[])
  AND (
      due.stored_at < now() - interval '1 minute'
      OR e.step = (
          SELECT count(*)
          FROM raw.events AS earlier
          WHERE earlier.site_id = e.site_id
            AND earlier.session_id = e.session_id
            AND earlier.epoch = e.epoch
            AND earlier.step <= e.step
      )
  )
ORDER BY due.stored_at, due.site_id, due.decision_id
LIMIT $2
FOR UPDATE OF due SKIP LOCKED;

-- events --
-- One session as it came in.
SELECT
    stream_day, stream_id, seq, payload, epoch, step, rules_version, scorer_version, traffic, forced_arm, received_at,
    unavailable
FROM raw.events
WHERE site_id = $1
  AND session_id = $2;

-- store --
INSERT INTO marts.explanations (
    site_id, decision_id, session_id, traffic, signals, sentence, frictions, scorer_version, explained_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())
ON CONFLICT DO NOTHING;

-- done --
DELETE FROM raw.explanations_due
WHERE site_id = $1
  AND decision_id = $2;

-- forget --
DELETE FROM raw.explanations_due
WHERE scorer_version = ANY ($1::text[])
  AND stored_at < now() - $2::interval;
