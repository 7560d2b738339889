-- sites --
SELECT DISTINCT site_id
FROM raw.events
WHERE session_id = $1
ORDER BY site_id;

-- events --
-- Only columns that role fifthclick_replay may read.
SELECT
    stream_day, stream_id, seq, payload, epoch, step, rules_version, scorer_version, traffic, forced_arm,
    received_at, unavailable
FROM raw.events
WHERE site_id = $1
  AND session_id = $2;

-- computed --
-- Without what was only beaconed and not scored since.
SELECT
    stream_day, stream_id, seq, purchase_score, exit_score, abandonment_score, assistance_score, add_to_cart_score,
    order_ratio, leverage, segment
FROM raw.events
WHERE site_id = $1
  AND session_id = $2
  AND (step IS NOT NULL OR purchase_score IS NOT NULL);

-- decisions --
SELECT
    stream_day, stream_id, seq, decision_id, action_id, action_type, reason, segment, arm, treatment_probability,
    refused, is_after_first_choice, is_delivered, trend, frictions, because, expected_margin_minor, margin_basis,
    variants
FROM marts.decisions
WHERE site_id = $1
  AND session_id = $2;
