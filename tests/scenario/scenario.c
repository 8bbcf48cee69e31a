/* tests/scenario/scenario.c -- runs scenario files as TAP tests.
 *
 * One line, one step; # begins a comment; words are split at blanks, "..."
 * keeps them.  In a reply | ends a line; !tls, !drop, !silence are none,
 * !endless is lines without an end, and !slow REPLY comes after four minutes.
 *
 *	conf KEY VALUE			before the first other step
 *	dns NAME KIND VALUE...		likewise
 *	public NET			likewise: it counts as ordinary address space
 *	peer ADDR [VERB[~PART] "REPLY"]...	adds rules; a peer without rules takes all;
 *					PART of a BANNER is :PORT:
 *	peer ADDR clear			forgets its rules
 *	peer ADDR relays|bounces|answers|keeps [once] [via ADDR [linked]] [after TIME]
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

#include "keep/nominate.h"
#include "keep/pace.h"
#include "keep/permit.h"
#include "script.h"

enum { LINE = 1024 };

void
script_bad(struct script *s, const char *why)
{
	die("%s:%u: %s", s->name, s->line, why);
}

void
script_wrong(struct script *s, const char *want, const char *got)
{
	printf("# %s:%u: want %s, got %s\n", s->name, s->line, want, got);
	s->failed++;
}

const char *
script_word(struct script *s, size_t i)
{
	if (i >= s->n)
		script_bad(s, "a word is missing");
	return s->w[i];
}

struct addr
script_addr(struct script *s, size_t i)
{
	struct addr a;

	if (addr_parse(&a, str_of(script_word(s, i))) != 0)
		script_bad(s, "not an address");
	return a;
}

int64_t
script_time(struct script *s, size_t i)
{
	char *end;
	int64_t n = strtoll(script_word(s, i), &end, 10);

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
		script_bad(s, "not a time");
		return 0;
	}
}

/* --- steps --- */

static void
step_conf(struct script *s)
{
	struct conf_why why;

	if (conf_set(s->world.conf, script_word(s, 1), str_of(script_word(s, 2)), &why) != 0)
		script_bad(s, why.text);
}

static void
step_dns(struct script *s)
{
	size_t at = strlen(s->world.dns);

	for (size_t i = 1; i < s->n; i++)
		at += (size_t)snprintf(s->world.dns + at, sizeof(s->world.dns) - at,
		    "%s%s", s->w[i], i + 1 < s->n ? " " : "\n");
	if (at >= sizeof(s->world.dns))
		script_bad(s, "the dns table is full");
}

static void
peer_rule(struct script *s, struct peer *p, size_t i)
{
	struct rule *r = &p->rules[p->n];
	char *part = strchr(s->w[i], '~');

	if (p->n == RULES)
		script_bad(s, "too many rules");
	if (part != NULL)
		*part++ = '\0';
	snprintf(r->verb, sizeof(r->verb), "%s", s->w[i]);
	snprintf(r->part, sizeof(r->part), "%s", part != NULL ? part : "");
	snprintf(r->reply, sizeof(r->reply), "%s", script_word(s, i + 1));
	p->n++;
}

/* The ports from word i on.  Returns where they end. */
static size_t
peer_ports(struct script *s, struct peer *p, size_t i)
{
	for (; i < s->n && atoi(s->w[i]) > 0; i++) {
		if (p->n_ports == PORTS)
			script_bad(s, "too many ports");
		p->ports[p->n_ports++] = (uint16_t)atoi(s->w[i]);
	}
	return i;
}

static void
step_peer(struct script *s)
{
	struct addr a = script_addr(s, 1);
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
			p->exit = script_addr(s, ++i);
		else if (strcmp(s->w[i], "linked") == 0)
			p->linked = true;
		else if (strcmp(s->w[i], "answers") == 0)
			p->answers = true;
		else if (strcmp(s->w[i], "once") == 0)
			p->most = 1;
		else if (strcmp(s->w[i], "proxied") == 0)
			p->proxied = true;
		else if (strcmp(s->w[i], "trusts-from") == 0)
			p->friend = script_addr(s, ++i);
		else if (strcmp(s->w[i], "trusts-after") == 0)
			snprintf(p->after, sizeof(p->after), "%s", script_word(s, ++i));
		else if (strcmp(s->w[i], "ports") == 0)
			i = peer_ports(s, p, i + 1) - 1;
		else if (strcmp(s->w[i], "after") == 0)
			p->after_s = script_time(s, ++i);
		else
			peer_rule(s, p, i++);
	}
}

static void
nomination(struct script *s, struct nomination *n)
{
	*n = (struct nomination){
		.addr = script_addr(s, 1), .port = 25, .reason = STR("scenario"),
		.who = STR("scenario"), .has_depth = s->n > 3,
		.every = s->n > 4 && strcmp(s->w[4], "all") == 0,
	};
	if (s->n > (n->every ? 5 : 4))
		n->domains = str_of(s->w[n->every ? 5 : 4]);
	if (basis_parse(&n->basis, str_of(script_word(s, 2))) != 0 ||
	    (n->has_depth && s->w[0][0] == 'n' &&
	    depth_parse(&n->depth, str_of(s->w[3])) != 0))
		script_bad(s, "no such basis or depth");
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
		script_bad(s, why);
	if (keep_write(k) != 0 ||
	    keep_done(k, nominate_add(k, &n, &joined, &reused)) != 0 ||
	    keep_flush(k) != 0)
		script_bad(s, store_why(k->store));
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
	if (why == NULL || strcmp(why, script_word(s, 3)) != 0)
		script_wrong(s, s->w[3], why == NULL ? "allowed" : why);
}

static void
step_retest(struct script *s)
{
	struct keep *k = s->world.keep;
	struct addr a = script_addr(s, 1);
	bool reused;

	if (keep_write(k) != 0 ||
	    keep_done(k, nominate_retest(k, &a, 0, STR("scenario"), &reused)) != 0 || keep_flush(k) != 0)
		script_bad(s, store_why(k->store));
}

static void
step_cancel(struct script *s)
{
	struct keep *k = s->world.keep;
	struct addr a = script_addr(s, 1);
	struct run r;
	bool was;
	int err = store_one(k->store, Q_RUN_LIVE_BY_ADDR, ARGS(ARG_A(a)), &r);

	store_forget(k->store);
	if (err != 0 || keep_write(k) != 0 ||
	    keep_done(k, pace_cancel(k, r.id, &was)) != 0 || keep_flush(k) != 0)
		script_bad(s, "nothing to cancel");
}

static void
step_optout(struct script *s)
{
	const struct optout_why why = { .proof = STR("mail"), .reason = STR("asked"),
	    .who = STR("owner") };
	struct optout_of of = { 0 };
	struct net n = { 0 };

	if (net_parse(&n, str_of(script_word(s, 1))) != 0)
		of.domain = str_of(script_word(s, 1));
	of.net = n;
	if (nominate_optouts(s->world.keep, &of, 1, &why) != 0)
		script_bad(s, "optout");
}

static void
step_public(struct script *s)
{
	struct net n;

	if (net_parse(&n, str_of(script_word(s, 1))) != 0)
		script_bad(s, "not a prefix");
	world_public(&s->world, &n);
}

static void
step_clock(struct script *s)
{
	world_set_clock(&s->world, script_time(s, 1));
}

static void
step_pass(struct script *s)
{
	world_pass(&s->world, script_time(s, 1));
}

static void
step_kill(struct script *s)
{
	world_kill_keeper(&s->world);
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
			script_bad(s, "too late for that");
		if (!steps[i].before && !s->started) {
			s->started = true;
			world_start(&s->world);
		}
		steps[i].run(s);
		return;
	}
	script_bad(s, "no such step");
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
			script_bad(s, "too many words");
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
