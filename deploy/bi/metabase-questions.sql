-- Conversion by segment at the fifth click --
SELECT segment, session_count, purchase_count, purchase_share, mean_score
FROM marts.sessions_by_segment
WHERE site_id = {{site}} AND traffic = 'live'
ORDER BY mean_score DESC NULLS LAST;

-- Return by month in a sentence --
SELECT month, action_id, segment, sentence, extra_minor, currency, is_final
FROM marts.roi
WHERE site_id = {{site}} AND traffic = 'live'
ORDER BY month DESC, action_id, segment;

-- Lift by action --
SELECT action_id, goal, treated_count, held_back_count, lift, lift_low, lift_high, is_enough_data
FROM marts.lift_by_action
WHERE site_id = {{site}} AND traffic = 'live'
ORDER BY goal, action_id;

-- Funnel --
SELECT step, session_count, share_of_all, share_of_previous
FROM marts.funnel
WHERE site_id = {{site}} AND traffic = 'live'
ORDER BY step_number;

-- Revenue by day --
SELECT day, currency, order_count, net_minor / 100.0 AS net
FROM marts.revenue_by_day
WHERE site_id = {{site}} AND traffic = 'live'
ORDER BY day;

-- Coverage of orders --
SELECT day, server_order_count, tracked_share, unjoined_share, browser_only_order_count
FROM marts.order_coverage
WHERE site_id = {{site}} AND traffic = 'live'
ORDER BY day;

-- What offers cost --
SELECT day, action_id, currency, claimed_count, redeemed_count, redeemed_minor, expected_minor
FROM marts.offer_cost
WHERE site_id = {{site}} AND traffic = 'live'
ORDER BY day, action_id;

-- Health of the experiment --
SELECT session_count, treatment_share, expected_treatment_share, standard_errors_off, is_suspicious
FROM marts.experiment_health
WHERE site_id = {{site}} AND traffic = 'live';

-- Quality of the data --
SELECT finding, detail, found_count, share
FROM marts.data_quality
WHERE site_id = {{site}} AND traffic = 'live'
ORDER BY found_count DESC;
