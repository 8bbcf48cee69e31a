#include "account/span.h"

#include <stdlib.h>
#include <string.h>

#include "account/fill.h"
#include "account/grow.h"
#include "account/join.h"
#include "account/line.h"
#include "account/tally.h"

enum {	/* defaults of account_limits; at all of them a span holds 70 MB */
	IN_FLIGHT = 24576,
	NAMES = 24000,
	UNDECIDED = 65536,
	HOURS = 32768,		/* nearly four years */
};

struct counted {	/* of one file */
	uint32_t	file;
	uint64_t	octets, lines, other, cut;
	uint64_t	rest;	/* its first line is the end of one that began in another file */
	bool		any;
	int64_t		first_s, last_s;
};

/* The beginning of a line whose end was not read yet, or the other way round. */
struct half {
	char	*text;		/* at most SYSLOG_LINE_MAX of it */
	size_t	 n, cap;
	size_t	 whole;		/* its length */
};

struct place {		/* where a line stands */
	struct account_years	years;
	int64_t			since_s, until_s;
	uint32_t		file;
	uint64_t		line;
	size_t			open;	/* of counted */
};

struct account_span {
	const struct account_own *own;
	struct account_limits	 limits;
	struct account_tally	 tally;
	struct account_join	 join;
	struct place		 at;			/* the open file */
	bool			 any_file;
	/* the end of a file that has no LF there: a line, or the half of one
	 * whose other half begins the next file */
	struct half		 carry;
	struct place		 carry_at;
	/* head: what stands before the first LF of the first file; whose
	 * beginning the span before may have */
	struct account_clock	 head_clock;
	uint32_t		 head_file;
	struct half		 head, tail;
	bool			 in_head, head_ends;	/* being read; its LF was read */
	bool			 head_open;		/* its file ended without a LF, and no line followed */
	struct counted		*counted;
	size_t			 n_counted, cap_counted;
	char			*unwrapped;		/* SYSLOG_LINE_MAX */
	struct arena		*shown;			/* of the result */
	struct account_span	*view;			/* of account_span_look */
};

/* Making and freeing --------------------------------------------------------- */

static size_t
or_default(size_t n, size_t usual)
{
	return n != 0 ? n : usual;
}

static int
parts_init(struct account_span *s)
{
	const struct tally_limits limits = { .names = or_default(s->limits.names, NAMES),
		.pending = or_default(s->limits.undecided_rcpts, UNDECIDED),
		.hours = or_default(s->limits.hours, HOURS) };

	if (tally_init(&s->tally, s->own, s->limits.country, &limits) < 0)
		return SEK_ENOMEM;
	return join_init(&s->join, &s->tally, s->own, or_default(s->limits.in_flight, IN_FLIGHT));
}

struct account_span *
account_span_new(const struct account_own *own, const struct account_limits *limits)
{
	struct account_span *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->own = own;
	s->limits = *limits;
	s->unwrapped = malloc(SYSLOG_LINE_MAX);
	if (parts_init(s) == 0 && s->unwrapped != NULL)
		return s;
	account_span_free(s);
	return NULL;
}

static void
parts_free(struct account_span *s)
{
	join_free(&s->join);
	tally_free(&s->tally);
	free(s->head.text);
	free(s->tail.text);
	free(s->carry.text);
	free(s->counted);
	s->head = s->tail = s->carry = (struct half){ NULL, 0, 0, 0 };
	s->counted = NULL;
	s->n_counted = s->cap_counted = 0;
}

void
account_span_free(struct account_span *s)
{
	if (s == NULL)
		return;
	account_span_free(s->view);
	parts_free(s);
	free(s->unwrapped);
	arena_free(s->shown);
	free(s);
}

/* Lines ------------------------------------------------------------------------ */

static struct counted *
counts(struct account_span *s)
{
	return &s->counted[s->at.open];
}

static bool
outside(const struct account_span *s, int64_t at_s)
{
	const struct place *p = &s->at;

	return (p->since_s != 0 && at_s < p->since_s) || (p->until_s != 0 && at_s >= p->until_s);
}

static void
stamp_count(struct counted *c, int64_t at_s)
{
	if (!c->any || at_s < c->first_s)
		c->first_s = at_s;
	if (!c->any || at_s > c->last_s)
		c->last_s = at_s;
	c->any = true;
}

/* One line without its LF.  cut: it was longer. */
static int
line_take(struct account_span *s, struct str octets, bool cut)
{
	struct syslog_line line;
	struct mail_event ev;
	struct account_at at;
	int rc = line_read(&ev, &line, octets, s->unwrapped);

	s->at.line++;
	counts(s)->lines++;
	counts(s)->cut += cut;
	if (line.text.p == NULL) {
		counts(s)->other++;
		return join_line(&s->join, NULL, STR(""), (struct account_at){ 0 }, octets);
	}
	at = at_of(account_years_utc(&s->at.years, line.at_s, line.stamp), s->at.file, s->at.line);
	stamp_count(counts(s), at.s);
	counts(s)->other += rc != 0;
	if (rc != 0 || outside(s, at.s))
		return join_line(&s->join, NULL, line.host, at, octets);
	if (ev.mta != MAIL_NO_MTA && tally_line(&s->tally, ev.mta, at) < 0)
		return SEK_ENOMEM;
	return join_line(&s->join, &ev, line.host, at, octets);
}

static int
half_more(struct half *h, const char *p, size_t n)
{
	size_t room = h->n < SYSLOG_LINE_MAX ? SYSLOG_LINE_MAX - h->n : 0;

	h->whole += n;
	if (n > room)
		n = room;
	if (n == 0)
		return 0;
	if (grow_room((void **)&h->text, &h->cap, h->n + n, 1) < 0)
		return SEK_ENOMEM;
	memcpy(h->text + h->n, p, n);
	h->n += n;
	return 0;
}

static int
half_take(struct account_span *s, struct half *h)
{
	int rc = line_take(s, (struct str){ h->text, h->n }, h->whole > SYSLOG_LINE_MAX);

	h->n = h->whole = 0;
	return rc;
}

/* A line that began in the file before. */
static int
carry_take(struct account_span *s)
{
	struct place here = s->at;
	int rc;

	s->at = s->carry_at;
	rc = half_take(s, &s->carry);
	s->at = here;
	return rc;
}

static bool
is_log_line(struct account_span *s, struct str octets)
{
	struct syslog_line line;

	return syslog_read(&line, octets, s->unwrapped, SYSLOG_LINE_MAX) == 0;
}

/* The first line of a file that follows one without a LF at its end.  Returns
 * 1 when it was the rest of that one's last line. */
static int
first_line(struct account_span *s, struct str octets, size_t whole)
{
	bool own = is_log_line(s, octets);
	struct half *half = s->head_open ? &s->head : &s->carry;
	int rc;

	if (!own) {
		if (half_more(half, octets.p, octets.n) < 0)
			return SEK_ENOMEM;
		half->whole += whole - octets.n;
		counts(s)->rest++;
		s->at.line++;
	}
	rc = s->head_open ? 0 : carry_take(s);
	s->head_open = false;
	return rc < 0 ? rc : !own;
}

/* A line; whole is its length. */
static int
line_next(struct account_span *s, struct str octets, size_t whole)
{
	if (s->carry.whole > 0 || s->head_open) {
		int rc = first_line(s, octets, whole);

		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
	return line_take(s, octets, whole > SYSLOG_LINE_MAX);
}

static int
tail_next(struct account_span *s)
{
	int rc = line_next(s, (struct str){ s->tail.text, s->tail.n }, s->tail.whole);

	s->tail.n = s->tail.whole = 0;
	return rc;
}

/* What stands behind the last LF of a file is a line too, or half of one. */
static int
file_close(struct account_span *s)
{
	struct half empty = s->carry;
	int rc = 0;

	if (s->in_head) {	/* of an empty file: the next one has it */
		s->in_head = s->head.whole == 0;
		s->head_ends = s->head_open = s->head.whole > 0;
		return 0;
	}
	if (s->tail.whole == 0)
		return 0;
	if (s->carry.whole > 0 || s->head_open) {
		rc = first_line(s, (struct str){ s->tail.text, s->tail.n }, s->tail.whole);
		if (rc != 0) {
			s->tail.n = s->tail.whole = 0;
			return rc < 0 ? rc : 0;
		}
		empty = s->carry;
	}
	s->carry = s->tail;
	s->carry_at = s->at;
	s->tail = empty;
	s->tail.n = s->tail.whole = 0;
	return 0;
}

/* A file that was read before goes on. */
static int
counted_open(struct account_span *s, uint32_t file)
{
	for (size_t i = s->n_counted; i > 0; i--)
		if (s->counted[i - 1].file == file) {
			s->at.open = i - 1;
			return 0;
		}
	if (grow_room((void **)&s->counted, &s->cap_counted, s->n_counted + 1, sizeof(*s->counted)) < 0)
		return SEK_ENOMEM;
	s->at.open = s->n_counted;
	s->counted[s->n_counted++] = (struct counted){ .file = file };
	return 0;
}

int
account_span_file(struct account_span *s, uint32_t file, const struct account_clock *clock)
{
	if (s->any_file && file_close(s) < 0)
		return SEK_ENOMEM;
	if (counted_open(s, file) < 0)
		return SEK_ENOMEM;
	account_years_begin(&s->at.years, clock);
	if (clock->offsets != NULL)
		s->tally.past.zone = clock->offsets;
	s->at.since_s = clock->since_s;
	s->at.until_s = clock->until_s;
	s->at.file = file;
	s->at.line = counts(s)->lines + counts(s)->rest;
	if (!s->any_file || s->in_head) {
		s->any_file = s->in_head = true;
		s->head_file = file;
		s->head_clock = *clock;
	}
	return 0;
}

/* Up to the first LF of the span.  Returns how much was taken, or negative. */
static ptrdiff_t
head_more(struct account_span *s, const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);
	size_t take = lf == NULL ? n : (size_t)(lf - p);

	if (half_more(&s->head, p, take) < 0)
		return SEK_ENOMEM;
	if (lf == NULL)
		return (ptrdiff_t)n;
	s->in_head = false;
	s->head_ends = true;
	return (ptrdiff_t)take + 1;
}

int
account_span_octets(struct account_span *s, const char *p, size_t n)
{
	const char *end = p + n, *lf;
	int rc;

	counts(s)->octets += n;
	if (s->in_head) {
		ptrdiff_t took = head_more(s, p, n);

		if (took < 0)
			return SEK_ENOMEM;
		p += took;
	}
	for (; p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL; p = lf + 1) {
		size_t len = (size_t)(lf - p);

		if (s->tail.whole > 0) {
			rc = half_more(&s->tail, p, len);
			rc = rc < 0 ? rc : tail_next(s);
		} else {
			rc = line_next(s, (struct str){ p, len < SYSLOG_LINE_MAX ? len : SYSLOG_LINE_MAX }, len);
		}
		if (rc < 0)
			return rc;
	}
	return p < end ? half_more(&s->tail, p, (size_t)(end - p)) : 0;
}

/* Two spans ---------------------------------------------------------------------- */

static int
half_join(struct half *a, const struct half *b)
{
	if (half_more(a, b->text, b->n) < 0)
		return SEK_ENOMEM;
	a->whole += b->whole - b->n;
	return 0;
}

/* a goes on where b begins: the line that stands across the border is a's. */
static int
border(struct account_span *a, struct account_span *b)
{
	bool same = a->any_file && a->at.file == b->head_file;

	if (!same && account_span_file(a, b->head_file, &b->head_clock) < 0)
		return SEK_ENOMEM;
	if (a->in_head) {	/* a has not seen a LF either, or nothing at all */
		if (half_join(&a->head, &b->head) < 0)
			return SEK_ENOMEM;
		a->in_head = b->in_head;
		a->head_ends = b->head_ends || (!b->in_head && a->head.whole > 0);
		a->head_open = b->head_open || (!b->in_head && !b->head_ends && a->head.whole > 0);
		return 0;
	}
	if (half_join(&a->tail, &b->head) < 0)
		return SEK_ENOMEM;
	if (b->in_head)
		return 0;
	return b->head_open || !b->head_ends ? file_close(a) : tail_next(a);
}

static void
counted_add(struct counted *to, const struct counted *from)
{
	to->octets += from->octets;
	to->rest += from->rest;
	to->lines += from->lines;
	to->other += from->other;
	to->cut += from->cut;
	if (!from->any)
		return;
	stamp_count(to, from->first_s);
	stamp_count(to, from->last_s);
}

/* b's files; the first of them is open in a. */
static int
counted_join(struct account_span *a, const struct account_span *b)
{
	for (size_t i = 0; i < b->n_counted; i++) {
		if (counted_open(a, b->counted[i].file) < 0)
			return SEK_ENOMEM;
		counted_add(counts(a), &b->counted[i]);
	}
	return counted_open(a, b->at.file);
}

/* What b has of lines that are not whole yet. */
static int
halves_join(struct account_span *a, struct account_span *b, const struct account_shift *by)
{
	if (b->carry.whole > 0) {	/* a's own was decided by b's first line */
		if (half_join(&a->carry, &b->carry) < 0)
			return SEK_ENOMEM;
		a->carry_at = b->carry_at;
		if (a->carry_at.file == by->file)
			a->carry_at.line += by->lines;
		for (size_t i = 0; i < a->n_counted; i++)
			if (a->counted[i].file == a->carry_at.file)
				a->carry_at.open = i;
	}
	return half_join(&a->tail, &b->tail);
}

static int
parts_join(struct account_span *a, struct account_span *b)
{
	struct account_shift by = { .file = b->head_file };

	if (border(a, b) < 0)
		return SEK_ENOMEM;
	by.lines = a->at.line;
	by.seq = a->join.seq;
	if (join_repeats(&a->join, &b->join, &by) < 0 || tally_join(&a->tally, &b->tally, &by) < 0 ||
	    join_spans(&a->join, &b->join, &by) < 0 || counted_join(a, b) < 0)
		return SEK_ENOMEM;
	a->at.line = b->at.file == b->head_file ? a->at.line + b->at.line : b->at.line;
	a->at.file = b->at.file;
	a->at.since_s = b->at.since_s;
	a->at.until_s = b->at.until_s;
	if (b->at.years.any || b->n_counted > 1)
		a->at.years = b->at.years;
	return halves_join(a, b, &by);
}

int
account_span_join(struct account_span *a, struct account_span *b)
{
	int rc = b->any_file ? parts_join(a, b) : 0;

	account_span_free(b);
	return rc;
}

/* Answers ------------------------------------------------------------------------ */

void
account_span_counts(const struct account_span *s, struct account_file *f)
{
	const struct counted *c = &s->counted[s->at.open];

	f->octets = c->octets;
	f->lines = c->lines;
	f->lines_other = c->other;
	f->lines_cut = c->cut;
	f->first_s = c->first_s;
	f->last_s = c->last_s;
}

const struct account_years *
account_span_years(const struct account_span *s)
{
	return &s->at.years;
}

const struct account_own *
account_span_learned(const struct account_span *s)
{
	return s->view != NULL ? s->view->tally.learn.own : s->tally.learn.own;
}

/* Nothing is before this span: its head is a line. */
static int
begin(struct account_span *s)
{
	struct account_span *all;
	int rc;

	if (!s->any_file)
		return 0;
	all = account_span_new(s->own, &s->limits);
	if (all == NULL)
		return SEK_ENOMEM;
	all->any_file = true;
	all->at.file = s->head_file + 1;
	rc = parts_join(all, s);
	if (rc == 0)
		rc = file_close(all);
	if (rc == 0 && all->carry.whole > 0)
		rc = carry_take(all);
	parts_free(s);
	s->tally = all->tally;
	s->join = all->join;
	s->join.tally = &s->tally;
	s->counted = all->counted;
	s->n_counted = all->n_counted;
	s->at = all->at;
	s->any_file = false;
	all->counted = NULL;
	memset(&all->tally, 0, sizeof(all->tally));
	memset(&all->join, 0, sizeof(all->join));
	account_span_free(all);
	return rc;
}

static void
files_fill(const struct account_span *s, struct account_result *out)
{
	out->lines = 0;
	for (size_t i = 0; i < s->n_counted; i++) {
		const struct counted *c = &s->counted[i];
		struct account_file *f = c->file < out->n_files ? &out->file[c->file] : NULL;

		out->lines += c->lines;
		if (f == NULL)
			continue;
		f->octets = c->octets;
		f->lines = c->lines;
		f->lines_other = c->other;
		f->lines_cut = c->cut;
		f->first_s = c->first_s;
		f->last_s = c->last_s;
	}
}

int
account_span_end(struct account_span *s, struct account_result *out)
{
	if (begin(s) < 0 || join_end(&s->join) < 0 || tally_settle(&s->tally, true) < 0)
		return SEK_ENOMEM;
	arena_free(s->shown);
	s->shown = arena_new(FILL_OCTETS);
	if (s->shown == NULL)
		return SEK_ENOMEM;
	files_fill(s, out);
	return fill_result(out, &s->tally, s->shown);
}

static int
half_copy(struct half *to, const struct half *from)
{
	*to = *from;
	to->text = grow_copy(from->text, from->n, from->cap, 1);
	return (to->text == NULL) == (from->text == NULL) ? 0 : SEK_ENOMEM;
}

/* Everything of s, so that the copy can be ended. */
static int
parts_copy(struct account_span *to, const struct account_span *s)
{
	struct account_tally tally;

	to->at = s->at;
	to->carry_at = s->carry_at;
	to->head_open = s->head_open;
	to->any_file = s->any_file;
	to->head_clock = s->head_clock;
	to->head_file = s->head_file;
	to->in_head = s->in_head;
	to->head_ends = s->head_ends;
	to->counted = grow_copy(s->counted, s->n_counted, s->cap_counted, sizeof(*s->counted));
	to->n_counted = s->n_counted;
	to->cap_counted = s->cap_counted;
	if (half_copy(&to->head, &s->head) < 0 || half_copy(&to->tail, &s->tail) < 0 ||
	    half_copy(&to->carry, &s->carry) < 0 ||
	    (s->counted != NULL && to->counted == NULL) || tally_copy(&tally, &s->tally) < 0)
		return SEK_ENOMEM;
	tally_free(&to->tally);
	to->tally = tally;
	join_free(&to->join);
	return join_copy(&to->join, &s->join, &to->tally);
}

int
account_span_look(struct account_span *s, struct account_result *out)
{
	account_span_free(s->view);
	s->view = account_span_new(s->own, &s->limits);
	if (s->view == NULL || parts_copy(s->view, s) < 0)
		return SEK_ENOMEM;
	return account_span_end(s->view, out);
}
