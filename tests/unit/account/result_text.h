#pragma once
/* tests/unit/account/result_text.h -- logs as text to a result, read whole or
 * by several spans, and every field of a result as text, so that two results
 * can be compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/row.h"
#include "account/span.h"

static const char *const class_names[ACCOUNT_CLASS_N] = {
	"relayed", "unnamed", "submitted", "inside-out", "scripted", "forwarded", "noticed", "received", "untold",
};
static const char *const axis_names[ACCOUNT_AXIS_N] = {
	"client", "network", "country", "account", "user", "helo", "sender", "domain", "tld",
};

static inline void
when_put(FILE *f, const char *name, const struct account_when *w)
{
	if (w->where.line != 0)
		fprintf(f, " %s=%lld@%u:%llu", name, (long long)w->s, w->where.file, (unsigned long long)w->where.line);
}

static inline void
count_put(FILE *f, const struct account_count *c)
{
	static const char *const names[] = { "m", "r", "sent", "deferred", "bounced", "discarded", "queued",
		"octets", "tries", "refused" };
	const uint64_t n[] = { c->messages, c->recipients, c->delivered, c->deferred, c->bounced, c->discarded,
		c->queued, c->octets, c->attempts, c->refused };

	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		if (n[i] != 0)
			fprintf(f, " %s=%llu", names[i], (unsigned long long)n[i]);
}

static inline void
str_put(FILE *f, const char *name, struct str s)
{
	char clean[4 * ACCOUNT_QUOTE + 8];

	if (s.n == 0)
		return;
	str_clean(clean, sizeof(clean), s);
	fprintf(f, " %s=\"%s\"", name, clean);
}

static inline bool
count_any(const struct account_count *c)
{
	static const struct account_count none;

	return memcmp(c, &none, sizeof(none)) != 0;
}

static inline void
row_put(FILE *f, const char *axis, const struct account_row *row)
{
	const struct account_past *p = row->past;

	fprintf(f, "%s", axis);
	str_put(f, "name", row->name);
	fprintf(f, "%s", row->own ? " own" : "");
	for (enum account_class c = 0; c < ACCOUNT_CLASS_N; c++)
		if (count_any(account_row_n(row, c))) {
			fprintf(f, " [%s", class_names[c]);
			count_put(f, account_row_n(row, c));
			fprintf(f, "]");
		}
	when_put(f, "first", &row->first);
	when_put(f, "last", &row->last);
	if (row->logins_failed != 0)
		fprintf(f, " failed=%llu", (unsigned long long)row->logins_failed);
	if (row->networks != 0 || p->day != 0)
		fprintf(f, " networks=%u past=%u/%llu day=%lld/%llu nets=%u+%u lands=%u+%u domains=%u senders=%u",
		    row->networks, p->days, (unsigned long long)p->usual, (long long)p->day_s,
		    (unsigned long long)p->day, p->networks, p->networks_new, p->countries,
		    p->countries_new, p->domains, p->senders);
	when_put(f, "day_first", &p->day_first);
	when_put(f, "day_last", &p->day_last);
	if (count_any(&p->strange)) {
		fprintf(f, " strange[");
		count_put(f, &p->strange);
		fprintf(f, "]");
	}
	when_put(f, "strange_first", &p->strange_first);
	when_put(f, "strange_last", &p->strange_last);
	fprintf(f, "\n");
}

static inline void
classes_put(FILE *f, const struct account_result *r)
{
	fprintf(f, "total");
	count_put(f, &r->total);
	fprintf(f, "\n");
	for (int c = 0; c < ACCOUNT_CLASS_N; c++) {
		if (!count_any(&r->n[c]))
			continue;
		fprintf(f, "class %s", class_names[c]);
		count_put(f, &r->n[c]);
		when_put(f, "first", &r->class_first[c]);
		when_put(f, "last", &r->class_last[c]);
		str_put(f, "line_first", r->line_first[c]);
		str_put(f, "line_last", r->line_last[c]);
		fprintf(f, "\n");
	}
}

static inline void
tables_put(FILE *f, const struct account_result *r)
{
	for (int a = 0; a < ACCOUNT_AXIS_N; a++) {
		const struct account_table *t = &r->table[a];

		for (size_t i = 0; i < t->n; i++)
			row_put(f, axis_names[a], &t->row[i]);
		if (t->beyond != 0)
			fprintf(f, "%s beyond=%llu\n", axis_names[a], (unsigned long long)t->beyond);
		for (int c = 0; c < ACCOUNT_CLASS_N; c++)
			if (count_any(&t->rest[c])) {
				fprintf(f, "%s rest %s", axis_names[a], class_names[c]);
				count_put(f, &t->rest[c]);
				fprintf(f, "\n");
			}
	}
}

static inline void
hours_put(FILE *f, const struct account_result *r)
{
	for (size_t i = 0; i < r->n_hours; i++) {
		const struct account_hour *h = &r->hour[i];

		fprintf(f, "hour %lld", (long long)h->s);
		for (int c = 0; c < ACCOUNT_CLASS_N; c++)
			if (h->recipients[c] + h->messages[c] != 0)
				fprintf(f, " %s=%llu/%llu", class_names[c], (unsigned long long)h->messages[c],
				    (unsigned long long)h->recipients[c]);
		fprintf(f, " refused=%llu failed=%llu\n", (unsigned long long)h->refused, (unsigned long long)h->logins_failed);
	}
}

static inline void
listings_put(FILE *f, const struct account_result *r)
{
	for (size_t i = 0; i < r->n_listings; i++) {
		const struct account_listing *l = &r->listing[i];
		char ours[ADDR_TEXT] = "-";

		if (l->has_ours)
			addr_text(ours, &l->ours);
		fprintf(f, "listing");
		str_put(f, "list", l->list);
		str_put(f, "domain", l->domain);
		str_put(f, "reply", l->reply);
		fprintf(f, " ours=%s replies=%llu domains=%llu", ours, (unsigned long long)l->replies, (unsigned long long)l->domains);
		when_put(f, "first", &l->first);
		when_put(f, "last", &l->last);
		fprintf(f, "\n");
	}
}

/* Every field that a span fills.  Free what is returned. */
static inline char *
result_text(const struct account_result *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	fprintf(f, "lines=%llu mail=%llu", (unsigned long long)r->lines, (unsigned long long)r->lines_mail);
	for (int m = 0; m < MAIL_MTA_N; m++)
		fprintf(f, " %llu", (unsigned long long)r->by_mta[m]);
	when_put(f, "first", &r->first);
	when_put(f, "last", &r->last);
	fprintf(f, " failed=%llu\n", (unsigned long long)r->logins_failed);
	for (size_t i = 0; i < r->n_files; i++)
		fprintf(f, "file %zu octets=%llu lines=%llu other=%llu cut=%llu %lld-%lld\n", i,
		    (unsigned long long)r->file[i].octets, (unsigned long long)r->file[i].lines,
		    (unsigned long long)r->file[i].lines_other, (unsigned long long)r->file[i].lines_cut,
		    (long long)r->file[i].first_s, (long long)r->file[i].last_s);
	classes_put(f, r);
	fprintf(f, "relay-refused=%llu", (unsigned long long)r->relay_refused);
	when_put(f, "first", &r->relay_refused_first);
	when_put(f, "last", &r->relay_refused_last);
	when_put(f, "after", &r->relay_refused_after);
	str_put(f, "line", r->line_refused_after);
	fprintf(f, "\n");
	tables_put(f, r);
	hours_put(f, r);
	listings_put(f, r);
	for (int g = 0; g < ACCOUNT_GAP_N; g++)
		if (r->gap_n[g] != 0) {
			fprintf(f, "gap %d n=%llu", g, (unsigned long long)r->gap_n[g]);
			when_put(f, "at", &r->gap[g]);
			fprintf(f, "\n");
		}
	fprintf(f, "at_least=%d\n", r->at_least);
	fclose(f);
	return text;
}

/* Reading ------------------------------------------------------------------ */

struct log {		/* of one or several files, one behind the other */
	const char			*const *file;
	size_t				 n;
	const struct account_own	*own;
	struct account_limits		 limits;
};

static inline void
or_die(int rc)
{
	if (rc != 0)
		abort();
}

/* One span of what stands from octet from up to octet to of all files; first: of
 * all spans. */
static inline struct account_span *
span_of(const struct log *l, bool first, size_t from, size_t to)
{
	const struct account_clock clock = { .year = 2026 };
	struct account_span *s = account_span_new(l->own, &l->limits, first);
	size_t at = 0;

	if (s == NULL)
		abort();
	for (size_t i = 0; i < l->n; i++) {
		size_t n = strlen(l->file[i]), a = from > at ? from - at : 0, b = to > at ? to - at : 0;

		b = b < n ? b : n;
		/* an empty file is begun by whoever holds its place */
		if ((a < b) || (n == 0 && from <= at && at < to)) {
			or_die(account_span_file(s, (uint32_t)i, &clock));
			or_die(account_span_octets(s, l->file[i] + a, b - a));
		}
		at += n;
	}
	return s;
}

/* The result of the log, cut at so many octets (ascending), as text. */
static inline char *
log_text(const struct log *l, const size_t *cut, size_t n_cuts)
{
	struct account_file file[8] = { { .octets = 0 } };
	struct account_result r = { .file = file, .n_files = l->n };
	struct account_span *s = span_of(l, true, 0, n_cuts > 0 ? cut[0] : SIZE_MAX);
	char *text;

	for (size_t i = 0; i < n_cuts; i++)
		or_die(account_span_join(s, span_of(l, false, cut[i], i + 1 < n_cuts ? cut[i + 1] : SIZE_MAX)));
	or_die(account_span_end(s, &r));
	text = result_text(&r);
	account_span_free(s);
	return text;
}
