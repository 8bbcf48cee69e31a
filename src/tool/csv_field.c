#include "tool/csv_field.h"

#include <stddef.h>
#include <string.h>

/* Also the full-width forms, which a Japanese spreadsheet takes for the same. */
static bool
is_formula(struct str s)
{
	static const char *const wide[] = { "\uff1d", "\uff0b", "\uff0d", "\uff20" };

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (str_istarts(s, str_of(wide[i])))
			return true;
	return s.n > 0 && memchr("=+-@\t\r\n", s.p[0], 7) != NULL;
}

void
csv_field_put(FILE *out, bool first, struct str s)
{
	bool formula = is_formula(s), quoted = formula;

	for (size_t i = 0; i < s.n; i++)
		quoted = quoted || s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' ||
		    s.p[i] == '\r' || s.p[i] == ' ';
	if (!first)
		fputc(',', out);
	if (quoted)
		fputc('"', out);
	if (formula)
		fputc('\'', out);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			fputc('"', out);
		fputc(s.p[i], out);
	}
	if (quoted)
		fputc('"', out);
}
