-- Step 1: every table.  All text columns are octets (see store/store.h);
-- `sqlite3` shows them with CAST(host AS TEXT).  Times are seconds since 1970
-- in UTC, 0 is never.  Addresses are 16 octets, IPv4 as ::ffff:a.b.c.d.

CREATE TABLE nominee (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	host BLOB NOT NULL,
	basis INTEGER NOT NULL,
	depth INTEGER NOT NULL,
	made INTEGER NOT NULL,
	until INTEGER NOT NULL,
	reason BLOB NOT NULL,
	who BLOB NOT NULL,
	evidence BLOB NOT NULL CHECK (length(evidence) = 32)
) STRICT;
CREATE INDEX nominee_addr ON nominee (addr, until);

CREATE TABLE optout (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	len INTEGER NOT NULL CHECK (len BETWEEN 0 AND 128),
	made INTEGER NOT NULL,
	proof BLOB NOT NULL,
	reason BLOB NOT NULL,
	who BLOB NOT NULL
) STRICT;

CREATE TABLE evidence (
	digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
	made INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	octets BLOB NOT NULL
) STRICT;
CREATE INDEX evidence_made ON evidence (made, digest, kind);

CREATE TABLE run (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	port INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	state INTEGER NOT NULL,
	basis INTEGER NOT NULL,
	depth INTEGER NOT NULL,
	pace INTEGER NOT NULL,
	session INTEGER NOT NULL,
	sessions INTEGER NOT NULL,
	made INTEGER NOT NULL,
	next INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	host BLOB NOT NULL
) STRICT;
CREATE INDEX run_addr ON run (addr, id);
CREATE INDEX run_live ON run (next, id) WHERE state IN (1, 2, 3);

-- The id of an attempt is random and stands in its tokens.
CREATE TABLE attempt (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	port INTEGER NOT NULL,
	form INTEGER NOT NULL,
	finding INTEGER NOT NULL,
	code INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	minted INTEGER NOT NULL,
	sent INTEGER NOT NULL,
	accepted INTEGER NOT NULL,
	next INTEGER NOT NULL,
	mail_from BLOB NOT NULL,
	rcpt_to BLOB NOT NULL,
	said BLOB NOT NULL
) STRICT;
CREATE INDEX attempt_run ON attempt (run, form);
CREATE INDEX attempt_addr ON attempt (addr, sent);

-- The ledger of pace: one row for each session, no shape of its own.
CREATE TABLE session (
	run INTEGER NOT NULL,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	started INTEGER NOT NULL,
	ended INTEGER NOT NULL
) STRICT;
CREATE INDEX session_addr ON session (addr, started);
CREATE INDEX session_run ON session (run) WHERE ended = 0;
CREATE INDEX session_started ON session (started);

CREATE TABLE transcript (
	run INTEGER NOT NULL,
	session INTEGER NOT NULL,
	part INTEGER NOT NULL,
	made INTEGER NOT NULL,
	octets BLOB NOT NULL,
	PRIMARY KEY (run, session, part)
) STRICT;

CREATE TABLE receipt (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	attempt INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	counts INTEGER NOT NULL,
	made INTEGER NOT NULL,
	exit_addr BLOB NOT NULL CHECK (length(exit_addr) = 16),
	believed BLOB NOT NULL CHECK (length(believed) = 16),
	entry_addr BLOB NOT NULL CHECK (length(entry_addr) = 16),
	hops INTEGER NOT NULL,
	linked INTEGER NOT NULL,
	helo BLOB NOT NULL,
	mail_from BLOB NOT NULL,
	why BLOB NOT NULL,
	mail BLOB NOT NULL CHECK (length(mail) = 32)
) STRICT;
CREATE INDEX receipt_attempt ON receipt (attempt, id);
CREATE INDEX receipt_proof ON receipt (entry_addr, made) WHERE counts = 1;

CREATE TABLE verdict (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	run INTEGER NOT NULL,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	verdict INTEGER NOT NULL,
	provisional INTEGER NOT NULL,
	clears INTEGER NOT NULL,
	control INTEGER NOT NULL,
	done INTEGER NOT NULL,
	total INTEGER NOT NULL,
	form INTEGER NOT NULL,
	made INTEGER NOT NULL,
	due INTEGER NOT NULL,
	why BLOB NOT NULL,
	ports BLOB NOT NULL
) STRICT;
CREATE INDEX verdict_run ON verdict (run, id);
CREATE INDEX verdict_addr ON verdict (addr, id);

CREATE TABLE listing (
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	len INTEGER NOT NULL CHECK (len BETWEEN 0 AND 128),
	code INTEGER NOT NULL,
	since INTEGER NOT NULL,
	until INTEGER NOT NULL,
	proof INTEGER NOT NULL,
	proofs INTEGER NOT NULL,
	evidence BLOB NOT NULL CHECK (length(evidence) = 32),
	PRIMARY KEY (addr, len, code)
) STRICT;
CREATE INDEX listing_until ON listing (until);
CREATE INDEX listing_evidence ON listing (evidence);

-- Which entries hand on through which exit: an exit goes with its last entry.
CREATE TABLE exit_of (
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	entry BLOB NOT NULL CHECK (length(entry) = 16),
	PRIMARY KEY (addr, entry)
) STRICT;
CREATE INDEX exit_entry ON exit_of (entry);

CREATE TABLE journal (
	seq INTEGER PRIMARY KEY,
	serial INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	len INTEGER NOT NULL,
	code INTEGER NOT NULL,
	made INTEGER NOT NULL,
	until INTEGER NOT NULL,
	proofs INTEGER NOT NULL,
	evidence BLOB NOT NULL CHECK (length(evidence) = 32),
	reason BLOB NOT NULL CHECK (length(reason) = 32),
	prev BLOB NOT NULL CHECK (length(prev) = 32),
	hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX journal_serial ON journal (serial);
CREATE INDEX journal_addr ON journal (addr, seq);

CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
BEGIN
	SELECT RAISE(ABORT, 'the journal is append-only');
END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
BEGIN
	SELECT RAISE(ABORT, 'the journal is append-only');
END;
