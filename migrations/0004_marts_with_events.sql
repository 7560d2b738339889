-- marts with events --
-- What is stored together with the events: decisions, what became of offers, orders; and the tables that later steps fill.
CREATE TABLE marts.decisions (
    site_id               text NOT NULL,
    decision_id           text NOT NULL,
    session_id            uuid NOT NULL,
    traffic               text NOT NULL,
    decided_at            timestamptz NOT NULL,
    stream_day            date NOT NULL,
    stream_id             bytea NOT NULL,
    seq                   bigint NOT NULL,
    action_id             text,
    action_type           text,
    reason                text NOT NULL,
    segment               text NOT NULL,
    purchase_score        double precision,
    arm                   text NOT NULL CHECK (arm IN ('treatment', 'control', 'holdout')),
    treatment_probability double precision NOT NULL CHECK (treatment_probability BETWEEN 0 AND 1),
    refused               jsonb NOT NULL,
    is_after_first_choice boolean NOT NULL,
    is_delivered          boolean NOT NULL,
    rules_version         text NOT NULL,
    scorer_version        text NOT NULL,
    latency_us            integer,
    PRIMARY KEY (site_id, decision_id)
);
CREATE INDEX decisions_of_session ON marts.decisions (site_id, session_id);
COMMENT ON TABLE marts.decisions IS 'The policy''s answers: a row wherever action, reason or segment differs from the visit''s last answer, in every arm, and also when the answer is no.';
COMMENT ON COLUMN marts.decisions.site_id IS 'The shop.';
COMMENT ON COLUMN marts.decisions.decision_id IS 'Hash of the deciding event''s key and both versions: a decision that is computed again is the same row.';
COMMENT ON COLUMN marts.decisions.session_id IS 'The visit.';
COMMENT ON COLUMN marts.decisions.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN marts.decisions.decided_at IS 'When the deciding event happened.';
COMMENT ON COLUMN marts.decisions.stream_day IS 'The deciding event''s day.';
COMMENT ON COLUMN marts.decisions.stream_id IS 'The deciding event''s page.';
COMMENT ON COLUMN marts.decisions.seq IS 'The deciding event''s number on it.';
COMMENT ON COLUMN marts.decisions.action_id IS 'The action that was chosen; null where none was.';
COMMENT ON COLUMN marts.decisions.action_type IS 'Its type; null as action_id.';
COMMENT ON COLUMN marts.decisions.reason IS 'Why, as a code; chosen where an action was.';
COMMENT ON COLUMN marts.decisions.segment IS 'The visit''s segment at that moment.';
COMMENT ON COLUMN marts.decisions.purchase_score IS 'The score at that moment.';
COMMENT ON COLUMN marts.decisions.arm IS 'treatment, control (this experiment) or holdout (never treated).';
COMMENT ON COLUMN marts.decisions.treatment_probability IS 'Probability with which such a visit is treated.';
COMMENT ON COLUMN marts.decisions.refused IS 'Each configured action that was not chosen with the first rule that it failed: [{"action_id", "reason"}].';
COMMENT ON COLUMN marts.decisions.is_after_first_choice IS 'An action had been chosen before: not part of uplift.';
COMMENT ON COLUMN marts.decisions.is_delivered IS 'The offer was sent to the page.';
COMMENT ON COLUMN marts.decisions.rules_version IS 'The rules that held.';
COMMENT ON COLUMN marts.decisions.scorer_version IS 'The model that scored.';
COMMENT ON COLUMN marts.decisions.latency_us IS 'Event in to action out on the server, in microseconds.';

CREATE TABLE marts.exposures (
    site_id         text NOT NULL,
    decision_id     text NOT NULL,
    session_id      uuid NOT NULL,
    traffic         text NOT NULL,
    action_id       text NOT NULL,
    shown_at        timestamptz,
    after_ms        bigint,
    slot            text,
    clicked_at      timestamptz,
    dismissed_at    timestamptz,
    submitted_at    timestamptz,
    withheld_at     timestamptz,
    withheld_reason text,
    PRIMARY KEY (site_id, decision_id)
);
CREATE INDEX exposures_of_session ON marts.exposures (site_id, session_id);
COMMENT ON TABLE marts.exposures IS 'What became of a delivered offer on the page: one row per decision that the page reported on.';
COMMENT ON COLUMN marts.exposures.site_id IS 'The shop.';
COMMENT ON COLUMN marts.exposures.decision_id IS 'The decision whose offer it is.';
COMMENT ON COLUMN marts.exposures.session_id IS 'The visit.';
COMMENT ON COLUMN marts.exposures.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN marts.exposures.action_id IS 'The configured action.';
COMMENT ON COLUMN marts.exposures.shown_at IS 'When it was on screen; null where it never was.';
COMMENT ON COLUMN marts.exposures.after_ms IS 'From the deciding event''s capture to the first frame that holds the offer.';
COMMENT ON COLUMN marts.exposures.slot IS 'Where on the page.';
COMMENT ON COLUMN marts.exposures.clicked_at IS 'When it was clicked.';
COMMENT ON COLUMN marts.exposures.dismissed_at IS 'When it was closed.';
COMMENT ON COLUMN marts.exposures.submitted_at IS 'When its form went to the merchant.';
COMMENT ON COLUMN marts.exposures.withheld_at IS 'When the page let it go unseen.';
COMMENT ON COLUMN marts.exposures.withheld_reason IS 'Why the page did.';

CREATE TABLE marts.claims (
    site_id      text NOT NULL,
    session_id   uuid NOT NULL,
    action_id    text NOT NULL,
    decision_id  text NOT NULL,
    traffic      text NOT NULL,
    claimed_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    amount_minor bigint,
    currency     text,
    PRIMARY KEY (site_id, session_id, action_id)
);
COMMENT ON TABLE marts.claims IS 'Codes that shoppers took by clicking; empty where no action hands out single-use codes.';
COMMENT ON COLUMN marts.claims.site_id IS 'The shop.';
COMMENT ON COLUMN marts.claims.session_id IS 'The visit.';
COMMENT ON COLUMN marts.claims.action_id IS 'The configured action.';
COMMENT ON COLUMN marts.claims.decision_id IS 'The decision whose offer it is.';
COMMENT ON COLUMN marts.claims.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN marts.claims.claimed_at IS 'When it was taken.';
COMMENT ON COLUMN marts.claims.expires_at IS 'Until when it is honoured.';
COMMENT ON COLUMN marts.claims.amount_minor IS 'What it is worth, in minor units of currency.';
COMMENT ON COLUMN marts.claims.currency IS 'ISO 4217 code of amount_minor.';

CREATE TABLE marts.orders (
    site_id        text NOT NULL,
    traffic        text NOT NULL,
    order_id       text NOT NULL,
    session_id     uuid NOT NULL,
    stream_day     date NOT NULL,
    stream_id      bytea NOT NULL,
    seq            bigint NOT NULL,
    placed_at      timestamptz NOT NULL,
    value_minor    bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    net_minor      bigint GENERATED ALWAYS AS (value_minor - refunded_minor) STORED,
    shipping_minor bigint,
    tax_minor      bigint,
    currency       text,
    coupon         text,
    item_count     integer NOT NULL,
    PRIMARY KEY (site_id, traffic, order_id)
);
CREATE INDEX orders_of_session ON marts.orders (site_id, session_id);
COMMENT ON TABLE marts.orders IS 'One row per order, however often its thank-you page was opened; refunds are netted out.';
COMMENT ON COLUMN marts.orders.site_id IS 'The shop.';
COMMENT ON COLUMN marts.orders.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN marts.orders.order_id IS 'The merchant''s transaction id, or a name made from the event''s key where that is empty or was cut.';
COMMENT ON COLUMN marts.orders.session_id IS 'The visit that placed it.';
COMMENT ON COLUMN marts.orders.stream_day IS 'The purchase event''s day.';
COMMENT ON COLUMN marts.orders.stream_id IS 'The purchase event''s page.';
COMMENT ON COLUMN marts.orders.seq IS 'The purchase event''s number on it.';
COMMENT ON COLUMN marts.orders.placed_at IS 'When the purchase event happened.';
COMMENT ON COLUMN marts.orders.value_minor IS 'Value in minor units of currency.';
COMMENT ON COLUMN marts.orders.refunded_minor IS 'Refunded so far, in minor units of currency.';
COMMENT ON COLUMN marts.orders.net_minor IS 'Value less refunds, in minor units of currency.';
COMMENT ON COLUMN marts.orders.shipping_minor IS 'Shipping that the shopper paid, in minor units of currency; null where the shop does not say.';
COMMENT ON COLUMN marts.orders.tax_minor IS 'Tax in minor units of currency.';
COMMENT ON COLUMN marts.orders.currency IS 'ISO 4217 code of the money columns.';
COMMENT ON COLUMN marts.orders.coupon IS 'The merchant''s code that was used.';
COMMENT ON COLUMN marts.orders.item_count IS 'Pieces bought.';

CREATE TABLE marts.explanations (
    site_id      text NOT NULL,
    decision_id  text NOT NULL,
    session_id   uuid NOT NULL,
    traffic      text NOT NULL,
    signals      jsonb NOT NULL,
    explained_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, decision_id)
);
COMMENT ON TABLE marts.explanations IS 'Which signals moved the score that a decision rests on; empty until explain has run.';
COMMENT ON COLUMN marts.explanations.site_id IS 'The shop.';
COMMENT ON COLUMN marts.explanations.decision_id IS 'The decision.';
COMMENT ON COLUMN marts.explanations.session_id IS 'The visit.';
COMMENT ON COLUMN marts.explanations.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN marts.explanations.signals IS 'Signed contributions, strongest first.';
COMMENT ON COLUMN marts.explanations.explained_at IS 'When this row was computed.';
