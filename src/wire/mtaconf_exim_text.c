/* Rules:
 *  1. Blanks at both ends are nothing; a line whose first octet is # is
 *     nothing, also between lines that continue; a \ at the end continues.
 *  2. NAME = text with a capital first defines a macro (== defines it anew);
 *     its name is put in wherever it stands later.
 *  3. .ifdef, .ifndef, .elifdef, .elifndef, .else, .endif ask whether a line
 *     has a macro in it; .include and .include_if_exists read a file. */

#include "wire/mtaconf_exim_text.h"

#include <string.h>

enum {
	NESTED = 16,		/* conditions within conditions */
	EXPANSIONS = 200,	/* macros put into one line */
};

/* One level of conditions. */
struct level {
	bool	on;		/* its lines are read */
	bool	done;		/* one of its branches was */
};

struct reading {
	struct mtaconf_exim_text	*t;
	const struct mtaconf_file	*file;
	struct str			 rest;
	uint32_t			 at;
	struct level			 level[NESTED];
	size_t				 n;		/* levels open; more than NESTED are counted only */
	unsigned			 depth;		/* of inclusion */
};

static void
put(struct mtaconf_exim_text *t, const char *p, size_t n)
{
	if (n > MTACONF_ROOM - t->len) {
		t->full = true;
		return;
	}
	memcpy(t->room + t->len, p, n);
	t->len += n;
}

static bool
is_word(char c)
{
	return ascii_alnum(c) || c == '_';
}

/* The newest macro of that name among the first n; 0: none, else 1 + index. */
static size_t
find(const struct mtaconf_exim_text *t, struct str name, size_t n)
{
	while (n > 0 && !str_eq(t->macro[n - 1].name, name))
		n--;
	return n;
}

/* Cuts the next word, or the next octet that belongs to none, off s. */
static struct str
next_word(struct str *s)
{
	size_t n = 0;
	struct str word;

	while (n < s->n && is_word(s->p[n]))
		n++;
	word = (struct str){ s->p, n > 0 ? n : 1 };
	s->p += word.n;
	s->n -= word.n;
	return word;
}

/* Takes the \ and what follows it up to the next line's first octet off s. */
static bool
skip_fold(struct str *s)
{
	size_t n = 1;

	if (s->p[0] != '\\')
		return false;
	while (n < s->n && (s->p[n] == ' ' || s->p[n] == '\t' || s->p[n] == '\r'))
		n++;
	if (n == s->n || s->p[n] != '\n')
		return false;
	*s = str_trim((struct str){ s->p + n + 1, s->n - n - 1 });
	return true;
}

/* With the first n macros: those that stood before what s is of. */
static void
put_expanded(struct mtaconf_exim_text *t, struct str s, size_t n, unsigned *left)
{
	while (s.n > 0) {
		struct str word;
		size_t m;

		if (skip_fold(&s))
			continue;
		word = next_word(&s);
		m = word.p[0] >= 'A' && word.p[0] <= 'Z' && *left > 0 ? find(t, word, n) : 0;
		if (m == 0) {
			put(t, word.p, word.n);
			continue;
		}
		--*left;
		put_expanded(t, t->macro[m - 1].value, m - 1, left);
	}
}

/* A physical line without blanks at its ends, remarks left out. */
static int
next_line(struct reading *r, struct str *line)
{
	do {
		if (!mtaconf_line(line, &r->rest))
			return 0;
		r->at++;
		*line = str_trim(*line);
	} while (line->n == 0 || line->p[0] == '#');
	return 1;
}

/* Is a \ at its end?  It is taken off. */
static bool
goes_on(struct str *line)
{
	if (line->n == 0 || line->p[line->n - 1] != '\\')
		return false;
	line->n--;
	*line = str_trim(*line);
	return true;
}

static bool
is_macro(struct str line)
{
	size_t n = 0;

	while (n < line.n && is_word(line.p[n]))
		n++;
	line = str_trim((struct str){ line.p + n, line.n - n });
	return n > 0 && line.n > 0 && line.p[0] == '=';
}

/* A continued value is kept as it stands, with its \ and ends of line. */
static void
define(struct reading *r, struct str line)
{
	struct mtaconf_exim_text *t = r->t;
	struct str name = str_trim(str_cut(&line, '=')), value;

	if (line.n > 0 && line.p[0] == '=')
		line = (struct str){ line.p + 1, line.n - 1 };
	if (t->n_macros == MTACONF_EXIM_MACROS) {
		t->full = true;
		return;
	}
	value = str_trim(line);
	do
		value.n = (size_t)(line.p + line.n - value.p);
	while (goes_on(&line) && next_line(r, &line));
	t->macro[t->n_macros++] = (struct mtaconf_exim_macro){ name, value };
}

static bool
has_macro(const struct mtaconf_exim_text *t, struct str s)
{
	while (s.n > 0)
		if (find(t, next_word(&s), t->n_macros) > 0)
			return true;
	return false;
}

static bool
is_on(const struct reading *r)
{
	for (size_t i = 0; i < r->n && i < NESTED; i++)
		if (!r->level[i].on)
			return false;
	return r->n <= NESTED;
}

static void read_file(struct mtaconf_exim_text *t, const struct mtaconf_file *file, unsigned depth);

static void
include(struct reading *r, struct str path, bool must)
{
	const struct mtaconf_file *file = mtaconf_find(r->t->in, path);

	if (file != NULL && mtaconf_open(r->t->out, r->depth)) {
		read_file(r->t, file, r->depth + 1);
		r->t->out->file = r->file;
	} else if (must) {
		mtaconf_say(r->t->out, MTACONF_NETS_DEPEND, path);
		mtaconf_say(r->t->out, MTACONF_DOMAINS_DEPEND, path);
	}
}

/* .if..., as a new level or as the next branch of the one that is open. */
static void
condition(struct reading *r, bool next, bool holds)
{
	struct level *l;

	if (!next)
		r->n++;
	if (r->n == 0 || r->n > NESTED)
		return;
	l = &r->level[r->n - 1];
	if (!next)
		*l = (struct level){ false, false };
	l->on = holds && !l->done;
	l->done |= l->on;
}

static void
directive(struct reading *r, struct str line)
{
	struct str word = { "", 0 };
	bool has;

	(void)mtaconf_word(&word, &line, " \t");
	line = str_trim(line);
	has = has_macro(r->t, line);
	if (str_eq(word, STR(".ifdef")) || str_eq(word, STR(".ifndef")))
		condition(r, false, has == str_eq(word, STR(".ifdef")));
	else if (str_eq(word, STR(".elifdef")) || str_eq(word, STR(".elifndef")))
		condition(r, true, has == str_eq(word, STR(".elifdef")));
	else if (str_eq(word, STR(".else")))
		condition(r, true, true);
	else if (str_eq(word, STR(".endif")))
		r->n -= r->n > 0;
	else if (is_on(r) && str_eq(word, STR(".include")))
		include(r, line, true);
	else if (is_on(r) && str_eq(word, STR(".include_if_exists")))
		include(r, line, false);
}

/* A whole logical line into the room. */
static void
tell(struct reading *r, struct str line)
{
	struct mtaconf_exim_text *t = r->t;
	size_t begin = t->len;
	unsigned left = EXPANSIONS;
	bool more;

	t->out->file = r->file;
	t->out->line = r->at;
	do {
		more = goes_on(&line);
		put_expanded(t, line, t->n_macros, &left);
	} while (more && next_line(r, &line));
	t->line(t->ctx, (struct str){ t->room + begin, t->len - begin });
}

static void
read_file(struct mtaconf_exim_text *t, const struct mtaconf_file *file, unsigned depth)
{
	struct reading r = { .t = t, .file = file, .rest = file->text, .depth = depth };
	struct str line;

	while (t->out->err == 0 && next_line(&r, &line)) {
		t->out->file = file;
		t->out->line = r.at;
		if (line.p[0] == '.')
			directive(&r, line);
		else if (!is_on(&r))
			continue;
		else if (line.p[0] >= 'A' && line.p[0] <= 'Z' && is_macro(line))
			define(&r, line);
		else
			tell(&r, line);
	}
}

void
mtaconf_exim_text_read(struct mtaconf_exim_text *t, const struct mtaconf_file *file)
{
	read_file(t, file, 0);
}
