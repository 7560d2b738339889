-- live_sites --
-- Every site with the text of its live rules: those of the newest history row.
SELECT
    s.site_id,
    s.name,
    s.site_key AS key,
    s.origins,
    s.is_demo,
    s.holdout_salt,
    r.version,
    r.toml
FROM config.sites AS s
JOIN LATERAL (
    SELECT h.version FROM config.rules_history AS h WHERE h.site_id = s.site_id ORDER BY h.history_id DESC LIMIT 1
) AS live ON true
JOIN config.rules AS r ON r.site_id = s.site_id AND r.version = live.version
WHERE $1::text IS NULL OR s.site_id = $1
ORDER BY s.site_id;

-- site_ids --
-- The ids of all sites.
SELECT site_id FROM config.sites ORDER BY site_id;

-- lock_for_new_site --
-- One new site at a time, so that two of one name get two ids.
LOCK TABLE config.sites IN SHARE ROW EXCLUSIVE MODE;

-- add_site --
-- A shop, with its public key and its holdout salt.
INSERT INTO config.sites (site_id, name, site_key, origins, is_demo, holdout_salt)
VALUES ($1, $2, $3, $4, $5, $6);

-- lock_site --
-- A site for a publisher: the next one waits until the transaction ends.
SELECT site_id, origins, holdout_salt FROM config.sites WHERE site_id = $1 FOR UPDATE;

-- set_origins --
-- Which origins may send events with the site's key.
UPDATE config.sites SET origins = $2 WHERE site_id = $1;

-- history --
-- What was live and when, newest first.
SELECT version, published_at, verb, note FROM config.rules_history WHERE site_id = $1 ORDER BY history_id DESC;

-- rules_text --
-- The text of one version.
SELECT toml FROM config.rules WHERE site_id = $1 AND version = $2;

-- add_rules --
-- One version of a site's rules. A row never changes, so the same version again keeps the first text.
INSERT INTO config.rules (site_id, version, toml, note) VALUES ($1, $2, $3, $4)
ON CONFLICT (site_id, version) DO NOTHING;

-- go_live --
-- From now on this version holds.
INSERT INTO config.rules_history (site_id, version, verb, note) VALUES ($1, $2, $3, $4);
