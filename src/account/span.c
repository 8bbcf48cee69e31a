#include "account/span_body.h"

#include <stdlib.h>
#include <string.h>

#include "account/grow.h"
#include "account/line.h"

enum {	/* defaults of account_limits; at all of them a span holds 70 MB */
	IN_FLIGHT = 24576,
	NAMES = 24000,
	UNDECIDED = 65536,
	HOURS = 32768,		/* nearly four years */
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
	const struct tally_limits limits = {
		.names = or_default(s->limits.names, NAMES),
		.pending = or_default(s->limits.undecided_rcpts, UNDECIDED),
		.hours = or_default(s->limits.hours, HOURS)
	};

	if (tally_init(&s->tally, s->own, s->limits.country, &limits) < 0)
		return SEK_ENOMEM;
	if (join_init(&s->join, &s->tally, s->own,
	    or_default(s->limits.in_flight, IN_FLIGHT)) < 0)
		return SEK_ENOMEM;
	s->join.first = s->first;
	return 0;
}

struct account_span *
account_span_new(const struct account_own *own, const struct account_limits *limits,
    bool first)
{
	struct account_span *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->own = own;
	s->limits = *limits;
	s->first = first;
	s->unwrapped = malloc(SYSLOG_LINE_MAX);
	if (parts_init(s) == 0 && s->unwrapped != NULL)
		return s;
	account_span_free(s);
	return NULL;
}

void
span_parts_free(struct account_span *s)
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
	span_parts_free(s);
	free(s->unwrapped);
	arena_free(s->shown);
	free(s);
}

/* Lines ------------------------------------------------------------------------ */

struct counted *
span_counts(struct account_span *s)
{
	return &s->counted[s->at.open];
}

static bool
outside(const struct account_span *s, int64_t at_s)
{
	const struct place *p = &s->at;

	return (p->since_s != 0 && at_s < p->since_s) ||
	    (p->until_s != 0 && at_s >= p->until_s);
}

void
span_stamp_count(struct counted *c, int64_t at_s)
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
	struct counted *c = span_counts(s);
	int rc = line_cut(&line, &s->before, octets, s->unwrapped);

	s->at.line++;
	c->lines++;
	c->cut += cut;
	if (rc != 0) {
		c->other++;
		return join_line(&s->join, NULL, STR(""),
		    (struct account_at){ 0 }, octets);
	}
	join_expect(&s->join, line.text);
	rc = line_tell(&ev, &line);
	if (rc == 0)
		join_expect_rcpt(&s->join, &ev);
	at = at_of(account_years_utc(&s->at.years, line.at_s, line.stamp),
	    s->at.file, s->at.line);
	span_stamp_count(c, at.s);
	c->other += rc != 0;
	if (rc != 0 || outside(s, at.s))
		return join_line(&s->join, NULL, line.host, at, octets);
	if (ev.mta != MAIL_NO_MTA && tally_line(&s->tally, ev.mta, at) < 0)
		return SEK_ENOMEM;
	return join_line(&s->join, &ev, line.host, at, octets);
}

int
span_half_more(struct half *h, const char *p, size_t n)
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
	const bool no_nul = s->before.no_nul;
	int rc;

	s->before.no_nul = false;	/* that is of the octets that are being read */
	rc = line_take(s, (struct str){ h->text, h->n },
	    h->whole > SYSLOG_LINE_MAX);
	s->before.no_nul = no_nul;
	h->n = h->whole = 0;
	return rc;
}

/* A line that began in the file before. */
int
span_carry_take(struct account_span *s)
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
		if (span_half_more(half, octets.p, octets.n) < 0)
			return SEK_ENOMEM;
		half->whole += whole - octets.n;
		span_counts(s)->rest++;
		s->at.line++;
	}
	rc = s->head_open ? 0 : span_carry_take(s);
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

int
span_tail_next(struct account_span *s)
{
	int rc;

	s->before.no_nul = false;
	rc = line_next(s, (struct str){ s->tail.text, s->tail.n },
	    s->tail.whole);
	s->tail.n = s->tail.whole = 0;
	return rc;
}

/* What stands behind the last LF of a file is a line too, or half of one. */
int
span_file_close(struct account_span *s)
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
		rc = first_line(s, (struct str){ s->tail.text, s->tail.n },
		    s->tail.whole);
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
int
span_counted_open(struct account_span *s, uint32_t file)
{
	for (size_t i = s->n_counted; i > 0; i--)
		if (s->counted[i - 1].file == file) {
			s->at.open = i - 1;
			return 0;
		}
	if (grow_room((void **)&s->counted, &s->cap_counted, s->n_counted + 1,
	        sizeof(*s->counted)) < 0)
		return SEK_ENOMEM;
	s->at.open = s->n_counted;
	s->counted[s->n_counted++] = (struct counted){ .file = file };
	return 0;
}

int
account_span_file(struct account_span *s, uint32_t file,
    const struct account_clock *clock)
{
	if (s->any_file && span_file_close(s) < 0)
		return SEK_ENOMEM;
	if (span_counted_open(s, file) < 0)
		return SEK_ENOMEM;
	account_years_begin(&s->at.years, clock);
	if (clock->offsets != NULL)
		s->tally.past.zone = clock->offsets;
	s->at.since_s = clock->since_s;
	s->at.until_s = clock->until_s;
	s->at.file = file;
	s->at.line = span_counts(s)->lines + span_counts(s)->rest;
	if (!s->first && (!s->any_file || s->in_head)) {
		s->in_head = true;
		s->head_file = file;
		s->head_clock = *clock;
	}
	s->any_file = true;
	return 0;
}

/* Up to the first LF of the span.  Returns how much was taken, or negative. */
static ptrdiff_t
head_more(struct account_span *s, const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);
	size_t take = lf == NULL ? n : (size_t)(lf - p);

	if (span_half_more(&s->head, p, take) < 0)
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
	/* asked once of all lines: hardly a log has any */
	const bool no_nul = n == 0 || memchr(p, '\0', n) == NULL;
	const char *end = p + n, *lf;
	int rc;

	span_counts(s)->octets += n;
	s->before.no_nul = no_nul;
	if (s->in_head) {
		ptrdiff_t took = head_more(s, p, n);

		if (took < 0)
			return SEK_ENOMEM;
		p += took;
	}
	for (; p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL;
	     p = lf + 1) {
		size_t len = (size_t)(lf - p);

		if (s->tail.whole > 0) {
			rc = span_half_more(&s->tail, p, len);
			rc = rc < 0 ? rc : span_tail_next(s);
			s->before.no_nul = no_nul;
		} else {
			rc = line_next(s,
			    (struct str){ p,
			        len < SYSLOG_LINE_MAX ? len : SYSLOG_LINE_MAX },
			    len);
		}
		if (rc < 0)
			return rc;
	}
	return p < end ? span_half_more(&s->tail, p, (size_t)(end - p)) : 0;
}
