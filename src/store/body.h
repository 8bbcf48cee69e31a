#pragma once
/* store/body.h -- what the backends share; of this folder only.
 *
 * A backend is a struct that begins with struct store and a table of methods.
 * A method that a backend does not set ends the process with its name: it is
 * our own mistake, never a condition (store_new). */

#include "base/arena.h"
#include "store/store.h"

enum {
	STORE_TABLES = 17,
	STORE_SQL = 4096,		/* octets of the longest statement made */
	STORE_ARENA = 64 << 20,		/* octets that store_one() may have out at once */
	STORE_RESERVE = 4 << 20,	/* octets put aside for a full disk */
};

struct store_query_row { const char *name; const struct shape *shape; const char *sql; };
struct store_statement_row { const char *name, *sql; };
struct store_table {
	const struct shape	*shape;
	const char		*key;		/* columns */
	bool			 fresh, append;	/* see store/queries.c */
};

extern const struct store_query_row store_query_rows[Q_N];
extern const struct store_statement_row store_statement_rows[S_N];
extern const struct store_table store_tables[STORE_TABLES];

bool store_is_number(const struct shape *s);
size_t store_table_of(const struct shape *s);	/* index, or STORE_TABLES */

/* SQL for a query, and for writing a row, with a NUL: the same in both
 * dialects.  Return 0 or SEK_ELIMIT. */
int store_sql_query(char *out, size_t cap, enum store_query q) MUST_CHECK;
int store_sql_put(char *out, size_t cap, const struct store_table *t) MUST_CHECK;

/* As the functions of store/store.h. */
struct store_ops {
	void	(*close)(struct store *s);
	int	(*begin)(struct store *s);
	int	(*commit)(struct store *s);
	void	(*rollback)(struct store *s);
	bool	(*open_tx)(const struct store *s);
	int	(*mark)(struct store *s);
	int	(*keep)(struct store *s);
	void	(*undo)(struct store *s);
	int	(*put)(struct store *s, const struct store_table *t, void *row);
	int	(*each)(struct store *s, enum store_query q,
		    const struct store_arg *args, size_t n,
		    int (*fn)(void *ctx, const void *row), void *ctx);
	int	(*number)(struct store *s, enum store_query q,
		    const struct store_arg *args, size_t n, int64_t *out);
	int	(*run)(struct store *s, enum store_statement st,
		    const struct store_arg *args, size_t n, int64_t *changed);
	int	(*backup)(struct store *s, const char *path);
	int	(*release_reserve)(struct store *s);
	int	(*take_reserve)(struct store *s);
	void	(*idle)(struct store *s);
	int	(*octets)(struct store *s, int64_t *out);
};

struct store {
	struct store_ops ops;
	struct arena	*arena;		/* of store_one() */
	bool		 in_memory;
	char		 why[STORE_WHY];
};

/* A zeroed backend of size octets whose every method traps.  NULL: no memory. */
struct store *store_new(size_t size);
void store_free(struct store *s);

void store_say(struct store *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Opens a database file; NULL: in memory. */
int sqlite_open(struct store **out, const char *path, char why[STORE_WHY]) MUST_CHECK;
