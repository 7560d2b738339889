-- raw --
-- What came in: one row per event, what could not be read, and the sessions that settle has yet to look at.
CREATE TABLE raw.events (
    site_id          text NOT NULL,
    stream_day       date NOT NULL,
    stream_id        bytea NOT NULL CHECK (length(stream_id) = 12),
    seq              bigint NOT NULL CHECK (seq > 0),
    session_id       uuid NOT NULL,
    traffic          text NOT NULL CHECK (traffic IN ('live', 'simulated', 'replayed', 'preview')),
    occurred_at      timestamptz NOT NULL,
    received_at      timestamptz NOT NULL,
    is_clock_skewed  boolean NOT NULL,
    event_type       text NOT NULL,
    page_type        text,
    path             text,
    device           text,
    source           text,
    is_new_visitor   boolean,
    item_id          text,
    item_count       integer,
    value_minor      bigint,
    shipping_minor   bigint,
    tax_minor        bigint,
    currency         text,
    order_id         text,
    decision_id      text,
    action_id        text,
    after_ms         bigint,
    detail           text,
    payload          bytea NOT NULL,
    epoch            bytea,
    step             integer,
    forced_arm       text CHECK (forced_arm IN ('treatment', 'control', 'holdout')),
    rules_version    text NOT NULL,
    scorer_version   text NOT NULL,
    purchase_score   double precision CHECK (purchase_score BETWEEN 0 AND 1),
    exit_score       double precision CHECK (exit_score BETWEEN 0 AND 1),
    segment          text CHECK (segment IN ('likely_to_buy', 'on_the_fence', 'unlikely_to_buy')),
    latency_us       integer,
    PRIMARY KEY (site_id, stream_day, stream_id, seq)
) PARTITION BY RANGE (stream_day);

-- Browser clocks lie: a day that makes no sense is kept here and gets no partition of its own.
CREATE TABLE raw.events_odd_days PARTITION OF raw.events DEFAULT;

CREATE INDEX events_of_session ON raw.events (site_id, session_id);
CREATE INDEX events_of_order ON raw.events (site_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX events_of_offer ON raw.events (site_id, decision_id) WHERE decision_id IS NOT NULL;

COMMENT ON TABLE raw.events IS 'One row per accepted event, with its scores beside it. A score that is missing may be filled once; nothing else ever changes.';
COMMENT ON COLUMN raw.events.site_id IS 'The shop.';
COMMENT ON COLUMN raw.events.stream_day IS 'UTC day on which the page was opened, by the browser''s clock; the partition.';
COMMENT ON COLUMN raw.events.stream_id IS 'Random name of one opened page.';
COMMENT ON COLUMN raw.events.seq IS 'Number of the event on that page, from 1.';
COMMENT ON COLUMN raw.events.session_id IS 'Random name of the visit; it names no person and does not outlive the visit.';
COMMENT ON COLUMN raw.events.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN raw.events.occurred_at IS 'When it happened: the browser''s clock, or received_at where that clock is a day off.';
COMMENT ON COLUMN raw.events.received_at IS 'When the server took it.';
COMMENT ON COLUMN raw.events.is_clock_skewed IS 'The browser''s clock was more than a day off, so occurred_at is received_at.';
COMMENT ON COLUMN raw.events.event_type IS 'The event''s name: GA4''s where GA4 has one.';
COMMENT ON COLUMN raw.events.page_type IS 'page_view: the kind of page.';
COMMENT ON COLUMN raw.events.path IS 'page_view: the path without query.';
COMMENT ON COLUMN raw.events.device IS 'page_view: desktop, mobile, tablet or unknown.';
COMMENT ON COLUMN raw.events.source IS 'page_view: the kind of place the visit came from.';
COMMENT ON COLUMN raw.events.is_new_visitor IS 'page_view: whether this browser was here before, where that is known.';
COMMENT ON COLUMN raw.events.item_id IS 'E-commerce events: the first item''s id, as the merchant calls it.';
COMMENT ON COLUMN raw.events.item_count IS 'E-commerce events: pieces in all items.';
COMMENT ON COLUMN raw.events.value_minor IS 'E-commerce events: value in minor units of currency.';
COMMENT ON COLUMN raw.events.shipping_minor IS 'Shipping cost in minor units of currency.';
COMMENT ON COLUMN raw.events.tax_minor IS 'purchase: tax in minor units of currency.';
COMMENT ON COLUMN raw.events.currency IS 'ISO 4217 code of the money columns.';
COMMENT ON COLUMN raw.events.order_id IS 'purchase and refund: the merchant''s transaction id, or a name made from the event''s key where that is empty or was cut.';
COMMENT ON COLUMN raw.events.decision_id IS 'action_* events: the decision whose offer this is about.';
COMMENT ON COLUMN raw.events.action_id IS 'action_* events: the configured action.';
COMMENT ON COLUMN raw.events.after_ms IS 'action_shown: from the deciding event''s capture to the first frame that holds the offer.';
COMMENT ON COLUMN raw.events.detail IS 'What else names the event: the slot, the reason, the section, the coupon, the merchant''s name for a click.';
COMMENT ON COLUMN raw.events.payload IS 'The event''s canonical msgpack: all that replay starts from.';
COMMENT ON COLUMN raw.events.epoch IS 'Names one fold of the session; null for an event that was only ever beaconed.';
COMMENT ON COLUMN raw.events.step IS 'Place in that fold, from 1; null as epoch.';
COMMENT ON COLUMN raw.events.forced_arm IS 'The arm that a preview asked for.';
COMMENT ON COLUMN raw.events.rules_version IS 'The rules that held.';
COMMENT ON COLUMN raw.events.scorer_version IS 'The model that scored; empty where none was loaded.';
COMMENT ON COLUMN raw.events.purchase_score IS 'Calibrated probability that the visit ends in a purchase, after this event.';
COMMENT ON COLUMN raw.events.exit_score IS 'Calibrated probability that the visit ends here, after this event.';
COMMENT ON COLUMN raw.events.segment IS 'The segment after this event.';
COMMENT ON COLUMN raw.events.latency_us IS 'Event in to action out on the server, in microseconds.';

CREATE TABLE raw.rejected (
    rejected_id text PRIMARY KEY,
    site_id     text NOT NULL,
    stream_day  date,
    stream_id   bytea,
    seq         bigint,
    session_id  uuid,
    received_at timestamptz NOT NULL,
    reason      text NOT NULL,
    type_tag    integer NOT NULL
);
COMMENT ON TABLE raw.rejected IS 'Events that took a place in their stream and could not be read, kept or stored; without their content.';
COMMENT ON COLUMN raw.rejected.rejected_id IS 'Hash of key and reason, so that a frame that comes twice is one row.';
COMMENT ON COLUMN raw.rejected.site_id IS 'The shop; empty for a frame of the log that could not be read at all.';
COMMENT ON COLUMN raw.rejected.stream_day IS 'UTC day of the stream, by the browser''s clock.';
COMMENT ON COLUMN raw.rejected.stream_id IS 'Random name of the opened page.';
COMMENT ON COLUMN raw.rejected.seq IS 'Number of the event on that page.';
COMMENT ON COLUMN raw.rejected.session_id IS 'Random name of the visit.';
COMMENT ON COLUMN raw.rejected.received_at IS 'When the server took it.';
COMMENT ON COLUMN raw.rejected.reason IS 'Why, as a code.';
COMMENT ON COLUMN raw.rejected.type_tag IS 'The event type''s number on the wire; -1 where unknown.';

CREATE TABLE raw.session_touches (
    site_id          text NOT NULL,
    session_id       uuid NOT NULL,
    traffic          text NOT NULL,
    last_received_at timestamptz NOT NULL,
    last_occurred_at timestamptz NOT NULL,
    settled_at       timestamptz,
    PRIMARY KEY (site_id, session_id)
);
CREATE INDEX session_touches_open ON raw.session_touches (last_received_at) WHERE settled_at IS NULL;
COMMENT ON TABLE raw.session_touches IS 'When each session last changed: what settle works from.';
COMMENT ON COLUMN raw.session_touches.site_id IS 'The shop.';
COMMENT ON COLUMN raw.session_touches.session_id IS 'The visit.';
COMMENT ON COLUMN raw.session_touches.traffic IS 'live only where every event of the visit was.';
COMMENT ON COLUMN raw.session_touches.last_received_at IS 'Latest received_at of its events.';
COMMENT ON COLUMN raw.session_touches.last_occurred_at IS 'Latest occurred_at of its events.';
COMMENT ON COLUMN raw.session_touches.settled_at IS 'When settle computed its outcome; null while anything has changed since.';

CREATE TABLE raw.dirty_days (
    site_id text NOT NULL,
    day     date NOT NULL,
    PRIMARY KEY (site_id, day)
);
COMMENT ON TABLE raw.dirty_days IS 'Days whose rollups are out of date.';
COMMENT ON COLUMN raw.dirty_days.site_id IS 'The shop.';
COMMENT ON COLUMN raw.dirty_days.day IS 'UTC day on which sessions began.';

-- Replay sees what came in and nothing that was computed from it, but its place in the fold.
GRANT SELECT (
    site_id, stream_day, stream_id, seq, session_id, traffic, occurred_at, received_at, event_type, payload,
    epoch, step, forced_arm, rules_version, scorer_version
) ON raw.events TO fifthclick_replay;
