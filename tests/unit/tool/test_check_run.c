#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/i18n.h"
#include "tool/check_cache.h"
#include "tool/check_run.h"

/* argv[1]: directory of the catalogues of this build */
static const char *catalogues;

#define V6(last) last ".0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define REVERSE6 "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

/* Domains whose mail servers are right and wrong, and lists of every kind. */
static const char dns[] =
	"two.example mx 20 mx2.two.example\n"
	"two.example mx 10 mx1.two.example\n"
	"mx1.two.example a 192.0.2.25\n"
	"mx1.two.example aaaa 2001:db8::25\n"
	"mx2.two.example a 192.0.2.26\n"
	"clean.example mx 10 mx.clean.example\n"
	"mx.clean.example a 192.0.2.27\n"
	"null.example mx 0 .\n"
	"implicit.example a 192.0.2.25\n"
	"bare.example txt nothing else\n"
	"alias.example mx 10 also.alias.example\n"
	"also.alias.example cname mx.clean.example\n"
	"gone.example mx 10 mx.gone.example\n"
	"half.example mx 10 mx.gone.example\n"
	"half.example mx 20 mx.clean.example\n"
	"silent.example fail\n"
	"later.example mx 10 mx.later.example\n"
	"mx.later.example fail\n"
	"number.example mx 10 192.0.2.25\n"
	"home.example mx 10 mx.home.example\n"
	"mx.home.example a 127.0.0.2\n"
	"inside.example mx 10 mx.inside.example\n"
	"mx.inside.example a 10.0.0.1\n"
	"xn--wgv71a119e.example mx 10 mx.clean.example\n"
	"many.example mx 10 mx.many.example\n"
	/* a good list, for both families */
	"2.0.0.127.bl.example a 127.0.0.2\n"
	V6("2") ".bl.example a 127.0.0.2\n"
	"25.2.0.192.bl.example a 127.0.0.2\n"
	"25.2.0.192.bl.example txt Relays for strangers.  https://bl.example/192.0.2.25\n"
	/* one with codes, without IPv6 */
	"2.0.0.127.codes.example a 127.0.0.4\n"
	"25.2.0.192.codes.example a 127.0.0.10\n"
	"26.2.0.192.codes.example a 127.0.0.4\n"
	"26.2.0.192.codes.example a 127.0.0.10\n"
	/* everything is listed, and a text that a stranger chose */
	"2.0.0.127.wild.example a 127.0.0.2\n"
	"1.0.0.127.wild.example a 127.0.0.2\n"
	"27.2.0.192.wild.example a 127.0.0.2\n"
	/* error codes */
	"2.0.0.127.error.example a 127.255.255.254\n"
	"1.0.0.127.error.example a 127.255.255.254\n"
	"27.2.0.192.error.example a 127.255.255.254\n"
	/* good until it refuses */
	"2.0.0.127.refuses.example a 127.0.0.2\n"
	"27.2.0.192.refuses.example a 127.255.255.255\n"
	"2.0.0.127.hostile.example a 127.0.0.2\n"
	"27.2.0.192.hostile.example a 127.0.0.2\n"
	"27.2.0.192.hostile.example txt =cmd|' /C calc'!A0\x1b[2J\"\n"
	/* parked */
	"2.0.0.127.parked.example a 192.0.2.80\n"
	"1.0.0.127.parked.example a 192.0.2.80\n"
	/* what they say of themselves */
	"2.0.0.127.closing.example a 127.0.0.2\n"
	"26.2.0.192.closing.example a 127.0.0.2\n"
	"_status.closing.example txt closing expires=2099-01-01T00:00:00Z empties=2099-02-01\n"
	"2.0.0.127.frozen.example a 127.0.0.2\n"
	"_status.frozen.example txt frozen expires=2099-01-01T00:00:00Z LAB\n"
	"2.0.0.127.left.example a 127.0.0.2\n"
	"26.2.0.192.left.example a 127.0.0.2\n"
	"_status.left.example txt alive expires=2001-01-01T00:00:00Z\n"
	"_status.ended.example txt empty expires=2099-01-01T00:00:00Z\n"
	/* for IPv6 alone */
	V6("2") ".six.example a 127.0.0.2\n"
	REVERSE6 ".six.example a 127.0.0.2\n"
	/* silent */
	"2.0.0.127.dumb.example fail\n"
	"1.0.0.127.dumb.example fail\n"
	V6("2") ".dumb.example fail\n"
	V6("1") ".dumb.example fail\n"
	"2.0.0.127.late.example a 127.0.0.2\n"
	"27.2.0.192.late.example fail\n";

/* Stands between the cache and the table: counts what is under way, holds back
 * what was asked of slow names, lets a list die. */
static struct spy {
	struct resolver	 base, *inner;
	struct loop_timer *timer;
	const struct clock_fake *clock;
	size_t		 open, max, asked;
	bool		 bl_dies;	/* its test entry goes after the first look */
	bool		 bl_seen;
	struct held	*held;		/* one at a time */
} spy;

struct held {
	void	(*done)(void *ctx, const struct resolve_answer *a);
	void	*ctx;
};

static void
spy_answer(void *ctx, const struct resolve_answer *a)
{
	struct held h = *(struct held *)ctx;

	free(ctx);
	spy.open--;
	h.done(h.ctx, a);
}

static void
spy_late(void *ctx)
{
	const struct resolve_answer none = { .err = RESOLVE_NO_NAME };
	struct held *h = spy.held;

	(void)ctx;
	spy.held = NULL;
	spy_answer(h, &none);
}

static int
spy_ask(struct resolver *base, unsigned kind, struct str name,
    void (*done)(void *ctx, const struct resolve_answer *a), void *ctx)
{
	struct held *h = malloc(sizeof(*h));
	int rc;

	(void)base;
	assert_non_null(h);
	*h = (struct held){ done, ctx };
	spy.open++;
	spy.asked++;
	spy.max = spy.open > spy.max ? spy.open : spy.max;
	if (str_eq(name, STR("slow.example"))) {
		spy.held = h;
		loop_timer_set(spy.timer, CHECK_LONG_MS + 1);
		return 0;
	}
	if (spy.bl_dies && str_eq(name, STR("2.0.0.127.bl.example"))) {
		name = spy.bl_seen ? STR("nothing.example") : name;
		spy.bl_seen = true;
	}
	rc = spy.inner->ask(spy.inner, kind, name, spy_answer, h);
	if (rc != 0) {
		free(h);
		spy.open--;
	}
	return rc;
}

static void
spy_free(struct resolver *base)
{
	(void)base;
	assert_null(spy.held);
	loop_timer_free(spy.timer);
	spy.inner->free(spy.inner);
}

static void
spy_on(struct loop *l, struct resolver *inner)
{
	spy.base = (struct resolver){ spy_ask, spy_free };
	spy.inner = inner;
	spy.open = spy.max = spy.asked = 0;
	spy.bl_seen = false;
	assert_int_equal(loop_timer(&spy.timer, l, spy_late, NULL), 0);
}

struct ran {
	int	 code;
	char	*out, *err;
};

struct setup {
	const char	*names;		/* blanks between */
	const char	*lists;		/* the first is our own; "" none */
	const struct check_format *format;
	bool		 host, quiet, bom, outside;
	uint32_t	 warning, critical;
};

static size_t
split(char *copy, char *words[], size_t max)
{
	char *save = NULL;
	size_t n = 0;

	for (char *p = strtok_r(copy, " ", &save); p != NULL; p = strtok_r(NULL, " ", &save)) {
		assert_true(n < max);
		words[n++] = p;
	}
	return n;
}

static void
add_lists(struct check_lists *ls, const char *specs)
{
	char copy[400], *words[16];
	size_t n;

	snprintf(copy, sizeof(copy), "%s", specs);
	n = split(copy, words, 16);
	for (size_t i = 0; i < n; i++) {
		char zone[CHECK_ZONE];
		struct check_codes codes;
		const char *why;

		assert_int_equal(check_codes_list(zone, &codes, str_of(words[i]), &why), 0);
		assert_int_equal(check_lists_add(ls, zone, &codes, i == 0), 0);
	}
}

static void
run(struct ran *r, const struct setup *s, const char *table)
{
	static struct check_lists lists;
	static char copy[65536], *words[4096];
	struct option_list files = { .n = 0 };
	struct check_report report = { .format = s->format, .lists = &lists, .quiet = s->quiet,
	    .bom = s->bom, .warning = s->warning, .critical = s->critical };
	struct check_run_with w = { .lists = &lists, .report = &report,
	    .lab = !s->outside };	/* or every documentation address has its fault */
	struct clock_fake clock;
	struct resolver *inner;
	struct rand rand;
	size_t n, n_out, n_err;

	spy.clock = &clock;
	clock_fake_init(&clock, (struct wall){ 1795000000 });
	rand_seeded(&rand, 1);
	memset(&lists, 0, sizeof(lists));
	add_lists(&lists, s->lists);
	snprintf(copy, sizeof(copy), "%s", s->names);
	n = split(copy, words, 4096);
	report.out = open_memstream(&r->out, &n_out);
	w.err = open_memstream(&r->err, &n_err);
	w.loop = loop_new_fake(&clock);
	w.rand = &rand;
	assert_int_equal(check_input_open(&w.input, words, n, &files, s->host, w.err), 0);
	assert_int_equal(resolver_new_fake(&inner, w.loop, table), 0);
	spy_on(w.loop, inner);
	w.direct = &spy.base;
	assert_int_equal(check_cache_new(&w.resolver, w.loop, w.direct, 1000), 0);
	r->code = check_run(&w);
	check_input_close(w.input);
	loop_free(w.loop);
	fclose(report.out);
	fclose(w.err);
}

static void
ran_free(struct ran *r)
{
	free(r->out);
	free(r->err);
}

#define GOOD "list bl.example: good\n"

static const struct {
	const char *name, *names, *lists;
	int code;
	const char *want;
} texts[] = {
	{ "listed by one of two servers", "two.example", "bl.example", 1,
	  "two.example: listed\n"
	  "  mx1.two.example\n"
	  "    192.0.2.25      listed: bl.example 127.0.0.2 (Relays for strangers.  https://bl.example/192.0.2.25)\n"
	  "    2001:db8::25    not listed\n"
	  "  mx2.two.example\n"
	  "    192.0.2.26      not listed\n"
	  GOOD "1 of 1 domains has a listed mail server\n" },
	{ "not listed", "clean.example", "bl.example", 0,
	  "clean.example: not listed\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      not listed\n"
	  GOOD "0 of 1 domains have a listed mail server\n" },
	{ "a list that will end still counts", "192.0.2.26", "closing.example", 1,
	  "192.0.2.26: listed\n"
	  "  192.0.2.26      listed: closing.example 127.0.0.2\n"
	  "list closing.example: good; it will end: take it out of your mail servers (it will be emptied on 2099-02-01)\n"
	  "1 of 1 addresses is listed\n" },
	{ "a frozen list too", "192.0.2.26", "frozen.example", 0,
	  "192.0.2.26: not listed\n"
	  "  192.0.2.26      not listed\n"
	  "list frozen.example: good; it is frozen: nothing new is listed\n"
	  "0 of 1 addresses are listed\n" },
	{ "a list that nobody keeps", "192.0.2.26", "left.example", 2,
	  "192.0.2.26: undecided\n"
	  "  192.0.2.26      list broken: left.example\n"
	  "list left.example: broken: what it says of itself has run out, so nobody keeps it any more\n"
	  "0 of 1 addresses are listed\nundecided: 1\n" },
	{ "a list that has ended", "192.0.2.26", "ended.example", 2,
	  "192.0.2.26: undecided\n"
	  "  192.0.2.26      list broken: ended.example\n"
	  "list ended.example: broken: it has ended and is empty: take it out of your mail servers\n"
	  "0 of 1 addresses are listed\nundecided: 1\n" },
	{ "null MX: nothing to be listed", "null.example", "bl.example", 0,
	  "null.example: no mail server\n"
	  "  it takes no mail and says so (null MX, RFC 7505)\n"
	  GOOD "0 of 1 domains have a listed mail server\nwithout a mail server: 1\n" },
	{ "no MX: the name itself", "implicit.example", "bl.example", 1,
	  "implicit.example: listed\n"
	  "  it has no MX, so mail goes to its own address (RFC 5321 5.1)\n"
	  "  192.0.2.25      listed: bl.example 127.0.0.2 (Relays for strangers.  https://bl.example/192.0.2.25)\n"
	  GOOD "1 of 1 domains has a listed mail server\n" },
	{ "neither MX nor address", "bare.example", "bl.example", 0,
	  "bare.example: no mail server\n"
	  "  it has no MX, so mail goes to its own address (RFC 5321 5.1)\n"
	  "  it has no address\n"
	  GOOD "0 of 1 domains have a listed mail server\nwithout a mail server: 1\n" },
	{ "an MX that is an alias", "alias.example", "bl.example", 0,
	  "alias.example: not listed\n"
	  "  also.alias.example\n"
	  "    an MX may not be an alias (CNAME; RFC 2181 10.3)\n"
	  "    192.0.2.27      not listed\n"
	  GOOD "0 of 1 domains have a listed mail server\n" },
	{ "an MX that does not exist", "gone.example", "bl.example", 0,
	  "gone.example: no mail server\n"
	  "  mx.gone.example\n"
	  "    the name does not exist\n"
	  GOOD "0 of 1 domains have a listed mail server\nwithout a mail server: 1\n" },
	{ "one MX of two does not exist", "half.example", "bl.example", 0,
	  "half.example: not listed\n"
	  "  mx.gone.example\n"
	  "    the name does not exist\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      not listed\n"
	  GOOD "0 of 1 domains have a listed mail server\n" },
	{ "a name that does not exist is not clean", "nowhere.example", "bl.example", 2,
	  "nowhere.example: undecided\n"
	  "  the name does not exist\n"
	  GOOD "0 of 1 domains have a listed mail server\n"
	  "undecided: 1\nof these, names that do not exist: 1\n" },
	{ "no answer for the domain", "silent.example", "bl.example", 2,
	  "silent.example: undecided\n"
	  "  the DNS gave no answer; ask again later\n"
	  GOOD "0 of 1 domains have a listed mail server\nundecided: 1\n" },
	{ "no answer for its server", "later.example", "bl.example", 2,
	  "later.example: undecided\n"
	  "  mx.later.example\n"
	  "    the DNS gave no answer; ask again later\n"
	  GOOD "0 of 1 domains have a listed mail server\nundecided: 1\n" },
	{ "an MX that is an address", "number.example", "bl.example", 0,
	  "number.example: no mail server\n"
	  "  192.0.2.25\n"
	  "    an MX has to be a name, not an address (RFC 1035 3.3.9)\n"
	  GOOD "0 of 1 domains have a listed mail server\nwithout a mail server: 1\n" },
	{ "127.0.0.2 as a mail server is not \"listed\"", "home.example", "bl.example", 0,
	  "home.example: no mail server\n"
	  "  mx.home.example\n"
	  "    127.0.0.2       a mail server cannot be there; not asked\n"
	  GOOD "0 of 1 domains have a listed mail server\nwithout a mail server: 1\n" },
	{ "but who names the test entry means it", "127.0.0.2", "bl.example", 1,
	  "127.0.0.2: listed\n"
	  "  127.0.0.2       listed: bl.example 127.0.0.2\n"
	  GOOD "1 of 1 addresses is listed\n" },
	{ "a private address is said to be one", "inside.example", "bl.example", 0,
	  "inside.example: not listed\n"
	  "  mx.inside.example\n"
	  "    10.0.0.1        no mail from outside reaches this special-use address\n"
	  "                    not listed\n"
	  GOOD "0 of 1 domains have a listed mail server\n" },
	{ "U-labels and A-labels", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.example", "bl.example", 0,
	  "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.example (xn--wgv71a119e.example): not listed\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      not listed\n"
	  GOOD "0 of 1 domains have a listed mail server\n" },
	{ "several lists: each says its own", "two.example", "bl.example codes.example=4-9 dumb.example wild.example", 1,
	  "two.example: listed\n"
	  "  mx1.two.example\n"
	  "    192.0.2.25      listed: bl.example 127.0.0.2 (Relays for strangers.  https://bl.example/192.0.2.25)\n"
	  "                    not listed: codes.example 127.0.0.10 (it has a code, but none of those that count)\n"
	  "                    no answer: dumb.example\n"
	  "                    list broken: wild.example\n"
	  "    2001:db8::25    no answer: dumb.example\n"
	  "                    list broken: wild.example\n"
	  "                    list without IPv6: codes.example\n"
	  "                    not listed (lists: 1)\n"
	  "  mx2.two.example\n"
	  "    192.0.2.26      listed: codes.example 127.0.0.4,127.0.0.10\n"
	  "                    no answer: dumb.example\n"
	  "                    list broken: wild.example\n"
	  "                    not listed (lists: 1)\n"
	  GOOD "list codes.example: good; IPv6: without IPv6\n"
	  "list dumb.example: no answer\n"
	  "list wild.example: broken: it lists what cannot be listed, so it lists everything (127.0.0.2)\n"
	  "1 of 1 domains has a listed mail server\n" },
	{ "an error code is never a listing", "clean.example", "error.example", 2,
	  "clean.example: undecided\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      list broken: error.example\n"
	  "list error.example: broken: it answers with an error code (127.255.255.254: it refuses shared resolvers: use one of your own (--resolver))\n"
	  "0 of 1 domains have a listed mail server\nundecided: 1\n" },
	{ "nor when it comes in the middle", "clean.example 192.0.2.26", "refuses.example", 2,
	  "clean.example: undecided\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      list broken: refuses.example\n"
	  "192.0.2.26: not listed\n"
	  "  192.0.2.26      not listed\n"
	  "list refuses.example: broken: it answers with an error code (127.255.255.255: you ask it too much)\n"
	  "0 of 1 domains have a listed mail server\n0 of 1 addresses are listed\n"
	  "undecided: 1\n" },
	{ "a name that is no list is an error, not a no", "clean.example", "typo.example", 2,
	  "clean.example: undecided\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      list broken: typo.example\n"
	  "list typo.example: broken: its test entry is missing: dead, emptied, or no list at all\n"
	  "0 of 1 domains have a listed mail server\nundecided: 1\n" },
	{ "a parked zone", "192.0.2.27", "parked.example", 2,
	  "192.0.2.27: undecided\n"
	  "  192.0.2.27      list broken: parked.example\n"
	  "list parked.example: broken: it answers something that is no listing code (192.0.2.80)\n"
	  "0 of 1 addresses are listed\nundecided: 1\n" },
	{ "no answer about one address", "192.0.2.27", "late.example", 2,
	  "192.0.2.27: undecided\n"
	  "  192.0.2.27      no answer: late.example\n"
	  "list late.example: good\n"
	  "0 of 1 addresses are listed\nundecided: 1\n" },
	{ "IPv6 that no list has is not clean", "2001:db8::25", "codes.example", 2,
	  "2001:db8::25: undecided\n"
	  "  2001:db8::25    list without IPv6: codes.example\n"
	  "list codes.example: good; IPv6: without IPv6\n"
	  "0 of 1 addresses are listed\nundecided: 1\n" },
	{ "a list of IPv6 alone", "2001:db8::25", "six.example", 1,
	  "2001:db8::25: listed\n"
	  "  2001:db8::25    listed: six.example 127.0.0.2\n"
	  "list six.example: broken: its test entry is missing: dead, emptied, or no list at all; IPv6: good\n"
	  "1 of 1 addresses is listed\n" },
	{ "is good for what it has", "2001:db8::26", "six.example", 0,
	  "2001:db8::26: not listed\n"
	  "  2001:db8::26    not listed\n"
	  "list six.example: broken: its test entry is missing: dead, emptied, or no list at all; IPv6: good\n"
	  "0 of 1 addresses are listed\n" },
	{ "a dead list harms nobody who needs none", "null.example", "typo.example", 0,
	  "null.example: no mail server\n"
	  "  it takes no mail and says so (null MX, RFC 7505)\n"
	  "list typo.example: broken: its test entry is missing: dead, emptied, or no list at all\n"
	  "0 of 1 domains have a listed mail server\nwithout a mail server: 1\n" },
	{ "a hostile text stays on its line", "192.0.2.27", "hostile.example", 1,
	  "192.0.2.27: listed\n"
	  "  192.0.2.27      listed: hostile.example 127.0.0.2 (=cmd|' /C calc'!A0\\x1b[2J\")\n"
	  "list hostile.example: good\n"
	  "1 of 1 addresses is listed\n" },
	{ "without lists only the servers", "clean.example", "", 0,
	  "clean.example: no list was asked\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      \n"
	  "0 of 1 domains have a listed mail server\n" },
	{ "a late answer keeps its place", "later.example null.example", "bl.example", 2,
	  "later.example: undecided\n"
	  "  mx.later.example\n"
	  "    the DNS gave no answer; ask again later\n"
	  "null.example: no mail server\n"
	  "  it takes no mail and says so (null MX, RFC 7505)\n"
	  GOOD "0 of 2 domains have a listed mail server\n"
	  "undecided: 1\nwithout a mail server: 1\n" },
	{ "in the order they were given, twice if given twice", "null.example clean.example null.example",
	  "bl.example", 0,
	  "null.example: no mail server\n"
	  "  it takes no mail and says so (null MX, RFC 7505)\n"
	  "clean.example: not listed\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      not listed\n"
	  "null.example: no mail server\n"
	  "  it takes no mail and says so (null MX, RFC 7505)\n"
	  GOOD "0 of 3 domains have a listed mail server\nwithout a mail server: 2\n" },
};

/* Says where two texts begin to differ: cmocka cuts long messages. */
static void
must_be(const char *name, const struct ran *r, int code, const char *want)
{
	size_t at = 0, from;

	while (r->out[at] != '\0' && r->out[at] == want[at])
		at++;
	from = at > 60 ? at - 60 : 0;
	if (r->code != code || r->out[at] != want[at])
		fail_msg("%s: exit %d, want %d; at %zu got\n...%.300s\nwant\n...%.300s", name,
		    r->code, code, at, r->out + from, want + from);
}

static void
people_read_what_is_so(void **state)
{
	(void)state;
	i18n_setup("en", catalogues);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct setup s = { .names = texts[i].names, .lists = texts[i].lists,
		    .format = &check_format_text,
		    .outside = strcmp(texts[i].names, "inside.example") == 0 };
		struct ran r;

		run(&r, &s, dns);
		must_be(texts[i].name, &r, texts[i].code, texts[i].want);
		ran_free(&r);
	}
}

static const struct {
	const char *name;
	struct setup s;
	int code;
	const char *want;
} others[] = {
	{ "quiet: what is not listed is left out", { .names = "clean.example two.example null.example later.example",
	    .lists = "bl.example", .format = &check_format_text, .quiet = true }, 1,
	  "two.example: listed\n"
	  "  mx1.two.example\n"
	  "    192.0.2.25      listed: bl.example 127.0.0.2 (Relays for strangers.  https://bl.example/192.0.2.25)\n"
	  "    2001:db8::25    not listed\n"
	  "  mx2.two.example\n"
	  "    192.0.2.26      not listed\n"
	  "later.example: undecided\n"
	  "  mx.later.example\n"
	  "    the DNS gave no answer; ask again later\n"
	  GOOD "1 of 4 domains has a listed mail server\n"
	  "undecided: 1\nwithout a mail server: 1\n" },
	{ "hosts have no MX", { .names = "mx1.two.example two.example nowhere.example x@clean.example",
	    .lists = "bl.example", .format = &check_format_text, .host = true }, 1,
	  "mx1.two.example: listed\n"
	  "  192.0.2.25      listed: bl.example 127.0.0.2 (Relays for strangers.  https://bl.example/192.0.2.25)\n"
	  "  2001:db8::25    not listed\n"
	  "two.example: no mail server\n"
	  "  it has no address\n"
	  "nowhere.example: undecided\n"
	  "  the name does not exist\n"
	  "clean.example: not listed\n"
	  "  mx.clean.example\n"
	  "    192.0.2.27      not listed\n"
	  GOOD "0 of 1 domains have a listed mail server\n1 of 3 hosts is listed\n"
	  "undecided: 1\nof these, names that do not exist: 1\n"
	  "without a mail server: 1\n" },
	{ "JSON", { .names = "two.example null.example 192.0.2.26 xn--wgv71a119e.example", .lists = "bl.example codes.example=4",
	    .format = &check_format_json }, 1,
	  "{\"v\":1,\"event\":\"list\",\"list\":\"bl.example\",\"own\":true,\"ipv4\":{\"state\":\"ok\"},\"ipv6\":{\"state\":\"ok\"}}\n"
	  "{\"v\":1,\"event\":\"list\",\"list\":\"codes.example\",\"own\":false,\"ipv4\":{\"state\":\"ok\"},\"ipv6\":{\"state\":\"no-ipv6\"}}\n"
	  "{\"v\":1,\"event\":\"target\",\"kind\":\"domain\",\"name\":\"two.example\",\"state\":\"listed\",\"faults\":[],"
	  "\"hosts\":[{\"host\":\"mx1.two.example\",\"addrs\":[\"192.0.2.25\",\"2001:db8::25\"],\"faults\":[]},"
	  "{\"host\":\"mx2.two.example\",\"addrs\":[\"192.0.2.26\"],\"faults\":[]}],"
	  "\"addrs\":[{\"addr\":\"192.0.2.25\",\"lists\":["
	  "{\"list\":\"bl.example\",\"state\":\"listed\",\"codes\":[\"127.0.0.2\"],\"text\":\"Relays for strangers.  https://bl.example/192.0.2.25\"},"
	  "{\"list\":\"codes.example\",\"state\":\"not-listed\",\"why\":\"other-code\",\"codes\":[\"127.0.0.10\"]}],\"faults\":[]},"
	  "{\"addr\":\"2001:db8::25\",\"lists\":[{\"list\":\"bl.example\",\"state\":\"not-listed\"},"
	  "{\"list\":\"codes.example\",\"state\":\"no-ipv6\"}],\"faults\":[]},"
	  "{\"addr\":\"192.0.2.26\",\"lists\":[{\"list\":\"bl.example\",\"state\":\"not-listed\"},"
	  "{\"list\":\"codes.example\",\"state\":\"listed\",\"codes\":[\"127.0.0.4\",\"127.0.0.10\"]}],\"faults\":[]}]}\n"
	  "{\"v\":1,\"event\":\"target\",\"kind\":\"domain\",\"name\":\"null.example\",\"state\":\"no-mail-server\",\"faults\":[\"null-mx\"],\"hosts\":[],\"addrs\":[]}\n"
	  "{\"v\":1,\"event\":\"target\",\"kind\":\"address\",\"name\":\"192.0.2.26\",\"state\":\"listed\",\"faults\":[],\"hosts\":[],"
	  "\"addrs\":[{\"addr\":\"192.0.2.26\",\"lists\":[{\"list\":\"bl.example\",\"state\":\"not-listed\"},"
	  "{\"list\":\"codes.example\",\"state\":\"listed\",\"codes\":[\"127.0.0.4\",\"127.0.0.10\"]}],\"faults\":[]}]}\n"
	  "{\"v\":1,\"event\":\"target\",\"kind\":\"domain\",\"name\":\"xn--wgv71a119e.example\",\"unicode\":\"\\u65E5\\u672C\\u8A9E.example\",\"state\":\"not-listed\",\"faults\":[],"
	  "\"hosts\":[{\"host\":\"mx.clean.example\",\"addrs\":[\"192.0.2.27\"],\"faults\":[]}],"
	  "\"addrs\":[{\"addr\":\"192.0.2.27\",\"lists\":[{\"list\":\"bl.example\",\"state\":\"not-listed\"},"
	  "{\"list\":\"codes.example\",\"state\":\"not-listed\"}],\"faults\":[]}]}\n"
	  "{\"v\":1,\"event\":\"done\",\"exit\":1,\"checked\":{\"address\":1,\"domain\":3,\"host\":0},"
	  "\"listed\":{\"address\":1,\"domain\":1,\"host\":0},\"undecided\":0,\"no_such_name\":0,"
	  "\"no_mail_server\":1,\"skipped_lines\":0,\"stopped\":false,\"lists\":["
	  "{\"list\":\"bl.example\",\"own\":true,\"ipv4\":{\"state\":\"ok\"},\"ipv6\":{\"state\":\"ok\"}},"
	  "{\"list\":\"codes.example\",\"own\":false,\"ipv4\":{\"state\":\"ok\"},\"ipv6\":{\"state\":\"no-ipv6\"}}],\"took_ms\":0}\n" },
	{ "JSON of a broken list", { .names = "192.0.2.27", .lists = "error.example",
	    .format = &check_format_json }, 2,
	  "{\"v\":1,\"event\":\"list\",\"list\":\"error.example\",\"own\":true,"
	  "\"ipv4\":{\"state\":\"broken\",\"why\":\"error-code\",\"code\":\"127.255.255.254\"},"
	  "\"ipv6\":{\"state\":\"broken\",\"why\":\"no-test-entry\"}}\n"
	  "{\"v\":1,\"event\":\"target\",\"kind\":\"address\",\"name\":\"192.0.2.27\",\"state\":\"undecided\",\"faults\":[],\"hosts\":[],"
	  "\"addrs\":[{\"addr\":\"192.0.2.27\",\"lists\":[{\"list\":\"error.example\",\"state\":\"list-broken\",\"why\":\"error-code\",\"codes\":[\"127.255.255.254\"]}],\"faults\":[]}]}\n"
	  "{\"v\":1,\"event\":\"done\",\"exit\":2,\"checked\":{\"address\":1,\"domain\":0,\"host\":0},"
	  "\"listed\":{\"address\":0,\"domain\":0,\"host\":0},\"undecided\":1,\"no_such_name\":0,"
	  "\"no_mail_server\":0,\"skipped_lines\":0,\"stopped\":false,\"lists\":["
	  "{\"list\":\"error.example\",\"own\":true,"
	  "\"ipv4\":{\"state\":\"broken\",\"why\":\"error-code\",\"code\":\"127.255.255.254\"},"
	  "\"ipv6\":{\"state\":\"broken\",\"why\":\"no-test-entry\"}}],\"took_ms\":0}\n" },
	{ "CSV: no formula of a stranger's", { .names = "192.0.2.27 null.example alias.example", .lists = "hostile.example",
	    .format = &check_format_csv, .bom = true }, 1,
	  "\xef\xbb\xbf" "target,unicode,kind,result,host,address,list,state,codes,why,text,since,until,removed,faults\r\n"
	  "192.0.2.27,,address,listed,,192.0.2.27,hostile.example,listed,127.0.0.2,,\"'=cmd|' /C calc'!A0\\x1b[2J\"\"\",,,,\r\n"
	  "null.example,,domain,no-mail-server,,,,,,,,,,,null-mx\r\n"
	  "alias.example,,domain,listed,also.alias.example,192.0.2.27,hostile.example,listed,127.0.0.2,,"
	  "\"'=cmd|' /C calc'!A0\\x1b[2J\"\"\",,,,mx-is-alias\r\n" },
	{ "CSV without lists", { .names = "half.example", .lists = "", .format = &check_format_csv }, 0,
	  "target,unicode,kind,result,host,address,list,state,codes,why,text,since,until,removed,faults\r\n"
	  "half.example,,domain,not-asked,mx.gone.example,,,,,,,,,,no-such-name\r\n"
	  "half.example,,domain,not-asked,mx.clean.example,192.0.2.27,,,,,,,,,\r\n" },
	{ "monitor: critical by default", { .names = "two.example clean.example", .lists = "bl.example",
	    .format = &check_format_nagios, .warning = 1, .critical = 1 }, 2,
	  "SEKIMORI CRITICAL - 1 of 2 domains has a listed mail server: two.example"
	  " | listed=1;1;1;0;2 undecided=0;;;0;2 time=0.000s\n" },
	{ "monitor: below critical", { .names = "two.example clean.example", .lists = "bl.example",
	    .format = &check_format_nagios, .warning = 1, .critical = 2 }, 1,
	  "SEKIMORI WARNING - 1 of 2 domains has a listed mail server: two.example"
	  " | listed=1;1;2;0;2 undecided=0;;;0;2 time=0.000s\n" },
	{ "monitor: below warning", { .names = "two.example", .lists = "bl.example",
	    .format = &check_format_nagios, .warning = 2, .critical = UINT32_MAX }, 0,
	  "SEKIMORI OK - 1 of 1 domains has a listed mail server: two.example"
	  " | listed=1;2;;0;1 undecided=0;;;0;1 time=0.000s\n" },
	{ "monitor: a broken list is unknown", { .names = "clean.example", .lists = "typo.example",
	    .format = &check_format_nagios, .warning = 1, .critical = 1 }, 3,
	  "SEKIMORI UNKNOWN - 0 of 1 domains have a listed mail server; undecided: 1; "
	  "typo.example: broken: its test entry is missing: dead, emptied, or no list at all"
	  " | listed=0;1;1;0;1 undecided=1;;;0;1 time=0.000s\n" },
};

static void
programs_and_monitors_read_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct ran r;

		run(&r, &others[i].s, dns);
		must_be(others[i].name, &r, others[i].code, others[i].want);
		ran_free(&r);
	}
}

static void
unbelieved_lists_are_named_before_anything(void **state)
{
	struct setup s = { .names = "clean.example", .lists = "bl.example wild.example dumb.example",
	    .format = &check_format_text };
	struct ran r;

	(void)state;
	run(&r, &s, dns);
	assert_string_equal(r.err,
	    "sekimori check: the list wild.example is not believed: broken: it lists what cannot be "
	    "listed, so it lists everything (127.0.0.2)\n"
	    "sekimori check: the list dumb.example is not believed: no answer\n");
	ran_free(&r);
	s.lists = "dumb.example";
	run(&r, &s, dns);
	assert_null(strstr(r.err, "--resolver"));	/* a random name was answered: it is the list */
	ran_free(&r);
}

/* 300 domains with servers of their own on four lists: 4,000 questions. */
static void
the_window_is_kept_and_used(void **state)
{
	enum { DOMAINS = 125 };
	struct setup s = { .lists = "bl.example codes.example late.example refuses.example",
	    .format = &check_format_text };
	char *table = malloc(DOMAINS * 120 + sizeof(dns)), *names = malloc(DOMAINS * 20), *t, *n;
	struct ran r;

	(void)state;
	assert_true(table != NULL && names != NULL);
	t = table + sprintf(table, "%s", dns);
	n = names;
	for (int i = 0; i < DOMAINS; i++) {
		t += sprintf(t, "d%d.example mx 10 m%d.example\n", i, i);
		t += sprintf(t, "m%d.example a 198.51.100.%d\nm%d.example a 203.0.113.%d\n", i, i, i, i);
		n += sprintf(n, "d%d.example ", i);
	}
	s.names = names;
	run(&r, &s, table);
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.out, "0 of 125 domains have a listed mail server\n"));
	assert_true(spy.max <= CHECK_WINDOW);
	assert_true(spy.max >= CHECK_WINDOW / 2);
	/* of each: MX, addresses, two times four lists; of each list five, and one */
	assert_int_equal(spy.asked, DOMAINS * 10 + 4 * 6 + 1);
	ran_free(&r);
	free(table);
	free(names);
}

/* The first answer is late, and all that may wait behind it do: then the rest
 * must still have its turn. */
static void
more_than_may_wait_come_through(void **state)
{
	enum { NAMES = 3 * CHECK_ACTIVE };
	struct setup s = { .lists = "bl.example", .format = &check_format_text };
	char *names = malloc(NAMES * 16), *n = names;
	struct ran r;

	(void)state;
	assert_non_null(names);
	for (int i = 0; i < NAMES; i++)
		n += sprintf(n, "%s ", i % CHECK_ACTIVE == 0 ? "later.example" : "null.example");
	s.names = names;
	run(&r, &s, dns);
	assert_int_equal(r.code, 2);
	assert_non_null(strstr(r.out, "0 of 3000 domains have a listed mail server\n"));
	ran_free(&r);
	free(names);
}

static void
shared_servers_are_asked_once(void **state)
{
	struct setup s = { .names = "clean.example half.example alias.example clean.example",
	    .lists = "bl.example", .format = &check_format_text };
	struct ran r;

	(void)state;
	run(&r, &s, dns);
	/* MX of three, addresses of three names, one address; test entries, _status */
	assert_int_equal(spy.asked, 3 + 3 + 1 + 7);
	ran_free(&r);
}

static void
a_list_that_falls_silent_is_asked_no_more(void **state)
{
	enum { ASKED = CHECK_SILENT + 20 };
	struct setup s = { .lists = "bl.example", .format = &check_format_text };
	char *table = malloc(ASKED * 40 + sizeof(dns)), *names = malloc(ASKED * 20), *t, *n;
	struct ran r;

	(void)state;
	assert_true(table != NULL && names != NULL);
	t = table + sprintf(table, "%s", dns);
	n = names;
	for (int i = 0; i < ASKED; i++) {
		t += sprintf(t, "%d.113.0.203.bl.example fail\n", i);
		n += sprintf(n, "203.0.113.%d ", i);
	}
	s.names = names;
	run(&r, &s, table);
	assert_int_equal(r.code, 2);
	assert_non_null(strstr(r.out, "203.0.113.0: undecided\n"));
	assert_non_null(strstr(r.out, "list bl.example: no answer: it stopped answering"));
	ran_free(&r);
	free(table);
	free(names);
}

static void
a_long_run_looks_at_its_lists_again(void **state)
{
	struct setup s = { .names = "slow.example clean.example", .lists = "bl.example",
	    .format = &check_format_text };
	struct ran r;

	(void)state;
	spy.bl_dies = true;
	run(&r, &s, dns);
	spy.bl_dies = false;
	assert_int_equal(r.code, 2);
	assert_non_null(strstr(r.out, "clean.example: not listed\n"));
	assert_non_null(strstr(r.out, "list bl.example: broken: its test entry is missing"));
	ran_free(&r);
	run(&r, &s, dns);
	assert_non_null(strstr(r.out, GOOD));
	ran_free(&r);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_read_what_is_so),
		cmocka_unit_test(programs_and_monitors_read_the_same),
		cmocka_unit_test(unbelieved_lists_are_named_before_anything),
		cmocka_unit_test(the_window_is_kept_and_used),
		cmocka_unit_test(more_than_may_wait_come_through),
		cmocka_unit_test(shared_servers_are_asked_once),
		cmocka_unit_test(a_list_that_falls_silent_is_asked_no_more),
		cmocka_unit_test(a_long_run_looks_at_its_lists_again),
	};

	catalogues = argc > 1 ? argv[1] : NULL;
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
