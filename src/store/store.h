#pragma once
/* store/store.h -- rows in and out of a database, behind one method table.
 *
 * Only keeper (and a tool that runs the keeper's code on a store in memory)
 * opens one.  Rows are the structs of fact/record.h; columns, placeholders and
 * binding come from their shapes, the SQL of the queries from one table
 * (store/queries.h) that both dialects share.
 *
 * All writes happen inside store_begin() .. store_commit(); keep groups what
 * comes within 10 ms into one commit (synchronous=FULL).
 *
 * Text columns hold octets (BLOB, bytea): what a hostile host said need not be
 * UTF-8 and may hold NUL, and comes back as it went in. */

#include <stdbool.h>
#include <stdint.h>

#include "fact/record.h"

struct store;

enum {
	STORE_NONE = 1,		/* no such row */
	STORE_FULL = 2,		/* no space (disk or quota): the transaction is rolled back */
	STORE_STOP = 3,		/* for row callbacks: enough, end the reading without error */
};
enum { STORE_WHY = 256 };

/* url: "sqlite:/path/file" or a path; "memory:" or ":memory:".  Applies
 * missing schema steps; refuses a schema newer than it knows, the file of
 * another program, and a file that another keeper has open.  why is set on
 * failure: what, where, what to do.  Returns 0, SEK_ENOMEM, SEK_ESTORE. */
int store_open(struct store **out, const char *url, char why[STORE_WHY]) MUST_CHECK;
bool store_in_memory(const struct store *s);	/* gone with the process */
void store_close(struct store *s);	/* rolls back what is open; s may be NULL */
const char *store_why(const struct store *s);	/* words of the last failure */

/* Each returns 0, SEK_ESTORE or STORE_FULL.  After STORE_FULL, of these or of
 * a write below, no transaction is open any more. */
int store_begin(struct store *s) MUST_CHECK;
int store_commit(struct store *s) MUST_CHECK;
void store_rollback(struct store *s);
bool store_open_tx(const struct store *s);

/* A part of the open transaction that may be undone alone (savepoint).  Marks
 * do not nest. */
int store_mark(struct store *s) MUST_CHECK;
int store_keep(struct store *s) MUST_CHECK;	/* releases the mark */
void store_undo(struct store *s);		/* back to the mark */

/* Writes a row, replacing one with the same key (store/queries.c says what
 * the key of each shape is); a journal row never replaces another.  A u64 `id`
 * of 0 is filled in with a new number.
 * Returns 0, SEK_ESTORE, STORE_FULL. */
int store_put(struct store *s, const struct shape *shape, void *row) MUST_CHECK;

struct store_arg {
	enum { ARG_INT, ARG_ADDR, ARG_DIGEST, ARG_TEXT } type;
	int64_t		i;
	struct addr	addr;
	struct digest	digest;
	struct str	text;
};
#define ARG_I(v) ((struct store_arg){ .type = ARG_INT, .i = (int64_t)(v) })
#define ARG_A(v) ((struct store_arg){ .type = ARG_ADDR, .addr = (v) })
#define ARG_D(v) ((struct store_arg){ .type = ARG_DIGEST, .digest = (v) })
#define ARG_S(v) ((struct store_arg){ .type = ARG_TEXT, .text = (v) })
#define ARGS(...) ((const struct store_arg[]){ __VA_ARGS__ }), \
	(sizeof((const struct store_arg[]){ __VA_ARGS__ }) / sizeof(struct store_arg))
#define NO_ARGS NULL, 0

#include "store/queries.h"	/* enum store_query, enum store_statement */

/* Calls fn(ctx, row) for each row of a query; row is the struct of the query's
 * shape, its text borrowed until fn returns.  fn returns 0 to go on,
 * STORE_STOP, or a negative error that is passed up.  fn must not write. */
int store_each(struct store *s, enum store_query q, const struct store_arg *args,
    size_t n, int (*fn)(void *ctx, const void *row), void *ctx) MUST_CHECK;

/* The first row of a query.  Its text is copied into an arena of the store
 * that lives until store_forget().  Returns 0, STORE_NONE, SEK_ESTORE, SEK_ENOMEM. */
int store_one(struct store *s, enum store_query q, const struct store_arg *args,
    size_t n, void *row) MUST_CHECK;
void store_forget(struct store *s);

/* A number (COUNT, MAX, SUM; 0 when nothing).  Returns 0 or SEK_ESTORE. */
int store_number(struct store *s, enum store_query q, const struct store_arg *args,
    size_t n, int64_t *out) MUST_CHECK;

/* A statement that changes rows.  *changed may be NULL.  As store_put. */
int store_do(struct store *s, enum store_statement st, const struct store_arg *args,
    size_t n, int64_t *changed) MUST_CHECK;

/* A consistent copy while in use (SQLite's backup API) into a new file.
 * Returns 0, SEK_ESTORE, STORE_FULL. */
int store_backup(struct store *s, const char *path) MUST_CHECK;

/* Space put aside at open (a file beside the database) is given back to the
 * file system, so that removals and opt-outs can be written on a full disk.
 * Returns 0, or STORE_NONE when it was given already. */
int store_release_reserve(struct store *s) MUST_CHECK;

/* Puts that space aside again.  Returns 0 (it is there now, or the store is
 * in memory), or STORE_FULL while the disk has no room for it. */
int store_take_reserve(struct store *s) MUST_CHECK;

/* Nothing to do for a while: brings the files to their smallest.  Not in a
 * transaction.  What it cannot do now it leaves for the next time. */
void store_idle(struct store *s);

/* Octets that the database takes.  Returns 0 or SEK_ESTORE. */
int store_octets(struct store *s, int64_t *out) MUST_CHECK;

/* Called before each statement that begins, writes or commits, with ctx and
 * the statement's name: tests stop the process there.  NULL in programs. */
extern void (*store_test_hook)(void *ctx, const char *statement);
extern void *store_test_ctx;
