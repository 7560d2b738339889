-- codes and claims --
-- The merchant's single-use codes, who took which, and which order redeemed it. A code names an offer and no person.
CREATE TABLE config.code_pools (
    site_id    text NOT NULL REFERENCES config.sites (site_id),
    pool       text NOT NULL CHECK (pool ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
    code_count bigint NOT NULL DEFAULT 0,
    added_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, pool)
);
COMMENT ON TABLE config.code_pools IS 'Pools of single-use codes, by the name that a site''s rules use.';
COMMENT ON COLUMN config.code_pools.site_id IS 'The shop.';
COMMENT ON COLUMN config.code_pools.pool IS 'The pool''s name.';
COMMENT ON COLUMN config.code_pools.code_count IS 'Codes that were ever put into it.';
COMMENT ON COLUMN config.code_pools.added_at IS 'When the first code was added.';

CREATE TABLE config.codes (
    code_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id     text NOT NULL,
    pool        text NOT NULL,
    code        text NOT NULL CHECK (code ~ '^[A-Za-z0-9_-]{1,40}$'),
    added_at    timestamptz NOT NULL DEFAULT now(),
    session_id  uuid,
    action_id   text,
    decision_id text,
    claimed_at  timestamptz,
    expires_at  timestamptz,
    FOREIGN KEY (site_id, pool) REFERENCES config.code_pools (site_id, pool)
);
-- Shops compare codes without regard to case, and so does the join with their orders.
CREATE UNIQUE INDEX codes_by_text ON config.codes (site_id, lower(code));
CREATE INDEX codes_free ON config.codes (site_id, pool, code_id) WHERE claimed_at IS NULL;
COMMENT ON TABLE config.codes IS 'The codes of each pool. One is given out once and never again, in the order in which they were added.';
COMMENT ON COLUMN config.codes.code_id IS 'Counts upwards.';
COMMENT ON COLUMN config.codes.site_id IS 'The shop.';
COMMENT ON COLUMN config.codes.pool IS 'The pool.';
COMMENT ON COLUMN config.codes.code IS 'The merchant''s code, as it was added.';
COMMENT ON COLUMN config.codes.added_at IS 'When it was added.';
COMMENT ON COLUMN config.codes.session_id IS 'The visit that took it; null while it is free.';
COMMENT ON COLUMN config.codes.action_id IS 'The action that gave it.';
COMMENT ON COLUMN config.codes.decision_id IS 'The decision whose offer it was.';
COMMENT ON COLUMN config.codes.claimed_at IS 'When it was taken; null while it is free.';
COMMENT ON COLUMN config.codes.expires_at IS 'Until when it was promised; null without a deadline.';

ALTER TABLE marts.claims
    ADD COLUMN pool              text NOT NULL DEFAULT '',
    ADD COLUMN code              text,
    ADD COLUMN redeemed_order_id text,
    ADD COLUMN redeemed_at       timestamptz;
CREATE INDEX claims_by_code ON marts.claims (site_id, lower(code)) WHERE code IS NOT NULL;
COMMENT ON TABLE marts.claims IS 'Offers that shoppers took: one row per visit and action, as the page asks for it, with the code that it gave.';
COMMENT ON COLUMN marts.claims.expires_at IS 'Until when it was promised, by the server''s clock; null without a deadline.';
COMMENT ON COLUMN marts.claims.amount_minor IS 'What it costs the shop if it is used, in minor units of currency.';
COMMENT ON COLUMN marts.claims.pool IS 'The pool that its code is from; empty where the merchant gives everybody the same code, or none.';
COMMENT ON COLUMN marts.claims.code IS 'The merchant''s code; null where the offer has none (an address, or the shop''s own page).';
COMMENT ON COLUMN marts.claims.redeemed_order_id IS 'The first order that used it: of any visit for a code from a pool, of this visit for a code that everybody gets; where there is no code, the first order of this visit.';
COMMENT ON COLUMN marts.claims.redeemed_at IS 'When that order was placed.';

CREATE INDEX orders_by_coupon ON marts.orders (site_id, lower(coupon)) WHERE coupon IS NOT NULL;

CREATE TABLE raw.void_offers (
    site_id     text NOT NULL,
    decision_id text NOT NULL,
    voided_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, decision_id)
);
CREATE INDEX void_offers_by_time ON raw.void_offers (voided_at);
COMMENT ON TABLE raw.void_offers IS 'Offers that a page withheld, so that nothing may be claimed for them and their cost may return to the budget. Kept for two days, longer than a claim can be asked for.';
COMMENT ON COLUMN raw.void_offers.site_id IS 'The shop.';
COMMENT ON COLUMN raw.void_offers.decision_id IS 'The decision whose offer it was.';
COMMENT ON COLUMN raw.void_offers.voided_at IS 'When the page said so.';
