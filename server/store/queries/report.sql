-- arms --
SELECT
    sum(session_count)::bigint AS session_count,
    sum(treatment_count)::bigint AS treatment_count,
    sum(control_count)::bigint AS control_count,
    sum(holdout_count)::bigint AS holdout_count,
    round((sum(treatment_count) / sum(session_count))::numeric, 4) AS treatment_share,
    round((sum(expected_count) / sum(session_count))::numeric, 4) AS expected_treatment_share,
    round(((sum(treatment_count) - sum(expected_count)) / nullif(sqrt(sum(variance)), 0))::numeric, 2) AS standard_errors_off,
    -- Further off than chance allows in 999 of 1,000 cases.
    abs(sum(treatment_count) - sum(expected_count)) > 3.29 * sqrt(sum(variance)) AS is_suspicious
FROM marts.arms_by_day
WHERE site_id = {site} AND traffic = {traffic} AND day >= {first} AND day < {end};

-- visits --
SELECT
    traffic,
    count(*) AS session_count,
    sum(event_count)::bigint AS event_count,
    count(*) FILTER (WHERE is_forked) AS forked_count,
    count(*) FILTER (WHERE is_arm_forced) AS arm_forced_count,
    count(*) FILTER (WHERE page_view_count = 0) AS pageless_count
FROM marts.sessions
WHERE site_id = {site} AND started_at >= {since} AND started_at < {until}
GROUP BY traffic
ORDER BY traffic;

-- rejected --
SELECT reason, sum(rejected_count)::bigint AS rejected_count
FROM marts.rejected_by_day
WHERE site_id = {site} AND traffic = {traffic} AND day >= {first} AND day < {end}
GROUP BY reason
ORDER BY rejected_count DESC, reason;

-- coverage --
SELECT
    sum(server_order_count)::bigint AS server_order_count,
    sum(tracked_order_count)::bigint AS tracked_order_count,
    round(sum(tracked_order_count) / nullif(sum(server_order_count), 0), 4) AS tracked_share,
    sum(unjoined_order_count)::bigint AS unjoined_order_count,
    sum(browser_only_order_count)::bigint AS browser_only_order_count
FROM marts.order_coverage
WHERE site_id = {site} AND traffic = {traffic} AND day >= {first} AND day < {end};

-- final --
SELECT count(*) AS choice_count, count(*) FILTER (WHERE is_final) AS final_count
FROM marts.outcomes
WHERE site_id = {site} AND traffic = {traffic} AND goal = 'purchase' AND is_first_choice
  AND decided_at >= {since} AND decided_at < {until};

-- revenue --
SELECT
    currency,
    sum(order_count)::bigint AS order_count,
    sum(value_minor)::bigint AS value_minor,
    sum(refunded_minor)::bigint AS refunded_minor,
    sum(net_minor)::bigint AS net_minor
FROM marts.revenue_by_day
WHERE site_id = {site} AND traffic = {traffic} AND day >= {first} AND day < {end}
GROUP BY currency
ORDER BY order_count DESC, currency;

-- days --
SELECT s.day, s.session_count, s.exposure_count, s.purchase_count
FROM marts.sessions_by_day AS s
WHERE s.site_id = {site} AND s.traffic = {traffic} AND s.day >= {first} AND s.day < {end}
ORDER BY s.day;

-- revenue_days --
SELECT day, currency, order_count, net_minor
FROM marts.revenue_by_day
WHERE site_id = {site} AND traffic = {traffic} AND day >= {first} AND day < {end}
ORDER BY day, currency;

-- funnel --
SELECT
    count(*) AS visit,
    count(*) FILTER (WHERE has_product_view) AS product,
    count(*) FILTER (WHERE has_cart) AS cart,
    count(*) FILTER (WHERE has_checkout) AS checkout,
    count(*) FILTER (WHERE has_purchase) AS purchase
FROM marts.sessions
WHERE site_id = {site} AND traffic = {traffic} AND started_at >= {since} AND started_at < {until};

-- pairs --
SELECT
    action_id,
    segment,
    count(*) FILTER (WHERE arm = 'treatment') AS treated_count,
    count(*) FILTER (WHERE arm = 'treatment' AND converted = 1) AS treated_conversion_count,
    count(*) FILTER (WHERE arm <> 'treatment') AS held_back_count,
    count(*) FILTER (WHERE arm <> 'treatment' AND converted = 1) AS held_back_conversion_count
FROM marts.lift_rows
WHERE site_id = {site} AND traffic = {traffic} AND goal = 'purchase'
  AND decided_at >= {since} AND decided_at < {until}
GROUP BY action_id, segment
ORDER BY action_id, segment;

-- pair_rows --
SELECT
    session_id, arm, decided_at, score, converted, revenue_minor, margin_minor, treatment_probability, currency, given_minor
FROM marts.lift_rows
WHERE site_id = {site} AND traffic = {traffic} AND goal = 'purchase' AND action_id = {action} AND segment = {segment}
  AND decided_at >= {since} AND decided_at < {until}
ORDER BY decided_at, session_id;

-- action_rows --
SELECT
    session_id, arm, decided_at, score, converted, revenue_minor, margin_minor, treatment_probability
FROM marts.lift_rows
WHERE site_id = {site} AND traffic = {traffic} AND goal = 'purchase' AND action_id = {action}
  AND decided_at >= {since} AND decided_at < {until}
ORDER BY decided_at, session_id;

-- offers --
SELECT
    d.action_id,
    d.segment,
    count(*) AS chosen_count,
    count(x.shown_at) AS shown_count,
    count(x.clicked_at) AS clicked_count,
    count(x.dismissed_at) AS dismissed_count,
    round(count(x.dismissed_at)::numeric / nullif(count(x.shown_at), 0), 4) AS dismissed_share
FROM marts.decisions AS d
LEFT JOIN marts.exposures AS x USING (site_id, decision_id)
WHERE d.site_id = {site} AND d.traffic = {traffic} AND d.action_id IS NOT NULL
  AND d.decided_at >= {since} AND d.decided_at < {until}
GROUP BY d.action_id, d.segment
ORDER BY d.action_id, d.segment;

-- guarded --
-- What the guardrails look at, by assignment: as marts.guardrails_by_arm, of this span.
SELECT
    s.first_action_id AS action_id,
    s.arm = 'treatment' AS is_treated,
    count(*) AS session_count,
    round(avg(s.has_bounced::int), 4) AS bounced_share,
    round(avg(s.has_checkout_trouble::int), 4) AS checkout_trouble_share,
    round(avg((s.choice_paint_ms > 4000)::int), 4) AS poor_paint_share,
    round(avg((s.choice_shift_permille > 250)::int), 4) AS poor_shift_share,
    round(avg((s.choice_response_ms > 500)::int), 4) AS poor_response_share
FROM marts.sessions AS s
WHERE s.site_id = {site} AND s.traffic = {traffic} AND s.has_choice AND NOT s.is_forked AND NOT s.is_arm_forced
  AND s.first_chosen_at >= {since} AND s.first_chosen_at < {until}
GROUP BY s.first_action_id, s.arm = 'treatment'
ORDER BY s.first_action_id, s.arm = 'treatment' DESC;

-- cost --
SELECT
    action_id,
    currency,
    sum(claimed_count)::bigint AS claimed_count,
    sum(redeemed_count)::bigint AS redeemed_count,
    sum(redeemed_minor)::bigint AS redeemed_minor,
    sum(open_count)::bigint AS open_count,
    sum(expected_minor)::bigint AS expected_minor
FROM marts.offer_cost
WHERE site_id = {site} AND traffic = {traffic} AND day >= {first} AND day < {end}
GROUP BY action_id, currency
ORDER BY action_id, currency;

-- silence --
SELECT segment, reason, count(DISTINCT session_id) AS session_count
FROM marts.decisions
WHERE site_id = {site} AND traffic = {traffic} AND action_id IS NULL
  AND decided_at >= {since} AND decided_at < {until}
GROUP BY segment, reason
ORDER BY session_count DESC, segment, reason
LIMIT 15;

-- refusals --
SELECT
    refusal ->> 'action_id' AS action_id,
    refusal ->> 'reason' AS reason,
    count(DISTINCT d.session_id) AS session_count
FROM marts.decisions AS d
CROSS JOIN LATERAL jsonb_array_elements(d.refused) AS refusal
WHERE d.site_id = {site} AND d.traffic = {traffic} AND d.decided_at >= {since} AND d.decided_at < {until}
GROUP BY refusal ->> 'action_id', refusal ->> 'reason'
ORDER BY session_count DESC, action_id, reason
LIMIT 20;

-- quality --
SELECT
    click_number,
    count(*) AS session_count,
    round(avg(has_purchase::integer), 4) AS purchase_share,
    round(avg(((purchase_score >= 0.5) = has_purchase)::integer), 4) AS accuracy,
    round(greatest(avg(has_purchase::integer), 1 - avg(has_purchase::integer)), 4) AS majority_accuracy,
    round(
        count(*) FILTER (WHERE purchase_score >= 0.5 AND NOT has_purchase)::numeric
        / nullif(count(*) FILTER (WHERE NOT has_purchase), 0), 4
    ) AS false_positive_rate,
    round(
        count(*) FILTER (WHERE purchase_score >= 0.5 AND has_purchase)::numeric
        / nullif(count(*) FILTER (WHERE purchase_score >= 0.5), 0), 4
    ) AS precision,
    round(avg((purchase_score - has_purchase::integer) ^ 2)::numeric, 4) AS brier_score
FROM marts.scores_by_click
WHERE site_id = {site} AND traffic = {traffic} AND day >= {first} AND day < {end}
GROUP BY click_number
ORDER BY click_number;

-- calibration --
SELECT
    width_bucket(purchase_score, 0, 1.0000001, 10) AS score_bin,
    count(*) AS session_count,
    round(avg(purchase_score)::numeric, 4) AS mean_score,
    round(avg(has_purchase::integer), 4) AS purchase_share
FROM marts.scores_by_click
WHERE site_id = {site} AND traffic = {traffic} AND day >= {first} AND day < {end} AND click_number = 5
GROUP BY score_bin
ORDER BY score_bin;

-- drift --
SELECT
    started_at >= {since} AS is_now,
    count(*) AS session_count,
    count(score_at_click_5) AS scored_count,
    avg(score_at_click_5) AS mean_score,
    stddev_samp(score_at_click_5) AS spread_score,
    avg(page_view_count)::float8 AS mean_pages,
    stddev_samp(page_view_count)::float8 AS spread_pages,
    avg(has_purchase::integer)::float8 AS purchase_share,
    avg((device = 'mobile')::integer)::float8 AS mobile_share,
    avg((source = 'direct')::integer)::float8 AS direct_share,
    count(DISTINCT scorer_version) AS scorer_count
FROM marts.sessions
WHERE site_id = {site} AND traffic = {traffic} AND started_at >= {before} AND started_at < {until}
GROUP BY is_now
ORDER BY is_now;
