#pragma once
/* store/sqlite.h -- the parts of the SQLite backend; of this folder only.
 *
 * sqlite.c has transactions and rows, sqlite_open.c opening, schema, reserve
 * and backup.  No SQLite type leaves these three files. */

#include <sqlite3.h>

#include "store/body.h"

struct sqlite {
	struct store	 s;		/* first */
	sqlite3		*db;
	sqlite3_stmt	*query[Q_N], *statement[S_N], *put[STORE_TABLES];
	char		*path;		/* NULL: in memory */
	int		 reserve;	/* descriptor, also our lock; -1 in memory */
	bool		 reserved;	/* STORE_RESERVE octets are in it */
};

static inline struct sqlite *
sqlite_of(struct store *s)
{
	return (struct sqlite *)(void *)s;
}

/* Keeps the words of SQLite's last refusal of what.  Without space the open
 * transaction is rolled back.  Returns SEK_ESTORE or STORE_FULL. */
int sqlite_failed(struct sqlite *q, const char *what);

/* Runs statements that take nothing and give nothing. */
int sqlite_exec(struct sqlite *q, const char *sql) MUST_CHECK;

/* Sets the methods of transactions and rows. */
void sqlite_methods(struct store_ops *ops);
void sqlite_rollback(struct store *s);
