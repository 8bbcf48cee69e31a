-- Step 3: what the web role asks for its visitors.

-- Who asked for which test, and for which code by mail: the caps count here.
-- asker is a network (/24, IPv6 /64), never the address; rows go after 8 days.
CREATE TABLE request (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	run INTEGER NOT NULL,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	asker BLOB NOT NULL CHECK (length(asker) = 16),
	kind INTEGER NOT NULL,
	role INTEGER NOT NULL,
	made INTEGER NOT NULL
) STRICT;
CREATE INDEX request_asker ON request (asker, kind, made);
CREATE INDEX request_addr ON request (addr, kind, made);
CREATE INDEX request_kind ON request (kind, made);
CREATE INDEX request_run ON request (run, id);

-- Proofs of ownership under way, by the SHA-256 of the claim.
CREATE TABLE claim (
	digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	method INTEGER NOT NULL,
	made INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	used INTEGER NOT NULL
) STRICT;
CREATE INDEX claim_made ON claim (made);

-- Keys of CSIRTs, by the SHA-256 of the key.
CREATE TABLE apikey (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
	name BLOB NOT NULL,
	made INTEGER NOT NULL,
	until INTEGER NOT NULL,
	revoked INTEGER NOT NULL,
	reason BLOB NOT NULL
) STRICT;

-- What pages ask often.
CREATE INDEX journal_made ON journal (made);
CREATE INDEX nominee_basis ON nominee (basis, until);
CREATE INDEX run_state ON run (state) WHERE state IN (1, 2, 3);
