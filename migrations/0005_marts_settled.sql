-- marts settled --
-- What settle writes once a visit has ended, and who may read it.
CREATE TABLE marts.sessions (
    site_id               text NOT NULL,
    session_id            uuid NOT NULL,
    traffic               text NOT NULL,
    started_at            timestamptz NOT NULL,
    ended_at              timestamptz NOT NULL,
    event_count           integer NOT NULL,
    page_view_count       integer NOT NULL,
    device                text NOT NULL,
    source                text NOT NULL,
    is_new_visitor        boolean,
    segment_at_click_5    text,
    last_segment          text,
    score_at_click_5      double precision,
    peak_score            double precision,
    last_score            double precision,
    has_product_view      boolean NOT NULL,
    has_cart              boolean NOT NULL,
    has_checkout          boolean NOT NULL,
    has_purchase          boolean NOT NULL,
    order_count           integer NOT NULL,
    revenue_minor         bigint NOT NULL,
    currency              text,
    arm                   text,
    treatment_probability double precision,
    is_arm_forced         boolean NOT NULL,
    has_choice            boolean NOT NULL,
    first_decision_id     text,
    first_action_id       text,
    first_segment         text,
    first_chosen_at       timestamptz,
    has_exposure          boolean NOT NULL,
    is_forked             boolean NOT NULL,
    is_over_idle          boolean NOT NULL,
    rules_version         text NOT NULL,
    scorer_version        text NOT NULL,
    settled_at            timestamptz NOT NULL,
    PRIMARY KEY (site_id, session_id)
);
CREATE INDEX sessions_of_day ON marts.sessions (site_id, started_at);
COMMENT ON TABLE marts.sessions IS 'One row per visit, written when it has been silent for marts.session_idle(), and again when something late arrives.';
COMMENT ON COLUMN marts.sessions.site_id IS 'The shop.';
COMMENT ON COLUMN marts.sessions.session_id IS 'Random name of the visit; it names no person.';
COMMENT ON COLUMN marts.sessions.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN marts.sessions.started_at IS 'First event.';
COMMENT ON COLUMN marts.sessions.ended_at IS 'Last event.';
COMMENT ON COLUMN marts.sessions.event_count IS 'Events in all.';
COMMENT ON COLUMN marts.sessions.page_view_count IS 'Pages seen: the clicks of "by the fifth click".';
COMMENT ON COLUMN marts.sessions.device IS 'desktop, mobile, tablet or unknown.';
COMMENT ON COLUMN marts.sessions.source IS 'The kind of place the visit came from.';
COMMENT ON COLUMN marts.sessions.is_new_visitor IS 'Whether the browser was new here, where that is known.';
COMMENT ON COLUMN marts.sessions.segment_at_click_5 IS 'The segment after the fifth page, or after the last one of a shorter visit; null where nothing was scored.';
COMMENT ON COLUMN marts.sessions.last_segment IS 'The segment at the end.';
COMMENT ON COLUMN marts.sessions.score_at_click_5 IS 'The purchase score that goes with segment_at_click_5.';
COMMENT ON COLUMN marts.sessions.peak_score IS 'Highest purchase score.';
COMMENT ON COLUMN marts.sessions.last_score IS 'Last purchase score.';
COMMENT ON COLUMN marts.sessions.has_product_view IS 'A product was looked at.';
COMMENT ON COLUMN marts.sessions.has_cart IS 'Something was put into the cart.';
COMMENT ON COLUMN marts.sessions.has_checkout IS 'Checkout was begun.';
COMMENT ON COLUMN marts.sessions.has_purchase IS 'An order was placed; a thank-you page that is opened again is none.';
COMMENT ON COLUMN marts.sessions.order_count IS 'Orders placed.';
COMMENT ON COLUMN marts.sessions.revenue_minor IS 'Value of the orders less refunds, in minor units of currency.';
COMMENT ON COLUMN marts.sessions.currency IS 'ISO 4217 code of revenue_minor; null without an order.';
COMMENT ON COLUMN marts.sessions.arm IS 'treatment, control (this experiment) or holdout (never treated); null where nothing was decided.';
COMMENT ON COLUMN marts.sessions.treatment_probability IS 'Probability with which such a visit is treated.';
COMMENT ON COLUMN marts.sessions.is_arm_forced IS 'A preview asked for its arm: never part of a result.';
COMMENT ON COLUMN marts.sessions.has_choice IS 'An action was chosen, in whatever arm: the sessions that uplift counts.';
COMMENT ON COLUMN marts.sessions.first_decision_id IS 'The first decision that chose an action.';
COMMENT ON COLUMN marts.sessions.first_action_id IS 'The action that it chose.';
COMMENT ON COLUMN marts.sessions.first_segment IS 'The segment at that moment.';
COMMENT ON COLUMN marts.sessions.first_chosen_at IS 'That moment.';
COMMENT ON COLUMN marts.sessions.has_exposure IS 'An offer was seen.';
COMMENT ON COLUMN marts.sessions.is_forked IS 'Two tabs went on from one state; such visits are left out of uplift.';
COMMENT ON COLUMN marts.sessions.is_over_idle IS 'Its events leave a gap in which a session should have ended.';
COMMENT ON COLUMN marts.sessions.rules_version IS 'The rules at its first event that names any: whose goals count.';
COMMENT ON COLUMN marts.sessions.scorer_version IS 'The model that scored it; empty where none did.';
COMMENT ON COLUMN marts.sessions.settled_at IS 'When this row was computed.';

CREATE TABLE marts.outcomes (
    site_id         text NOT NULL,
    decision_id     text NOT NULL,
    goal            text NOT NULL,
    session_id      uuid NOT NULL,
    traffic         text NOT NULL,
    arm             text NOT NULL,
    action_id       text NOT NULL,
    segment         text NOT NULL,
    is_first_choice boolean NOT NULL,
    decided_at      timestamptz NOT NULL,
    is_converted    boolean NOT NULL,
    converted_at    timestamptz,
    value_minor     bigint NOT NULL,
    currency        text,
    settled_at      timestamptz NOT NULL,
    PRIMARY KEY (site_id, decision_id, goal)
);
CREATE INDEX outcomes_of_session ON marts.outcomes (site_id, session_id);
COMMENT ON TABLE marts.outcomes IS 'Decision x goal: did this goal come true after this chosen action, in every arm.';
COMMENT ON COLUMN marts.outcomes.site_id IS 'The shop.';
COMMENT ON COLUMN marts.outcomes.decision_id IS 'The decision that chose an action.';
COMMENT ON COLUMN marts.outcomes.goal IS 'The goal, as the site''s rules name it.';
COMMENT ON COLUMN marts.outcomes.session_id IS 'The visit.';
COMMENT ON COLUMN marts.outcomes.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN marts.outcomes.arm IS 'treatment, control (this experiment) or holdout (never treated).';
COMMENT ON COLUMN marts.outcomes.action_id IS 'The action that was chosen.';
COMMENT ON COLUMN marts.outcomes.segment IS 'The segment at that moment.';
COMMENT ON COLUMN marts.outcomes.is_first_choice IS 'The visit''s first choice: the only one that uplift counts.';
COMMENT ON COLUMN marts.outcomes.decided_at IS 'When it was chosen.';
COMMENT ON COLUMN marts.outcomes.is_converted IS 'The goal came true afterwards, in this visit.';
COMMENT ON COLUMN marts.outcomes.converted_at IS 'When it first did.';
COMMENT ON COLUMN marts.outcomes.value_minor IS 'Value of the event that reached the goal less refunds, in minor units of currency.';
COMMENT ON COLUMN marts.outcomes.currency IS 'ISO 4217 code of value_minor.';
COMMENT ON COLUMN marts.outcomes.settled_at IS 'When this row was computed.';

CREATE TABLE marts.rollups (
    site_id          text NOT NULL,
    day              date NOT NULL,
    traffic          text NOT NULL,
    arm              text,
    segment          text,
    currency         text,
    session_count    integer NOT NULL,
    choice_count     integer NOT NULL,
    exposure_count   integer NOT NULL,
    purchase_count   integer NOT NULL,
    page_view_count  bigint NOT NULL,
    revenue_minor    bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (site_id, day, traffic, arm, segment, currency)
);
COMMENT ON TABLE marts.rollups IS 'Settled sessions counted per UTC day of their start, arm, segment at click 5 and currency.';
COMMENT ON COLUMN marts.rollups.site_id IS 'The shop.';
COMMENT ON COLUMN marts.rollups.day IS 'UTC day on which the sessions began.';
COMMENT ON COLUMN marts.rollups.traffic IS 'live, simulated, replayed or preview. Results keep live only.';
COMMENT ON COLUMN marts.rollups.arm IS 'treatment, control or holdout; null where nothing was decided.';
COMMENT ON COLUMN marts.rollups.segment IS 'The segment at click 5; null where nothing was scored.';
COMMENT ON COLUMN marts.rollups.currency IS 'ISO 4217 code of revenue_minor; null without an order.';
COMMENT ON COLUMN marts.rollups.session_count IS 'Sessions.';
COMMENT ON COLUMN marts.rollups.choice_count IS 'Sessions in which an action was chosen.';
COMMENT ON COLUMN marts.rollups.exposure_count IS 'Sessions in which an offer was seen.';
COMMENT ON COLUMN marts.rollups.purchase_count IS 'Sessions with an order.';
COMMENT ON COLUMN marts.rollups.page_view_count IS 'Pages seen.';
COMMENT ON COLUMN marts.rollups.revenue_minor IS 'Value of the orders less refunds, in minor units of currency.';

GRANT SELECT ON ALL TABLES IN SCHEMA marts TO fifthclick_analyst;
ALTER DEFAULT PRIVILEGES IN SCHEMA marts GRANT SELECT ON TABLES TO fifthclick_analyst;
