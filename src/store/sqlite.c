#include "store/body.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rules:
 * 1. WAL and synchronous=FULL: what was committed survives a power cut
 *    (NORMAL loses the last commits).
 * 2. Every write begins with BEGIN IMMEDIATE: a read that becomes a write
 *    fails at once with SQLITE_BUSY_SNAPSHOT, whatever busy_timeout says.
 * 3. $1 is a name to SQLite, numbered by first appearance; arguments are
 *    therefore bound by name, those of store_sql_put() in order.
 * 4. The log file is kept short (WAL_PAGES), so that removals written on a
 *    full disk fit into the reserve. */

enum { BUSY_MS = 5000, WAL_PAGES = 128, ROW_OCTETS = 512 };

struct sqlite {
	struct store	 s;		/* first */
	sqlite3		*db;
	sqlite3_stmt	*query[Q_N], *statement[S_N], *put[STORE_TABLES];
	char		*path;		/* NULL: in memory */
	int		 reserve;	/* descriptor, also our lock; -1 in memory */
	bool		 reserved;	/* STORE_RESERVE octets are in it */
};

static const struct { const char *name, *sql; } steps[] = {
	{ "start",
#include "0001-start.sqlite.inc"
	},
};
enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

static struct sqlite *
of(struct store *s)
{
	return (struct sqlite *)(void *)s;
}

/* --- failures --- */

static bool
no_space(sqlite3 *db)
{
	int rc = sqlite3_extended_errcode(db), sys = sqlite3_system_errno(db);

	if ((rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE)
		return true;
	return ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN) &&
	    (sys == ENOSPC || sys == EDQUOT);
}

static int
failed(struct sqlite *q, const char *what)
{
	bool full = no_space(q->db);

	store_say(&q->s, "%.100s: %s (%d)", what, sqlite3_errmsg(q->db),
	    sqlite3_extended_errcode(q->db));
	if (!full)
		return SEK_ESTORE;
	if (!sqlite3_get_autocommit(q->db))
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	return STORE_FULL;
}

static int
run_sql(struct sqlite *q, const char *sql)
{
	if (sqlite3_exec(q->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return failed(q, sql);
}

/* --- transactions --- */

static int
sqlite_begin(struct store *s)
{
	return run_sql(of(s), "BEGIN IMMEDIATE");
}

static void
sqlite_rollback(struct store *s)
{
	struct sqlite *q = of(s);

	if (!sqlite3_get_autocommit(q->db))
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
}

static int
sqlite_commit(struct store *s)
{
	int err = run_sql(of(s), "COMMIT");

	if (err != 0)
		sqlite_rollback(s);
	return err;
}

static bool
sqlite_open_tx(const struct store *s)
{
	const struct sqlite *q = (const void *)s;

	return !sqlite3_get_autocommit(q->db);
}

static int
sqlite_mark(struct store *s)
{
	return run_sql(of(s), "SAVEPOINT mark");
}

static int
sqlite_keep(struct store *s)
{
	return run_sql(of(s), "RELEASE mark");
}

static void
sqlite_undo(struct store *s)
{
	struct sqlite *q = of(s);

	if (sqlite3_get_autocommit(q->db))
		return;		/* a full disk undid everything already */
	if (run_sql(q, "ROLLBACK TO mark; RELEASE mark") != 0)
		sqlite_rollback(s);
}

/* --- rows in --- */

static int
bind_octets(sqlite3_stmt *st, int i, const void *p, size_t n)
{
	return sqlite3_bind_blob64(st, i, n == 0 ? "" : p, n, SQLITE_STATIC);
}

static int
bind_field(sqlite3_stmt *st, int i, const struct field *f, const uint8_t *at)
{
	const struct str *text = (const void *)at;

	switch (f->type) {
	case FIELD_U8:
		return sqlite3_bind_int(st, i, *at);
	case FIELD_U16:
		return sqlite3_bind_int(st, i, *(const uint16_t *)(const void *)at);
	case FIELD_U32:
		return sqlite3_bind_int64(st, i, *(const uint32_t *)(const void *)at);
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_WALL:
		return sqlite3_bind_int64(st, i, *(const int64_t *)(const void *)at);
	case FIELD_ADDR:
		return bind_octets(st, i, at, sizeof(struct addr));
	case FIELD_DIGEST:
		return bind_octets(st, i, at, sizeof(struct digest));
	case FIELD_TEXT:
	case FIELD_OCTETS:
		return text->n > f->max ? SQLITE_TOOBIG :
		    bind_octets(st, i, text->p, text->n);
	}
	return SQLITE_MISUSE;
}

static int
bind_arg(sqlite3_stmt *st, size_t n, const struct store_arg *a)
{
	char name[24];
	int i;

	snprintf(name, sizeof(name), "$%zu", n + 1);
	i = sqlite3_bind_parameter_index(st, name);
	assert(i > 0);	/* an argument that the question does not have */
	switch (a->type) {
	case ARG_INT:
		return sqlite3_bind_int64(st, i, a->i);
	case ARG_ADDR:
		return bind_octets(st, i, a->addr.o, sizeof(a->addr.o));
	case ARG_DIGEST:
		return bind_octets(st, i, a->digest.o, sizeof(a->digest.o));
	case ARG_TEXT:
		return bind_octets(st, i, a->text.p, a->text.n);
	}
	return SQLITE_MISUSE;
}

static int
bind_args(struct sqlite *q, sqlite3_stmt *st, const struct store_arg *args, size_t n)
{
	assert(sqlite3_bind_parameter_count(st) == (int)n);
	for (size_t i = 0; i < n; i++)
		if (bind_arg(st, i, &args[i]) != SQLITE_OK)
			return failed(q, "bind");
	return 0;
}

static int
prepare(struct sqlite *q, sqlite3_stmt **out, const char *sql)
{
	if (sqlite3_prepare_v3(q->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out,
	    NULL) == SQLITE_OK)
		return 0;
	return failed(q, sql);
}

static void
done_with(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

static uint64_t *
fresh_id(const struct store_table *t, void *row)
{
	const struct field *f = &t->shape->fields[0];

	return t->fresh ? (void *)((uint8_t *)row + f->offset) : NULL;
}

static int
put_bind(struct sqlite *q, sqlite3_stmt *st, const struct shape *shape,
    const void *row, bool new_id)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct field *f = &shape->fields[i];
		int rc = i == 0 && new_id ? sqlite3_bind_null(st, 1) :
		    bind_field(st, (int)i + 1, f, (const uint8_t *)row + f->offset);

		if (rc == SQLITE_OK)
			continue;
		store_say(&q->s, "%s.%s: cannot be stored: %s", shape->name,
		    f->name, sqlite3_errstr(rc));
		return SEK_ESTORE;
	}
	return 0;
}

static int
put_stmt(struct sqlite *q, sqlite3_stmt **st, const struct store_table *t)
{
	char sql[STORE_SQL];

	if (*st != NULL)
		return 0;
	if (store_sql_put(sql, sizeof(sql), t) != 0)
		abort();	/* the tables are ours: STORE_SQL is too small */
	return prepare(q, st, sql);
}

static int
sqlite_put(struct store *s, const struct store_table *t, void *row)
{
	struct sqlite *q = of(s);
	sqlite3_stmt **st = &q->put[t - store_tables];
	uint64_t *id = fresh_id(t, row);
	bool new_id = id != NULL && *id == 0;
	int err = put_stmt(q, st, t);

	if (err != 0)
		return err;
	err = put_bind(q, *st, t->shape, row, new_id);
	if (err == 0 && sqlite3_step(*st) != SQLITE_DONE)
		err = failed(q, t->shape->name);
	done_with(*st);
	if (err == 0 && new_id)
		*id = (uint64_t)sqlite3_last_insert_rowid(q->db);
	return err;
}

static int
sqlite_run(struct store *s, enum store_statement what,
    const struct store_arg *args, size_t n, int64_t *changed)
{
	struct sqlite *q = of(s);
	sqlite3_stmt **st = &q->statement[what];
	int err = 0;

	if (*st == NULL)
		err = prepare(q, st, store_statement_rows[what].sql);
	if (err != 0)
		return err;
	err = bind_args(q, *st, args, n);
	if (err == 0 && sqlite3_step(*st) != SQLITE_DONE)
		err = failed(q, store_statement_rows[what].name);
	done_with(*st);
	if (err == 0 && changed != NULL)
		*changed = sqlite3_changes64(q->db);
	return err;
}

/* --- rows out --- */

static bool
read_octets(uint8_t *at, size_t n, sqlite3_stmt *st, int i)
{
	const void *p = sqlite3_column_blob(st, i);

	if (p == NULL || sqlite3_column_bytes(st, i) != (int)n)
		return false;
	memcpy(at, p, n);
	return true;
}

static bool
read_text(struct str *out, sqlite3_stmt *st, int i, uint32_t max)
{
	const void *p = sqlite3_column_blob(st, i);
	int n = sqlite3_column_bytes(st, i);

	if (n < 0 || (uint32_t)n > max || (p == NULL && n > 0))
		return false;
	*out = (struct str){ n == 0 ? "" : p, (size_t)n };
	return true;
}

static bool
read_number(uint8_t *at, const struct field *f, int64_t v)
{
	switch (f->type) {
	case FIELD_U8:
		*at = (uint8_t)v;
		return v >= 0 && v <= UINT8_MAX;
	case FIELD_U16:
		*(uint16_t *)(void *)at = (uint16_t)v;
		return v >= 0 && v <= UINT16_MAX;
	case FIELD_U32:
		*(uint32_t *)(void *)at = (uint32_t)v;
		return v >= 0 && v <= UINT32_MAX;
	default:
		*(int64_t *)(void *)at = v;
		return true;
	}
}

static bool
read_field(uint8_t *at, const struct field *f, sqlite3_stmt *st, int i)
{
	switch (f->type) {
	case FIELD_ADDR:
		return read_octets(at, sizeof(struct addr), st, i);
	case FIELD_DIGEST:
		return read_octets(at, sizeof(struct digest), st, i);
	case FIELD_TEXT:
	case FIELD_OCTETS:
		return read_text((struct str *)(void *)at, st, i, f->max);
	default:
		return read_number(at, f, sqlite3_column_int64(st, i));
	}
}

static int
read_row(struct sqlite *q, void *row, const struct shape *shape, sqlite3_stmt *st)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct field *f = &shape->fields[i];

		if (read_field((uint8_t *)row + f->offset, f, st, (int)i))
			continue;
		store_say(&q->s, "%s.%s: the database holds what cannot be: "
		    "restore a backup", shape->name, f->name);
		return SEK_ESTORE;
	}
	return 0;
}

static int
step_rows(struct sqlite *q, sqlite3_stmt *st, const struct store_query_row *row,
    int (*fn)(void *ctx, const void *row), void *ctx)
{
	alignas(max_align_t) uint8_t at[ROW_OCTETS];
	int rc, err = 0;

	assert(row->shape->size <= sizeof(at));
	while (err == 0 && (rc = sqlite3_step(st)) != SQLITE_DONE) {
		if (rc != SQLITE_ROW)
			return failed(q, row->name);
		memset(at, 0, sizeof(at));
		err = read_row(q, at, row->shape, st);
		if (err == 0)
			err = fn(ctx, at);
	}
	return err == STORE_STOP ? 0 : err;
}

/* The cached statement of a question, or an own one while that is in use by
 * a caller further up. */
static int
query_stmt(struct sqlite *q, enum store_query what, sqlite3_stmt **st)
{
	char sql[STORE_SQL];
	int err;

	*st = q->query[what];
	if (*st != NULL && !sqlite3_stmt_busy(*st))
		return 0;
	if (store_sql_query(sql, sizeof(sql), what) != 0)
		abort();	/* the tables are ours: STORE_SQL is too small */
	err = prepare(q, st, sql);
	if (err == 0 && q->query[what] == NULL)
		q->query[what] = *st;
	return err;
}

static void
query_done(struct sqlite *q, enum store_query what, sqlite3_stmt *st)
{
	if (st == q->query[what])
		done_with(st);
	else
		sqlite3_finalize(st);
}

/* A read that meets no space (the shared index of the log) is a failure. */
static int
read_err(int err)
{
	return err == STORE_FULL ? SEK_ESTORE : err;
}

static int
sqlite_each(struct store *s, enum store_query what, const struct store_arg *args,
    size_t n, int (*fn)(void *ctx, const void *row), void *ctx)
{
	struct sqlite *q = of(s);
	sqlite3_stmt *st;
	int err = query_stmt(q, what, &st);

	if (err != 0)
		return read_err(err);
	err = bind_args(q, st, args, n);
	if (err == 0)
		err = step_rows(q, st, &store_query_rows[what], fn, ctx);
	query_done(q, what, st);
	return read_err(err);
}

static int
sqlite_number(struct store *s, enum store_query what, const struct store_arg *args,
    size_t n, int64_t *out)
{
	struct sqlite *q = of(s);
	sqlite3_stmt *st;
	int rc, err = query_stmt(q, what, &st);

	*out = 0;
	if (err != 0)
		return read_err(err);
	err = bind_args(q, st, args, n);
	if (err == 0) {
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW)
			*out = sqlite3_column_int64(st, 0);
		else if (rc != SQLITE_DONE)
			err = failed(q, store_query_rows[what].name);
	}
	query_done(q, what, st);
	return read_err(err);
}

/* --- the reserve --- */

static int
sqlite_take_reserve(struct store *s)
{
	struct sqlite *q = of(s);

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
sqlite_release_reserve(struct store *s)
{
	struct sqlite *q = of(s);

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
lock_reserve(struct sqlite *q, char why[STORE_WHY])
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
	if (sqlite_take_reserve(&q->s) != 0)
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
	int err = run_sql(q, "BEGIN IMMEDIATE");

	if (err == 0)
		err = run_sql(q, steps[version - 1].sql);
	if (err == 0) {
		snprintf(sql, sizeof(sql), "INSERT INTO schema_version "
		    "(version, name) VALUES (%u, '%s')", version,
		    steps[version - 1].name);
		err = run_sql(q, sql);
	}
	if (err == 0)
		err = run_sql(q, "COMMIT");
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
		return failed(q, "not a usable database");
	if (tables == 0)
		return run_sql(q, "CREATE TABLE schema_version (version INTEGER "
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
configure(struct sqlite *q)
{
	int err;

	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_busy_timeout(q->db, BUSY_MS);
	if (sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
	    sqlite3_wal_autocheckpoint(q->db, WAL_PAGES) != SQLITE_OK)
		return failed(q, "settings");
	err = run_sql(q, "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON;"
	    "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=FAST;"
	    "PRAGMA cell_size_check=ON; PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=0");
	return err == 0 ? apply_schema(q) : err;
}

static void
sqlite_close_store(struct store *s)
{
	struct sqlite *q = of(s);

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
sqlite_idle(struct store *s)
{
	struct sqlite *q = of(s);

	if (q->path == NULL || !sqlite3_get_autocommit(q->db))
		return;
	sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (sqlite_take_reserve(s) != 0)
		return;		/* the next time */
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
sqlite_backup_to(struct store *s, const char *path)
{
	struct sqlite *q = of(s);
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

static const struct store_ops methods = {
	.close = sqlite_close_store, .begin = sqlite_begin,
	.commit = sqlite_commit, .rollback = sqlite_rollback,
	.open_tx = sqlite_open_tx, .mark = sqlite_mark, .keep = sqlite_keep,
	.undo = sqlite_undo, .put = sqlite_put, .each = sqlite_each,
	.number = sqlite_number, .run = sqlite_run, .backup = sqlite_backup_to,
	.release_reserve = sqlite_release_reserve,
	.take_reserve = sqlite_take_reserve, .idle = sqlite_idle,
};

/* The database and what SQLite puts beside it are readable to us alone: the
 * other files take the mode of the first. */
static int
open_file(struct sqlite *q, char why[STORE_WHY])
{
	int fd = open(q->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return cannot_open(q->path, why);
	close(fd);
	return lock_reserve(q, why);
}

/* Returns 0, SEK_ESTORE or STORE_FULL; the database is closed on failure. */
static int
open_database(struct sqlite *q)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	    (q->path == NULL ? SQLITE_OPEN_MEMORY : 0);
	int err = 0;

	if (sqlite3_open_v2(q->path == NULL ? ":memory:" : q->path, &q->db,
	    flags, NULL) != SQLITE_OK)
		err = failed(q, "open");
	if (err == 0)
		err = configure(q);
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
	err = open_database(q);
	/* What SQLite puts beside the file needs space too. */
	if (err == STORE_FULL && sqlite_release_reserve(&q->s) == 0)
		err = open_database(q);
	if (err == 0)
		return 0;
	snprintf(why, STORE_WHY, "store %.100s: %.140s",
	    path == NULL ? "in memory" : path, q->s.why);
	return SEK_ESTORE;
}

int
sqlite_open(struct store **out, const char *path, char why[STORE_WHY])
{
	struct store *s = store_new(sizeof(struct sqlite));
	int err = SEK_ENOMEM;

	*out = NULL;
	why[0] = '\0';
	if (s != NULL) {
		s->ops = methods;
		s->in_memory = path == NULL;
		of(s)->reserve = -1;
		err = open_into(of(s), path, why);
	}
	if (err == 0) {
		*out = s;
		return 0;
	}
	if (why[0] == '\0')
		snprintf(why, STORE_WHY, "store: out of memory");
	if (s != NULL)
		sqlite_close_store(s);
	return err;
}
