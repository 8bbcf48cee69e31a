#include "account/overlap.h"

#include <stdlib.h>
#include <string.h>

#include "account/plan.h"
#include "account/same.h"

struct finding {
	struct account_overlap		*out;
	struct account_place		*place;
	const struct account_seen	*seen;
	size_t				 n;
	const struct account_zone	*zone;
	struct account_far		*far;
	struct account_samples		**samples;	/* of each; NULL: not taken */
	struct account_samples		**some;		/* those of `part` */
	size_t				*part;		/* who may be part of the one that is read */
	bool				*read;		/* was looked through */
};

static bool
is_pipe(const struct account_seen *s)
{
	return !s->regular;
}

/* Two hosts' logs have no line in common. */
static bool
same_host(const struct account_seen *a, const struct account_seen *b)
{
	return a->host[0] == '\0' || b->host[0] == '\0' || strcmp(a->host, b->host) == 0;
}

/* May the lines of a be part of b? */
static bool
may_be_part(const struct finding *f, size_t a, size_t b)
{
	const struct account_seen *x = &f->seen[a], *y = &f->seen[b];

	if (a == b || f->out[a].skip || f->out[a].shares || is_pipe(x) || !x->mail ||
	    !same_host(x, y))
		return false;
	if (is_pipe(y))
		return f->place[a].has_time;
	if (!account_order_overlap(&f->place[a], &f->place[b]))
		return false;
	/* of two alike, the later one is part of the earlier one */
	return account_plan_weight(x) < account_plan_weight(y) ||
	    (account_plan_weight(x) == account_plan_weight(y) && a > b);
}

/* The largest one that was not looked through yet and has candidates, which are
 * listed; a pipe first, since it holds what files are written from. */
static bool
next_one(struct finding *f, size_t *b, size_t *n_part)
{
	uint64_t most = 0;
	bool some = false;

	for (size_t i = 0; i < f->n; i++) {
		const struct account_seen *s = &f->seen[i];
		uint64_t weight = is_pipe(s) ? UINT64_MAX : account_plan_weight(s);
		size_t k = 0;

		if (f->out[i].skip || f->read[i] || (is_pipe(s) && s->look_fd <= 0) ||
		    (some && weight <= most))
			continue;
		while (k < f->n && !may_be_part(f, k, i))
			k++;
		if (k == f->n)
			continue;
		some = true;
		most = weight;
		*b = i;
	}
	*n_part = 0;
	for (size_t a = 0; some && a < f->n; a++)
		if (may_be_part(f, a, *b))
			f->part[(*n_part)++] = a;
	return some;
}

static int
take_samples(struct finding *f, size_t n_part)
{
	int rc = 0;

	for (size_t k = 0; rc == 0 && k < n_part; k++) {
		const size_t a = f->part[k];

		if (f->samples[a] == NULL) {
			f->samples[a] = malloc(sizeof(*f->samples[a]));
			rc = f->samples[a] == NULL ? SEK_ENOMEM :
			    account_same_take(f->samples[a], &f->seen[a], &f->place[a],
			    f->zone, f->far);
		}
		f->some[k] = f->samples[a];
	}
	return rc;
}

static void
decide(struct finding *f, size_t a, size_t b, int64_t first_s, int64_t last_s)
{
	enum account_share share = account_same_judge(f->samples[a], first_s, last_s);

	if (share == ACCOUNT_SHARES_NONE)
		return;
	f->out[a].shares = true;
	f->out[a].with = b;
	f->out[a].skip = share == ACCOUNT_SHARES_ALL;
	if (share == ACCOUNT_SHARES_END)
		f->place[a].until_s = first_s;
	else if (share == ACCOUNT_SHARES_BEGIN)
		f->place[a].since_s = last_s + 1;
}

static int
look_through(struct finding *f, size_t b, size_t n_part)
{
	struct account_seen s = f->seen[b];
	int64_t first_s, last_s;
	int rc = take_samples(f, n_part);

	if (is_pipe(&s))
		s.fd = s.look_fd;
	f->read[b] = true;
	if (rc == 0)
		rc = account_same_find(f->some, n_part, &s, &f->place[b], f->zone, &first_s,
		    &last_s, f->far);
	for (size_t k = 0; rc == 0 && k < n_part; k++)
		decide(f, f->part[k], b, first_s, last_s);
	return rc;
}

static void
free_all(struct finding *f)
{
	for (size_t i = 0; f->samples != NULL && i < f->n; i++)
		free(f->samples[i]);
	free(f->samples);
	free(f->some);
	free(f->part);
	free(f->read);
}

int
account_overlap(struct account_overlap *out, struct account_place *place,
    const struct account_seen *seen, size_t n, const struct account_zone *zone,
    struct account_far *far)
{
	struct finding f = { .out = out, .place = place, .seen = seen, .n = n, .zone = zone,
	    .far = far, .samples = calloc(n + 1, sizeof(*f.samples)),
	    .some = calloc(n + 1, sizeof(*f.some)), .part = calloc(n + 1, sizeof(*f.part)),
	    .read = calloc(n + 1, sizeof(*f.read)) };
	int rc = f.samples != NULL && f.some != NULL && f.part != NULL && f.read != NULL ?
	    0 : SEK_ENOMEM;
	size_t b = 0, n_part;

	for (int pass = 0; rc == 0 && pass < ACCOUNT_OVERLAP_PASSES &&
	    (far == NULL || !atomic_load(&far->stop)) && next_one(&f, &b, &n_part); pass++)
		rc = look_through(&f, b, n_part);
	free_all(&f);
	return rc;
}
