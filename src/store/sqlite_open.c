#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rules:
 * 1. WAL and synchronous=FULL: what was committed survives a power cut
 *    (NORMAL loses the last commits).
 * 2. The log file is kept short (WAL_PAGES), so that removals written on a
 *    full disk fit into the reserve.
 * 3. A schema step is applied whole or not at all, and never changed once it
 *    was released. */

enum { BUSY_MS = 5000, WAL_PAGES = 128 };

static const struct { const char *name, *sql; } steps[] = {
	{ "start",
#include "0001-start.sqlite.inc"
	},
	{ "doctor",
#include "0002-doctor.sqlite.inc"
	},
	{ "web",
#include "0003-web.sqlite.inc"
	},
	{ "range",
#include "0004-range.sqlite.inc"
	},
	{ "forms",
#include "0005-forms.sqlite.inc"
	},
	{ "cause",
#include "0006-cause.sqlite.inc"
	},
	{ "ledger",
#include "0007-ledger.sqlite.inc"
	},
};
enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* --- the reserve --- */

static int
reserve_take(struct store *s)
{
	struct sqlite *q = sqlite_of(s);

	if (q->reserve < 0 || q->reserved)
		return 0;
	if (posix_fallocate(q->reserve, 0, STORE_RESERVE) == 0) {
		q->reserved = true;
		return 0;
	}
	if (ftruncate(q->reserve, 0) != 0)
		store_say(s, "reserve: %s", strerror(errno));
	return STORE_FULL;
}

static int
reserve_release(struct store *s)
{
	struct sqlite *q = sqlite_of(s);

	if (!q->reserved || ftruncate(q->reserve, 0) != 0)
		return STORE_NONE;
	q->reserved = false;
	return 0;
}

static int
cannot_open(const char *path, char why[STORE_WHY])
{
	snprintf(why, STORE_WHY, "store %.150s: %s; is the state directory "
	    "there and writable?", path, strerror(errno));
	return SEK_ESTORE;
}

/* Opens the file of the reserve and locks it: one keeper to a database.  The
 * lock belongs to this process and not to its children. */
static int
reserve_open(struct sqlite *q, char why[STORE_WHY])
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s-reserve", q->path) >= sizeof(path)) {
		snprintf(why, STORE_WHY, "store: the path is too long");
		return SEK_ESTORE;
	}
	q->reserve = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (q->reserve < 0)
		return cannot_open(path, why);
	if (fcntl(q->reserve, F_SETLK, &lock) != 0) {
		snprintf(why, STORE_WHY, "store %.150s: another sekimori has it "
		    "open; stop that one first", q->path);
		return SEK_ESTORE;
	}
	if (reserve_take(&q->s) != 0)
		return 0;	/* a full disk must still open */
	return 0;
}

/* --- opening --- */

static int
one_number(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	*out = 0;
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
		sqlite3_finalize(st);
	}
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : SEK_ESTORE;
}

static int
apply_step(struct sqlite *q, unsigned version)
{
	char sql[200];
	int err = sqlite_exec(q, "BEGIN IMMEDIATE");

	if (err == 0)
		err = sqlite_exec(q, steps[version - 1].sql);
	if (err == 0) {
		snprintf(sql, sizeof(sql), "INSERT INTO schema_version "
		    "(version, name) VALUES (%u, '%s')", version,
		    steps[version - 1].name);
		err = sqlite_exec(q, sql);
	}
	if (err == 0)
		err = sqlite_exec(q, "COMMIT");
	if (err != 0)
		sqlite_rollback(&q->s);
	return err;
}

/* Version 0: an empty file.  A file with tables but without schema_version is
 * somebody else's. */
static int
read_version(struct sqlite *q, int64_t *version)
{
	int64_t tables, ours;

	*version = 0;
	if (one_number(q->db, "SELECT COUNT(*) FROM sqlite_schema", &tables) != 0 ||
	    one_number(q->db, "SELECT COUNT(*) FROM sqlite_schema WHERE "
	    "type = 'table' AND name = 'schema_version'", &ours) != 0)
		return sqlite_failed(q, "not a usable database");
	if (tables == 0)
		return sqlite_exec(q, "CREATE TABLE schema_version (version INTEGER "
		    "PRIMARY KEY, name TEXT NOT NULL) STRICT");
	if (ours == 0) {
		store_say(&q->s, "this is the database of another program");
		return SEK_ESTORE;
	}
	return one_number(q->db, "SELECT MAX(version) FROM schema_version", version);
}

static int
apply_schema(struct sqlite *q)
{
	int64_t version;
	int err = read_version(q, &version);

	if (err != 0)
		return err;
	if (version > STEPS) {
		store_say(&q->s, "its schema is number %lld, this program knows "
		    "%d: use the newer program, or restore a backup",
		    (long long)version, STEPS);
		return SEK_ESTORE;
	}
	for (unsigned v = (unsigned)version + 1; v <= STEPS && err == 0; v++)
		err = apply_step(q, v);
	return err;
}

static int
configure(struct sqlite *q, bool alone)
{
	int err;

	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_busy_timeout(q->db, BUSY_MS);
	if (sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
	    sqlite3_wal_autocheckpoint(q->db, WAL_PAGES) != SQLITE_OK)
		return sqlite_failed(q, "settings");
	err = alone ? sqlite_exec(q, "PRAGMA locking_mode=EXCLUSIVE") : 0;
	if (err == 0)
		err = sqlite_exec(q, "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON;"
		    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384;"
		    "PRAGMA secure_delete=FAST;"
		    "PRAGMA cell_size_check=ON; PRAGMA journal_mode=WAL;"
		    "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=0");
	return err == 0 ? apply_schema(q) : err;
}

static void
close_store(struct store *s)
{
	struct sqlite *q = sqlite_of(s);

	if (q->db != NULL)
		sqlite_rollback(s);
	for (size_t i = 0; i < Q_N; i++)
		sqlite3_finalize(q->query[i]);
	for (size_t i = 0; i < S_N; i++)
		sqlite3_finalize(q->statement[i]);
	for (size_t i = 0; i < STORE_TABLES; i++)
		sqlite3_finalize(q->put[i]);
	sqlite3_close(q->db);
	if (q->reserve >= 0)
		close(q->reserve);
	free(q->path);
	store_free(s);
}

/* --- backup and idle --- */

static void
when_idle(struct store *s)
{
	struct sqlite *q = sqlite_of(s);

	if (q->path == NULL || !sqlite3_get_autocommit(q->db))
		return;
	sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (reserve_take(s) != 0)
		return;		/* the next time */
}

static int
octets_of(struct store *s, int64_t *out)
{
	struct sqlite *q = sqlite_of(s);
	int64_t pages = 0, size = 0;
	int err = one_number(q->db, "PRAGMA page_count", &pages);

	if (err == 0)
		err = one_number(q->db, "PRAGMA page_size", &size);
	*out = pages * size;
	return err;
}

static int
copy_into(struct sqlite *q, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", q->db, "main");
	int rc;

	if (b == NULL)
		return sqlite3_errcode(to);
	rc = sqlite3_backup_step(b, -1);
	sqlite3_backup_finish(b);
	return rc;
}

static int
backup_to(struct store *s, const char *path)
{
	struct sqlite *q = sqlite_of(s);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	sqlite3 *to = NULL;
	int rc;

	if (fd < 0) {
		store_say(s, "backup to %.150s: %s", path, strerror(errno));
		return SEK_ESTORE;
	}
	close(fd);
	rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL);
	if (rc == SQLITE_OK)
		rc = copy_into(q, to);
	sqlite3_close(to);
	if (rc == SQLITE_DONE)
		return 0;
	store_say(s, "backup to %.150s: %s", path, sqlite3_errstr(rc));
	unlink(path);
	return (rc & 0xff) == SQLITE_FULL ? STORE_FULL : SEK_ESTORE;
}

/* The database and what SQLite puts beside it are readable to us alone: the
 * other files take the mode of the first. */
static int
open_file(struct sqlite *q, char why[STORE_WHY])
{
	int fd = open(q->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return cannot_open(q->path, why);
	close(fd);
	return reserve_open(q, why);
}

/* alone: the index of the log is in our memory, not in a file beside it; then
 * nobody else, not even the sqlite3 shell, can look in.
 * Returns 0, SEK_ESTORE or STORE_FULL; the database is closed on failure. */
static int
open_database(struct sqlite *q, bool alone)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	    (q->path == NULL ? SQLITE_OPEN_MEMORY : 0);
	int err = 0;

	if (sqlite3_open_v2(q->path == NULL ? ":memory:" : q->path, &q->db,
	    flags, NULL) != SQLITE_OK)
		err = sqlite_failed(q, "open");
	if (err == 0)
		err = configure(q, alone);
	if (err != 0) {
		sqlite3_close(q->db);
		q->db = NULL;
	}
	return err;
}

static int
open_into(struct sqlite *q, const char *path, char why[STORE_WHY])
{
	int err;

	if (path != NULL) {
		q->path = strdup(path);
		if (q->path == NULL)
			return SEK_ENOMEM;
		err = open_file(q, why);
		if (err != 0)
			return err;
	}
	err = open_database(q, false);
	/* What SQLite puts beside the file needs space too. */
	if (err == STORE_FULL && reserve_release(&q->s) == 0)
		err = open_database(q, false);
	if (err == STORE_FULL)
		err = open_database(q, true);
	if (err == 0)
		return 0;
	snprintf(why, STORE_WHY, "store %.100s: %.140s",
	    path == NULL ? "in memory" : path, q->s.why);
	return SEK_ESTORE;
}

static void
methods_set(struct store_ops *ops)
{
	ops->close = close_store;
	ops->backup = backup_to;
	ops->release_reserve = reserve_release;
	ops->take_reserve = reserve_take;
	ops->idle = when_idle;
	ops->octets = octets_of;
}

int
sqlite_open(struct store **out, const char *path, char why[STORE_WHY])
{
	struct store *s = store_new(sizeof(struct sqlite));
	int err = SEK_ENOMEM;

	*out = NULL;
	why[0] = '\0';
	if (s != NULL) {
		sqlite_methods(&s->ops);
		methods_set(&s->ops);
		s->in_memory = path == NULL;
		sqlite_of(s)->reserve = -1;
		err = open_into(sqlite_of(s), path, why);
	}
	if (err == 0) {
		*out = s;
		return 0;
	}
	if (why[0] == '\0')
		snprintf(why, STORE_WHY, "store: out of memory");
	if (s != NULL)
		close_store(s);
	return err;
}
