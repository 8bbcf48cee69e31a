#include "store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rules:
 * 1. Every write begins with BEGIN IMMEDIATE: a read that becomes a write
 *    fails at once with SQLITE_BUSY_SNAPSHOT, whatever busy_timeout says.
 * 2. $1 is a name to SQLite, numbered by first appearance; arguments are
 *    therefore bound by name, those of store_sql_put() in order. */

enum { ROW_OCTETS = 512 };

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

int
sqlite_failed(struct sqlite *q, const char *what)
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

int
sqlite_exec(struct sqlite *q, const char *sql)
{
	if (sqlite3_exec(q->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return sqlite_failed(q, sql);
}

/* --- transactions --- */

static int
sqlite_begin(struct store *s)
{
	return sqlite_exec(sqlite_of(s), "BEGIN IMMEDIATE");
}

void
sqlite_rollback(struct store *s)
{
	struct sqlite *q = sqlite_of(s);

	if (!sqlite3_get_autocommit(q->db))
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
}

static int
sqlite_commit(struct store *s)
{
	int err = sqlite_exec(sqlite_of(s), "COMMIT");

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
	return sqlite_exec(sqlite_of(s), "SAVEPOINT mark");
}

static int
sqlite_keep(struct store *s)
{
	return sqlite_exec(sqlite_of(s), "RELEASE mark");
}

static void
sqlite_undo(struct store *s)
{
	struct sqlite *q = sqlite_of(s);

	if (sqlite3_get_autocommit(q->db))
		return;		/* a full disk undid everything already */
	if (sqlite_exec(q, "ROLLBACK TO mark; RELEASE mark") != 0)
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
			return sqlite_failed(q, "bind");
	return 0;
}

static int
prepare(struct sqlite *q, sqlite3_stmt **out, const char *sql)
{
	if (sqlite3_prepare_v3(q->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out,
	    NULL) == SQLITE_OK)
		return 0;
	return sqlite_failed(q, sql);
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
	struct sqlite *q = sqlite_of(s);
	sqlite3_stmt **st = &q->put[t - store_tables];
	uint64_t *id = fresh_id(t, row);
	bool new_id = id != NULL && *id == 0;
	int err = put_stmt(q, st, t);

	if (err != 0)
		return err;
	err = put_bind(q, *st, t->shape, row, new_id);
	if (err == 0 && sqlite3_step(*st) != SQLITE_DONE)
		err = sqlite_failed(q, t->shape->name);
	done_with(*st);
	if (err == 0 && new_id)
		*id = (uint64_t)sqlite3_last_insert_rowid(q->db);
	return err;
}

static int
sqlite_run(struct store *s, enum store_statement what,
    const struct store_arg *args, size_t n, int64_t *changed)
{
	struct sqlite *q = sqlite_of(s);
	sqlite3_stmt **st = &q->statement[what];
	int err = 0;

	if (*st == NULL)
		err = prepare(q, st, store_statement_rows[what].sql);
	if (err != 0)
		return err;
	err = bind_args(q, *st, args, n);
	if (err == 0 && sqlite3_step(*st) != SQLITE_DONE)
		err = sqlite_failed(q, store_statement_rows[what].name);
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
			return sqlite_failed(q, row->name);
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
	struct sqlite *q = sqlite_of(s);
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
	struct sqlite *q = sqlite_of(s);
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
			err = sqlite_failed(q, store_query_rows[what].name);
	}
	query_done(q, what, st);
	return read_err(err);
}

void
sqlite_methods(struct store_ops *ops)
{
	ops->begin = sqlite_begin;
	ops->commit = sqlite_commit;
	ops->rollback = sqlite_rollback;
	ops->open_tx = sqlite_open_tx;
	ops->mark = sqlite_mark;
	ops->keep = sqlite_keep;
	ops->undo = sqlite_undo;
	ops->put = sqlite_put;
	ops->each = sqlite_each;
	ops->number = sqlite_number;
	ops->run = sqlite_run;
}
