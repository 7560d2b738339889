-- money_by_currency --
-- What did visits with a first choice pay and earn in each currency, treated and held back?
-- Amounts of two currencies are never added, and none is thrown away: every visit is in the comparison of every currency, at
-- nothing where it paid in another. So each currency's extra is by assignment, and the visits are those of choices_counted.
CREATE VIEW marts.money_by_currency AS
SELECT
    site_id,
    traffic,
    goal,
    action_id,
    segment,
    (decided_at AT TIME ZONE 'UTC')::date                                         AS day,
    round(treatment_probability::numeric, 6)                                      AS treatment_probability,
    currency,
    count(*)                                                                      AS order_count,
    coalesce(sum(revenue_minor) FILTER (WHERE arm = 'treatment'), 0)::bigint      AS treated_revenue_minor,
    coalesce(sum(revenue_minor) FILTER (WHERE arm <> 'treatment'), 0)::bigint     AS held_back_revenue_minor,
    coalesce(sum(margin_minor) FILTER (WHERE arm = 'treatment'), 0)::bigint       AS treated_margin_minor,
    coalesce(sum(margin_minor) FILTER (WHERE arm <> 'treatment'), 0)::bigint      AS held_back_margin_minor,
    coalesce(sum(given_minor) FILTER (WHERE arm = 'treatment'), 0)::bigint        AS offer_cost_minor,
    count(*) FILTER (WHERE margin_minor IS NULL)                                  AS unknown_margin_count
FROM marts.lift_rows
WHERE converted = 1
GROUP BY
    site_id, traffic, goal, action_id, segment, (decided_at AT TIME ZONE 'UTC')::date, round(treatment_probability::numeric, 6),
    currency;
COMMENT ON VIEW marts.money_by_currency IS 'What did visits with a first choice pay and earn in each currency, treated and held back? One row for each currency: amounts of two are never added.';
COMMENT ON COLUMN marts.money_by_currency.site_id IS 'The shop.';
COMMENT ON COLUMN marts.money_by_currency.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.money_by_currency.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.money_by_currency.action_id IS 'The action that was chosen first.';
COMMENT ON COLUMN marts.money_by_currency.segment IS 'The segment at that moment.';
COMMENT ON COLUMN marts.money_by_currency.day IS 'UTC day of the choice.';
COMMENT ON COLUMN marts.money_by_currency.treatment_probability IS 'The chance of these visits to be treated, as it was logged with the choice.';
COMMENT ON COLUMN marts.money_by_currency.currency IS 'ISO 4217 code of the money columns; null where the goal''s event named none.';
COMMENT ON COLUMN marts.money_by_currency.order_count IS 'Visits that reached the goal in this currency.';
COMMENT ON COLUMN marts.money_by_currency.treated_revenue_minor IS 'Value of what reached the goal in treated visits less refunds, in minor units of currency.';
COMMENT ON COLUMN marts.money_by_currency.held_back_revenue_minor IS 'The same of the held-back visits.';
COMMENT ON COLUMN marts.money_by_currency.treated_margin_minor IS 'What that earned after goods, sending, refunds and offers, in minor units of currency.';
COMMENT ON COLUMN marts.money_by_currency.held_back_margin_minor IS 'The same of the held-back visits.';
COMMENT ON COLUMN marts.money_by_currency.offer_cost_minor IS 'What redeemed claims of the treated visits gave away, in minor units of currency; the margins are after it.';
COMMENT ON COLUMN marts.money_by_currency.unknown_margin_count IS 'Of these visits, those of which nobody can say what they earned: the margins are without them.';
