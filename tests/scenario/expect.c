/* tests/scenario/expect.c -- what a scenario file expects; see scenario.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fact/finding.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/journal.h"
#include "script.h"

static void
expect_verdict(struct script *s)
{
	struct addr a = script_addr(s, 2);
	struct verdict_row v;
	const char *got = "none";
	int err = store_one(s->world.keep->store, Q_VERDICT_LAST_BY_ADDR,
	    ARGS(ARG_A(a)), &v);

	if (err == 0)
		got = verdict_name(v.verdict);
	if (strcmp(got, script_word(s, 3)) != 0)
		script_wrong(s, s->w[3], got);
	else if (s->n > 4 && err == 0 &&
	    (strcmp(s->w[4], "provisional") == 0) != (v.provisional != 0))
		script_wrong(s, s->w[4], v.provisional ? "provisional" : "final");
	store_forget(s->world.keep->store);
}

static void
expect_listing(struct script *s, bool want)
{
	struct addr a = script_addr(s, 2);
	struct listing l = { 0 };
	char got[16];
	int err = store_one(s->world.keep->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(a)), &l);

	snprintf(got, sizeof(got), "%u", l.proofs);
	if ((err == 0) != want)
		script_wrong(s, want ? "listed" : "not listed", err == 0 ? "listed" : "not listed");
	else if (s->n > 3 && strcmp(got, s->w[3]) != 0)
		script_wrong(s, s->w[3], got);
	store_forget(s->world.keep->store);
}

static void
expect_listed(struct script *s)
{
	expect_listing(s, true);
}

static void
expect_not_listed(struct script *s)
{
	expect_listing(s, false);
}

struct seek {
	int	form;
	int	finding;	/* -1: not sent */
};

static int
seek_form(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct seek *k = ctx;

	if (a->form == k->form && (k->finding < 0 ||
	    (a->finding != FIND_NONE && a->finding != FIND_SKIPPED)))
		k->finding = a->finding;
	return 0;
}

static void
expect_finding(struct script *s)
{
	struct addr a = script_addr(s, 2);
	struct seek k = { relaytest_find(str_of(script_word(s, 3))), -1 };
	struct store *st = s->world.keep->store;
	const char *got;

	if (k.form < 0)
		script_bad(s, "no such form");
	if (store_each(st, Q_ATTEMPT_BY_ADDR, ARGS(ARG_A(a)), seek_form, &k) < 0)
		script_bad(s, store_why(st));
	got = k.finding < 0 ? "not-sent" : finding_name((enum finding)k.finding);
	if (strcmp(got, script_word(s, 4)) != 0)
		script_wrong(s, s->w[4], got);
}

static void
expect_dials(struct script *s)
{
	struct addr a = script_addr(s, 2);
	struct peer *p = world_peer(&s->world, &a, true);
	char got[16];

	snprintf(got, sizeof(got), "%u", p->dials);
	if (strcmp(got, script_word(s, 3)) != 0)
		script_wrong(s, s->w[3], got);
}

/* How often a peer was sent exactly that line. */
static unsigned
heard(const struct peer *p, const char *line)
{
	struct str all = { p->heard, p->heard_len };
	unsigned n = 0;

	while (all.n > 0)
		n += str_eq(str_cut(&all, '\n'), str_of(line));
	return n;
}

static void
expect_heard(struct script *s)
{
	struct addr a = script_addr(s, 2);
	struct peer *p = world_peer(&s->world, &a, true);

	if (heard(p, script_word(s, 3)) == 0)
		script_wrong(s, s->w[3], p->heard);
}

static void
expect_not_heard(struct script *s)
{
	struct addr a = script_addr(s, 2);
	struct peer *p = world_peer(&s->world, &a, true);

	if (strstr(p->heard, script_word(s, 3)) != NULL)
		script_wrong(s, "not heard", s->w[3]);
}

static void
expect_same(struct script *s)
{
	struct addr a = script_addr(s, 2);
	struct peer *p = world_peer(&s->world, &a, true);
	struct str all = { p->heard, p->heard_len };
	unsigned times = (unsigned)atoi(script_word(s, 5)), n = 0;
	char got[16], text[RULE_TEXT * 4];

	while (all.n > 0) {
		struct str line = str_cut(&all, '\n');

		if (!str_istarts(line, str_of(script_word(s, 3))))
			continue;
		if (str_copy(text, sizeof(text), line) != 0 || heard(p, text) != times)
			script_wrong(s, s->w[5], text);
		n++;
	}
	snprintf(got, sizeof(got), "%u", times > 0 ? n / times : n);
	if (strcmp(got, script_word(s, 4)) != 0)
		script_wrong(s, s->w[4], got);
}

static int
count_entry(void *ctx, const struct listing *l)
{
	(void)l;
	++*(int64_t *)ctx;
	return 0;
}

static int
count_row(void *ctx, const void *row)
{
	(void)row;
	++*(int64_t *)ctx;
	return 0;
}

/* The chain holds, and what it says is what is listed. */
static void
expect_journal(struct script *s)
{
	struct keep *k = s->world.keep;
	int64_t replayed = 0, live = 0;
	uint64_t seq = 0;

	if (journal_verify(k, &seq) != 0)
		script_wrong(s, "a whole chain", "a broken one");
	if (journal_replay(k, (struct wall){ INT64_MAX }, count_entry, &replayed) != 0 ||
	    store_each(k->store, Q_LISTING_ALL, NO_ARGS, count_row, &live) < 0 ||
	    replayed != live)
		script_wrong(s, "journal = listing", "another number of entries");
}

static const struct {
	const char	*name;
	void		(*run)(struct script *s);
} expects[] = {
	{ "dials", expect_dials }, { "finding", expect_finding },
	{ "heard", expect_heard }, { "not-heard", expect_not_heard },
	{ "same", expect_same }, { "journal", expect_journal }, { "listed", expect_listed },
	{ "not-listed", expect_not_listed }, { "verdict", expect_verdict },
};

void
step_expect(struct script *s)
{
	for (size_t i = 0; i < sizeof(expects) / sizeof(expects[0]); i++)
		if (strcmp(expects[i].name, script_word(s, 1)) == 0) {
			expects[i].run(s);
			return;
		}
	script_bad(s, "expect what?");
}
