-- guardrails --
-- What a visit did after its first choice, so that harm can be told by assignment; and the pause that follows from it.
ALTER TABLE marts.sessions
    ADD COLUMN has_bounced          boolean,
    ADD COLUMN has_checked_out      boolean,
    ADD COLUMN has_checkout_trouble boolean;
COMMENT ON COLUMN marts.sessions.has_bounced IS 'At most two steps came after the first choice, not counting time, leaving and what was done with the offer; null where nothing was chosen, or the visit was settled before this was kept.';
COMMENT ON COLUMN marts.sessions.has_checked_out IS 'It was on a page of the checkout after the first choice; null as has_bounced.';
COMMENT ON COLUMN marts.sessions.has_checkout_trouble IS 'There it left fields empty or hit in vain, three in all (a hit counts twice); null as has_bounced.';

CREATE INDEX sessions_of_choice ON marts.sessions (site_id, first_action_id, first_chosen_at) WHERE has_choice;

ALTER TABLE config.rules_history
    DROP CONSTRAINT rules_history_verb_check,
    ADD CONSTRAINT rules_history_verb_check CHECK (
        verb IN ('publish', 'rollback', 'kill', 'revive', 'learn', 'settle', 'pause')
    );
COMMENT ON COLUMN config.rules_history.verb IS 'What was done: publish, rollback, kill, revive, learn, settle (an action is new no longer) or pause (it broke a guardrail).';
