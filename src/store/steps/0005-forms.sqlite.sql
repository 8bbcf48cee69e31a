-- Step 5: the names of a target are several; a form is tried with each of them
-- that may be used.

CREATE TABLE candidate (
	run INTEGER NOT NULL,
	nth INTEGER NOT NULL,
	source INTEGER NOT NULL,
	used INTEGER NOT NULL,
	depth INTEGER NOT NULL,
	made INTEGER NOT NULL,
	host BLOB NOT NULL,
	dom BLOB NOT NULL,
	PRIMARY KEY (run, nth)
) STRICT;

ALTER TABLE run ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN domains BLOB NOT NULL DEFAULT x'';
ALTER TABLE attempt ADD COLUMN variant INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN host BLOB NOT NULL DEFAULT x'';
ALTER TABLE attempt ADD COLUMN dom BLOB NOT NULL DEFAULT x'';
