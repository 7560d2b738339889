-- leverage --
-- How far an offer that works would have moved the visit, after each event: what the policy weighs offers by.
ALTER TABLE raw.events
    -- An upper end keeps NaN out, which counts as greater than every number.
    ADD COLUMN leverage double precision CHECK (leverage BETWEEN 0 AND 1);
COMMENT ON COLUMN raw.events.leverage IS 'By how much an offer that works moves a visit like this, in log-odds of buying, learned of simulated shoppers; 0 where the model does not say, null where nothing was scored.';
