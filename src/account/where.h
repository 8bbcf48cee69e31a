#pragma once
/* account/where.h -- a place in the logs, and a moment with the line that
 * shows it. */

#include <stdint.h>

struct account_where {
	uint32_t	file;	/* index into account_result.files, in reading order */
	uint64_t	line;	/* from 1; 0: no place */
};

struct account_when {
	int64_t			s;	/* UTC */
	struct account_where	where;	/* line 0: never */
};
