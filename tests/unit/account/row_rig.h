#pragma once
/* tests/unit/account/row_rig.h -- members of a row of a table made by hand. */

#include "account/row.h"

/* Mail of one class; members of its count follow. */
#define ROW_N(class, ...) .at = { [class] = 1 }, \
	.n = (const struct account_count[]){ { __VA_ARGS__ } }

/* The same, without a past. */
#define ROW(class, ...) .past = &(const struct account_past){ 0 }, ROW_N(class, __VA_ARGS__)
