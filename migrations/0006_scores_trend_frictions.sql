-- scores, trend, frictions --
-- The other heads' scores beside the first two, what a decision saw of the visit, and what an explanation says in words.
ALTER TABLE raw.events
    ADD COLUMN abandonment_score double precision CHECK (abandonment_score BETWEEN 0 AND 1),
    ADD COLUMN assistance_score  double precision CHECK (assistance_score BETWEEN 0 AND 1),
    ADD COLUMN add_to_cart_score double precision CHECK (add_to_cart_score BETWEEN 0 AND 1),
    -- An upper end keeps NaN out, which counts as greater than every number.
    ADD COLUMN order_ratio       double precision CHECK (order_ratio BETWEEN 0 AND 1000);
COMMENT ON COLUMN raw.events.abandonment_score IS 'Calibrated probability that the visit ends with something put into the cart and nothing bought; null where nothing was scored.';
COMMENT ON COLUMN raw.events.assistance_score IS 'Calibrated probability that help will be looked for within the next events; null where nothing was scored.';
COMMENT ON COLUMN raw.events.add_to_cart_score IS 'Calibrated probability that something more goes into the cart; null where nothing was scored.';
COMMENT ON COLUMN raw.events.order_ratio IS 'Expected value of the order, if there is one, in units of the cart or, without a cart, of the mean price looked at; says nothing while neither is known, null where nothing was scored.';

ALTER TABLE marts.decisions
    ADD COLUMN trend     text CHECK (trend IN ('rising', 'steady', 'falling')),
    ADD COLUMN frictions text[] NOT NULL DEFAULT '{}';
COMMENT ON TABLE marts.decisions IS 'The policy''s answers: a row for each choice, and wherever action, reason or segment differs from the visit''s last answer, in every arm, and also when the answer is no.';
COMMENT ON COLUMN marts.decisions.trend IS 'Where the purchase score was going: rising, steady or falling; null in rows from before it was kept.';
COMMENT ON COLUMN marts.decisions.frictions IS 'The named reasons to hesitate that held, strongest first; empty where none did.';

ALTER TABLE marts.explanations
    ADD COLUMN sentence       text NOT NULL DEFAULT '',
    ADD COLUMN frictions      text[] NOT NULL DEFAULT '{}',
    ADD COLUMN scorer_version text NOT NULL DEFAULT '';
CREATE INDEX explanations_of_session ON marts.explanations (site_id, session_id);
COMMENT ON TABLE marts.explanations IS 'Why an action was chosen: what moved the score, and a sentence. A row soon after each decision that chose one, in every arm.';
COMMENT ON COLUMN marts.explanations.signals IS 'What moved the purchase score, strongest first: [{"signal", "words", "contribution"}]; contribution is the score less what it would be without this.';
COMMENT ON COLUMN marts.explanations.sentence IS 'The reason in one sentence, in words that need no key.';
COMMENT ON COLUMN marts.explanations.frictions IS 'The named reasons to hesitate at the decision, strongest first.';
COMMENT ON COLUMN marts.explanations.scorer_version IS 'The model that was asked again: the one that had decided.';

CREATE TABLE raw.explanations_due (
    site_id        text NOT NULL,
    decision_id    text NOT NULL,
    session_id     uuid NOT NULL,
    scorer_version text NOT NULL,
    stored_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, decision_id)
);
CREATE INDEX explanations_due_by_scorer ON raw.explanations_due (scorer_version, stored_at);
COMMENT ON TABLE raw.explanations_due IS 'Decisions that chose an action and are not explained yet: what explain works from. One stays here while its model is not loaded.';
COMMENT ON COLUMN raw.explanations_due.site_id IS 'The shop.';
COMMENT ON COLUMN raw.explanations_due.decision_id IS 'The decision.';
COMMENT ON COLUMN raw.explanations_due.session_id IS 'The visit.';
COMMENT ON COLUMN raw.explanations_due.scorer_version IS 'The model that scored it: only that one can explain it.';
COMMENT ON COLUMN raw.explanations_due.stored_at IS 'When the decision was stored.';
