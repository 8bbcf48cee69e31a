#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <sqlite3.h>

#include "fact/record_aside.h"
#include "store/body.h"

/* A directory of our own for each test. */
struct dir { char path[64], db[128]; };

static int
dir_make(void **state)
{
	struct dir *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	strcpy(d->path, "/tmp/sekimori-store.XXXXXX");
	assert_non_null(mkdtemp(d->path));
	snprintf(d->db, sizeof(d->db), "%s/db", d->path);
	*state = d;
	return 0;
}

static int
dir_remove(void **state)
{
	static const char *const names[] = { "db", "db-wal", "db-shm",
		"db-reserve", "copy", "copy-wal", "copy-shm", "copy-reserve" };
	struct dir *d = *state;
	char path[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", d->path, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(d->path), 0);
	free(d);
	return 0;
}

static struct store *
opened(const char *url)
{
	struct store *s;
	char why[STORE_WHY];

	if (store_open(&s, url, why) != 0)
		fail_msg("%s", why);
	return s;
}

static void
written(struct store *s, const struct shape *shape, void *row)
{
	assert_int_equal(store_begin(s), 0);
	if (store_put(s, shape, row) != 0)
		fail_msg("%s", store_why(s));
	assert_int_equal(store_commit(s), 0);
}

/* Fills every field of a row with something that would be seen if it came
 * back shortened, sign-extended or in another column. */
static void
fill_row(const struct shape *shape, void *row, uint64_t seed)
{
	static const char hostile[] = "\xff\xfe\0'; DROP TABLE x; --\r\n\x80";

	memset(row, 0, shape->size);
	for (size_t i = 0; i < shape->n; i++) {
		const struct field *f = &shape->fields[i];
		uint8_t *at = (uint8_t *)row + f->offset;
		uint64_t v = 0xf123456789abcdef + seed * 257 + i;

		switch (f->type) {
		case FIELD_U8:
			*at = (uint8_t)(100 + i);	/* len <= 128 is checked */
			break;
		case FIELD_U16:
			*(uint16_t *)(void *)at = (uint16_t)v;
			break;
		case FIELD_U32:
			*(uint32_t *)(void *)at = (uint32_t)(0xfffffff0 + i);
			break;
		case FIELD_U64:
		case FIELD_I64:
		case FIELD_WALL:
			*(uint64_t *)(void *)at = v;
			break;
		case FIELD_ADDR:
			memset(at, (int)(i + 1), sizeof(struct addr));
			break;
		case FIELD_DIGEST:
			memset(at, (int)(i + 64), sizeof(struct digest));
			break;
		case FIELD_TEXT:
		case FIELD_OCTETS:
			*(struct str *)(void *)at =
			    (struct str){ hostile, sizeof(hostile) - 1 - i % 3 };
			break;
		}
	}
}

static void
same_row(const struct shape *shape, const void *a, const void *b)
{
	uint8_t ea[4096], eb[4096];
	struct wbuf wa = wbuf_of(ea, sizeof(ea)), wb = wbuf_of(eb, sizeof(eb));

	shape_encode(&wa, shape, a);
	shape_encode(&wb, shape, b);
	assert_int_equal(wa.err, 0);
	assert_int_equal(wa.len, wb.len);
	assert_memory_equal(ea, eb, wa.len);
}

/* A query of each shape that finds the row by what fill_row() gave it. */
static const struct { enum store_query q; const struct shape *shape; size_t key; } all[] = {
	{ Q_NOMINEE_BY_ADDR, &nominee_shape, 1 },
	{ Q_OPTOUT_ALL, &optout_shape, SIZE_MAX },
	{ Q_RUN_BY_ID, &run_shape, 0 },
	{ Q_ATTEMPT_BY_ID, &attempt_shape, 0 },
	{ Q_TRANSCRIPT_BY_RUN, &transcript_shape, 0 },
	{ Q_RECEIPT_BY_ATTEMPT, &receipt_shape, 1 },
	{ Q_VERDICT_LAST_BY_RUN, &verdict_shape, 1 },
	{ Q_LISTING_ALL, &listing_shape, SIZE_MAX },
	{ Q_JOURNAL_LAST, &journal_shape, SIZE_MAX },
	{ Q_EVIDENCE_BY_DIGEST, &evidence_shape, 0 },
	{ Q_PASS_LAST, &pass_shape, SIZE_MAX },
	{ Q_REQUEST_BY_RUN, &request_shape, 1 },
	{ Q_CLAIM_BY_DIGEST, &claim_shape, 0 },
	{ Q_APIKEY_BY_DIGEST, &apikey_shape, 1 },
	{ Q_CANDIDATE_BY_RUN, &candidate_shape, 0 },
	{ Q_CAUSE_BY_RUN, &cause_shape, 0 },
	{ Q_SESSION_BY_ID, &session_shape, 0 },
};

static struct store_arg
arg_of(const struct shape *shape, size_t field, const void *row)
{
	const struct field *f = &shape->fields[field];
	const uint8_t *at = (const uint8_t *)row + f->offset;

	if (f->type == FIELD_ADDR)
		return ARG_A(*(const struct addr *)at);
	if (f->type == FIELD_DIGEST)
		return ARG_D(*(const struct digest *)at);
	return ARG_I(*(const int64_t *)(const void *)at);
}

static void
every_shape_goes_round_with_hostile_text(void **state)
{
	struct store *s = opened("memory:");
	alignas(max_align_t) uint8_t in[512], out[512];

	(void)state;
	assert_int_equal(sizeof(all) / sizeof(all[0]), STORE_TABLES);
	for (size_t i = 0; i < STORE_TABLES; i++) {
		struct store_arg arg;
		size_t n = all[i].key != SIZE_MAX;

		fill_row(all[i].shape, in, i);
		written(s, all[i].shape, in);
		if (n > 0)
			arg = arg_of(all[i].shape, all[i].key, in);
		if (store_one(s, all[i].q, &arg, n, out) != 0)
			fail_msg("%s: %s", all[i].shape->name, store_why(s));
		same_row(all[i].shape, in, out);
		store_forget(s);
	}
	store_close(s);
}

/* Whoever adds a query with a slip in it learns it here, not at night. */
static void
every_query_and_statement_prepares(void **state)
{
	sqlite3 *db;
	struct dir *d = *state;
	char sql[STORE_SQL];

	store_close(opened(d->db));
	assert_int_equal(sqlite3_open(d->db, &db), SQLITE_OK);
	for (int q = 0; q < Q_N + S_N; q++) {
		const char *text = sql;
		sqlite3_stmt *st;

		if (q < Q_N)
			assert_int_equal(store_sql_query(sql, sizeof(sql),
			    (enum store_query)q), 0);
		else
			text = store_statement_rows[q - Q_N].sql;
		if (sqlite3_prepare_v2(db, text, -1, &st, NULL) != SQLITE_OK)
			fail_msg("%s: %s", text, sqlite3_errmsg(db));
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
}

static void
put_replaces_the_row_with_that_key(void **state)
{
	struct store *s = opened("memory:");
	struct run r = { .addr = addr_v4(192, 0, 2, 1), .state = RUN_QUEUED }, out;

	(void)state;
	written(s, &run_shape, &r);
	assert_true(r.id == 1);
	r.state = RUN_DONE;
	written(s, &run_shape, &r);
	assert_int_equal(store_one(s, Q_RUN_BY_ID, ARGS(ARG_I(1)), &out), 0);
	assert_int_equal(out.state, RUN_DONE);
	r.id = 0;
	written(s, &run_shape, &r);
	assert_true(r.id == 2);
	store_close(s);
}

/* $2 before $1 in the text: SQLite numbers names by appearance. */
static void
arguments_are_bound_by_name(void **state)
{
	struct store *s = opened("memory:");
	struct run r = { .addr = addr_v4(192, 0, 2, 1), .state = RUN_QUEUED }, out;
	int64_t changed = -1;

	(void)state;
	written(s, &run_shape, &r);
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_do(s, S_RUN_WAKE, ARGS(ARG_I(r.id), ARG_I(777)),
	    &changed), 0);
	assert_int_equal(store_commit(s), 0);
	assert_true(changed == 1);
	assert_int_equal(store_one(s, Q_RUN_BY_ID, ARGS(ARG_I(r.id)), &out), 0);
	assert_true(out.next.s == 777);
	store_close(s);
}

static void
journal_is_append_only(void **state)
{
	struct store *s = opened("memory:");
	struct journal_row j = { .seq = 1, .serial = 1, .kind = JOURNAL_ADD };

	(void)state;
	written(s, &journal_shape, &j);
	j.serial = 2;
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_put(s, &journal_shape, &j), SEK_ESTORE);
	store_rollback(s);
	for (int i = 0; i < 2; i++) {
		struct dir *d = *state;
		sqlite3 *db;

		store_close(s);
		s = opened(d->db);
		j.seq = (uint64_t)i + 1;
		written(s, &journal_shape, &j);
		assert_int_equal(sqlite3_open(d->db, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, i == 0 ?
		    "UPDATE journal SET made = 0" : "DELETE FROM journal",
		    NULL, NULL, NULL), SQLITE_CONSTRAINT);
		sqlite3_close(db);
	}
	store_close(s);
}

static int
count_rows(void *ctx, const void *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

static int
listings(struct store *s)
{
	int n = 0;

	assert_int_equal(store_each(s, Q_LISTING_ALL, NO_ARGS, count_rows, &n), 0);
	return n;
}

static void
put_listing(struct store *s, uint8_t last)
{
	struct listing l = { .addr = addr_v4(192, 0, 2, last), .len = 128, .code = 2 };

	assert_int_equal(store_put(s, &listing_shape, &l), 0);
}

static void
a_mark_is_undone_alone(void **state)
{
	struct store *s = opened("memory:");

	(void)state;
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_mark(s), 0);
	put_listing(s, 1);
	assert_int_equal(store_keep(s), 0);
	assert_int_equal(store_mark(s), 0);
	put_listing(s, 2);
	store_undo(s);
	assert_true(store_open_tx(s));
	assert_int_equal(store_commit(s), 0);
	assert_int_equal(listings(s), 1);
	assert_int_equal(store_begin(s), 0);
	put_listing(s, 3);
	store_rollback(s);
	assert_false(store_open_tx(s));
	assert_int_equal(listings(s), 1);
	store_close(s);
}

static int
nested(void *ctx, const void *row)
{
	struct store *s = ctx;

	(void)row;
	assert_int_equal(listings(s), 3);	/* the same question, inside itself */
	return 0;
}

static int
stop_at_once(void *ctx, const void *row)
{
	(void)row;
	++*(int *)ctx;
	return STORE_STOP;
}

static int
refuse(void *ctx, const void *row)
{
	(void)ctx, (void)row;
	return SEK_ELIMIT;
}

static void
readings_nest_stop_and_fail(void **state)
{
	struct store *s = opened("memory:");
	int n = 0;

	(void)state;
	assert_int_equal(store_begin(s), 0);
	for (uint8_t i = 1; i <= 3; i++)
		put_listing(s, i);
	assert_int_equal(store_commit(s), 0);
	assert_int_equal(store_each(s, Q_LISTING_ALL, NO_ARGS, nested, s), 0);
	assert_int_equal(store_each(s, Q_LISTING_ALL, NO_ARGS, stop_at_once, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(store_each(s, Q_LISTING_ALL, NO_ARGS, refuse, NULL), SEK_ELIMIT);
	store_close(s);
}

static void
survives_closing_and_is_ours_alone(void **state)
{
	struct dir *d = *state;
	struct store *s = opened(d->db);
	struct stat st;

	assert_false(store_in_memory(s));
	assert_int_equal(store_begin(s), 0);
	put_listing(s, 1);
	assert_int_equal(store_commit(s), 0);
	store_idle(s);
	store_close(s);
	s = opened(d->db);
	assert_int_equal(listings(s), 1);
	store_close(s);
	assert_int_equal(stat(d->db, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
refused_with(const char *url, const char *word)
{
	char why[STORE_WHY];
	struct store *s;

	assert_int_equal(store_open(&s, url, why), SEK_ESTORE);
	assert_null(s);
	if (strstr(why, word) == NULL)
		fail_msg("%s: want \"%s\", got \"%s\"", url, word, why);
}

static void
run_file(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static const char first_schema[] =
	"CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;"
	"INSERT INTO schema_version VALUES (1, 'start');"
#include "0001-start.sqlite.inc"
	;

/* A database of the first version: what is in it stays, what is new is added. */
static void
an_older_schema_is_brought_up(void **state)
{
	struct dir *d = *state;
	struct pass p = { .ok = 1, .made = { 5 } }, out;
	struct session_row last;
	struct store *s;
	int64_t n;

	run_file(d->db, first_schema);
	run_file(d->db, "INSERT INTO exit_of VALUES (zeroblob(16), zeroblob(16));"
	    "INSERT INTO session VALUES (3, zeroblob(16), 100, 160), (3, zeroblob(16), 300, 0)");
	s = opened(d->db);
	written(s, &pass_shape, &p);
	assert_int_equal(store_one(s, Q_PASS_LAST, NO_ARGS, &out), 0);
	assert_true(out.made.s == 5);
	assert_int_equal(store_number(s, Q_EXIT_USERS, ARGS(ARG_A(addr_none)), &n), 0);
	assert_true(n == 1);
	assert_int_equal(store_one(s, Q_SESSION_OPEN, ARGS(ARG_I(3)), &last), 0);
	assert_true(last.started.s == 300 && last.port == 25);
	store_close(s);
	store_close(opened(d->db));	/* and the step is not taken twice */
}

static void
wrong_files_are_refused_in_words(void **state)
{
	struct dir *d = *state;
	int fd;

	refused_with("mysql://x", "sqlite:/PATH");
	refused_with("sqlite:/nowhere/at/all/db", "state directory");
	refused_with(d->path, "directory");
	store_close(opened(d->db));
	run_file(d->db, "INSERT INTO schema_version VALUES (99, 'future')");
	refused_with(d->db, "newer program");
	assert_int_equal(unlink(d->db), 0);
	run_file(d->db, "CREATE TABLE recipes (name TEXT)");
	refused_with(d->db, "another program");
	fd = open(d->db, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "this is a text, no database, and long enough "
	    "to have a header in front of it, which is a hundred octets.....", 109), 109);
	close(fd);
	refused_with(d->db, "not a database");
}

static void
one_keeper_to_a_database(void **state)
{
	struct dir *d = *state;
	struct store *s = opened(d->db);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		char why[STORE_WHY];
		struct store *second;

		_exit(store_open(&second, d->db, why) == SEK_ESTORE &&
		    strstr(why, "another sekimori") != NULL ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	store_close(s);
}

static void
backup_is_a_whole_store(void **state)
{
	struct dir *d = *state;
	struct store *s = opened(d->db);
	char copy[128];

	snprintf(copy, sizeof(copy), "%s/copy", d->path);
	assert_int_equal(store_begin(s), 0);
	put_listing(s, 1);
	assert_int_equal(store_commit(s), 0);
	assert_int_equal(store_backup(s, copy), 0);
	assert_int_equal(store_backup(s, copy), SEK_ESTORE);	/* never over a file */
	store_close(s);
	s = opened(copy);
	assert_int_equal(listings(s), 1);
	store_close(s);
}

static void
reserve_is_given_once_and_taken_again(void **state)
{
	struct dir *d = *state;
	struct store *s = opened(d->db);
	char path[140];
	struct stat st;

	snprintf(path, sizeof(path), "%s-reserve", d->db);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_blocks * 512 >= STORE_RESERVE);
	assert_int_equal(store_release_reserve(s), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(store_release_reserve(s), STORE_NONE);
	assert_int_equal(store_take_reserve(s), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size == STORE_RESERVE);
	store_close(s);
}

static void
text_past_its_bound_is_not_stored(void **state)
{
	static char big[TEXT_WHO + 1];
	struct store *s = opened("memory:");
	struct optout o = { .who = { big, sizeof(big) } };

	(void)state;
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_put(s, &optout_shape, &o), SEK_ESTORE);
	assert_non_null(strstr(store_why(s), "optout.who"));
	store_close(s);
}

static void
a_method_that_is_not_set_ends_the_process(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		struct store *s = store_new(sizeof(*s));

		close(2);
		store_idle(s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, dir_make, dir_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_shape_goes_round_with_hostile_text),
		TEST(every_query_and_statement_prepares),
		TEST(put_replaces_the_row_with_that_key),
		TEST(arguments_are_bound_by_name),
		TEST(journal_is_append_only),
		TEST(a_mark_is_undone_alone),
		TEST(readings_nest_stop_and_fail),
		TEST(survives_closing_and_is_ours_alone),
		TEST(an_older_schema_is_brought_up),
		TEST(wrong_files_are_refused_in_words),
		TEST(one_keeper_to_a_database),
		TEST(backup_is_a_whole_store),
		TEST(reserve_is_given_once_and_taken_again),
		TEST(text_past_its_bound_is_not_stored),
		TEST(a_method_that_is_not_set_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
