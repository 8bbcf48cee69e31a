#include "account/plan.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	DAY_S = 86400,
	LATE_S = 2 * DAY_S,
	GROWS = 8,		/* times, logs that are unpacked; seen here: 7 to 9 */
	GROWS_MAX = 60,		/* what gzip's own word is believed up to */
	CUT_LEAST = 1024 * 1024,	/* octets: smaller pieces are not cut off */
	SURE = 100, GUESSED = 50,	/* per cent of what is left that a turn gives out, by what weights are */
};

struct shares {
	uint64_t	all;		/* work */
	size_t		jobs;
	unsigned	percent;
};

/* Work on an octet of log, in hundredths of reading it plain: unpacking costs
 * beside (forensics.md 1: zcat 4.3, zstd 1.5, parsing 2.5 s a GB; the others by
 * the same bench). */
static const uint64_t work[ACCOUNT_PACKING_N] = {
	[ACCOUNT_PLAIN] = 100, [ACCOUNT_GZIP] = 250, [ACCOUNT_ZSTD] = 160,
	[ACCOUNT_XZ] = 500, [ACCOUNT_BZIP2] = 1200,
};

/* RFC 1952: the last four octets are the size, modulo 2^32, of the last member. */
static uint64_t
gzip_says(const struct account_seen *s)
{
	uint8_t o[4];

	if (s->size < 18 || pread(s->fd, o, sizeof(o), (off_t)s->size - 4) != sizeof(o))
		return 0;
	return (uint64_t)o[0] | (uint64_t)o[1] << 8 | (uint64_t)o[2] << 16 | (uint64_t)o[3] << 24;
}

uint64_t
account_plan_weight(const struct account_seen *s)
{
	uint64_t plain = s->packing == ACCOUNT_PLAIN ? s->size : s->size * GROWS;
	uint64_t said = s->packing == ACCOUNT_GZIP ? gzip_says(s) : 0;

	if (said > s->size && said / GROWS_MAX < s->size)
		plain = said;
	return plain * work[s->packing] / 100;
}

static struct account_piece *
add_piece(struct account_plan *p, const struct account_todo *t, uint64_t from, uint64_t to,
    uint64_t weight)
{
	struct account_piece *piece = &p->piece[p->n_pieces++];

	*piece = (struct account_piece){ .seen = t->seen, .file = t->file, .from = from,
	    .to = to, .weight = weight, .year = t->year };
	return piece;
}

/* The year at a cut: the file's, or the next one when its stamp is before the
 * first.  (Files of more than a year are not cut: account_read checks.) */
static int32_t
year_at(const struct account_todo *t, const struct account_seen *s, uint64_t line_at)
{
	struct account_stamp stamp;

	if (t->year == 0 || s->first.kind != SYSLOG_YEARLESS ||
	    !account_peek_stamp(s, line_at, &stamp) || stamp.kind != SYSLOG_YEARLESS)
		return t->year;
	return stamp.at_s < s->first.at_s - LATE_S ? t->year + 1 : t->year;
}

/* Splits the last piece at about octet `at` of its file.  false: it stays. */
static bool
cut(struct account_plan *p, const struct account_todo *t, const struct account_seen *s,
    uint64_t at)
{
	struct account_piece *last = &p->piece[p->n_pieces - 1], *next;
	uint64_t line_at, end = s->size;

	if (t->keep_whole || s->packing != ACCOUNT_PLAIN || !s->regular ||
	    at < last->from + CUT_LEAST || at + CUT_LEAST > end ||
	    !account_peek_cut(s, at, &line_at))
		return false;
	next = add_piece(p, t, line_at, end, end - line_at);
	next->year = year_at(t, s, line_at);
	next->part = last->part = true;
	last->to = line_at;
	last->weight = line_at - last->from;
	return true;
}

static void
end_run(struct account_plan *p, size_t end)
{
	struct account_run *before = p->n_runs > 0 ? &p->run[p->n_runs - 1] : NULL;
	size_t first = before != NULL ? before->first + before->n : 0;

	if (end > first)
		p->run[p->n_runs++] = (struct account_run){ first, end - first };
}

/* Work in the run with this number.  As few runs as there are threads, since each
 * costs as much as it has names and open messages; where weights are guesses turn
 * by turn a part of what is left, so that threads end together (factoring: Hummel,
 * Schonberg, Flynn 1992).  No matter who was faster always the same runs: what is
 * put together of a full table depends on where a log was cut. */
static uint64_t
share_of(const struct shares *s, size_t run)
{
	uint64_t left = s->all, one;

	if (s->jobs < 2)
		return UINT64_MAX;
	for (size_t turn = 0;; turn++) {
		one = left / 100 * s->percent / s->jobs;
		if (left - one * s->jobs < s->jobs * ACCOUNT_RUN_LEAST)
			one = left / s->jobs + 1;
		if (turn == run / s->jobs)
			break;
		left -= one * s->jobs < left ? one * s->jobs : left;
	}
	return one < ACCOUNT_RUN_LEAST ? ACCOUNT_RUN_LEAST : one;
}

/* Puts the last piece, cut where runs are full, into the run that is open and
 * has so much.  Returns what that has then. */
static uint64_t
put_last(struct account_plan *p, const struct account_todo *t,
    const struct account_seen *s, const struct shares *shares, uint64_t has)
{
	uint64_t room;

	for (;;) {
		struct account_piece *last = &p->piece[p->n_pieces - 1];

		room = share_of(shares, p->n_runs) - has;
		if (last->weight < room)
			return has + last->weight;
		if ((room >= CUT_LEAST || has == 0) && !cut(p, t, s, last->from + room))
			break;
		end_run(p, p->n_pieces - 1);
		has = 0;
	}
	/* it stays whole, and goes to the side that has more of it */
	if (room < p->piece[p->n_pieces - 1].weight / 2)
		end_run(p, p->n_pieces - 1);
	end_run(p, p->n_pieces);
	return 0;
}

/* Files one after the other. */
static void
fill(struct account_plan *p, const struct account_todo *todo, size_t n,
    const struct account_seen *seen, const struct shares *shares)
{
	uint64_t has = 0;

	for (size_t i = 0; i < n; i++) {
		const struct account_seen *s = &seen[todo[i].seen];

		add_piece(p, &todo[i], 0, 0, account_plan_weight(s));
		has = put_last(p, &todo[i], s, shares, has);
	}
	end_run(p, p->n_pieces);
}

int
account_plan(struct account_plan *out, const struct account_todo *todo, size_t n,
    const struct account_seen *seen, size_t jobs)
{
	struct shares shares = { .jobs = jobs, .percent = SURE };
	size_t cuts;

	for (size_t i = 0; i < n; i++) {
		shares.all += account_plan_weight(&seen[todo[i].seen]);
		if (seen[todo[i].seen].packing != ACCOUNT_PLAIN)
			shares.percent = GUESSED;
	}
	cuts = (size_t)(shares.all / ACCOUNT_RUN_LEAST) + 1;
	*out = (struct account_plan){ .piece = calloc(n + cuts, sizeof(*out->piece)),
	    .run = calloc(2 * n + cuts, sizeof(*out->run)) };
	if (out->piece == NULL || out->run == NULL) {
		account_plan_free(out);
		return SEK_ENOMEM;
	}
	fill(out, todo, n, seen, &shares);
	return 0;
}

void
account_plan_free(struct account_plan *p)
{
	free(p->piece);
	free(p->run);
	*p = (struct account_plan){ 0 };
}
