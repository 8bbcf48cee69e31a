/* A record: its fields are inside of it or of the room, and written quoted
 * they are read again as they were. */
#include <stdlib.h>
#include <string.h>

#include "wire/csv_line.h"

static size_t
write_quoted(char *out, const struct csv_line *l)
{
	size_t n = 0;

	for (size_t f = 0; f < l->n; f++) {
		if (f > 0)
			out[n++] = ',';
		out[n++] = '"';
		for (size_t i = 0; i < l->field[f].n; i++) {
			if (l->field[f].p[i] == '"')
				out[n++] = '"';
			out[n++] = l->field[f].p[i];
		}
		out[n++] = '"';
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct csv_line first, second;
	const char *why = NULL;
	char *again;
	int rc = csv_line_read(&first, (struct str){ (const char *)p, n }, &why);

	if (rc < 0 && why == NULL)
		abort();
	if (rc != 0)
		return 0;
	again = malloc(2 * n + 3 * CSV_FIELDS);
	if (again == NULL)
		return 0;
	rc = csv_line_read(&second, (struct str){ again, write_quoted(again, &first) }, &why);
	if (rc == 0 && second.n != first.n)
		abort();
	for (size_t f = 0; rc == 0 && f < first.n; f++)
		if (!str_eq(first.field[f], second.field[f]))
			abort();
	if (rc == CSV_MORE || (rc != 0 && n < CSV_ROOM / 2))
		abort();
	free(again);
	return 0;
}
