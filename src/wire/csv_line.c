#include "wire/csv_line.h"

#include <string.h>

#include "base/i18n.h"

struct scan {
	struct str	 left;
	char		*room;
	size_t		 n_room;
};

/* The octets up to the quote that ends the field, doubled ones undone.
 * Returns 0, CSV_MORE or SEK_EPARSE. */
static int
read_quoted(struct str *out, struct scan *s)
{
	size_t n = 0;
	bool doubled = false;

	while (n < s->left.n && (s->left.p[n] != '"' ||
	    (n + 1 < s->left.n && s->left.p[n + 1] == '"'))) {
		doubled = doubled || s->left.p[n] == '"';
		n += s->left.p[n] == '"' ? 2 : 1;
	}
	if (n == s->left.n)
		return CSV_MORE;
	*out = (struct str){ s->left.p, n };
	s->left = (struct str){ s->left.p + n + 1, s->left.n - n - 1 };
	if (!doubled)
		return 0;
	if (n > s->n_room)
		return SEK_EPARSE;
	for (size_t i = n = 0; i < out->n; i += out->p[i] == '"' ? 2 : 1)
		s->room[n++] = out->p[i];
	*out = (struct str){ s->room, n };
	s->room += n;
	s->n_room -= n;
	return 0;
}

static int
read_field(struct str *out, struct scan *s)
{
	if (s->left.n > 0 && s->left.p[0] == '"') {
		s->left = (struct str){ s->left.p + 1, s->left.n - 1 };
		return read_quoted(out, s);
	}
	*out = s->left;
	while (s->left.n > 0 && s->left.p[0] != ',') {
		if (s->left.p[0] == '"')
			return SEK_EPARSE;
		s->left = (struct str){ s->left.p + 1, s->left.n - 1 };
	}
	out->n -= s->left.n;
	return 0;
}

int
csv_line_read(struct csv_line *out, struct str line, const char **why)
{
	struct scan s = { line, out->room, sizeof(out->room) };
	int err;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		s.left.n--;
	*why = N_("no CSV: a quote in the wrong place, or too many fields");
	for (out->n = 0; out->n < CSV_FIELDS; ) {
		err = read_field(&out->field[out->n++], &s);
		if (err != 0)
			return err;
		if (s.left.n == 0)
			return 0;
		if (s.left.p[0] != ',')
			return SEK_EPARSE;
		s.left = (struct str){ s.left.p + 1, s.left.n - 1 };
		/* a comma at the end has an empty field behind it */
		if (s.left.n == 0 && out->n < CSV_FIELDS) {
			out->field[out->n++] = s.left;
			return 0;
		}
	}
	return SEK_EPARSE;
}
