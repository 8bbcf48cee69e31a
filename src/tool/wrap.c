#include "tool/wrap.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tool/words.h"

/* Octets of the character at p. */
static size_t
char_len(const char *p)
{
	size_t n = 1;

	while ((p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static size_t
char_cols(const char *p, size_t n)
{
	char one[8] = "";

	memcpy(one, p, n < sizeof(one) ? n : sizeof(one) - 1);
	return words_width(one);
}

/* May a line not begin with it? */
static bool
is_closing(const char *p, size_t n)
{
	static const char *const marks[] = {
		"、", "。", ")", "」", "』", "】", ":", ";", "ー", "々", "!", "?",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strlen(marks[i]) == n && memcmp(marks[i], p, n) == 0)
			return true;
	return false;
}

/* Octets of text that fit in room columns, cut at a good place; at least one
 * character. */
static size_t
fit(const char *text, size_t room)
{
	size_t used = 0, good = 0, i = 0;

	while (text[i] != '\0') {
		size_t n = char_len(text + i), cols = char_cols(text + i, n);

		if (text[i] == ' ' || (i > 0 && cols == 2 && !is_closing(text + i, n)))
			good = i;
		if (used + cols > room)
			return good > 0 ? good : i > 0 ? i : n;
		used += cols;
		i += n;
		if (cols == 2 && text[i] != '\0' && !is_closing(text + i, char_len(text + i)))
			good = used <= room ? i : good;
	}
	return i;
}

void
wrap_text(FILE *out, const char *text, size_t at, size_t indent, size_t cols,
    const char *mark)
{
	size_t before = mark != NULL ? strlen(mark) : 0;

	for (;;) {
		size_t n = fit(text, cols > at ? cols - at : 1);

		fwrite(text, 1, n, out);
		fputc('\n', out);
		text += n;
		while (*text == ' ')
			text++;
		if (*text == '\0')
			return;
		for (size_t i = before; i < indent; i++)
			fputc(' ', out);
		fputs(mark != NULL ? mark : "", out);
		at = indent;
	}
}
