-- answers --
-- A question that is answered with one tap: the number from 1 to 5, and nothing else of it.
ALTER TABLE raw.events ADD COLUMN answer smallint;
COMMENT ON COLUMN raw.events.answer IS 'What a satisfaction question was answered with, 1 to 5; null for every other event.';
ALTER TABLE marts.exposures ADD COLUMN answer smallint;
COMMENT ON COLUMN marts.exposures.answer IS 'The answer to a satisfaction question, 1 to 5; null where none was asked or given.';
COMMENT ON COLUMN marts.exposures.slot IS 'How it was drawn: bar, card or modal, or inline with the name of the page''s slot (inline:NAME).';
COMMENT ON COLUMN marts.exposures.submitted_at IS 'When its form went to the merchant, or its question was answered.';
