-- sessions_of_order --
-- The visits that speak of this order, or that the shop keeps beside it.
SELECT session_id
FROM raw.events
WHERE site_id = $1
  AND order_id = $2
UNION
SELECT session_id
FROM raw.server_orders
WHERE site_id = $1
  AND order_id = $2
  AND session_id IS NOT NULL;

-- orders_tracked_in --
SELECT DISTINCT order_id
FROM raw.events
WHERE site_id = $1
  AND session_id = ANY($2::uuid[])
  AND event_type = 'purchase';

-- store_server_order --
-- Of two tellings the one that the shop changed last holds, in whatever order they come. Gives whether anything is new.
INSERT INTO raw.server_orders AS known (
    site_id, order_id, source, session_id, placed_at, changed_at, cancelled_at,
    value_minor, shipping_minor, tax_minor, goods_cost_minor, currency, coupons, item_count, received_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (site_id, order_id) DO UPDATE
SET source         = excluded.source,
    session_id     = coalesce(excluded.session_id, known.session_id),
    placed_at      = excluded.placed_at,
    changed_at     = excluded.changed_at,
    cancelled_at   = excluded.cancelled_at,
    value_minor    = excluded.value_minor,
    shipping_minor = excluded.shipping_minor,
    tax_minor      = excluded.tax_minor,
    goods_cost_minor = excluded.goods_cost_minor,
    currency       = excluded.currency,
    coupons        = excluded.coupons,
    item_count     = excluded.item_count
WHERE known.changed_at <= excluded.changed_at
  AND (
      known.session_id, known.placed_at, known.changed_at, known.cancelled_at, known.value_minor, known.shipping_minor,
      known.tax_minor, known.goods_cost_minor, known.currency, known.coupons, known.item_count
  ) IS DISTINCT FROM (
      coalesce(excluded.session_id, known.session_id), excluded.placed_at, excluded.changed_at, excluded.cancelled_at,
      excluded.value_minor, excluded.shipping_minor, excluded.tax_minor, excluded.goods_cost_minor, excluded.currency,
      excluded.coupons, excluded.item_count
  )
RETURNING true;

-- store_server_refund --
-- A refund that is told again keeps its first time. Gives whether anything is new.
INSERT INTO raw.server_refunds AS known (site_id, order_id, refund_id, refunded_minor, currency, refunded_at, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (site_id, order_id, refund_id) DO UPDATE
SET refunded_minor = excluded.refunded_minor
WHERE known.refunded_minor <> excluded.refunded_minor
RETURNING true;

-- site_of_key --
-- Whose secret key has this hash.
SELECT site_id
FROM config.site_secrets
WHERE kind = 'api'
  AND key_hash = $1
  AND coalesce(ends_at > now(), true);

-- sealed_secrets --
-- The secrets that may sign a site's webhooks of this kind, the newest first.
SELECT sealed
FROM config.site_secrets
WHERE site_id = $1
  AND kind = $2
  AND coalesce(ends_at > now(), true)
ORDER BY secret_id DESC;

-- end_secrets --
-- The secrets of this kind end at $3, or sooner where that was said before.
UPDATE config.site_secrets
SET ends_at = least(ends_at, $3)
WHERE site_id = $1
  AND kind = $2
  AND coalesce(ends_at > now(), true);

-- forget_ended_secrets --
DELETE FROM config.site_secrets
WHERE site_id = $1
  AND ends_at < now() - interval '30 days';

-- add_secret --
INSERT INTO config.site_secrets (site_id, kind, key_hash, sealed)
VALUES ($1, $2, $3, $4);

-- secrets --
-- What a site has, without the secrets.
SELECT kind, made_at, ends_at
FROM config.site_secrets
WHERE site_id = $1
  AND coalesce(ends_at > now(), true)
ORDER BY kind, secret_id DESC;
