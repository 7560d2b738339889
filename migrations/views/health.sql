-- health --
-- What is wrong with the results of a site, or odd and harmless, and what is to be done? Nothing is wrong where no row says is_fault.
-- Arms, previews and settling are looked at as a whole, what comes and goes over the last days.
CREATE VIEW marts.health AS
WITH choices AS (
    SELECT
        s.site_id,
        s.traffic,
        s.first_action_id                               AS action_id,
        round(d.treatment_probability::numeric, 6)      AS probability,
        date_trunc('week', d.decided_at, 'UTC')         AS week,
        s.arm = 'treatment'                             AS is_treated,
        d.decided_at
    FROM marts.sessions AS s
    JOIN marts.decisions AS d ON d.site_id = s.site_id AND d.decision_id = s.first_decision_id
    WHERE NOT s.is_arm_forced
      AND NOT s.is_forked
), counted AS (
    -- Each period of one chance as a whole and week by week, so that a loss which began yesterday is not lost among old visits.
    SELECT
        site_id, traffic, action_id, probability,
        count(*)                                                        AS visit_count,
        count(*) FILTER (WHERE is_treated)                              AS treated_count,
        min(decided_at)                                                 AS since_at,
        abs(count(*) FILTER (WHERE is_treated) - sum(probability))      AS off_count,
        sqrt(sum(probability * (1 - probability)))                      AS standard_error
    FROM choices
    GROUP BY GROUPING SETS ((site_id, traffic, action_id, probability), (site_id, traffic, action_id, probability, week))
), uneven AS (
    -- Four standard errors: chance alone goes so far in one of 16,000. Where it has no part, one visit is a fault.
    SELECT DISTINCT ON (site_id, traffic, action_id) *
    FROM counted
    WHERE off_count > greatest(4 * standard_error, 0.5)
    ORDER BY site_id, traffic, action_id, off_count / nullif(standard_error, 0) DESC NULLS FIRST, visit_count DESC
), both_arms AS (
    SELECT site_id, session_id, min(decided_at) AS since_at
    FROM marts.decisions
    WHERE action_id IS NOT NULL
    GROUP BY site_id, session_id
    HAVING bool_or(arm = 'treatment') AND bool_or(arm <> 'treatment')
), previews AS (
    SELECT s.site_id, s.session_id, s.started_at
    FROM marts.sessions AS s
    JOIN raw.session_touches AS t USING (site_id, session_id)
    WHERE s.traffic IN ('live', 'bot') AND t.traffic = 'preview'
    UNION
    SELECT s.site_id, s.session_id, s.started_at
    FROM marts.sessions AS s
    JOIN config.rules AS r ON r.site_id = s.site_id AND r.version = s.rules_version
    WHERE s.traffic = 'live' AND r.preview <> ''
    UNION
    SELECT s.site_id, s.session_id, s.started_at
    FROM marts.sessions AS s
    JOIN marts.outcomes AS o USING (site_id, session_id)
    WHERE s.traffic = 'preview' AND o.traffic = 'live'
), bot_days AS (
    SELECT
        site_id,
        started_at >= now() - interval '7 days'                                 AS is_new,
        (started_at AT TIME ZONE 'UTC')::date                                   AS day,
        count(*)                                                                AS visit_count,
        count(*) FILTER (WHERE traffic = 'bot')                                 AS bot_count
    FROM marts.sessions
    WHERE traffic IN ('live', 'bot')
      AND started_at >= now() - interval '35 days'
    GROUP BY site_id, 2, 3
), floods AS (
    SELECT DISTINCT ON (n.site_id)
        n.site_id, n.day, n.bot_count, n.bot_count::float8 / n.visit_count AS share, coalesce(before.share, 0) AS usual_share
    FROM bot_days AS n
    LEFT JOIN (
        SELECT site_id, sum(bot_count)::float8 / sum(visit_count) AS share FROM bot_days WHERE NOT is_new GROUP BY site_id
    ) AS before USING (site_id)
    WHERE n.is_new
      AND n.bot_count >= 30
      AND n.bot_count > 0.2 * n.visit_count
      AND n.bot_count > 3 * coalesce(before.share, 0) * n.visit_count
    ORDER BY n.site_id, n.bot_count DESC
), doubles AS (
    SELECT site_id, traffic, count(*) AS order_count, sum(told_count - 1) AS more_count, min(since_at) AS since_at
    FROM (
        SELECT site_id, traffic, order_id, count(*) AS told_count, min(received_at) AS since_at
        FROM raw.events
        WHERE event_type = 'purchase'
          AND order_id IS NOT NULL
          AND received_at >= now() - interval '30 days'
        GROUP BY site_id, traffic, order_id
        HAVING count(*) > 1
    ) AS each
    GROUP BY site_id, traffic
), allocations AS (
    SELECT site_id, traffic, action_id, count(DISTINCT probability) AS period_count, min(decided_at) AS since_at
    FROM choices
    WHERE decided_at >= now() - interval '35 days'
    GROUP BY site_id, traffic, action_id
    HAVING count(DISTINCT probability) > 1
), forks AS (
    SELECT
        site_id, traffic, count(*) FILTER (WHERE is_forked) AS fork_count, count(*) AS visit_count,
        min(started_at) FILTER (WHERE is_forked) AS since_at
    FROM marts.sessions
    WHERE started_at >= now() - interval '30 days'
    GROUP BY site_id, traffic
), unjoined AS (
    SELECT
        o.site_id, o.traffic, count(*) AS order_count, count(*) FILTER (WHERE s.session_id IS NULL) AS unjoined_count,
        min(o.placed_at) FILTER (WHERE s.session_id IS NULL) AS since_at
    FROM marts.orders AS o
    LEFT JOIN marts.sessions AS s ON s.site_id = o.site_id AND s.session_id = o.session_id
    WHERE o.source = 'server'
      AND o.placed_at BETWEEN now() - interval '30 days' AND now() - interval '2 hours'
    GROUP BY o.site_id, o.traffic
), unsettled AS (
    SELECT site_id, traffic, count(*) AS visit_count, min(last_received_at) AS since_at
    FROM raw.session_touches
    WHERE settled_at IS NULL
      AND last_received_at < now() - marts.session_idle() - interval '30 minutes'
    GROUP BY site_id, traffic
), pauses AS (
    SELECT DISTINCT ON (h.site_id, split_part(h.note, ':', 1))
        h.site_id, split_part(h.note, ':', 1) AS action_id, h.published_at, h.note, s.killed, s.is_demo
    FROM config.rules_history AS h
    JOIN config.sites AS s USING (site_id)
    WHERE h.verb = 'pause'
    ORDER BY h.site_id, split_part(h.note, ':', 1), h.history_id DESC
)
SELECT
    site_id, traffic, 'sample_ratio' AS finding, action_id AS subject, true AS is_fault, visit_count AS found_count,
    round(treated_count::numeric / visit_count, 4) AS share, since_at,
    format(
        '%s of %s visits that chose %s were treated where %s were meant, in the period or week that begins there. Something '
        'loses or doubles visits of one arm: no lift of this action can be trusted. Next: look for what treats the arms '
        'differently on the way (redirects, caches, consent), then count from after it was mended.',
        treated_count, visit_count, action_id, round(visit_count * probability)
    ) AS sentence
FROM uneven
UNION ALL
SELECT
    s.site_id, s.traffic, 'both_arms', '', count(*) FILTER (WHERE b.session_id IS NOT NULL) > 0.01 * count(*),
    count(b.session_id), round(count(b.session_id)::numeric / count(*), 4), min(b.since_at),
    format(
        '%s of %s visits with a choice were seen treated and held back; 1 in 100 is the most that an answer can bear. '
        'Next: fifthclick explain one of them.', count(b.session_id), count(*)
    )
FROM marts.sessions AS s
LEFT JOIN both_arms AS b USING (site_id, session_id)
WHERE s.has_choice
  AND NOT s.is_arm_forced
GROUP BY s.site_id, s.traffic
HAVING count(b.session_id) > 0
UNION ALL
SELECT
    site_id, 'live', 'preview_counted', '', true, count(*), NULL, min(started_at),
    format(
        '%s previews count as visits, which must not be. Next: fifthclick session %s ID --delete takes one out; please report it.',
        count(*), site_id
    )
FROM previews
GROUP BY site_id
UNION ALL
SELECT
    site_id, 'live', 'bot_flood', day::text, false, bot_count, round(share::numeric, 4), day::timestamp AT TIME ZONE 'UTC',
    format(
        '%s visits of %s were robots, %s in 100; usual are %s. They are in no result. Next: block them before the shop if they '
        'are a burden.', bot_count, day, round(100 * share), round(100 * usual_share)
    )
FROM floods
UNION ALL
SELECT
    site_id, traffic, 'double_purchase', '', false, more_count, NULL, since_at,
    format(
        '%s orders were told %s times more than once; each counts once. Next: nothing, or let the thank-you page tell of an '
        'order only as it is placed.', order_count, more_count
    )
FROM doubles
UNION ALL
SELECT
    site_id, traffic, 'allocation_changed', action_id, false, period_count, NULL, since_at,
    format(
        'The chance to be treated with %s changed: %s periods. Visits are compared within them only, so that does no harm.',
        action_id, period_count
    )
FROM allocations
UNION ALL
SELECT
    site_id, traffic, 'forks', '', fork_count > 0.05 * visit_count, fork_count, round(fork_count::numeric / visit_count, 4),
    since_at,
    format(
        '%s of %s visits ran in two states at once and are left out of every lift. Next: fifthclick explain one of them; some '
        'come of blocked storage, many of a fault.', fork_count, visit_count
    )
FROM forks
WHERE fork_count > 0.01 * visit_count
UNION ALL
SELECT
    site_id, traffic, 'orders_unjoined', '', unjoined_count >= 20 AND unjoined_count > 0.2 * order_count, unjoined_count,
    round(unjoined_count::numeric / order_count, 4), since_at,
    format(
        'Of %s orders that the shop told of, the visit of %s is not known: they are in no outcome. Next: keep the visit''s id '
        'beside the order (docs/orders.md).', order_count, unjoined_count
    )
FROM unjoined
WHERE unjoined_count > 0.02 * order_count
UNION ALL
SELECT
    site_id, traffic, 'settle_is_late', '', true, visit_count, NULL, since_at,
    format(
        '%s visits should have been settled since, so outcomes lack them. Next: see that a server with the role settle runs, '
        'or type fifthclick settle.', visit_count
    )
FROM unsettled
UNION ALL
SELECT
    site_id, CASE WHEN is_demo THEN 'simulated' ELSE 'live' END, 'action_paused', action_id, false, 1, NULL, published_at,
    format('%s Next: change it, then fifthclick rules revive %s %s.', note, site_id, action_id)
FROM pauses
WHERE action_id = ANY (killed)
UNION ALL
SELECT
    site_id, traffic, 'settled', '', false, count(*), NULL, min(started_at),
    format(
        '%s visits are settled, the last one at %s UTC; %s of them chose an action.', count(*),
        to_char(max(settled_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), count(*) FILTER (WHERE has_choice)
    )
FROM marts.sessions
GROUP BY site_id, traffic;
COMMENT ON VIEW marts.health IS 'What is wrong with the results of a site, or odd and harmless, and what is to be done? Nothing is wrong where no row says is_fault.';
COMMENT ON COLUMN marts.health.site_id IS 'The shop.';
COMMENT ON COLUMN marts.health.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.health.finding IS 'sample_ratio, both_arms, preview_counted, bot_flood, double_purchase, allocation_changed, forks, orders_unjoined, settle_is_late, action_paused, or settled: how many visits all of this is about.';
COMMENT ON COLUMN marts.health.subject IS 'The action or the day that it is about; empty where it is about all.';
COMMENT ON COLUMN marts.health.is_fault IS 'Results cannot be trusted, or lack something, until it is mended; else it is named and does no harm.';
COMMENT ON COLUMN marts.health.found_count IS 'How many: visits, orders or periods, as the sentence says.';
COMMENT ON COLUMN marts.health.share IS 'sample_ratio: the share of treated visits; else found_count as a share of all of its kind; null where that says nothing.';
COMMENT ON COLUMN marts.health.since_at IS 'Since when, as far as is known.';
COMMENT ON COLUMN marts.health.sentence IS 'What was found and what to do, in words.';
