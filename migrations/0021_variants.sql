-- variants --
-- What each visit was dealt in the experiments that ran as it began.
ALTER TABLE marts.decisions
    ADD COLUMN variants jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN marts.decisions.variants IS 'What the visit was dealt as it began: a list of experiment, run, variant and the share of visits that have it. Empty where no experiment ran.';
GRANT SELECT (variants) ON marts.decisions TO fifthclick_replay;

ALTER TABLE marts.sessions
    ADD COLUMN variants jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN marts.sessions.variants IS 'As in marts.decisions, over the whole visit: two variants of one experiment here mean that the visit counts for neither.';
