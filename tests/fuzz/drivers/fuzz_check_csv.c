/* Any octets as a field: read back by the rules of RFC 4180 it is the same, but
 * for the ' before what a spreadsheet could take for a formula. */
#include <stdlib.h>
#include <string.h>

#include "tool/csv_field.h"

static const char *const formulas[] = { "=", "+", "-", "@", "\t", "\r", "\n",
	"\uff1d", "\uff0b", "\uff0d", "\uff20" };

/* Reads one field.  Returns its octets; aborts where the grammar is broken. */
static size_t
field_read(char *out, const char *p, size_t n)
{
	bool quoted = n > 0 && p[0] == '"';
	size_t len = 0;

	for (size_t i = quoted; i < n; i++) {
		if (!quoted && (p[i] == ',' || p[i] == '"' || p[i] == '\r' || p[i] == '\n'))
			abort();
		if (p[i] != '"') {
			out[len++] = p[i];
		} else if (i + 1 < n) {
			if (p[++i] != '"')
				abort();
			out[len++] = '"';
		} else {
			return len;
		}
	}
	if (quoted)
		abort();
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *wrote = NULL, *back;
	size_t size = 0, len, skip = 0;
	FILE *f = open_memstream(&wrote, &size);

	if (f == NULL)
		return 0;
	csv_field_put(f, true, (struct str){ (const char *)p, n });
	fclose(f);
	back = malloc(size + 1);
	if (back == NULL)
		abort();
	len = field_read(back, wrote, size);
	for (size_t i = 0; i < sizeof(formulas) / sizeof(formulas[0]); i++) {
		size_t k = strlen(formulas[i]);

		if (len >= k && memcmp(back, formulas[i], k) == 0)
			abort();
		skip |= n >= k && memcmp(p, formulas[i], k) == 0;
	}
	if (len != n + skip || (n > 0 && memcmp(back + skip, p, n) != 0) ||
	    (skip && back[0] != '\''))
		abort();
	free(back);
	free(wrote);
	return 0;
}
