-- config --
-- Sites, rules with their history, and the models that were loaded. Rules and models are immutable rows named by hash.
CREATE TABLE config.sites (
    site_id      text PRIMARY KEY,
    name         text NOT NULL,
    site_key     text NOT NULL UNIQUE,
    origins      text[] NOT NULL DEFAULT '{}',
    is_demo      boolean NOT NULL DEFAULT false,
    holdout_salt text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE config.sites IS 'The shops that may send events.';
COMMENT ON COLUMN config.sites.site_id IS 'The shop''s short name, used in every key.';
COMMENT ON COLUMN config.sites.name IS 'What the merchant calls the shop.';
COMMENT ON COLUMN config.sites.site_key IS 'The public key in the script tag.';
COMMENT ON COLUMN config.sites.origins IS 'Origins that may connect with this key.';
COMMENT ON COLUMN config.sites.is_demo IS 'Whether previews and notices are allowed.';
COMMENT ON COLUMN config.sites.holdout_salt IS 'Salt of the holdout hash: fixed for the life of the site, so that a held-out visit stays one.';
COMMENT ON COLUMN config.sites.created_at IS 'When the site was added.';

CREATE TABLE config.rules (
    site_id      text NOT NULL REFERENCES config.sites (site_id),
    version      text NOT NULL,
    toml         text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    note         text NOT NULL DEFAULT '',
    PRIMARY KEY (site_id, version)
);
COMMENT ON TABLE config.rules IS 'Every version of a site''s rules that was ever published; a row never changes.';
COMMENT ON COLUMN config.rules.site_id IS 'The site whose rules these are.';
COMMENT ON COLUMN config.rules.version IS 'Hash of the rules together with site and salt.';
COMMENT ON COLUMN config.rules.toml IS 'The text as the merchant wrote it.';
COMMENT ON COLUMN config.rules.published_at IS 'When this version was first published.';
COMMENT ON COLUMN config.rules.note IS 'What the merchant wrote beside it.';

CREATE TABLE config.rules_history (
    history_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id      text NOT NULL,
    version      text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    verb         text NOT NULL CHECK (verb IN ('publish', 'rollback')),
    note         text NOT NULL DEFAULT '',
    FOREIGN KEY (site_id, version) REFERENCES config.rules (site_id, version)
);
CREATE INDEX ON config.rules_history (site_id, history_id DESC);
COMMENT ON TABLE config.rules_history IS 'Which version went live when: the newest row of a site is what holds.';
COMMENT ON COLUMN config.rules_history.history_id IS 'Counts upwards.';
COMMENT ON COLUMN config.rules_history.site_id IS 'The site.';
COMMENT ON COLUMN config.rules_history.version IS 'The version that went live.';
COMMENT ON COLUMN config.rules_history.published_at IS 'When it went live.';
COMMENT ON COLUMN config.rules_history.verb IS 'publish or rollback.';
COMMENT ON COLUMN config.rules_history.note IS 'What the merchant wrote beside it.';

CREATE TABLE config.models (
    version   text PRIMARY KEY,
    manifest  jsonb NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE config.models IS 'The scorers that a server has loaded, with what their bundles say of themselves.';
COMMENT ON COLUMN config.models.version IS 'Hash of the bundle.';
COMMENT ON COLUMN config.models.manifest IS 'The bundle''s manifest: data, shapes, measures.';
COMMENT ON COLUMN config.models.loaded_at IS 'When a server first loaded it.';

GRANT SELECT (site_id, version, toml) ON config.rules TO fifthclick_replay;
GRANT SELECT (site_id, holdout_salt) ON config.sites TO fifthclick_replay;
