-- roi --
-- In one sentence, what has each action brought in each month?
-- Extra orders and margin are the treated visits' less what as many held-back visits brought, within periods of one allocation.
-- Margin is after goods, sending, refunds and what offers cost (core/earned.py). Where visits paid in several currencies there is a
-- row for each, with the same visits. Counted from outcomes, which may still change while is_final is false.
CREATE VIEW marts.roi AS
WITH periods AS (
    SELECT
        site_id,
        traffic,
        date_trunc('month', day)::date          AS month,
        action_id,
        segment,
        treatment_probability,
        sum(treated_count)::bigint              AS treated_count,
        sum(treated_conversion_count)::bigint   AS treated_conversion_count,
        sum(held_back_count)::bigint            AS held_back_count,
        sum(held_back_conversion_count)::bigint AS held_back_conversion_count,
        bool_and(is_final)                      AS is_final
    FROM marts.choices_counted
    WHERE goal = 'purchase'
    GROUP BY site_id, traffic, date_trunc('month', day)::date, action_id, segment, treatment_probability
), counted AS (
    SELECT
        site_id,
        traffic,
        month,
        action_id,
        segment,
        sum(treated_count)::bigint              AS treated_count,
        sum(held_back_count)::bigint            AS held_back_count,
        bool_and(is_final)                      AS is_final,
        array_agg(treated_count)                AS n,
        array_agg(treated_conversion_count)     AS a,
        array_agg(held_back_count)              AS m,
        array_agg(held_back_conversion_count)   AS b
    FROM periods
    GROUP BY site_id, traffic, month, action_id, segment
), paid AS (
    SELECT
        site_id,
        traffic,
        date_trunc('month', day)::date          AS month,
        action_id,
        segment,
        treatment_probability,
        currency,
        sum(treated_margin_minor)               AS treated_minor,
        sum(held_back_margin_minor)             AS held_back_minor,
        sum(offer_cost_minor)                   AS offer_cost_minor,
        sum(order_count)                        AS order_count,
        sum(unknown_margin_count)               AS unknown_margin_count
    FROM marts.money_by_currency
    WHERE goal = 'purchase'
    GROUP BY site_id, traffic, date_trunc('month', day)::date, action_id, segment, treatment_probability, currency
), money AS (
    SELECT
        site_id,
        traffic,
        month,
        action_id,
        segment,
        p.currency,
        sum(p.offer_cost_minor)::bigint         AS offer_cost_minor,
        sum(p.order_count)::bigint              AS order_count,
        -- A margin that nobody knows is not nothing: then there is no amount.
        CASE
            WHEN sum(p.unknown_margin_count) = 0
            THEN round(sum(p.treated_minor - p.held_back_minor * c.treated_count::numeric / c.held_back_count)
                FILTER (WHERE least(c.treated_count, c.held_back_count) >= 5))::bigint
        END                                     AS extra_minor
    FROM paid AS p
    JOIN periods AS c USING (site_id, traffic, month, action_id, segment, treatment_probability)
    GROUP BY site_id, traffic, month, action_id, segment, p.currency
), nameless AS (
    SELECT site_id, traffic, month, action_id, segment, order_count
    FROM money
    WHERE currency IS NULL
), judged AS (
    SELECT
        c.*,
        l.*,
        m.currency,
        m.offer_cost_minor,
        CASE WHEN l.is_enough_data THEN m.extra_minor END AS extra_minor,
        CASE WHEN l.is_enough_data THEN round((l.lift * c.treated_count)::numeric, 1) END AS extra_order_count,
        coalesce(n.order_count, 0)                        AS nameless_order_count
    FROM counted AS c
    LEFT JOIN money AS m
        ON (m.site_id, m.traffic, m.month, m.action_id, m.segment) = (c.site_id, c.traffic, c.month, c.action_id, c.segment)
       AND m.currency IS NOT NULL
    LEFT JOIN nameless AS n
        ON (n.site_id, n.traffic, n.month, n.action_id, n.segment) = (c.site_id, c.traffic, c.month, c.action_id, c.segment)
    CROSS JOIN LATERAL marts.lift_of_periods(c.n, c.a, c.m, c.b) AS l
)
SELECT
    site_id,
    traffic,
    month,
    action_id,
    segment,
    treated_count,
    held_back_count,
    round(lift::numeric, 4)                                        AS lift,
    round(lift_low::numeric, 4)                                    AS lift_low,
    round(lift_high::numeric, 4)                                   AS lift_high,
    extra_order_count,
    offer_cost_minor,
    extra_minor,
    currency,
    nameless_order_count,
    is_final,
    is_enough_data,
    CASE
        WHEN NOT coalesce(is_enough_data, false) THEN format(
            'In %s %s cannot be judged for %s visits yet: %s were offered it and %s were held back, and too few of either bought or left.',
            to_char(month, 'YYYY-MM'), action_id, replace(segment, '_', '-'), treated_count, held_back_count
        )
        ELSE format(
            'In %s %s visits that were offered %s bought %s points %s often than those held back, between %s and %s: %s %s orders%s.',
            to_char(month, 'YYYY-MM'), replace(segment, '_', '-'), action_id,
            to_char(abs(lift * 100), 'FM990.0'), CASE WHEN lift < 0 THEN 'less' ELSE 'more' END,
            to_char(lift_low * 100, 'FM990.0'), to_char(lift_high * 100, 'FM990.0'),
            to_char(abs(extra_order_count), 'FM999999990'), CASE WHEN lift < 0 THEN 'fewer' ELSE 'extra' END,
            CASE
                WHEN extra_minor IS NOT NULL
                THEN format(', %s %s in minor units after what goods and offers cost', extra_minor, currency)
                ELSE ''
            END
        )
    END                                                            AS sentence
FROM judged;
COMMENT ON VIEW marts.roi IS 'In one sentence, what has each action brought in each month? By assignment, over visits with a first choice; forked visits and forced arms are left out. One row for each currency that these visits paid in, with the same counts.';
COMMENT ON COLUMN marts.roi.site_id IS 'The shop.';
COMMENT ON COLUMN marts.roi.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.roi.month IS 'First UTC day of the month of the first choices.';
COMMENT ON COLUMN marts.roi.action_id IS 'The action that was chosen first.';
COMMENT ON COLUMN marts.roi.segment IS 'The segment at that moment.';
COMMENT ON COLUMN marts.roi.treated_count IS 'Visits of the treatment arm.';
COMMENT ON COLUMN marts.roi.held_back_count IS 'Visits of control and holdout.';
COMMENT ON COLUMN marts.roi.lift IS 'Treated share that bought less held-back share, within periods of one allocation; null where there is not enough data.';
COMMENT ON COLUMN marts.roi.lift_low IS 'Lower end of the 95 % interval; for one look at a planned end, not for watching.';
COMMENT ON COLUMN marts.roi.lift_high IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN marts.roi.extra_order_count IS 'lift x treated_count; null where there is not enough data.';
COMMENT ON COLUMN marts.roi.offer_cost_minor IS 'What redeemed claims of the treated visits gave away, in minor units of currency; extra_minor is after it.';
COMMENT ON COLUMN marts.roi.extra_minor IS 'Margin of the treated visits less that of as many held-back ones, in minor units of currency; a visit that paid in another is in it with nothing. Null without enough data, or where a margin is not known.';
COMMENT ON COLUMN marts.roi.currency IS 'ISO 4217 code of the money columns; null where nothing was bought in a named one.';
COMMENT ON COLUMN marts.roi.nameless_order_count IS 'Orders of these visits that name no currency, and are in no amount.';
COMMENT ON COLUMN marts.roi.is_final IS 'Nothing that happens can change any of these outcomes any more.';
COMMENT ON COLUMN marts.roi.is_enough_data IS 'At least 30 visits on each side, and 5 that did and 5 that did not buy.';
COMMENT ON COLUMN marts.roi.sentence IS 'The same in one sentence.';
