#include "tool/probe_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/rand.h"
#include "wire/siphash.h"

enum {
	SHOWN = 20,			/* bad lines that are told before we stop */
	NAMES_MAX = 256 * 1024 * 1024,	/* octets */
	FIRST_CAP = 1024,
};

static const char mark[] = "\xef\xbb\xbf";	/* that some editors write first */

/* ---- one line ---- */

int
probe_list_line(struct target *out, struct str line, const char **why)
{
	char text[PROBE_LIST_LINE + 1];
	struct str s = str_cut(&line, '#');

	s = str_trim(s);
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s = str_trim((struct str){ s.p, s.n - 1 });
	if (s.n == 0)
		return PROBE_LIST_EMPTY;
	/* a NUL would end the text early and hide what follows */
	if (memchr(s.p, '\0', s.n) != NULL ||
	    str_copy(text, sizeof(text), s) != 0) {
		*why = _("a line that is no target");
		return SEK_EPARSE;
	}
	return target_read(out, text, why);
}

/* ---- what is there already ---- */

const char *
probe_list_name(const struct probe_list *l, size_t i)
{
	return (const char *)l->names.p + l->v[i].name;
}

static size_t
place_of(const struct probe_list *l, const char *name, uint16_t port)
{
	uint8_t octets[sizeof(((struct target *)0)->name) + 2];
	size_t n = strlen(name);

	memcpy(octets, name, n);
	octets[n] = (uint8_t)(port >> 8);
	octets[n + 1] = (uint8_t)port;
	return (size_t)siphash(l->key, octets, n + 2) & (l->n_seen - 1);
}

/* The place of that target in seen: its own, or an empty one. */
static size_t
find(const struct probe_list *l, const char *name, uint16_t port)
{
	size_t at = place_of(l, name, port);

	while (l->seen[at] != 0) {
		size_t i = l->seen[at] - 1;

		if (l->v[i].port == port && strcmp(probe_list_name(l, i), name) == 0)
			break;
		at = (at + 1) & (l->n_seen - 1);
	}
	return at;
}

/* Room for one more: seen is twice as large as v, so never full. */
static int
grow(struct probe_list *l)
{
	size_t cap = l->cap == 0 ? FIRST_CAP : 2 * l->cap;
	struct probe_line *v;
	uint32_t *seen;
	struct rand rand;

	if (l->n < l->cap)
		return 0;
	seen = calloc(2 * cap, sizeof(*seen));
	v = seen == NULL ? NULL : reallocarray(l->v, cap, sizeof(*v));
	if (v == NULL) {	/* the list is as it was */
		free(seen);
		return SEK_ENOMEM;
	}
	free(l->seen);
	l->v = v;
	l->seen = seen;
	l->cap = cap;
	l->n_seen = 2 * cap;
	rand_real(&rand);
	if (l->n == 0)
		rand_fill(&rand, l->key, sizeof(l->key));
	for (size_t i = 0; i < l->n; i++)
		l->seen[find(l, probe_list_name(l, i), l->v[i].port)] = (uint32_t)i + 1;
	return 0;
}

int
probe_list_add(struct probe_list *l, const struct target *t, uint32_t line)
{
	uint16_t port = t->port == 0 ? 25 : t->port;
	size_t at;
	int err;

	if (l->n == PROBE_LIST_MAX)
		return SEK_ELIMIT;
	l->names.max = NAMES_MAX;
	err = grow(l);
	if (err != 0)
		return err;
	at = find(l, t->name, port);
	if (l->seen[at] != 0) {
		l->repeated++;
		return 0;
	}
	l->v[l->n] = (struct probe_line){ (uint32_t)l->names.len, line, port };
	err = gbuf_add(&l->names, t->name, strlen(t->name) + 1);
	if (err == 0)
		l->seen[at] = (uint32_t)++l->n;
	return err;
}

void
probe_list_free(struct probe_list *l)
{
	gbuf_free(&l->names);
	free(l->v);
	free(l->seen);
	*l = (struct probe_list){ .n = 0 };
}

/* ---- the file ---- */

struct reading {
	struct probe_list	*list;
	FILE			*file, *err;
	const char		*path;
	bool			 skip_bad;
	uint32_t		 number;	/* of the present line */
	char			 line[PROBE_LIST_LINE + 1];
	size_t			 len;	/* of it; more than fits: one above the bound */
};

static int
refuse(const struct reading *r, int code, const char *why)
{
	char shown[160];

	str_clean(shown, sizeof(shown), str_of(r->path));
	fprintf(r->err, "sekimori probe: %s: %s\n", shown, why);
	return code;
}

static void
tell_bad(struct reading *r, struct str line, const char *why)
{
	char path[160], shown[100];

	if (++r->list->bad > SHOWN && !r->skip_bad)
		return;
	str_clean(path, sizeof(path), str_of(r->path));
	str_clean(shown, sizeof(shown), line);
	fprintf(r->err, "sekimori probe: %s:%u: %s: %s\n", path, r->number, shown, why);
}

/* The next line without its end; what is longer than the bound is not kept.
 * Returns whether there was one. */
static bool
next_line(struct reading *r)
{
	int c = getc_unlocked(r->file);

	r->len = 0;
	if (c == EOF)
		return false;
	r->number++;
	for (; c != EOF && c != '\n'; c = getc_unlocked(r->file))
		if (r->len <= PROBE_LIST_LINE)
			r->line[r->len++] = (char)c;
	return true;
}

static struct str
present_line(const struct reading *r)
{
	struct str s = { r->line, r->len };

	if (r->number == 1 && str_istarts(s, STR(mark)))
		return (struct str){ s.p + sizeof(mark) - 1, s.n - (sizeof(mark) - 1) };
	return s;
}

static int
take_line(struct reading *r)
{
	const char *why = "";
	struct str line = present_line(r);
	struct target t;
	int rc = SEK_EPARSE;

	if (r->len > PROBE_LIST_LINE && str_find(line, '#') < 0)
		why = _("the line is longer than any target");
	else
		rc = probe_list_line(&t, line, &why);
	if (rc == PROBE_LIST_EMPTY)
		return 0;
	if (rc != 0) {
		tell_bad(r, line, why);
		return 0;
	}
	rc = probe_list_add(r->list, &t, r->number);
	return rc == 0 ? 0 : rc == SEK_ELIMIT ?
	    refuse(r, EXIT_DATA, _("more than a million targets; split the list")) :
	    refuse(r, EXIT_OSERR, sek_strerror(rc));
}

static int
take_lines(struct reading *r)
{
	size_t before = r->list->n + r->list->repeated;
	int rc = 0;

	while (rc == 0 && next_line(r))
		rc = take_line(r);
	if (rc != 0)
		return rc;
	if (ferror(r->file))
		return refuse(r, EXIT_NOINPUT, strerror(errno));
	if (r->list->bad > 0 && !r->skip_bad) {
		fprintf(r->err, _("sekimori probe: lines that are no target: %zu; nothing "
		    "was sent. Correct them, or leave them out with --skip-bad\n"),
		    r->list->bad);
		return EXIT_DATA;
	}
	if (r->list->n + r->list->repeated == before)
		return refuse(r, EXIT_DATA, _("no target is in it"));
	return 0;
}

int
probe_list_read(struct probe_list *l, const char *path, bool skip_bad, FILE *err)
{
	bool in = strcmp(path, "-") == 0;
	struct reading r = { .list = l, .err = err, .path = path,
	    .skip_bad = skip_bad, .file = in ? stdin : fopen(path, "re") };
	int rc;

	if (r.file == NULL)
		return refuse(&r, EXIT_NOINPUT, strerror(errno));
	rc = take_lines(&r);
	if (!in)
		fclose(r.file);
	return rc;
}
