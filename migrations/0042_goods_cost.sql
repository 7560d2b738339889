-- goods' cost --
-- What an order earned, computed by settle from what is known of its goods: one figure for lifts, reports and exports.
ALTER TABLE raw.server_orders
    ADD COLUMN goods_cost_minor bigint CHECK (goods_cost_minor >= 0);
COMMENT ON COLUMN raw.server_orders.goods_cost_minor IS 'What its goods cost the shop, in minor units of currency; null where the shop does not say.';

ALTER TABLE marts.orders
    ADD COLUMN goods_cost_minor bigint;
COMMENT ON COLUMN marts.orders.goods_cost_minor IS 'What its goods cost the shop, as its server told; null where it does not say. Settle then reckons them from the catalogue and margin_share.';

ALTER TABLE marts.sessions
    ADD COLUMN margin_minor bigint;
COMMENT ON COLUMN marts.sessions.margin_minor IS 'What the orders earned after goods, sending, refunds and offers, in minor units of currency (core/earned.py has the formula); null where nobody can say.';

ALTER TABLE marts.outcomes
    ADD COLUMN margin_minor bigint;
COMMENT ON COLUMN marts.outcomes.margin_minor IS 'What the order that reached the goal earned after goods, sending, refunds and offers, in minor units of currency; 0 where the goal was not reached, null where nobody can say or no order reached it.';

CREATE INDEX claims_by_order ON marts.claims (site_id, redeemed_order_id) WHERE redeemed_order_id IS NOT NULL;

UPDATE marts.sessions SET margin_minor = 0 WHERE order_count = 0;
UPDATE marts.outcomes SET margin_minor = 0 WHERE NOT is_converted;
-- Visits with orders are settled again, where all that was stored of them is still there.
UPDATE raw.session_touches AS t
SET settled_at = NULL
FROM marts.sessions AS s
WHERE s.site_id = t.site_id
  AND s.session_id = t.session_id
  AND s.order_count > 0
  AND EXISTS (
      SELECT
      FROM raw.events AS e
      WHERE e.site_id = s.site_id
        AND e.session_id = s.session_id
        AND e.occurred_at = s.started_at
  );
