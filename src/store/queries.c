#include "store/body.h"

#include "fact/record_aside.h"

/* Marks a query whose answer is one number, not rows of a shape. */
static const struct shape NUMBER = { "number", 0, NULL, 0 };

const struct store_query_row store_query_rows[Q_N] = {
#define STORE_Q(name, shape, sql) [Q_##name] = { #name, &shape, sql },
	STORE_QUERIES(STORE_Q)
#undef STORE_Q
};

const struct store_statement_row store_statement_rows[S_N] = {
#define STORE_S(name, sql) [S_##name] = { #name, sql },
	STORE_STATEMENTS(STORE_S)
#undef STORE_S
};

/* The key of each shape.  fresh: an id of 0 takes a new number.  append: a row
 * with that key is never replaced. */
const struct store_table store_tables[STORE_TABLES] = {
	{ &nominee_shape, "id", true, false },
	{ &optout_shape, "id", true, false },
	{ &evidence_shape, "digest", false, false },
	{ &run_shape, "id", true, false },
	{ &attempt_shape, "id", true, false },
	{ &transcript_shape, "run, session, part", false, false },
	{ &receipt_shape, "id", true, false },
	{ &verdict_shape, "id", true, false },
	{ &listing_shape, "addr, len, code", false, false },
	{ &journal_shape, "seq", false, true },
	{ &pass_shape, "id", true, false },
	{ &request_shape, "id", true, false },
	{ &claim_shape, "digest", false, false },
	{ &apikey_shape, "id", true, false },
	{ &candidate_shape, "run, nth", false, false },
	{ &cause_shape, "run", false, false },
	{ &session_shape, "id", true, false },
};

bool
store_is_number(const struct shape *s)
{
	return s == &NUMBER;
}

size_t
store_table_of(const struct shape *s)
{
	for (size_t i = 0; i < STORE_TABLES; i++)
		if (store_tables[i].shape == s)
			return i;
	return STORE_TABLES;
}

/* One piece for each column: % is its name, # its number from 1. */
static void
put_columns(struct wbuf *w, const struct shape *s, const char *form)
{
	for (size_t i = 0; i < s->n; i++) {
		wbuf_str(w, i == 0 ? "" : ", ");
		for (const char *p = form; *p != '\0'; p++) {
			if (*p == '%')
				wbuf_str(w, s->fields[i].name);
			else if (*p == '#')
				wbuf_printf(w, "%zu", i + 1);
			else
				wbuf_bytes(w, p, 1);
		}
	}
}

int
store_sql_query(char *out, size_t cap, enum store_query q)
{
	const struct store_query_row *row = &store_query_rows[q];
	struct wbuf w = wbuf_of(out, cap);

	if (!store_is_number(row->shape)) {
		wbuf_str(&w, "SELECT ");
		put_columns(&w, row->shape, "%");
		wbuf_str(&w, " ");
	}
	wbuf_str(&w, row->sql);
	wbuf_u8(&w, 0);
	return w.err;
}

int
store_sql_put(char *out, size_t cap, const struct store_table *t)
{
	struct wbuf w = wbuf_of(out, cap);

	wbuf_printf(&w, "INSERT INTO %s (", t->shape->name);
	put_columns(&w, t->shape, "%");
	wbuf_str(&w, ") VALUES (");
	put_columns(&w, t->shape, "$#");
	wbuf_str(&w, ")");
	if (!t->append) {
		wbuf_printf(&w, " ON CONFLICT (%s) DO UPDATE SET ", t->key);
		put_columns(&w, t->shape, "% = excluded.%");
	}
	wbuf_u8(&w, 0);
	return w.err;
}
