#include "account/read.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "account/overlap.h"
#include "account/run.h"

enum {
	DAY_S = 86400,
	AGAIN_MAX = 4,		/* readings until years fit; then it is taken as it is */
	GAP_MAX_S = 200 * DAY_S,	/* between two pieces of a file: a New Year was missed */
};

struct reader {
	struct account_seen		*seen;
	size_t				 n;
	const struct account_read_rules	*rules;
	struct account_place		*place;
	size_t				*rank;
	bool				*whole;		/* is not cut */
	struct account_overlap		*overlap;	/* of each seen */
	struct account_file		*file;
	size_t				*seen_of;	/* of each file */
	size_t				 n_files;
	struct account_todo		*todo;
	size_t				 n_todo;
};

static int
reader_new(struct reader *r, struct account_seen *seen, size_t n,
    const struct account_read_rules *rules)
{
	*r = (struct reader){ .seen = seen, .n = n, .rules = rules,
	    .place = calloc(n + 1, sizeof(*r->place)),
	    .rank = calloc(n + 1, sizeof(*r->rank)),
	    .whole = calloc(n + 1, sizeof(*r->whole)),
	    .overlap = calloc(n + 1, sizeof(*r->overlap)),
	    .file = calloc(n + 1, sizeof(*r->file)),
	    .seen_of = calloc(n + 1, sizeof(*r->seen_of)),
	    .todo = calloc(n + 1, sizeof(*r->todo)) };
	return r->place != NULL && r->rank != NULL && r->whole != NULL &&
	    r->overlap != NULL && r->file != NULL && r->seen_of != NULL &&
	    r->todo != NULL ? 0 : SEK_ENOMEM;
}

static void
reader_free(struct reader *r)
{
	free(r->place);
	free(r->rank);
	free(r->whole);
	free(r->overlap);
	free(r->file);
	free(r->seen_of);
	free(r->todo);
}

static bool
asked_to_stop(const struct reader *r)
{
	return r->rules->far != NULL && atomic_load(&r->rules->far->stop);
}

static int
look(struct reader *r)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->n && !asked_to_stop(r); i++)
		rc = account_peek(&r->seen[i]);
	return rc;
}

/* --- which files --- */

static void
name_other(struct reader *r, size_t k, const char *tag, size_t seen)
{
	r->file[k].trouble = tag;
	str_clean(r->file[k].trouble_text, sizeof(r->file[k].trouble_text),
	    str_of(r->seen[seen].name));
}

/* Of two equal ones: that which needs no unpacking, then the first one. */
static bool
is_better(const struct account_seen *a, size_t i, const struct account_seen *b, size_t k)
{
	const bool plain = a->packing == ACCOUNT_PLAIN;

	return plain != (b->packing == ACCOUNT_PLAIN) ? plain : i < k;
}

/* Is it, or is its beginning, what another file is? */
static int
find_copy(struct reader *r, size_t k)
{
	const struct account_seen *s = &r->seen[r->rank[k]];
	enum account_likeness like;
	int rc;

	for (size_t i = 0; i < r->n; i++) {
		const struct account_seen *other = &r->seen[r->rank[i]];

		if (i == k || !other->regular || other->fd < 0 ||
		    r->file[i].trouble != NULL)
			continue;
		rc = account_peek_compare(&like, s, other, r->rules->far);
		if (rc != 0)
			return rc;
		if ((like == ACCOUNT_EQUAL && is_better(other, i, s, k)) ||
		    like == ACCOUNT_BEGINS_B) {
			name_other(r, k, like == ACCOUNT_EQUAL ? "duplicate" : "same-beginning",
			    r->rank[i]);
			return 0;
		}
	}
	return 0;
}

/* Leaves out what stands in other files, too. */
static int
find_overlaps(struct reader *r)
{
	int rc;

	for (size_t i = 0; i < r->n; i++)
		r->overlap[i].skip = true;
	for (size_t k = 0; k < r->n_files; k++)
		r->overlap[r->seen_of[k]].skip = r->file[k].trouble != NULL ||
		    r->seen[r->seen_of[k]].fd < 0;
	rc = account_overlap(r->overlap, r->place, r->seen, r->n, r->rules->zone,
	    r->rules->far);
	for (size_t k = 0; rc == 0 && k < r->n_files; k++) {
		const struct account_overlap *o = &r->overlap[r->seen_of[k]];

		if (o->shares && o->skip)
			name_other(r, k, "duplicate", o->with);
	}
	return rc;
}

/* After the reading: of those that were read in part. */
static void
tell_overlaps(struct reader *r)
{
	for (size_t k = 0; k < r->n_files; k++) {
		const struct account_overlap *o = &r->overlap[r->seen_of[k]];

		if (o->shares && r->file[k].trouble == NULL)
			name_other(r, k, "overlap", o->with);
	}
}

static bool
outside(const struct reader *r, const struct account_place *p)
{
	return p->has_time && ((r->rules->until_s != 0 && p->first_s >= r->rules->until_s) ||
	    (r->rules->since_s != 0 && p->ends && p->last_s < r->rules->since_s));
}

/* Fills file[] in reading order with the reasons for which some are not read. */
static int
choose(struct reader *r)
{
	int rc = 0;

	for (size_t k = 0; k < r->n; k++) {
		r->file[k].name = str_of(r->seen[r->rank[k]].name);
		r->file[k].trouble = r->seen[r->rank[k]].trouble;
		/* not strerror(): translated, it would look for a catalogue */
		if (r->seen[r->rank[k]].why != 0)
			snprintf(r->file[k].trouble_text, sizeof(r->file[k].trouble_text), "%s",
			    strerrordesc_np(r->seen[r->rank[k]].why));
		r->seen_of[k] = r->rank[k];
		/* what was cut off is read as far as it goes */
		if (r->file[k].trouble != NULL && r->seen[r->rank[k]].has_first)
			r->file[k].trouble = NULL;
	}
	for (size_t k = 0; rc == 0 && k < r->n && !asked_to_stop(r); k++)
		if (r->file[k].trouble == NULL && r->seen[r->rank[k]].regular)
			rc = find_copy(r, k);
	return rc;
}

/* Takes those out that were found in a directory and are no mail log. */
static size_t
leave_out(struct reader *r)
{
	size_t kept = 0;

	for (size_t k = 0; k < r->n; k++) {
		const struct account_seen *s = &r->seen[r->seen_of[k]];

		if (s->walked && !s->mail && (s->fd >= 0 || s->trouble == NULL))
			continue;
		r->file[kept] = r->file[k];
		r->seen_of[kept++] = r->seen_of[k];
	}
	r->n_files = kept;
	return r->n - kept;
}

static void
list_todo(struct reader *r)
{
	r->n_todo = 0;
	for (size_t k = 0; k < r->n_files; k++) {
		const size_t i = r->seen_of[k];

		if (r->file[k].trouble == NULL && r->seen[i].fd >= 0 &&
		    (r->seen[i].regular || !r->rules->no_pipes) && !outside(r, &r->place[i]))
			r->todo[r->n_todo++] = (struct account_todo){ .seen = i,
			    .file = (uint32_t)k, .year = r->place[i].year,
			    .keep_whole = r->whole[i] };
	}
}

/* --- reading --- */

static void
tell_all(const struct reader *r)
{
	uint64_t all = 0;

	if (r->rules->far == NULL)
		return;
	for (size_t i = 0; i < r->n_todo; i++) {
		const struct account_seen *s = &r->seen[r->todo[i].seen];

		if (!s->regular) {	/* a pipe: nobody knows */
			all = 0;
			break;
		}
		all += s->size;
	}
	atomic_store(&r->rules->far->read, 0);
	atomic_store(&r->rules->far->passed, 0);
	atomic_store(&r->rules->far->all, all);
	atomic_store(&r->rules->far->looking, false);
}

/* Do pieces of one file follow each other, as their years were taken? */
static bool
years_fit(const struct account_file *a, const struct account_file *b)
{
	return a->last_s == 0 || b->first_s == 0 || (a->last_s <= b->first_s + DAY_S &&
	    b->first_s - a->last_s <= GAP_MAX_S);
}

/* Takes over what the pieces say.  Returns whether all is to be read again. */
static bool
look_at_years(struct reader *r, const struct account_plan *plan,
    const struct account_run_result *result)
{
	bool again = false;

	for (size_t i = 0; i < plan->n_pieces; i++) {
		const struct account_piece *p = &plan->piece[i];

		if (result[i].again != 0) {
			if (!p->part)
				r->place[p->seen].year = result[i].again;
			r->whole[p->seen] = true;
			again = true;
		} else if (i > 0 && p->part && plan->piece[i - 1].seen == p->seen &&
		    r->seen[p->seen].first.kind == SYSLOG_YEARLESS &&
		    !years_fit(&result[i - 1].file, &result[i].file)) {
			r->whole[p->seen] = true;
			again = true;
		}
	}
	return again;
}

static void
add_counts(struct account_file *f, const struct account_file *b)
{
	f->octets += b->octets;
	f->lines += b->lines;
	f->lines_other += b->lines_other;
	f->lines_cut += b->lines_cut;
	if (f->first_s == 0 || (b->first_s != 0 && b->first_s < f->first_s))
		f->first_s = b->first_s;
	if (b->last_s > f->last_s)
		f->last_s = b->last_s;
	if (f->trouble == NULL && b->trouble != NULL) {
		f->trouble = b->trouble;
		memcpy(f->trouble_text, b->trouble_text, sizeof(f->trouble_text));
	}
}

static void
take_counts(struct account_reading *out, struct reader *r, const struct account_plan *plan,
    const struct account_run_result *result)
{
	for (size_t i = 0; i < plan->n_pieces; i++) {
		add_counts(&r->file[plan->piece[i].file], &result[i].file);
		out->year_inferred = out->year_inferred || result[i].inferred;
	}
}

/* One reading.  Returns 0, 1: the years were wrong, or an error. */
static int
read_once(struct account_reading *out, struct reader *r, bool last)
{
	struct account_plan plan;
	struct account_run_result *result = NULL;
	int rc;

	list_todo(r);
	tell_all(r);
	rc = account_plan(&plan, r->todo, r->n_todo, r->seen, r->rules->jobs);
	if (rc != 0)
		return rc;
	result = calloc(plan.n_pieces + 1, sizeof(*result));
	rc = result == NULL ? SEK_ENOMEM :
	    account_run_all(&out->span, result, &plan, r->seen, r->place, r->rules,
	    last);
	if (rc == 0 && look_at_years(r, &plan, result) && !last) {
		account_span_free(out->span);
		out->span = NULL;
		rc = 1;
	} else if (rc == 0) {
		take_counts(out, r, &plan, result);
	}
	free(result);
	account_plan_free(&plan);
	return rc;
}

static bool
is_gap(const char *tag)
{
	static const char *const tags[] = { "unreadable", "truncated", "corrupt", "shrank",
	    "stopped", "no-memory" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strcmp(tag, tags[i]) == 0)
			return true;
	return false;
}

static void
look_at_troubles(struct account_reading *out)
{
	for (size_t k = 0; k < out->n; k++) {
		if (out->file[k].trouble == NULL || !is_gap(out->file[k].trouble))
			continue;
		if (out->troubled++ == 0)
			out->first_troubled = k;
	}
}

/* Until the years fit. */
static int
read_right(struct account_reading *out, struct reader *r)
{
	int rc;

	for (int i = 0; (rc = read_once(out, r, i == AGAIN_MAX)) == 1; i++)
		continue;
	if (rc == 0 && out->span == NULL) {	/* nothing to read: counts of nothing */
		out->span = account_span_new(r->rules->own, r->rules->limits, true);
		rc = out->span == NULL ? SEK_ENOMEM : 0;
	}
	return rc;
}

/* Everything of r that outlives it. */
static int
give(struct account_reading *out, struct reader *r)
{
	out->file_of = calloc(r->n + 1, sizeof(*out->file_of));
	if (out->file_of == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < r->n; i++)
		out->file_of[i] = ACCOUNT_NO_FILE;
	for (size_t k = 0; k < r->n_files; k++)
		out->file_of[r->seen_of[k]] = (uint32_t)k;
	out->stopped = asked_to_stop(r);
	out->file = r->file;
	out->n = r->n_files;
	r->file = NULL;
	look_at_troubles(out);
	return 0;
}

static int
read_all(struct account_reading *out, struct reader *r)
{
	const struct account_order_rules rules = { r->rules->now_s, r->rules->year,
	    r->rules->zone };
	int rc = look(r);

	if (rc == 0)
		rc = account_order(r->place, r->rank, r->seen, r->n, &rules);
	if (rc == 0)
		rc = choose(r);
	if (rc != 0)
		return rc;
	out->left_out = leave_out(r);
	rc = find_overlaps(r);
	if (rc == 0)
		rc = read_right(out, r);
	tell_overlaps(r);
	return rc != 0 ? rc : give(out, r);
}

int
account_read(struct account_reading *out, struct account_seen *seen, size_t n,
    const struct account_read_rules *rules)
{
	struct reader r;
	int rc = reader_new(&r, seen, n, rules);

	*out = (struct account_reading){ .span = NULL };
	if (rc == 0)
		rc = read_all(out, &r);
	reader_free(&r);
	if (rules->far != NULL)
		atomic_store(&rules->far->done, true);
	return rc;
}

void
account_reading_free(struct account_reading *r)
{
	account_span_free(r->span);
	free(r->file);
	free(r->file_of);
	*r = (struct account_reading){ .span = NULL };
}
