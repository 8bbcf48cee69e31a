#pragma once
/* tests/unit/account/judge_rig.h -- results made by hand: the one rig, g, and what
 * puts rows, sums and hours into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "account/judge.h"
#include "account/past.h"

enum { ROWS = 400 };

static const char *const causes[ACCOUNT_CAUSE_N] = { "open-relay", "stolen-account", "local-script",
	"backscatter", "forwarding", "nothing-found", "undecided" };

static struct rig {
	struct account_result	 r;
	struct account_row	 row[ACCOUNT_AXIS_N][ROWS];
	struct account_count	 n[ACCOUNT_AXIS_N * ROWS][ACCOUNT_CLASS_N];
	struct account_past	 past[ACCOUNT_AXIS_N * ROWS];
	char			 name[ACCOUNT_AXIS_N][ROWS][32];
	struct account_own	*own;
} g;

static const struct account_when noon = { 1700000000, { 0, 10 } }, one = { 1700003600, { 0, 20 } },
    two = { 1700007200, { 0, 30 } };

static struct account_row *
row(enum account_axis axis, const char *name)
{
	struct account_table *t = &g.r.table[axis];
	char *text = g.name[axis][t->n];

	assert_true(t->n < ROWS);
	snprintf(text, sizeof(g.name[0][0]), "%s", name);
	t->row = g.row[axis];
	t->row[t->n].name = str_of(text);
	t->row[t->n].first = noon;
	t->row[t->n].last = one;
	t->row[t->n].past = &past_none;
	return &t->row[t->n++];
}

/* To write what the row has of a class. */
static struct account_count *
of(struct account_row *row, enum account_class class)
{
	struct account_count *n = g.n[row - g.row[0]];

	row->n = n;
	row->at[class] = (uint8_t)(class + 1);
	return &n[class];
}

static struct account_past *
past_of(struct account_row *row)
{
	struct account_past *past = &g.past[row - g.row[0]];

	row->past = past;
	return past;
}

static struct account_count
count(uint64_t messages, uint64_t recipients, uint64_t delivered)
{
	return (struct account_count){ .messages = messages, .recipients = recipients,
		.delivered = delivered };
}

static void
add(enum account_axis axis, const char *name, enum account_class class, uint64_t messages)
{
	*of(row(axis, name), class) = count(messages, messages, messages);
}

/* n names of the form, each with so many messages. */
static void
many(enum account_axis axis, const char *form, unsigned n, enum account_class class, uint64_t messages)
{
	char name[32], at[16];

	for (unsigned i = 0; i < n; i++) {
		const char *where = strchr(form, '#');

		snprintf(at, sizeof(at), "%u", i + 1);
		snprintf(name, sizeof(name), "%.*s%s%s", (int)(where - form), form, at, where + 1);
		add(axis, name, class, messages);
	}
}

static void
total(enum account_class class, uint64_t messages, uint64_t recipients, uint64_t delivered)
{
	struct account_count n = count(messages, recipients, delivered);

	g.r.n[class] = n;
	g.r.class_first[class] = noon;
	g.r.class_last[class] = one;
	g.r.line_first[class] = STR("the first line");
	g.r.line_last[class] = STR("the last line");
	g.r.total.messages += messages;
	g.r.total.recipients += recipients;
}

/* Inbound mail of an ordinary day. */
static void
business(void)
{
	total(ACCOUNT_RECEIVED, 200, 220, 220);
	many(ACCOUNT_BY_CLIENT, "203.0.113.#", 20, ACCOUNT_RECEIVED, 10);
	add(ACCOUNT_BY_DOMAIN, "example.org", ACCOUNT_RECEIVED, 200);
}

/* What strangers did: from so many networks, with so many sender domains, to
 * so many destinations. */
static void
strangers(unsigned networks, unsigned senders, unsigned domains)
{
	total(ACCOUNT_RELAYED, 100, 300, 280);
	many(ACCOUNT_BY_CLIENT, "198.51.#.7", networks, ACCOUNT_RELAYED, 100 / networks);
	many(ACCOUNT_BY_NETWORK, "198.51.#.0/24", networks, ACCOUNT_RELAYED, 100 / networks);
	many(ACCOUNT_BY_SENDER_DOMAIN, "from#.example", senders, ACCOUNT_RELAYED, 100 / senders);
	many(ACCOUNT_BY_DOMAIN, "to#.example", domains, ACCOUNT_RELAYED, 1);
	many(ACCOUNT_BY_TLD, "tld#", domains > 6 ? 6 : domains, ACCOUNT_RELAYED, 10);
	many(ACCOUNT_BY_HELO, "helo#", networks, ACCOUNT_RELAYED, 100 / networks);
}
