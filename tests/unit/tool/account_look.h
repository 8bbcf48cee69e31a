/* What every text that a person sees must be: no control characters, valid
 * UTF-8 without direction marks. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "tool/words.h"

static inline bool
is_letter(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* The offset of the first octet that is none of these, or -1. */
static inline ptrdiff_t
look_bad(const char *text, const char *allowed)
{
	size_t n = strlen(text), took;

	for (size_t i = 0; i < n; i += took) {
		unsigned char c = (unsigned char)text[i];

		took = 1;
		if (is_letter(c) || (c < 0x80 && strchr(allowed, c) != NULL))
			continue;
		took = str_utf8_safe((const uint8_t *)text + i, n - i);
		if (took == 0)
			return (ptrdiff_t)i;
	}
	return -1;
}

/* The widest line in columns; *where is it. */
static inline size_t
look_widest(const char *text, char where[400])
{
	size_t widest = 0;

	where[0] = '\0';
	while (*text != '\0') {
		char row[4096];
		size_t n = strcspn(text, "\n"), m = n < sizeof(row) ? n : sizeof(row) - 1, w;

		memcpy(row, text, m);
		row[m] = '\0';
		w = words_width(row);
		if (w > widest) {
			widest = w;
			snprintf(where, 400, "%.399s", row);
		}
		text += n + (text[n] == '\n');
	}
	return widest;
}
