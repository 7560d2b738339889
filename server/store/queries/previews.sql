-- add_rules --
-- Rules that are there to show one action. A row never changes.
INSERT INTO config.rules (site_id, version, toml, note, responses, preview) VALUES ($1, $2, $3, 'a preview', $4::text::jsonb, $5)
ON CONFLICT (site_id, version) DO NOTHING;

-- keep --
-- A link may name this version until then.
INSERT INTO config.previews (site_id, version, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (site_id, version) DO UPDATE SET expires_at = greatest(config.previews.expires_at, excluded.expires_at);

-- forget --
-- What no link names any more.
DELETE FROM config.previews WHERE expires_at < now() - interval '1 day';
