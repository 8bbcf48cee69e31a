-- Step 6: why a run came out open; what fact/explain made of it, in tags.

CREATE TABLE cause (
	run INTEGER PRIMARY KEY,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	made INTEGER NOT NULL,
	cause INTEGER NOT NULL,
	second INTEGER NOT NULL,
	sure INTEGER NOT NULL,
	form INTEGER NOT NULL,
	decide INTEGER NOT NULL,
	mta INTEGER NOT NULL,
	port INTEGER NOT NULL,
	signs INTEGER NOT NULL,
	client BLOB NOT NULL CHECK (length(client) = 16),
	client_name BLOB NOT NULL,
	helo BLOB NOT NULL,
	next_addr BLOB NOT NULL CHECK (length(next_addr) = 16),
	next_name BLOB NOT NULL
) STRICT;
