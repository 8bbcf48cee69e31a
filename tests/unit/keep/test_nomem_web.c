/* No memory at any moment of a visitor's request: an error or a lost answer,
 * never a crash, a leak, an answer that lacks a member, or a keeper that serves
 * nobody afterwards.  Linked with --wrap: the allocation number fail_at (from
 * 0) is refused, jansson's own too. */
#include "../nomem.h"
#include "guest.h"
#include "keep/claim.h"
#include "keep/gate_run.h"
#include "keep/grant.h"

#define ASKER "203.0.113.7"

static void
spare(bool ours_now)
{
	static long kept;

	if (ours_now)
		kept = fail_at;
	fail_at = ours_now ? -1 : kept;
}

static const struct {
	const char	*name;
	const char	*request;	/* GRANT stands for one */
	const char	*member;	/* of a whole answer */
} cases[] = {
	{ "check", "{'verb':'check','addr':'198.18.1.1','asker':'" ASKER "','grant':'GRANT'}", "role" },
	{ "test that is refused", "{'verb':'test','addr':'198.18.7.7','kind':'retest','asker':'"
	    ASKER "'}", "error" },
	{ "evidence", "{'verb':'evidence','addr':'198.18.1.1','asker':'" ASKER "','grant':'GRANT'}",
	    "proofs" },
	{ "prove by source", "{'verb':'prove','addr':'198.18.1.1','asker':'198.18.1.1','method':"
	    "'source'}", "grant" },
	{ "prove by a record", "{'verb':'prove','addr':'198.18.1.1','asker':'" ASKER "','method':"
	    "'txt','step':'begin'}", "names" },
	{ "resolve", "{'verb':'resolve','name':'two.example','kind':'domain','asker':'" ASKER "'}",
	    "listed" },
	{ "status", "{'verb':'status','asker':'" ASKER "'}", "nominees" },
	{ "a look at a test", "{'verb':'test-show','test':'TICKET','asker':'" ASKER
	    "','grant':'GRANT'}", "steps" },
	/* jansson 2.14 drops an octet when it has no memory for a longer text than before,
	 * and says nothing: so a long one comes first, or the grant would be none */
	{ "a look at a gate", "{'verb':'gate-show','long':'GRANT GRANT','gate':'GATE','asker':'"
	    ASKER "','grant':'GRANT'}", "cut" },
};

struct lack {
	void		*state;
	struct fixture	*f;
	struct guest	*web;
	char		 grant[GRANT_TEXT], ticket[64], gate[64];
};

static void
setup(struct lack *l)
{
	struct addr a = target(1);
	json_t *o;

	fixture_open(&l->state);
	l->f = l->state;
	fixture_dns(l->f, "two.example mx 10 a.two.example\na.two.example a 198.18.1.1\n"
	    "198.18.1.1 ptr a.two.example\n");
	l->f->does = DOES_RELAY;
	assert_int_equal(nominate(l->f, a, DEPTH_GENTLE), 0);
	pass(l->f, 60);
	l->web = guest_web(l->f);
	grant_make(l->grant, l->f->keep, &a, PROOF_TXT,
	    (struct wall){ keep_now(l->f->keep).s + 86400 });
	l->f->does = DOES_REFUSE;
	o = guest_ask(l->web, "{'verb':'test','addr':'198.18.1.1','kind':'retest','asker':'"
	    ASKER "'}");
	snprintf(l->ticket, sizeof(l->ticket), "%s", text_of(o, "test"));
	pass(l->f, 60);
	o = guest_ask(l->web, "{'verb':'gate-start','addr':'198.18.1.1','asker':'203.0.112.7',"
	    "'grant':'%s','depth':'gentle','for_s':60,'every_s':30}", l->grant);
	snprintf(l->gate, sizeof(l->gate), "%s", text_of(o, "gate"));
	pass(l->f, 200);
}

static void
fill(char out[512], const char *request, const struct lack *l)
{
	size_t n = 0;

	while (*request != '\0') {
		const struct { const char *name, *is; } words[] = {
			{ "GRANT", l->grant }, { "TICKET", l->ticket }, { "GATE", l->gate },
		};
		size_t i = 0;

		while (i < 3 && strncmp(request, words[i].name, strlen(words[i].name)) != 0)
			i++;
		if (i < 3)
			n += (size_t)snprintf(out + n, 512 - n, "%s", words[i].is);
		else
			out[n++] = *request;
		request += i < 3 ? strlen(words[i].name) : 1;
	}
	out[n] = '\0';
}

/* Returns whether the allocation that was to fail was made at all. */
static bool
once(struct lack *l, size_t i, long at)
{
	char request[512];
	bool spent;

	fill(request, cases[i].request, l);
	guest_forget(l->web);
	fail_at = at;
	guest_send(l->web, request);
	pass(l->f, 8);
	spent = fail_at < 0;
	fail_at = -1;
	pass(l->f, 8);
	if (l->web->c == NULL) {	/* the channel itself had no memory */
		guest_free(l->web);
		l->web = guest_web(l->f);
	} else if (l->web->done != NULL && int_of(l->web->done, "exit") == 0 &&
	    json_object_get(l->web->done, cases[i].member) == NULL)
		fail_msg("%s, allocation %ld: the answer has no %s: %s", cases[i].name, at,
		    cases[i].member, json_dumps(l->web->done, JSON_COMPACT));
	return spent;
}

static void
no_memory_anywhere(void **state)
{
	(void)state;
	json_set_alloc_funcs(malloc, free);	/* the wrapped ones */
	harness = spare;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lack l = { 0 };
		long at = 0;

		setup(&l);
		while (once(&l, i, at))
			at++;
		if (l.web->done == NULL || json_object_get(l.web->done, cases[i].member) == NULL)
			fail_msg("%s: no whole answer at the end, after %ld: %s", cases[i].name, at, json_dumps(l.web->done, JSON_ENCODE_ANY));
		printf("# %s: %ld allocations\n", cases[i].name, at);
		keeper_free(l.f->keep);
		l.f->keep = NULL;
		guest_free(l.web);
		fixture_close(&l.state);
	}
}

/* A gate without memory at some moment of a round: that round may be undecided or
 * never come to be; no crash, no leak, and where it goes on it comes to its end. */
static bool
gate_once(long at)
{
	struct lack l = { 0 };
	struct addr a = target(1);
	bool spent;

	fixture_open(&l.state);
	l.f = l.state;
	l.web = guest_web(l.f);
	l.f->does = DOES_REFUSE;
	assert_int_equal(keep_write(l.f->keep), 0);
	assert_int_equal(keep_done(l.f->keep, nominate_basis(l.f->keep,
	    &(struct nomination){ .addr = a, .basis = BASIS_OWNER, .reason = STR("x"),
	    .who = STR("y") })), 0);
	grant_make(l.grant, l.f->keep, &a, PROOF_TXT,
	    (struct wall){ keep_now(l.f->keep).s + 86400 });
	fail_at = at;
	(void)guest_ask(l.web, "{'verb':'gate-start','addr':'198.18.1.1','asker':'" ASKER
	    "','grant':'%s','depth':'gentle','for_s':60,'every_s':30}", l.grant);
	pass(l.f, 70);
	spent = fail_at < 0;
	fail_at = -1;
	pass(l.f, 400);
	for (const struct gate_run *g = l.f->keep->gates->all; g != NULL; g = g->next)
		if (g->state != GATE_DONE || g->gate->rounds == 0)
			fail_msg("allocation %ld: state %d after %u rounds", at, (int)g->state,
			    g->gate->rounds);
	keeper_free(l.f->keep);
	l.f->keep = NULL;
	guest_free(l.web);
	fixture_close(&l.state);
	return spent;
}

static void
no_memory_for_a_gate(void **state)
{
	long at = 0;

	(void)state;
	json_set_alloc_funcs(malloc, free);
	harness = spare;
	while (gate_once(at))
		at += at < 100 ? 1 : 7;
	printf("# a gate: %ld allocations\n", at);
	assert_true(at > 100);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_memory_anywhere),
		cmocka_unit_test(no_memory_for_a_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
