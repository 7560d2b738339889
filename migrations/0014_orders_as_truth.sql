-- orders as truth --
-- What the shop's own server says of its orders: the purchase that a browser told of is an early hint, this is the truth.
CREATE FUNCTION marts.outcome_window() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '7 days';
COMMENT ON FUNCTION marts.outcome_window() IS 'How long after a choice an order counts for it: the same number as in the core.';

CREATE FUNCTION marts.refund_window() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '30 days';
COMMENT ON FUNCTION marts.refund_window() IS 'How long after an order a refund changes what the order counts for: the same number as in the core.';

CREATE TABLE config.site_secrets (
    secret_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id   text NOT NULL REFERENCES config.sites (site_id),
    kind      text NOT NULL CHECK (kind IN ('api', 'standard', 'shopify', 'woocommerce')),
    key_hash  text UNIQUE,
    sealed    text,
    made_at   timestamptz NOT NULL DEFAULT now(),
    ends_at   timestamptz,
    CHECK ((kind = 'api') = (key_hash IS NOT NULL)),
    CHECK ((kind = 'api') = (sealed IS NULL))
);
CREATE INDEX site_secrets_of_site ON config.site_secrets (site_id, kind);
COMMENT ON TABLE config.site_secrets IS 'By what a shop''s server proves who it is: its secret keys as hashes, and the secrets of its webhooks, sealed.';
COMMENT ON COLUMN config.site_secrets.secret_id IS 'Counts upwards.';
COMMENT ON COLUMN config.site_secrets.site_id IS 'The shop.';
COMMENT ON COLUMN config.site_secrets.kind IS 'api (a secret key), or whose webhooks it signs: standard, shopify, woocommerce.';
COMMENT ON COLUMN config.site_secrets.key_hash IS 'api: SHA-256 of the secret key, which itself is not kept.';
COMMENT ON COLUMN config.site_secrets.sealed IS 'Webhooks: the secret, sealed with the server''s keys; without their file nobody can read it.';
COMMENT ON COLUMN config.site_secrets.made_at IS 'When it was made.';
COMMENT ON COLUMN config.site_secrets.ends_at IS 'Until when it is taken; null while it is the newest.';

CREATE TABLE raw.server_orders (
    site_id        text NOT NULL,
    order_id       text NOT NULL,
    source         text NOT NULL CHECK (source IN ('api', 'standard', 'shopify', 'woocommerce')),
    session_id     uuid,
    placed_at      timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    cancelled_at   timestamptz,
    value_minor    bigint NOT NULL CHECK (value_minor >= 0),
    shipping_minor bigint CHECK (shipping_minor >= 0),
    tax_minor      bigint CHECK (tax_minor >= 0),
    currency       text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    coupons        text[] NOT NULL DEFAULT '{}',
    item_count     integer NOT NULL,
    received_at    timestamptz NOT NULL,
    PRIMARY KEY (site_id, order_id)
);
CREATE INDEX server_orders_of_session ON raw.server_orders (site_id, session_id) WHERE session_id IS NOT NULL;
COMMENT ON TABLE raw.server_orders IS 'Orders as the shop''s server last told of them: fields from an allow-list, and nothing of who bought.';
COMMENT ON COLUMN raw.server_orders.site_id IS 'The shop.';
COMMENT ON COLUMN raw.server_orders.order_id IS 'The merchant''s transaction id, or a name made from it where it is shaped like a card or phone number.';
COMMENT ON COLUMN raw.server_orders.source IS 'How it was told: api, standard, shopify or woocommerce.';
COMMENT ON COLUMN raw.server_orders.session_id IS 'The visit that the shop keeps beside the order; null where it keeps none.';
COMMENT ON COLUMN raw.server_orders.placed_at IS 'When it was placed, by the shop''s clock.';
COMMENT ON COLUMN raw.server_orders.changed_at IS 'When the shop last changed it: of two tellings the later one holds, whichever comes first.';
COMMENT ON COLUMN raw.server_orders.cancelled_at IS 'When it was cancelled; null where it was not.';
COMMENT ON COLUMN raw.server_orders.value_minor IS 'What was to be paid, shipping and tax included, in minor units of currency.';
COMMENT ON COLUMN raw.server_orders.shipping_minor IS 'Of that, shipping; null where the shop does not say.';
COMMENT ON COLUMN raw.server_orders.tax_minor IS 'Of that, tax; null where the shop does not say.';
COMMENT ON COLUMN raw.server_orders.currency IS 'ISO 4217 code of the money columns.';
COMMENT ON COLUMN raw.server_orders.coupons IS 'The codes that were used.';
COMMENT ON COLUMN raw.server_orders.item_count IS 'Pieces bought.';
COMMENT ON COLUMN raw.server_orders.received_at IS 'When the shop''s server first told of it.';

CREATE TABLE raw.server_refunds (
    site_id        text NOT NULL,
    order_id       text NOT NULL,
    refund_id      text NOT NULL,
    refunded_minor bigint NOT NULL CHECK (refunded_minor >= 0),
    currency       text,
    refunded_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    PRIMARY KEY (site_id, order_id, refund_id)
);
COMMENT ON TABLE raw.server_refunds IS 'Refunds as the shop''s server told of them; one may come before its order.';
COMMENT ON COLUMN raw.server_refunds.site_id IS 'The shop.';
COMMENT ON COLUMN raw.server_refunds.order_id IS 'The order, as in raw.server_orders.';
COMMENT ON COLUMN raw.server_refunds.refund_id IS 'The shop''s own name of the refund, so that one that is told twice counts once.';
COMMENT ON COLUMN raw.server_refunds.refunded_minor IS 'What was paid back, in minor units of currency.';
COMMENT ON COLUMN raw.server_refunds.currency IS 'ISO 4217 code of refunded_minor; null where it is the order''s.';
COMMENT ON COLUMN raw.server_refunds.refunded_at IS 'When, by the shop''s clock; where it names no time, when we first heard of it.';
COMMENT ON COLUMN raw.server_refunds.received_at IS 'When the shop''s server first told of it.';

ALTER TABLE marts.orders
    ALTER COLUMN session_id DROP NOT NULL,
    ALTER COLUMN stream_day DROP NOT NULL,
    ALTER COLUMN stream_id DROP NOT NULL,
    ALTER COLUMN seq DROP NOT NULL,
    ADD COLUMN source        text NOT NULL DEFAULT 'browser' CHECK (source IN ('browser', 'server')),
    ADD COLUMN is_tracked    boolean NOT NULL DEFAULT true,
    ADD COLUMN cancelled_at  timestamptz,
    ADD COLUMN told_at       timestamptz,
    ADD COLUMN outcome_minor bigint;
UPDATE marts.orders SET outcome_minor = net_minor;
ALTER TABLE marts.orders ALTER COLUMN outcome_minor SET NOT NULL;
COMMENT ON TABLE marts.orders IS 'One row per order, however often it is told of: as the shop''s server says where it does, else as the browser said. Refunds and cancellations are netted out.';
COMMENT ON COLUMN marts.orders.order_id IS 'The merchant''s transaction id, or a name made from the event''s key where that is empty or was cut.';
COMMENT ON COLUMN marts.orders.session_id IS 'The visit that placed it: of the purchase event, else the one that the shop keeps beside the order; null where nobody knows.';
COMMENT ON COLUMN marts.orders.stream_day IS 'The purchase event''s day; null where no browser told of it.';
COMMENT ON COLUMN marts.orders.stream_id IS 'The purchase event''s page; null as stream_day.';
COMMENT ON COLUMN marts.orders.seq IS 'The purchase event''s number on it; null as stream_day.';
COMMENT ON COLUMN marts.orders.placed_at IS 'When the purchase event happened; where no browser told of it, when it was placed by the shop''s clock.';
COMMENT ON COLUMN marts.orders.refunded_minor IS 'Refunded so far, in minor units of currency; the whole value where it was cancelled.';
COMMENT ON COLUMN marts.orders.coupon IS 'The merchant''s code that was used; of several, one that we gave out.';
COMMENT ON COLUMN marts.orders.source IS 'server: as the shop''s server said, which is the truth. browser: an early hint that no server has confirmed.';
COMMENT ON COLUMN marts.orders.is_tracked IS 'The browser told of it as well.';
COMMENT ON COLUMN marts.orders.cancelled_at IS 'When it was cancelled; null where it was not.';
COMMENT ON COLUMN marts.orders.told_at IS 'When the shop''s server first told of it; null where it has not.';
COMMENT ON COLUMN marts.orders.outcome_minor IS 'Value less what was refunded within marts.refund_window(), in minor units of currency: what sessions and outcomes count.';

ALTER TABLE marts.outcomes
    ADD COLUMN final_at timestamptz,
    ADD COLUMN is_final boolean NOT NULL DEFAULT false;
UPDATE marts.outcomes
SET final_at = CASE
        WHEN is_converted AND value_minor > 0 THEN converted_at + marts.refund_window()
        ELSE decided_at + marts.outcome_window()
    END;
UPDATE marts.outcomes SET is_final = final_at <= now();
ALTER TABLE marts.outcomes ALTER COLUMN final_at SET NOT NULL;
CREATE INDEX outcomes_not_final ON marts.outcomes (final_at) WHERE NOT is_final;
COMMENT ON COLUMN marts.outcomes.is_converted IS 'The goal came true afterwards: in this visit, or with an order of this visit within marts.outcome_window().';
COMMENT ON COLUMN marts.outcomes.final_at IS 'When nothing that happens can change it any more: the end of the outcome window, or of the refund window of its order.';
COMMENT ON COLUMN marts.outcomes.is_final IS 'final_at has passed. What the shop tells later still of that time changes it all the same.';
COMMENT ON COLUMN marts.sessions.has_purchase IS 'An order was placed, in the visit or with its name within marts.outcome_window(); a thank-you page that is opened again is none.';
COMMENT ON COLUMN marts.sessions.order_count IS 'Orders placed, counted as has_purchase.';
COMMENT ON COLUMN marts.sessions.revenue_minor IS 'Value of the orders less what was refunded within marts.refund_window(), in minor units of currency.';
