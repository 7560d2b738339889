-- new actions --
-- Since when each action has been live, and until when half of the visits that choose it are left without.
CREATE TABLE config.action_starts (
    site_id         text NOT NULL REFERENCES config.sites (site_id),
    action_id       text NOT NULL,
    started_at      timestamptz NOT NULL DEFAULT now(),
    settled_at      timestamptz,
    settled_because text NOT NULL DEFAULT '' CHECK (settled_because IN ('', 'known', 'time', 'said', 'earlier')),
    PRIMARY KEY (site_id, action_id),
    CHECK ((settled_at IS NULL) = (settled_because = ''))
);
COMMENT ON TABLE config.action_starts IS 'When each action first went live, and when enough was known of it: until then more visits are its control.';
COMMENT ON COLUMN config.action_starts.site_id IS 'The site.';
COMMENT ON COLUMN config.action_starts.action_id IS 'The action, as the rules name it. The same name again is the same action, whatever its text.';
COMMENT ON COLUMN config.action_starts.started_at IS 'When rules that have it switched on first went live.';
COMMENT ON COLUMN config.action_starts.settled_at IS 'From when on only the permanent control and holdout are left without it; null while it is new.';
COMMENT ON COLUMN config.action_starts.settled_because IS 'known: its visits answered whether it pays. time: it has been new for long enough. said: somebody said so. earlier: it was live before this was kept. Empty while it is new.';

-- What is live already goes on as it did.
INSERT INTO config.action_starts (site_id, action_id, started_at, settled_at, settled_because)
SELECT site_id, action_id, min(decided_at), now(), 'earlier'
FROM marts.decisions
WHERE action_id <> ''
GROUP BY site_id, action_id;

ALTER TABLE config.rules
    ADD COLUMN new_actions text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN config.rules.new_actions IS 'Which actions were new in this version.';
GRANT SELECT (new_actions) ON config.rules TO fifthclick_replay;

ALTER TABLE config.rules_history
    DROP CONSTRAINT rules_history_verb_check,
    ADD CONSTRAINT rules_history_verb_check CHECK (verb IN ('publish', 'rollback', 'kill', 'revive', 'learn', 'settle'));
COMMENT ON COLUMN config.rules_history.verb IS 'What was done: publish, rollback, kill, revive, learn, or settle (an action is new no longer).';
