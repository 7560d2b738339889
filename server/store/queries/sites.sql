-- live_sites --
-- Every site with its live rules: those of the newest history row.
SELECT
    s.site_id,
    s.name,
    s.site_key AS key,
    s.origins,
    s.is_demo,
    s.holdout_salt,
    r.version,
    r.toml,
    r.killed,
    r.new_actions,
    r.responses::text AS responses,
    (
        SELECT coalesce(json_agg(json_build_object(
            'version', each.version, 'toml', each.toml, 'responses', each.responses::text, 'action_id', each.preview
        ) ORDER BY each.expires_at DESC, each.version), '[]')::text
        FROM (
            SELECT p.version, p.expires_at, k.toml, k.responses, k.preview
            FROM config.previews AS p
            JOIN config.rules AS k USING (site_id, version)
            WHERE p.site_id = s.site_id AND p.expires_at > now()
            ORDER BY p.expires_at DESC, p.version
            LIMIT 20
        ) AS each
    ) AS previews
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
-- A site for whoever changes its rules: the next one waits until the transaction ends. What is live is read after this, by a
-- statement of its own, or it would be as it was before the wait.
SELECT site_id, killed FROM config.sites WHERE site_id = $1 FOR UPDATE;

-- set_origins --
-- Which origins may send events with the site's key.
UPDATE config.sites SET origins = $2 WHERE site_id = $1;

-- history --
-- What was live and when, newest first. Rows of one content differ in what is switched off at most.
SELECT
    h.version,
    h.published_at,
    h.verb,
    h.note,
    h.made_by,
    r.killed,
    md5(r.toml || ' ' || r.responses::text) AS content
FROM config.rules_history AS h
JOIN config.rules AS r USING (site_id, version)
WHERE h.site_id = $1
ORDER BY h.history_id DESC;

-- live_version --
-- The version that is live; null for a site that has none yet.
SELECT version FROM config.rules_history WHERE site_id = $1 ORDER BY history_id DESC LIMIT 1;

-- version --
-- One version: the merchant's text and what was learned.
SELECT toml, responses::text AS responses FROM config.rules WHERE site_id = $1 AND version = $2;

-- add_rules --
-- One version of a site's rules. A row never changes, so the same version again keeps the first text.
INSERT INTO config.rules (site_id, version, toml, note, killed, responses, new_actions)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7)
ON CONFLICT (site_id, version) DO NOTHING;

-- go_live --
-- From now on this version holds.
INSERT INTO config.rules_history (site_id, version, verb, note, made_by) VALUES ($1, $2, $3, $4, $5);

-- start_actions --
-- Actions that are live now; of those that were live before nothing changes.
INSERT INTO config.action_starts (site_id, action_id) SELECT $1, unnest($2::text[])
ON CONFLICT (site_id, action_id) DO NOTHING;

-- new_actions --
-- The actions of a site whose worth is not known yet.
SELECT action_id FROM config.action_starts WHERE site_id = $1 AND settled_at IS NULL ORDER BY action_id;

-- settle_action --
-- An action is new no longer. No row: it is not new, or was never live.
UPDATE config.action_starts SET settled_at = now(), settled_because = $3
WHERE site_id = $1 AND action_id = $2 AND settled_at IS NULL
RETURNING action_id;

-- starts --
-- Every action that was ever live, and until when it was new.
SELECT action_id, started_at, settled_at, settled_because
FROM config.action_starts
WHERE site_id = $1
ORDER BY started_at, action_id;

-- set_killed --
-- What every new version of the site's rules takes along as switched off.
UPDATE config.sites SET killed = $2 WHERE site_id = $1;

-- revived_at --
-- When an action was last brought back: the newest version in which it is not held off and was in the one before.
SELECT max(h.published_at)
FROM (
    SELECT
        each.published_at,
        r.killed,
        lag(r.killed) OVER (ORDER BY each.history_id) AS killed_before
    FROM config.rules_history AS each
    JOIN config.rules AS r USING (site_id, version)
    WHERE each.site_id = $1
) AS h
WHERE h.killed_before && ARRAY[$2, '*']
  AND NOT h.killed && ARRAY[$2, '*'];

-- as_stored --
-- A JSON text as jsonb gives it back: a version is the hash of what will be read, to the last digit.
SELECT $1::text::jsonb::text;

-- drafts --
-- A site's drafts, the newest first. is_outdated: other text has gone live since the draft was begun.
SELECT
    d.name,
    d.toml,
    d.note,
    d.based_on,
    d.updated_at,
    base.toml IS DISTINCT FROM live.toml AS is_outdated
FROM config.rules_drafts AS d
JOIN config.rules AS base ON base.site_id = d.site_id AND base.version = d.based_on
JOIN LATERAL (
    SELECT r.toml
    FROM config.rules_history AS h
    JOIN config.rules AS r USING (site_id, version)
    WHERE h.site_id = d.site_id
    ORDER BY h.history_id DESC
    LIMIT 1
) AS live ON true
WHERE d.site_id = $1
ORDER BY d.updated_at DESC, d.name;

-- keep_draft --
-- The same name again is the same draft with new text; it stays based on what was live when it was begun.
INSERT INTO config.rules_drafts (site_id, name, toml, note, based_on) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (site_id, name) DO UPDATE
SET toml       = excluded.toml,
    note       = CASE WHEN excluded.note = '' THEN config.rules_drafts.note ELSE excluded.note END,
    updated_at = now();

-- drop_draft --
-- A draft that is live now, or not wanted any more.
DELETE FROM config.rules_drafts WHERE site_id = $1 AND name = $2;
