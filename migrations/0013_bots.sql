-- bots --
-- Visits that are no person's: kept, flagged, and out of every result by the one filter that results have, traffic = 'live'.
ALTER TABLE raw.events DROP CONSTRAINT events_traffic_check;
ALTER TABLE raw.events
    ADD CONSTRAINT events_traffic_check CHECK (traffic IN ('live', 'simulated', 'replayed', 'preview', 'bot'));

ALTER TABLE raw.session_touches ADD COLUMN bot_reason text;
COMMENT ON COLUMN raw.session_touches.bot_reason IS 'Why the visit is a robot''s: named or automated as its connections told, machine_pace or no_hands as settle found; null for people.';

ALTER TABLE marts.sessions ADD COLUMN bot_reason text;
ALTER TABLE marts.sessions ADD COLUMN is_bot boolean GENERATED ALWAYS AS (bot_reason IS NOT NULL) STORED;
COMMENT ON COLUMN marts.sessions.bot_reason IS 'Why it is a robot''s: named (its User-Agent is one of a public list), automated (a browser that a program drives), machine_pace (ten pages or more, each for under 1.5 s), no_hands (twenty pages or more without a click, a scroll or a pointer); null for people.';
COMMENT ON COLUMN marts.sessions.is_bot IS 'The visit is no person''s. Its traffic is bot, so no result counts it.';

COMMENT ON COLUMN raw.session_touches.traffic IS 'live only where every event of the visit was, or a robot''s were the others.';
COMMENT ON COLUMN marts.sessions.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.outcomes.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.rollups.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN raw.events.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.decisions.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.exposures.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.claims.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.orders.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
COMMENT ON COLUMN marts.explanations.traffic IS 'live, simulated, replayed, preview or bot. Results keep live only.';
