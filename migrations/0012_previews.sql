-- previews --
-- What preview links show: rules with one action that is to be shown whatever its conditions say, in visits that count nowhere.
ALTER TABLE config.rules
    ADD COLUMN preview text NOT NULL DEFAULT '';
COMMENT ON COLUMN config.rules.preview IS 'The one action that this version is there to show; empty for rules that decide. Such a version is never live.';
GRANT SELECT (preview) ON config.rules TO fifthclick_replay;

CREATE TABLE config.previews (
    site_id    text NOT NULL,
    version    text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, version),
    FOREIGN KEY (site_id, version) REFERENCES config.rules (site_id, version)
);
COMMENT ON TABLE config.previews IS 'The versions that a preview link may still name. Rows that have ended go as new ones come; their rules stay, for replay.';
COMMENT ON COLUMN config.previews.site_id IS 'The shop.';
COMMENT ON COLUMN config.previews.version IS 'The rules that the link names.';
COMMENT ON COLUMN config.previews.expires_at IS 'When the last link to it ends.';
