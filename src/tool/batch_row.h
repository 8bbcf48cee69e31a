#pragma once
/* tool/batch_row.h -- what a batch says of each target, as a line, and how
 * many there were of each verdict.
 *
 * Lines for people are those of tool/render; --json writes the verdict as one
 * object; --tsv writes address, verdict, output address and the form that
 * proved it, with a - where there is none. */

#include <jansson.h>

#include "fact/verdict.h"
#include "tool/render.h"

enum batch_form { BATCH_TEXT, BATCH_TSV, BATCH_JSON };

struct batch_rows {
	enum batch_form	 form;
	struct render	 render;	/* of all forms: it has the output */
	size_t		 n[VERDICT_UNTESTED + 1];	/* by enum verdict */
	size_t		 rows;
	int		 failed;	/* exit code of the last that was refused, or 0 */
};

struct batch_target {
	const char	*name;		/* as it stands in the list */
	const struct addr *addr;	/* NULL: it was not found */
	uint16_t	 port;
	uint32_t	 line;		/* 0: an operand */
};

void batch_rows_init(struct batch_rows *b, FILE *out, enum batch_form form,
    const char *color);

/* v: a verdict event of the keeper, borrowed; its texts may be hostile.
 * Returns 0, or SEK_ESYS when the line could not be written. */
int batch_row(struct batch_rows *b, const struct batch_target *t, const json_t *v) MUST_CHECK;

/* One that was refused or not found: error is the keeper's answer. */
int batch_row_refused(struct batch_rows *b, const struct batch_target *t,
    const json_t *error) MUST_CHECK;

/* "open 3, closed 7, ..." */
void batch_rows_count(FILE *out, const struct batch_rows *b);

/* As probe_main() returns. */
int batch_rows_exit(const struct batch_rows *b);

void batch_rows_end(struct batch_rows *b, int exit);
