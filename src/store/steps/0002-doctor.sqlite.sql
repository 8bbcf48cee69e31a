-- Step 2: every run of the start-up checklist.  The newest row alone says
-- whether public addresses may be probed: with ok 1, until it ends, and only
-- for the configuration that it was made with.

CREATE TABLE pass (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	made INTEGER NOT NULL,
	until INTEGER NOT NULL,
	ok INTEGER NOT NULL,
	conf BLOB NOT NULL CHECK (length(conf) = 32),
	results BLOB NOT NULL,
	who BLOB NOT NULL
) STRICT;
