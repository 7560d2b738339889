-- schemas and roles --
-- Three schemas (what came in, what is configured, what analysts read) and the two roles that may read parts of them.
CREATE SCHEMA IF NOT EXISTS raw;
CREATE SCHEMA IF NOT EXISTS config;
CREATE SCHEMA IF NOT EXISTS marts;

COMMENT ON SCHEMA raw IS 'What came in, as it came in: append-only, read by the writer, settle and replay.';
COMMENT ON SCHEMA config IS 'What merchants and operators decided: sites, rules with their history, models.';
COMMENT ON SCHEMA marts IS 'What analysts read: sessions, decisions, exposures, orders, outcomes and one view per question.';

-- Roles belong to the whole server, not to this database: another database of ours may have made them already.
DO $$
BEGIN
    CREATE ROLE fifthclick_analyst LOGIN;
    ALTER ROLE fifthclick_analyst SET default_transaction_read_only = on;
    ALTER ROLE fifthclick_analyst SET search_path = marts;
    ALTER ROLE fifthclick_analyst SET statement_timeout = '5min';
    COMMENT ON ROLE fifthclick_analyst IS 'Reads schema marts and nothing else.';
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

DO $$
BEGIN
    CREATE ROLE fifthclick_replay LOGIN;
    ALTER ROLE fifthclick_replay SET default_transaction_read_only = on;
    COMMENT ON ROLE fifthclick_replay IS 'Reads raw events without anything that was computed from them, and the rules.';
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

GRANT USAGE ON SCHEMA marts TO fifthclick_analyst;
GRANT USAGE ON SCHEMA raw, config TO fifthclick_replay;

CREATE FUNCTION marts.session_idle() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '30 minutes';
COMMENT ON FUNCTION marts.session_idle() IS 'Silence that ends a session: the same number as in the tracker and the core.';
