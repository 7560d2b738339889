-- life of rules --
-- What is switched off at once, drafts, what was learned, who changed what; and beside each decision what was expected of it.
ALTER TABLE marts.decisions
    ADD COLUMN because               text NOT NULL DEFAULT '',
    ADD COLUMN expected_margin_minor bigint,
    ADD COLUMN margin_basis          text NOT NULL DEFAULT '' CHECK (margin_basis IN ('', 'prior', 'data'));
COMMENT ON COLUMN marts.decisions.because IS 'The merchant''s own name for the reason, from the rule of the chosen action; empty where it has none or nothing was chosen.';
COMMENT ON COLUMN marts.decisions.expected_margin_minor IS 'What the chosen action is expected to earn beside doing nothing, in minor units of the visit''s currency; may be negative; null where nothing was chosen or no price is known.';
COMMENT ON COLUMN marts.decisions.margin_basis IS 'What the expected margin rests on: prior (what is assumed of the action''s type) or data (the shop''s own randomised visits); empty where there is none.';

ALTER TABLE raw.events
    ADD COLUMN unavailable text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN raw.events.unavailable IS 'What could not be offered at this moment for reasons outside the visit, each as action:reason; with the payload all that a decision depends on.';
GRANT SELECT (unavailable) ON raw.events TO fifthclick_replay;

ALTER TABLE config.sites
    ADD COLUMN killed text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN config.sites.killed IS 'Action ids that the kill switch holds off, * for every action; each new version of the rules takes them along until they are revived.';

ALTER TABLE config.rules
    ADD COLUMN killed    text[] NOT NULL DEFAULT '{}',
    ADD COLUMN responses jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN config.rules.killed IS 'What was switched off in this version: action ids, * for every action.';
COMMENT ON COLUMN config.rules.responses IS 'What shoppers were seen to do with each action, by action id, as this version knows it; an action that is not here has its type''s prior.';
GRANT SELECT (killed, responses) ON config.rules TO fifthclick_replay;

ALTER TABLE config.rules_history
    ADD COLUMN made_by text NOT NULL DEFAULT '',
    DROP CONSTRAINT rules_history_verb_check,
    ADD CONSTRAINT rules_history_verb_check CHECK (verb IN ('publish', 'rollback', 'kill', 'revive', 'learn'));
COMMENT ON COLUMN config.rules_history.verb IS 'What was done: publish, rollback, kill, revive or learn.';
COMMENT ON COLUMN config.rules_history.made_by IS 'Who did it: the account on the server that ran the command, or the name that it was given; empty for the program itself.';

CREATE TABLE config.rules_drafts (
    site_id    text NOT NULL REFERENCES config.sites (site_id),
    name       text NOT NULL,
    toml       text NOT NULL,
    note       text NOT NULL DEFAULT '',
    based_on   text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, name),
    FOREIGN KEY (site_id, based_on) REFERENCES config.rules (site_id, version)
);
COMMENT ON TABLE config.rules_drafts IS 'Rules that are not live yet. A row goes when it is published; nothing decides by it before.';
COMMENT ON COLUMN config.rules_drafts.site_id IS 'The site that they are for.';
COMMENT ON COLUMN config.rules_drafts.name IS 'What the draft is called; a site may have several.';
COMMENT ON COLUMN config.rules_drafts.toml IS 'The text as the merchant wrote it; it may hold mistakes.';
COMMENT ON COLUMN config.rules_drafts.note IS 'What the merchant wrote beside it: the history''s note when it is published.';
COMMENT ON COLUMN config.rules_drafts.based_on IS 'The version that was live when the draft was begun: publishing is refused once other text is live.';
COMMENT ON COLUMN config.rules_drafts.updated_at IS 'When it was last kept.';
