/* tests/scenario/scenario.c -- runs scenario files as TAP tests.
 *
 * One line, one step; # begins a comment; words are split at blanks, "..."
 * keeps them.  In a reply | ends a line; !tls, !drop, !silence are none.
 *
 *	conf KEY VALUE			before the first other step
 *	dns NAME KIND VALUE...		likewise
 *	public NET			likewise: it counts as ordinary address space
 *	peer ADDR [VERB[~PART] "REPLY"]...	adds rules; a peer without rules takes all
 *	peer ADDR clear			forgets its rules
 *	peer ADDR relays|bounces|keeps [via ADDR] [after TIME]
 *	peer ADDR ports PORT...		it listens there, not at 25
 *	peer ADDR trusts-after VERB	having taken that command (or TLS) it takes all
 *	peer ADDR trusts-from ADDR	a client of whom it takes all
 *	peer ADDR proxied		says nothing before a PROXY line
 *	nominate ADDR BASIS [DEPTH [all] [DOMAINS]]	refused ADDR BASIS TAG
 *	retest ADDR			optout NET|DOMAIN
 *	cancel ADDR			the test that runs of it
 *	pass TIME			3s 5m 8d
 *	clock-set TIME			somebody sets the clock ahead, or back by -TIME
 *	kill-keeper
 *	expect verdict ADDR WORD [provisional|final]
 *	expect listed ADDR [PROOFS]	expect not-listed ADDR
 *	expect finding ADDR FORM WORD	of its last attempt that was answered
 *	expect dials ADDR N		connections so far
 *	expect heard ADDR LINE		a whole command line it was sent
 *	expect not-heard ADDR TEXT	no line of it had that
 *	expect same ADDR BEGIN N TIMES	N different lines begin so, each so often
 *	expect journal ok
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fact/finding.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/journal.h"
#include "keep/nominate.h"
#include "keep/pace.h"
#include "keep/permit.h"
#include "world.h"

enum { WORDS = 24, LINE = 1024 };

struct script {
	struct world	 world;
	const char	*name;
	unsigned	 line;
	bool		 started;
	unsigned	 failed;
	char		*w[WORDS];
	size_t		 n;
};

static void
bad(struct script *s, const char *why)
{
	die("%s:%u: %s", s->name, s->line, why);
}

static void
wrong(struct script *s, const char *want, const char *got)
{
	printf("# %s:%u: want %s, got %s\n", s->name, s->line, want, got);
	s->failed++;
}

static const char *
word(struct script *s, size_t i)
{
	if (i >= s->n)
		bad(s, "a word is missing");
	return s->w[i];
}

static struct addr
addr_at(struct script *s, size_t i)
{
	struct addr a;

	if (addr_parse(&a, str_of(word(s, i))) != 0)
		bad(s, "not an address");
	return a;
}

static int64_t
time_at(struct script *s, size_t i)
{
	char *end;
	int64_t n = strtoll(word(s, i), &end, 10);

	switch (*end) {
	case 's':
		return n;
	case 'm':
		return n * 60;
	case 'h':
		return n * 3600;
	case 'd':
		return n * 86400;
	default:
		bad(s, "not a time");
		return 0;
	}
}

/* --- steps --- */

static void
step_conf(struct script *s)
{
	struct conf_why why;

	if (conf_set(s->world.conf, word(s, 1), str_of(word(s, 2)), &why) != 0)
		bad(s, why.text);
}

static void
step_dns(struct script *s)
{
	size_t at = strlen(s->world.dns);

	for (size_t i = 1; i < s->n; i++)
		at += (size_t)snprintf(s->world.dns + at, sizeof(s->world.dns) - at,
		    "%s%s", s->w[i], i + 1 < s->n ? " " : "\n");
	if (at >= sizeof(s->world.dns))
		bad(s, "the dns table is full");
}

static void
peer_rule(struct script *s, struct peer *p, size_t i)
{
	struct rule *r = &p->rules[p->n];
	char *part = strchr(s->w[i], '~');

	if (p->n == RULES)
		bad(s, "too many rules");
	if (part != NULL)
		*part++ = '\0';
	snprintf(r->verb, sizeof(r->verb), "%s", s->w[i]);
	snprintf(r->part, sizeof(r->part), "%s", part != NULL ? part : "");
	snprintf(r->reply, sizeof(r->reply), "%s", word(s, i + 1));
	p->n++;
}

/* The ports from word i on.  Returns where they end. */
static size_t
peer_ports(struct script *s, struct peer *p, size_t i)
{
	for (; i < s->n && atoi(s->w[i]) > 0; i++) {
		if (p->n_ports == PORTS)
			bad(s, "too many ports");
		p->ports[p->n_ports++] = (uint16_t)atoi(s->w[i]);
	}
	return i;
}

static void
step_peer(struct script *s)
{
	struct addr a = addr_at(s, 1);
	struct peer *p = world_peer(&s->world, &a, true);

	for (size_t i = 2; i < s->n; i++) {
		if (strcmp(s->w[i], "clear") == 0)
			p->n = 0;
		else if (strcmp(s->w[i], "keeps") == 0)
			p->relays = p->bounces = false;
		else if (strcmp(s->w[i], "relays") == 0)
			p->relays = true;
		else if (strcmp(s->w[i], "bounces") == 0)
			p->bounces = true;
		else if (strcmp(s->w[i], "via") == 0)
			p->exit = addr_at(s, ++i);
		else if (strcmp(s->w[i], "proxied") == 0)
			p->proxied = true;
		else if (strcmp(s->w[i], "trusts-from") == 0)
			p->friend = addr_at(s, ++i);
		else if (strcmp(s->w[i], "trusts-after") == 0)
			snprintf(p->after, sizeof(p->after), "%s", word(s, ++i));
		else if (strcmp(s->w[i], "ports") == 0)
			i = peer_ports(s, p, i + 1) - 1;
		else if (strcmp(s->w[i], "after") == 0)
			p->after_s = time_at(s, ++i);
		else
			peer_rule(s, p, i++);
	}
}

static void
nomination(struct script *s, struct nomination *n)
{
	*n = (struct nomination){
		.addr = addr_at(s, 1), .port = 25, .reason = STR("scenario"),
		.who = STR("scenario"), .has_depth = s->n > 3,
		.every = s->n > 4 && strcmp(s->w[4], "all") == 0,
	};
	if (s->n > (n->every ? 5 : 4))
		n->domains = str_of(s->w[n->every ? 5 : 4]);
	if (basis_parse(&n->basis, str_of(word(s, 2))) != 0 ||
	    (n->has_depth && s->w[0][0] == 'n' &&
	    depth_parse(&n->depth, str_of(s->w[3])) != 0))
		bad(s, "no such basis or depth");
}

static void
step_nominate(struct script *s)
{
	struct keep *k = s->world.keep;
	struct nomination n;
	bool joined, reused;
	const char *why;

	nomination(s, &n);
	why = nominate_proof(k, &n);
	if (why != NULL)
		bad(s, why);
	if (keep_write(k) != 0 ||
	    keep_done(k, nominate_add(k, &n, &joined, &reused)) != 0 ||
	    keep_flush(k) != 0)
		bad(s, store_why(k->store));
}

static void
step_refused(struct script *s)
{
	struct keep *k = s->world.keep;
	struct nomination n;
	const char *why;

	nomination(s, &n);
	why = permit_never(k, &n.addr);
	if (why == NULL && permit_opted_out(k, &n.addr) == 1)
		why = "opted-out";
	if (why == NULL)
		why = nominate_proof(k, &n);
	if (why == NULL || strcmp(why, word(s, 3)) != 0)
		wrong(s, s->w[3], why == NULL ? "allowed" : why);
}

static void
step_retest(struct script *s)
{
	struct keep *k = s->world.keep;
	struct addr a = addr_at(s, 1);
	bool reused;

	if (keep_write(k) != 0 ||
	    keep_done(k, nominate_retest(k, &a, 0, STR("scenario"), &reused)) != 0 || keep_flush(k) != 0)
		bad(s, store_why(k->store));
}

static void
step_cancel(struct script *s)
{
	struct keep *k = s->world.keep;
	struct addr a = addr_at(s, 1);
	struct run r;
	bool was;
	int err = store_one(k->store, Q_RUN_LIVE_BY_ADDR, ARGS(ARG_A(a)), &r);

	store_forget(k->store);
	if (err != 0 || keep_write(k) != 0 ||
	    keep_done(k, pace_cancel(k, r.id, &was)) != 0 || keep_flush(k) != 0)
		bad(s, "nothing to cancel");
}

static void
step_optout(struct script *s)
{
	const struct optout_why why = { .proof = STR("mail"), .reason = STR("asked"),
	    .who = STR("owner") };
	struct optout_of of = { 0 };
	struct net n = { 0 };

	if (net_parse(&n, str_of(word(s, 1))) != 0)
		of.domain = str_of(word(s, 1));
	of.net = n;
	if (nominate_optouts(s->world.keep, &of, 1, &why) != 0)
		bad(s, "optout");
}

static void
step_public(struct script *s)
{
	struct net n;

	if (net_parse(&n, str_of(word(s, 1))) != 0)
		bad(s, "not a prefix");
	world_public(&s->world, &n);
}

static void
step_clock(struct script *s)
{
	world_set_clock(&s->world, time_at(s, 1));
}

static void
step_pass(struct script *s)
{
	world_pass(&s->world, time_at(s, 1));
}

static void
step_kill(struct script *s)
{
	world_kill_keeper(&s->world);
}

/* --- expectations --- */

static void
expect_verdict(struct script *s)
{
	struct addr a = addr_at(s, 2);
	struct verdict_row v;
	const char *got = "none";
	int err = store_one(s->world.keep->store, Q_VERDICT_LAST_BY_ADDR,
	    ARGS(ARG_A(a)), &v);

	if (err == 0)
		got = verdict_name(v.verdict);
	if (strcmp(got, word(s, 3)) != 0)
		wrong(s, s->w[3], got);
	else if (s->n > 4 && err == 0 &&
	    (strcmp(s->w[4], "provisional") == 0) != (v.provisional != 0))
		wrong(s, s->w[4], v.provisional ? "provisional" : "final");
	store_forget(s->world.keep->store);
}

static void
expect_listing(struct script *s, bool want)
{
	struct addr a = addr_at(s, 2);
	struct listing l = { 0 };
	char got[16];
	int err = store_one(s->world.keep->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(a)), &l);

	snprintf(got, sizeof(got), "%u", l.proofs);
	if ((err == 0) != want)
		wrong(s, want ? "listed" : "not listed", err == 0 ? "listed" : "not listed");
	else if (s->n > 3 && strcmp(got, s->w[3]) != 0)
		wrong(s, s->w[3], got);
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
	struct addr a = addr_at(s, 2);
	struct seek k = { relaytest_find(str_of(word(s, 3))), -1 };
	struct store *st = s->world.keep->store;
	const char *got;

	if (k.form < 0)
		bad(s, "no such form");
	if (store_each(st, Q_ATTEMPT_BY_ADDR, ARGS(ARG_A(a)), seek_form, &k) < 0)
		bad(s, store_why(st));
	got = k.finding < 0 ? "not-sent" : finding_name((enum finding)k.finding);
	if (strcmp(got, word(s, 4)) != 0)
		wrong(s, s->w[4], got);
}

static void
expect_dials(struct script *s)
{
	struct addr a = addr_at(s, 2);
	struct peer *p = world_peer(&s->world, &a, true);
	char got[16];

	snprintf(got, sizeof(got), "%u", p->dials);
	if (strcmp(got, word(s, 3)) != 0)
		wrong(s, s->w[3], got);
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
	struct addr a = addr_at(s, 2);
	struct peer *p = world_peer(&s->world, &a, true);

	if (heard(p, word(s, 3)) == 0)
		wrong(s, s->w[3], p->heard);
}

static void
expect_not_heard(struct script *s)
{
	struct addr a = addr_at(s, 2);
	struct peer *p = world_peer(&s->world, &a, true);

	if (strstr(p->heard, word(s, 3)) != NULL)
		wrong(s, "not heard", s->w[3]);
}

static void
expect_same(struct script *s)
{
	struct addr a = addr_at(s, 2);
	struct peer *p = world_peer(&s->world, &a, true);
	struct str all = { p->heard, p->heard_len };
	unsigned times = (unsigned)atoi(word(s, 5)), n = 0;
	char got[16], text[RULE_TEXT * 4];

	while (all.n > 0) {
		struct str line = str_cut(&all, '\n');

		if (!str_istarts(line, str_of(word(s, 3))))
			continue;
		if (str_copy(text, sizeof(text), line) != 0 || heard(p, text) != times)
			wrong(s, s->w[5], text);
		n++;
	}
	snprintf(got, sizeof(got), "%u", times > 0 ? n / times : n);
	if (strcmp(got, word(s, 4)) != 0)
		wrong(s, s->w[4], got);
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
		wrong(s, "a whole chain", "a broken one");
	if (journal_replay(k, (struct wall){ INT64_MAX }, count_entry, &replayed) != 0 ||
	    store_each(k->store, Q_LISTING_ALL, NO_ARGS, count_row, &live) < 0 ||
	    replayed != live)
		wrong(s, "journal = listing", "another number of entries");
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

static void
step_expect(struct script *s)
{
	for (size_t i = 0; i < sizeof(expects) / sizeof(expects[0]); i++)
		if (strcmp(expects[i].name, word(s, 1)) == 0) {
			expects[i].run(s);
			return;
		}
	bad(s, "expect what?");
}

static const struct {
	const char	*name;
	bool		 before;	/* legal before the world has started only */
	void		(*run)(struct script *s);
} steps[] = {
	{ "public", true, step_public }, { "clock-set", false, step_clock },
	{ "conf", true, step_conf }, { "dns", true, step_dns },
	{ "peer", false, step_peer }, { "nominate", false, step_nominate },
	{ "refused", false, step_refused }, { "retest", false, step_retest },
	{ "cancel", false, step_cancel }, { "optout", false, step_optout }, { "pass", false, step_pass },
	{ "kill-keeper", false, step_kill }, { "expect", false, step_expect },
};

static void
run_step(struct script *s)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(steps[i].name, s->w[0]) != 0)
			continue;
		if (steps[i].before && s->started)
			bad(s, "too late for that");
		if (!steps[i].before && !s->started) {
			s->started = true;
			world_start(&s->world);
		}
		steps[i].run(s);
		return;
	}
	bad(s, "no such step");
}

/* Splits a line in place. */
static void
split(struct script *s, char *line)
{
	char *p = line;

	s->n = 0;
	for (;;) {
		bool quoted;

		p += strspn(p, " \t\n");
		if (*p == '\0' || *p == '#')
			return;
		if (s->n == WORDS)
			bad(s, "too many words");
		quoted = *p == '"';
		if (quoted)
			p++;
		s->w[s->n++] = p;
		p += strcspn(p, quoted ? "\"\n" : " \t\n");
		if (*p != '\0')
			*p++ = '\0';
	}
}

static unsigned
run_file(const char *path)
{
	static struct script s;
	char line[LINE], dir[] = "/tmp/scenario.XXXXXX";
	FILE *f = fopen(path, "r");
	const char *base = strrchr(path, '/');

	if (f == NULL)
		die("%s: cannot be read", path);
	if (mkdtemp(dir) == NULL)
		die("no temporary directory");
	s = (struct script){ .name = base != NULL ? base + 1 : path };
	world_open(&s.world, dir);
	while (fgets(line, sizeof(line), f) != NULL) {
		s.line++;
		split(&s, line);
		if (s.n > 0)
			run_step(&s);
	}
	fclose(f);
	if (s.started)
		world_close(&s.world);
	world_remove(dir);
	return s.failed;
}

int
main(int argc, char **argv)
{
	unsigned failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		unsigned f = run_file(argv[i]);
		const char *base = strrchr(argv[i], '/');

		printf("%s %d - %s\n", f == 0 ? "ok" : "not ok", i,
		    base != NULL ? base + 1 : argv[i]);
		failed += f;
	}
	return failed != 0;
}
