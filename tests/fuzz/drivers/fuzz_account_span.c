/* A log, cut: the first octet says in how many spans and what is known to be
 * ours, then two octets a cut, then text.  Sums are sums, and spans that are
 * joined count the same lines as one.  (That they tell the same of messages is
 * tested on logs as servers write them, tests/unit/account/test_span.c: where
 * lines contradict each other, as two arrivals of one id without an end, a
 * border may decide which of two readings is taken.) */
#include <stdlib.h>
#include <string.h>

#include "../../unit/account/log_rig.h"
#include "account/row.h"

enum { CUTS = 4, TEXT_MAX = 16384 };

static void
sum_check(const struct account_result *r)
{
	struct account_count sum = { 0 };

	for (int c = 0; c < ACCOUNT_CLASS_N; c++) {
		const struct account_count *n = &r->n[c];

		if (n->recipients != n->delivered + n->deferred + n->bounced + n->discarded + n->queued ||
		    n->messages > r->total.messages || n->messages > n->recipients)
			abort();
		sum.recipients += n->recipients;
		sum.attempts += n->attempts;
		sum.delivered += n->delivered;
		sum.refused += n->refused;
	}
	if (sum.recipients != r->total.recipients || sum.attempts != r->total.attempts ||
	    sum.delivered != r->total.delivered || sum.refused != r->total.refused)
		abort();
}

/* No table has more of a class than there is. */
static void
table_check(const struct account_result *r, enum account_axis axis)
{
	const struct account_table *t = &r->table[axis];

	for (enum account_class c = 0; c < ACCOUNT_CLASS_N; c++) {
		uint64_t recipients = t->rest[c].recipients;

		for (size_t i = 0; i < t->n; i++)
			recipients += account_row_n(&t->row[i], c)->recipients;
		if (recipients > r->n[c].recipients)
			abort();
	}
}

/* What does not depend on which lines are of one message. */
static char *
lines_text(const struct account_result *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	fprintf(f, "%llu %llu %llu", (unsigned long long)r->lines, (unsigned long long)r->lines_mail,
	    (unsigned long long)r->total.refused);
	for (int m = 0; m < MAIL_MTA_N; m++)
		fprintf(f, " %llu", (unsigned long long)r->by_mta[m]);
	when_put(f, "first", &r->first);
	when_put(f, "last", &r->last);
	when_put(f, "refused_first", &r->relay_refused_first);
	when_put(f, "refused_last", &r->relay_refused_last);
	fprintf(f, " %llu %llu %llu\n", (unsigned long long)r->logins_failed, (unsigned long long)r->relay_refused,
	    (unsigned long long)r->gap_n[ACCOUNT_GAP_RATE_LIMIT]);
	listings_put(f, r);
	fclose(f);
	return text;
}

static char *
spans_text(const struct log *l, const size_t *cut, size_t n_cuts, bool check)
{
	struct account_file file[1] = { { .octets = 0 } };
	struct account_result r = { .file = file, .n_files = 1 };
	struct account_span *s = span_of(l, true, 0, n_cuts > 0 ? cut[0] : SIZE_MAX);
	char *text;

	for (size_t i = 0; i < n_cuts; i++)
		or_die(account_span_join(s, span_of(l, false, cut[i], i + 1 < n_cuts ? cut[i + 1] : SIZE_MAX)));
	or_die(account_span_end(s, &r));
	if (check) {
		sum_check(&r);
		for (enum account_axis a = 0; a < ACCOUNT_AXIS_N; a++)
			table_check(&r, a);
	}
	text = lines_text(&r);
	account_span_free(s);
	return text;
}

static int
cut_order(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

/* Without a year a line's moment depends on those before it: the reader of a
 * second span is told its first year, which this one cannot know. */
static bool
has_years(struct str text)
{
	static char unwrapped[SYSLOG_LINE_MAX];

	while (text.n > 0) {
		struct syslog_line line;

		if (syslog_read(&line, str_cut(&text, '\n'), unwrapped, sizeof(unwrapped)) == 0 &&
		    line.stamp == SYSLOG_YEARLESS)
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char text[TEXT_MAX];
	const char *file[1] = { text };
	struct account_own *own;
	struct log l = { .file = file, .n = 1 };
	size_t cut[CUTS], n_cuts, len;
	char *whole, *parts;

	if (n < 1 + 2 * CUTS)
		return 0;
	n_cuts = 1 + p[0] % CUTS;
	len = n - 1 - 2 * CUTS < sizeof(text) ? n - 1 - 2 * CUTS : sizeof(text) - 1;
	memcpy(text, p + 1 + 2 * CUTS, len);
	text[len] = '\0';
	len = strlen(text);
	if (!has_years((struct str){ text, len }))
		return 0;
	for (size_t i = 0; i < n_cuts; i++)
		cut[i] = ((size_t)p[1 + 2 * i] << 8 | p[2 + 2 * i]) % (len + 1);
	qsort(cut, n_cuts, sizeof(cut[0]), cut_order);
	own = p[0] & 0x80 ? account_own_new() : case_own(&log_cases[0]);
	if (own == NULL)
		return 0;
	l.own = own;
	whole = spans_text(&l, NULL, 0, true);
	parts = spans_text(&l, cut, n_cuts, false);
	if (strcmp(whole, parts) != 0)
		abort();
	free(whole);
	free(parts);
	account_own_free(own);
	return 0;
}
