#include "store/body.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void (*store_test_hook)(void *ctx, const char *statement);
void *store_test_ctx;

/* --- methods that a backend did not set --- */

static _Noreturn void
trap(const char *method)
{
	fprintf(stderr, "store: this backend has no method %s\n", method);
	abort();
}

static void trap_close(struct store *s) { (void)s; trap("close"); }
static int trap_begin(struct store *s) { (void)s; trap("begin"); }
static int trap_commit(struct store *s) { (void)s; trap("commit"); }
static void trap_rollback(struct store *s) { (void)s; trap("rollback"); }
static bool trap_open_tx(const struct store *s) { (void)s; trap("open_tx"); }
static int trap_mark(struct store *s) { (void)s; trap("mark"); }
static int trap_keep(struct store *s) { (void)s; trap("keep"); }
static void trap_undo(struct store *s) { (void)s; trap("undo"); }
static int trap_release(struct store *s) { (void)s; trap("release_reserve"); }
static int trap_take(struct store *s) { (void)s; trap("take_reserve"); }
static void trap_idle(struct store *s) { (void)s; trap("idle"); }

static int
trap_octets(struct store *s, int64_t *out)
{
	(void)s, (void)out;
	trap("octets");
}

static int
trap_put(struct store *s, const struct store_table *t, void *row)
{
	(void)s, (void)t, (void)row;
	trap("put");
}

static int
trap_each(struct store *s, enum store_query q, const struct store_arg *args,
    size_t n, int (*fn)(void *ctx, const void *row), void *ctx)
{
	(void)s, (void)q, (void)args, (void)n, (void)fn, (void)ctx;
	trap("each");
}

static int
trap_number(struct store *s, enum store_query q, const struct store_arg *args,
    size_t n, int64_t *out)
{
	(void)s, (void)q, (void)args, (void)n, (void)out;
	trap("number");
}

static int
trap_run(struct store *s, enum store_statement st, const struct store_arg *args,
    size_t n, int64_t *changed)
{
	(void)s, (void)st, (void)args, (void)n, (void)changed;
	trap("run");
}

static int
trap_backup(struct store *s, const char *path)
{
	(void)s, (void)path;
	trap("backup");
}

static const struct store_ops traps = {
	.close = trap_close, .begin = trap_begin, .commit = trap_commit,
	.rollback = trap_rollback, .open_tx = trap_open_tx, .mark = trap_mark,
	.keep = trap_keep, .undo = trap_undo, .put = trap_put,
	.each = trap_each, .number = trap_number, .run = trap_run,
	.backup = trap_backup, .release_reserve = trap_release,
	.take_reserve = trap_take, .idle = trap_idle, .octets = trap_octets,
};

struct store *
store_new(size_t size)
{
	struct store *s = calloc(1, size);

	if (s == NULL)
		return NULL;
	s->ops = traps;
	s->arena = arena_new(STORE_ARENA);
	if (s->arena == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
store_free(struct store *s)
{
	arena_free(s->arena);
	free(s);
}

void
store_say(struct store *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
}

/* --- the contract of store.h --- */

int
store_open(struct store **out, const char *url, char why[STORE_WHY])
{
	struct str u = str_of(url);

	*out = NULL;
	if (str_eq(u, STR("memory:")) || str_eq(u, STR(":memory:")))
		return sqlite_open(out, NULL, why);
	if (u.n > 7 && str_istarts(u, STR("sqlite:")))
		return sqlite_open(out, url + 7, why);
	if (u.n > 1 && url[0] == '/')
		return sqlite_open(out, url, why);
	snprintf(why, STORE_WHY, "store \"%.80s\": write sqlite:/PATH, an "
	    "absolute path, or memory:", url);
	return SEK_ESTORE;
}

void
store_close(struct store *s)
{
	if (s != NULL)
		s->ops.close(s);
}

bool
store_in_memory(const struct store *s)
{
	return s->in_memory;
}

const char *
store_why(const struct store *s)
{
	return s->why;
}

static void
test_hook(const char *statement)
{
	if (store_test_hook != NULL)
		store_test_hook(store_test_ctx, statement);
}

int
store_begin(struct store *s)
{
	test_hook("begin");
	return s->ops.begin(s);
}

int
store_commit(struct store *s)
{
	test_hook("commit");
	return s->ops.commit(s);
}

void
store_rollback(struct store *s)
{
	s->ops.rollback(s);
}

bool
store_open_tx(const struct store *s)
{
	return s->ops.open_tx(s);
}

int
store_mark(struct store *s)
{
	test_hook("mark");
	return s->ops.mark(s);
}

int
store_keep(struct store *s)
{
	test_hook("keep");
	return s->ops.keep(s);
}

void
store_undo(struct store *s)
{
	s->ops.undo(s);
}

int
store_put(struct store *s, const struct shape *shape, void *row)
{
	size_t table = store_table_of(shape);

	assert(table < STORE_TABLES && s->ops.open_tx(s));
	test_hook(shape->name);
	return s->ops.put(s, &store_tables[table], row);
}

int
store_each(struct store *s, enum store_query q, const struct store_arg *args,
    size_t n, int (*fn)(void *ctx, const void *row), void *ctx)
{
	assert(!store_is_number(store_query_rows[q].shape));
	return s->ops.each(s, q, args, n, fn, ctx);
}

struct one {
	const struct shape	*shape;
	struct arena		*arena;
	void			*row;
	bool			 found;
};

static int
one_copy(void *ctx, const void *row)
{
	struct one *one = ctx;

	memcpy(one->row, row, one->shape->size);
	for (size_t i = 0; i < one->shape->n; i++) {
		const struct field *f = &one->shape->fields[i];
		struct str *text = (void *)((uint8_t *)one->row + f->offset);

		if (f->type != FIELD_TEXT && f->type != FIELD_OCTETS)
			continue;
		*text = arena_str(one->arena, *text);
		if (text->p == NULL)
			return SEK_ENOMEM;
	}
	one->found = true;
	return STORE_STOP;
}

int
store_one(struct store *s, enum store_query q, const struct store_arg *args,
    size_t n, void *row)
{
	struct one one = { store_query_rows[q].shape, s->arena, row, false };
	int err = store_each(s, q, args, n, one_copy, &one);

	if (err < 0)
		return err;
	return one.found ? 0 : STORE_NONE;
}

void
store_forget(struct store *s)
{
	arena_reset(s->arena);
}

int
store_number(struct store *s, enum store_query q, const struct store_arg *args,
    size_t n, int64_t *out)
{
	assert(store_is_number(store_query_rows[q].shape));
	return s->ops.number(s, q, args, n, out);
}

int
store_do(struct store *s, enum store_statement st, const struct store_arg *args,
    size_t n, int64_t *changed)
{
	assert(s->ops.open_tx(s));
	test_hook(store_statement_rows[st].name);
	return s->ops.run(s, st, args, n, changed);
}

int
store_backup(struct store *s, const char *path)
{
	return s->ops.backup(s, path);
}

int
store_release_reserve(struct store *s)
{
	return s->ops.release_reserve(s);
}

int
store_take_reserve(struct store *s)
{
	return s->ops.take_reserve(s);
}

void
store_idle(struct store *s)
{
	s->ops.idle(s);
}

int
store_octets(struct store *s, int64_t *out)
{
	return s->ops.octets(s, out);
}
