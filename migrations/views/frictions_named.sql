-- frictions_named --
-- Which reasons to hesitate are named, how often, and how do such visits end?
CREATE VIEW marts.frictions_named AS
WITH visits AS (
    SELECT
        d.site_id,
        d.traffic,
        d.session_id,
        named.friction,
        bool_or(named.place = 1)                 AS is_strongest,
        bool_or(d.action_id IS NOT NULL)         AS has_choice
    FROM marts.decisions AS d
    CROSS JOIN LATERAL unnest(d.frictions) WITH ORDINALITY AS named (friction, place)
    GROUP BY d.site_id, d.traffic, d.session_id, named.friction
)
SELECT
    v.site_id,
    v.traffic,
    v.friction,
    count(*)                                                                  AS session_count,
    count(*) FILTER (WHERE v.is_strongest)                                    AS strongest_count,
    count(*) FILTER (WHERE v.has_choice)                                      AS choice_count,
    count(s.session_id)                                                       AS ended_count,
    count(*) FILTER (WHERE s.has_purchase)                                    AS purchase_count,
    round(avg(s.has_purchase::integer), 4)                                    AS purchase_share,
    round(avg((s.has_cart AND NOT s.has_purchase)::integer), 4)               AS abandonment_share
FROM visits AS v
LEFT JOIN marts.sessions AS s USING (site_id, session_id)
GROUP BY v.site_id, v.traffic, v.friction;
COMMENT ON VIEW marts.frictions_named IS 'Which reasons to hesitate are named, how often, and how do such visits end?';
COMMENT ON COLUMN marts.frictions_named.site_id IS 'The shop.';
COMMENT ON COLUMN marts.frictions_named.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.frictions_named.friction IS 'The reason to hesitate.';
COMMENT ON COLUMN marts.frictions_named.session_count IS 'Visits in which a decision names it; a visit with two counts for both.';
COMMENT ON COLUMN marts.frictions_named.strongest_count IS 'Of these, visits in which it was once the strongest.';
COMMENT ON COLUMN marts.frictions_named.choice_count IS 'Of these, visits in which an action was chosen while it held, in every arm.';
COMMENT ON COLUMN marts.frictions_named.ended_count IS 'Of these, visits that have ended: the shares are of them.';
COMMENT ON COLUMN marts.frictions_named.purchase_count IS 'Ended visits with an order.';
COMMENT ON COLUMN marts.frictions_named.purchase_share IS 'purchase_count / ended_count.';
COMMENT ON COLUMN marts.frictions_named.abandonment_share IS 'Ended visits with a cart and no order, as a share of ended_count.';
