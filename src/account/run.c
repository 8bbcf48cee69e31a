#include "account/run.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Threads take runs in order; who finds that the next span in order can be joined
 * to those before it does that first (one at a time), so that no thread is in the
 * way of those that read.  None is more runs ahead than there are threads: finished
 * spans are not piled up. */
struct crew {
	const struct account_plan	*plan;
	const struct account_seen	*seen;
	const struct account_place	*place;
	const struct account_read_rules	*rules;
	struct account_run_result	*result;
	bool				 as_it_is;	/* years are not looked at */
	struct account_span		**span;		/* of each run; NULL: not read */
	bool				*over;		/* of each run */
	pthread_mutex_t			 lock;		/* of all below, and over */
	pthread_cond_t			 moved;
	size_t				 next;		/* run to be taken */
	size_t				 joined;	/* the first has all before this one */
	bool				 joining;
	int				 rc;		/* the first failure */
};

/* --- one piece --- */

static void
note_trouble(struct account_file *f, const char *tag, const char *why)
{
	if (tag == NULL || f->trouble != NULL)
		return;
	f->trouble = tag;
	snprintf(f->trouble_text, sizeof(f->trouble_text), "%s", why);
}

static int
pass_on(struct account_span *span, struct account_source *src)
{
	const char *p;
	size_t n;
	int rc;

	for (;;) {
		if ((rc = account_source_next(src, &p, &n)) != 0 || n == 0)
			return rc;
		if ((rc = account_span_octets(span, p, n)) != 0)
			return rc;
	}
}

/* A plain file as far as it was looked at: it may grow meanwhile. */
static int
open_piece(struct account_source **out, const struct account_piece *p,
    const struct account_seen *s, struct account_far *far)
{
	return !s->regular || s->packing != ACCOUNT_PLAIN ?
	    account_source_open(out, s->fd, far) :
	    account_source_part(out, s->fd, p->from, p->part ? p->to : s->size, far);
}

/* What was asked for, without what stands in another file, too. */
static void
set_window(struct account_clock *clock, const struct account_read_rules *rules,
    const struct account_place *p)
{
	clock->since_s = rules->since_s > p->since_s ? rules->since_s : p->since_s;
	clock->until_s = rules->until_s == 0 || (p->until_s != 0 &&
	    p->until_s < rules->until_s) ? p->until_s : rules->until_s;
}

static int
read_piece(struct account_span *span, struct account_run_result *r, const struct crew *c,
    const struct account_piece *p)
{
	const struct account_seen *s = &c->seen[p->seen];
	struct account_clock clock = { .newest_s = c->place[p->seen].newest_s, .year = p->year,
	    .offsets = c->rules->zone };
	const struct account_years *years;
	struct account_source *src;
	int rc;

	set_window(&clock, c->rules, &c->place[p->seen]);
	rc = account_span_file(span, p->file, &clock);
	if (rc != 0)
		return rc;
	rc = open_piece(&src, p, s, c->rules->far);
	if (rc != 0) {
		note_trouble(&r->file, "unreadable", rc == SEK_ESYS ? strerrordesc_np(errno) : "");
		return rc == SEK_ESYS ? 0 : rc;
	}
	rc = pass_on(span, src);
	note_trouble(&r->file, account_source_trouble(src), account_source_why(src));
	account_source_free(src);
	account_span_counts(span, &r->file);
	years = account_span_years(span);
	r->inferred = years->inferred;
	/* what cannot be read twice is taken as it is */
	r->again = s->regular && !c->as_it_is ? account_years_again(years) : 0;
	return rc;
}

/* --- runs --- */

static int
read_run(struct crew *c, size_t at)
{
	const struct account_run *run = &c->plan->run[at];
	struct account_span *span = account_span_new(c->rules->own, c->rules->limits,
	    at == 0);
	int rc = span == NULL ? SEK_ENOMEM : 0;

	for (size_t i = run->first; rc == 0 && i < run->first + run->n; i++) {
		rc = read_piece(span, &c->result[i], c, &c->plan->piece[i]);
		if (c->result[i].again != 0)
			break;
	}
	if (rc != 0) {
		account_span_free(span);
		span = NULL;
	}
	c->span[at] = span;
	return rc;
}

/* Returns false when there is none left. */
static bool
take(struct crew *c, size_t *at)
{
	bool some;

	pthread_mutex_lock(&c->lock);
	while (c->rc == 0 && c->next < c->plan->n_runs &&
	    c->next > c->joined + c->rules->jobs)
		pthread_cond_wait(&c->moved, &c->lock);
	some = c->rc == 0 && c->next < c->plan->n_runs;
	if (some)
		*at = c->next++;
	pthread_mutex_unlock(&c->lock);
	return some;
}

/* The run that can be joined now, and is left to this thread. */
static bool
take_join(struct crew *c, size_t *at)
{
	bool some;

	pthread_mutex_lock(&c->lock);
	some = c->rc == 0 && !c->joining && c->over[0] && c->joined < c->plan->n_runs &&
	    c->over[c->joined];
	if (some) {
		c->joining = true;
		*at = c->joined;
	}
	pthread_mutex_unlock(&c->lock);
	return some;
}

static void
tell_joined(struct crew *c, int rc)
{
	pthread_mutex_lock(&c->lock);
	c->joining = false;
	c->joined++;
	if (c->rc == 0)
		c->rc = rc;
	pthread_cond_broadcast(&c->moved);
	pthread_mutex_unlock(&c->lock);
}

static void
tell_read(struct crew *c, size_t at, int rc)
{
	pthread_mutex_lock(&c->lock);
	c->over[at] = true;
	if (c->rc == 0)
		c->rc = rc;
	pthread_cond_broadcast(&c->moved);
	pthread_mutex_unlock(&c->lock);
}

static void
join_what_can_be(struct crew *c)
{
	size_t at;

	while (take_join(c, &at)) {
		int rc = account_span_join(c->span[0], c->span[at]);

		c->span[at] = NULL;
		tell_joined(c, rc);
	}
}

static void *
work(void *ctx)
{
	struct crew *c = ctx;
	size_t at;

	while (take(c, &at)) {
		tell_read(c, at, read_run(c, at));
		join_what_can_be(c);
	}
	return NULL;
}

static int
with_threads(struct crew *c)
{
	pthread_t thread[ACCOUNT_JOBS];
	unsigned n = 0, want = c->rules->jobs;
	int rc = 0;

	if (want > c->plan->n_runs)
		want = (unsigned)c->plan->n_runs;
	while (n < want && (rc = pthread_create(&thread[n], NULL, work, c)) == 0)
		n++;
	if (n == 0) {
		errno = rc;
		return SEK_ESYS;
	}
	for (unsigned i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	return c->rc;
}

static int
alone(struct crew *c)
{
	return c->plan->n_runs == 0 ? 0 : read_run(c, 0);
}

int
account_run_all(struct account_span **out, struct account_run_result *result,
    const struct account_plan *plan, const struct account_seen *seen,
    const struct account_place *place, const struct account_read_rules *rules,
    bool as_it_is)
{
	struct crew c = { .plan = plan, .seen = seen, .place = place, .rules = rules,
	    .result = result, .as_it_is = as_it_is,
	    .span = calloc(plan->n_runs + 1, sizeof(*c.span)),
	    .over = calloc(plan->n_runs + 1, sizeof(*c.over)),
	    .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER,
	    .joined = 1 };
	int rc = c.span == NULL || c.over == NULL ? SEK_ENOMEM : 0;

	memset(result, 0, plan->n_pieces * sizeof(*result));
	if (rc == 0)
		rc = plan->n_runs < 2 ? alone(&c) : with_threads(&c);
	*out = rc == 0 ? c.span[0] : NULL;
	for (size_t i = rc == 0 ? 1 : 0; c.span != NULL && i < plan->n_runs; i++)
		account_span_free(c.span[i]);
	free(c.span);
	free(c.over);
	return rc;
}
