-- catalogue --
-- The products of each shop, and what was counted of them for the gateways: what goes with what, and how many bought it.
CREATE TABLE marts.catalogue (
    site_id      text NOT NULL,
    item_id      text NOT NULL CHECK (item_id <> ''),
    title        text,
    category     text,
    url          text CHECK (url ~ '^https?://'),
    image_url    text CHECK (image_url ~ '^https?://'),
    price_minor  bigint CHECK (price_minor >= 0),
    margin_minor bigint,
    currency     text,
    is_in_stock  boolean NOT NULL DEFAULT true,
    source       text NOT NULL CHECK (source IN ('events', 'feed', 'page')),
    seen_at      timestamptz NOT NULL,
    PRIMARY KEY (site_id, item_id)
);
COMMENT ON TABLE marts.catalogue IS 'The products of each shop: from the merchant''s feed or pages, else from what its own events say of the items.';
COMMENT ON COLUMN marts.catalogue.site_id IS 'The shop.';
COMMENT ON COLUMN marts.catalogue.item_id IS 'The product''s id, as the merchant''s events name it.';
COMMENT ON COLUMN marts.catalogue.title IS 'What the merchant calls it; null where only events tell of it.';
COMMENT ON COLUMN marts.catalogue.category IS 'Its category, written as in events; null where it has none.';
COMMENT ON COLUMN marts.catalogue.url IS 'Its page, without a query but for what names a product; null where it is not known, and then it is never recommended.';
COMMENT ON COLUMN marts.catalogue.image_url IS 'Its picture.';
COMMENT ON COLUMN marts.catalogue.price_minor IS 'Its price in minor units of currency.';
COMMENT ON COLUMN marts.catalogue.margin_minor IS 'What one piece earns, in minor units of currency; null where the merchant does not say.';
COMMENT ON COLUMN marts.catalogue.currency IS 'ISO 4217 code of the money columns.';
COMMENT ON COLUMN marts.catalogue.is_in_stock IS 'Whether it can be bought; true where nobody says otherwise.';
COMMENT ON COLUMN marts.catalogue.source IS 'Who told: feed (a file of the merchant''s), page (saved product pages), events (the tracker, which never overwrites the others).';
COMMENT ON COLUMN marts.catalogue.seen_at IS 'When it was last told of.';
GRANT SELECT ON marts.catalogue TO fifthclick_analyst;

CREATE TABLE config.shelves (
    site_id text NOT NULL REFERENCES config.sites (site_id),
    kind    text NOT NULL CHECK (kind IN ('assortment', 'purchases')),
    version text NOT NULL,
    content bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, kind)
);
COMMENT ON TABLE config.shelves IS 'What gateways load to recommend products and to say how many bought them: the newest of each kind for each site.';
COMMENT ON COLUMN config.shelves.site_id IS 'The shop.';
COMMENT ON COLUMN config.shelves.kind IS 'assortment: products with their neighbours; purchases: when each product was bought.';
COMMENT ON COLUMN config.shelves.version IS 'Hash of content: a gateway loads it when this changes.';
COMMENT ON COLUMN config.shelves.content IS 'msgpack of core.recommend.Snapshot or of server.store.shelves.Purchases.';
COMMENT ON COLUMN config.shelves.made_at IS 'When it was last counted, whether or not it changed: counts that grow old are not shown.';

-- Products looked at in the last weeks, read without touching the rows themselves.
CREATE INDEX events_of_products ON raw.events (site_id, stream_day) INCLUDE (item_id, session_id, occurred_at)
    WHERE event_type = 'view_item';
CREATE INDEX orders_of_time ON marts.orders (site_id, placed_at);

CREATE FUNCTION marts.is_machine_pace(page_count bigint, took interval) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN page_count >= 10 AND took < page_count * interval '1.5 seconds';
COMMENT ON FUNCTION marts.is_machine_pace(bigint, interval) IS 'Whether so many pages in such a time are more than a person opens: ten or more, each for under a second and a half. A machine''s visit counts for no recommendation and no number of buyers.';
