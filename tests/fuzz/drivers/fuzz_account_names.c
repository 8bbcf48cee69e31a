/* Everything that an account shows, with names out of the octets.  Property: no
 * control character and no direction mark in any text, markup only where it is
 * ours, JSON that reads back, rows of tables as long as their heads. */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit/tool/account_look.h"
#include "tool/account_csv.h"
#include "tool/account_html.h"
#include "tool/account_json.h"
#include "tool/account_report.h"
#include "tool/account_say.h"
#include "wire/csv_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NAMES = 6, TABLES = 32 };

static struct {
	struct account_result	r;
	struct account_row	row[ACCOUNT_AXIS_N][NAMES];
	struct account_count	n[NAMES];
	struct account_past	past;
	struct account_file	file;
	struct account_listing	listing;
	struct account_hour	hour;
	struct str		own[NAMES];
} it;

/* The octets, cut at 0xfe, are the names. */
static struct str
next(struct str *rest)
{
	return str_cut(rest, (char)0xfe);
}

static void
fill(struct str rest)
{
	struct account_verdict *v = &it.r.verdict[0];
	struct account_when when = { 1795413600, { 0, 1 } };

	memset(&it, 0, sizeof(it));
	it.file.name = next(&rest);
	it.file.trouble = "truncated";
	snprintf(it.file.trouble_text, sizeof(it.file.trouble_text), "%.*s", (int)it.file.name.n,
	    it.file.name.n > 0 ? it.file.name.p : "");
	it.listing = (struct account_listing){ .list = next(&rest), .domain = next(&rest),
	    .reply = next(&rest), .replies = 1, .first = when, .last = when };
	it.hour = (struct account_hour){ .s = 1795413600, .messages = { 1, 2, 3 } };
	*v = (struct account_verdict){ .cause = ACCOUNT_OPEN_RELAY, .first = when, .last = when,
	    .who = { next(&rest) }, .n_who = 1, .n_reasons = 1, .reason = { { .tag = "stranger-relayed",
	    .text = { next(&rest) }, .line = next(&rest), .when = { when, when } } } };
	for (size_t i = 0; i < NAMES; i++) {
		it.own[i] = next(&rest);
		it.n[i] = (struct account_count){ .messages = i, .recipients = i };
	}
	for (size_t a = 0; a < ACCOUNT_AXIS_N; a++) {
		for (size_t i = 0; i < NAMES; i++)
			it.row[a][i] = (struct account_row){ .name = next(&rest), .past = &it.past,
			    .at = { [ACCOUNT_RELAYED] = 1 }, .n = &it.n[i] };
		it.r.table[a] = (struct account_table){ .row = it.row[a], .n = NAMES };
	}
	it.r.file = &it.file;
	it.r.n_files = it.r.n_verdicts = it.r.n_listings = it.r.n_hours = 1;
	it.r.listing = &it.listing;
	it.r.hour = &it.hour;
	it.r.first = it.r.last = when;
	it.r.own_net = it.r.own_domain = it.own;
	it.r.n_own_nets = it.r.n_own_domains = NAMES;
	it.r.zone = it.r.own_config = it.own[0];
}

static char *text;
static size_t text_n;

static FILE *
begin(void)
{
	FILE *f = open_memstream(&text, &text_n);

	assert(f != NULL);
	return f;
}

static void
end(FILE *f, const char *allowed)
{
	assert(fclose(f) == 0);
	assert(strlen(text) == text_n);
	assert(look_bad(text, allowed) < 0);
}

static void
drop(void)
{
	free(text);
	text = NULL;
}

/* Names of elements that the page has of itself. */
static void
markup_is_ours(void)
{
	static const char *const never[] = { "<script", "<img", "<iframe", "<a ", "<!--" };

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert(strstr(text, never[i]) == NULL);
}

static void
say(void)
{
	struct account_look look = { 0 };
	FILE *f = begin();
	char where[400];

	assert(account_say(f, &it.r, &look) == 0);
	end(f, "\n");
	assert(look_widest(text, where) <= 80);
	drop();
}

static void
pages(void)
{
	for (int draft = 0; draft < 2; draft++) {
		FILE *f = begin();

		assert((draft ? account_report(f, &it.r, true) : account_html(f, &it.r)) == 0);
		end(f, "\n");
		markup_is_ours();
		drop();
	}
}

static void
document(void)
{
	FILE *f = begin();
	json_t *o;

	assert(account_json(f, &it.r) == 0);
	end(f, "\n");
	o = json_loadb(text, text_n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	assert(json_is_object(o));
	json_decref(o);
	drop();
}

static void
rows_are_whole(const char *table, size_t n)
{
	static struct csv_line head, line;
	struct str rest = { table, n };
	const char *why;

	assert(csv_line_read(&head, str_cut(&rest, '\n'), &why) == 0);
	while (rest.n > 0) {
		int rc = csv_line_read(&line, str_cut(&rest, '\n'), &why);

		/* more quotes than the grammar has room for are no mistake of the writer */
		assert(rc == SEK_EPARSE || (rc == 0 && line.n == head.n));
		for (size_t i = 0; rc == 0 && i < line.n; i++)
			assert(line.field[i].n == 0 || memchr("=+-@\t", line.field[i].p[0], 5) == NULL);
	}
}

static void
tables(void)
{
	FILE *out[TABLES] = { 0 };
	char *at[TABLES];
	size_t n[TABLES], k = 0;

	for (; account_csv_names[k] != NULL; k++) {
		out[k] = open_memstream(&at[k], &n[k]);
		assert(out[k] != NULL);
	}
	assert(account_csv(out, &it.r) == 0);
	while (k-- > 0) {
		fclose(out[k]);
		assert(look_bad(at[k], "\r\n") < 0);
		rows_are_whole(at[k], n[k]);
		free(at[k]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	fill((struct str){ (const char *)data, size });
	say();
	pages();
	document();
	tables();
	return 0;
}
