-- Step 4: whole /24 and /64.  A range is a row of `listing` with that len; an
-- exception inside it is in the journal alone (kind 6, ended by kind 7).

CREATE INDEX listing_range ON listing (addr, len) WHERE len < 128;
CREATE INDEX journal_except ON journal (addr, code, seq) WHERE kind IN (6, 7);

-- The last status is asked for at every start.
CREATE INDEX journal_status ON journal (seq) WHERE kind = 4;
