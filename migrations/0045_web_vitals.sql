-- web_vitals --
-- How the page of the first choice behaved, so that an offer that makes pages slow or jumpy is told by assignment.
ALTER TABLE marts.sessions
    ADD COLUMN choice_paint_ms       bigint,
    ADD COLUMN choice_shift_permille integer,
    ADD COLUMN choice_response_ms    bigint;
COMMENT ON COLUMN marts.sessions.choice_paint_ms IS 'Largest contentful paint (LCP) of the page on which the first choice fell, in ms; null where nothing was chosen, or the browser or the site does not tell.';
COMMENT ON COLUMN marts.sessions.choice_shift_permille IS 'Cumulative layout shift (CLS) of that page, in thousandths; null as choice_paint_ms.';
COMMENT ON COLUMN marts.sessions.choice_response_ms IS 'The slowest answer of that page to a tap, a click or a key (INP), in ms, 0 where none took 40; null as choice_paint_ms.';
