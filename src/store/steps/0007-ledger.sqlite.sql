-- Step 7: the ledger of sessions is kept, and says of each why it was, how deep
-- it went and what came of it: the pace classes count in it, whoever asks and
-- however often the keeper starts.

CREATE TABLE session_kept (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	run INTEGER NOT NULL,
	addr BLOB NOT NULL CHECK (length(addr) = 16),
	port INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	basis INTEGER NOT NULL,
	nominee INTEGER NOT NULL,
	depth INTEGER NOT NULL,
	pace INTEGER NOT NULL,
	finding INTEGER NOT NULL,
	forms INTEGER NOT NULL,
	answered INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	accepted INTEGER NOT NULL,
	started INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	boot INTEGER NOT NULL,
	up INTEGER NOT NULL,
	up_ended INTEGER NOT NULL
) STRICT;
INSERT INTO session_kept (run, addr, port, kind, basis, nominee, depth, pace,
    finding, forms, answered, refused, accepted, started, ended, boot, up, up_ended)
	SELECT s.run, s.addr, COALESCE(r.port, 25), COALESCE(r.kind, 1),
	    COALESCE(r.basis, 0), 0, COALESCE(r.depth, 0), COALESCE(r.pace, 0),
	    COALESCE(r.session, 0), 0, 0, 0, 0, s.started, s.ended, 0, 0, 0
	FROM session s LEFT JOIN run r ON r.id = s.run ORDER BY s.started, s.rowid;
DROP TABLE session;
ALTER TABLE session_kept RENAME TO session;
CREATE INDEX session_addr ON session (addr, id);
CREATE INDEX session_run ON session (run, id);
CREATE INDEX session_open ON session (id) WHERE ended = 0;
CREATE INDEX session_started ON session (started);
CREATE INDEX session_set ON session (addr, id) WHERE kind IN (1, 2) AND answered > 0;

-- Who asked for a run, and the basis that permitted its last session.
ALTER TABLE run ADD COLUMN nominee INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN who BLOB NOT NULL DEFAULT x'';

-- An opt-out of a domain (addr is :: then), and whose hosts those of one name are.
ALTER TABLE optout ADD COLUMN domain BLOB NOT NULL DEFAULT x'';
ALTER TABLE optout ADD COLUMN operator BLOB NOT NULL DEFAULT x'';
