#pragma once
/* account/row.h -- what a row of a table has, and nothing of what it has not. */

#include "account/count.h"

/* Of that class; of what the row does not have, nothing.  Borrowed as the row is. */
static inline const struct account_count *
account_row_n(const struct account_row *row, enum account_class class)
{
	static const struct account_count none;

	return row->at[class] == 0 ? &none : &row->n[row->at[class] - 1];
}

/* Adds each class to that of to. */
static inline void
account_row_add(struct account_count to[ACCOUNT_CLASS_N], const struct account_row *row)
{
	for (int c = 0; c < ACCOUNT_CLASS_N; c++)
		if (row->at[c] != 0)
			count_add(&to[c], &row->n[row->at[c] - 1]);
}

/* All classes together. */
static inline struct account_count
account_row_sum(const struct account_row *row)
{
	struct account_count sum = { 0 };

	for (int c = 0; c < ACCOUNT_CLASS_N; c++)
		if (row->at[c] != 0)
			count_add(&sum, &row->n[row->at[c] - 1]);
	return sum;
}
