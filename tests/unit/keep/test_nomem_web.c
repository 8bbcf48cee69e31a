/* No memory at any moment of a visitor's request: an error or a lost answer,
 * never a crash, a leak, an answer that lacks a member, or a keeper that serves
 * nobody afterwards.  Linked with --wrap: the allocation number fail_at (from
 * 0) is refused, jansson's own too. */
#include "../nomem.h"
#include "guest.h"
#include "keep/claim.h"
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
};

struct lack {
	void		*state;
	struct fixture	*f;
	struct guest	*web;
	char		 grant[GRANT_TEXT], ticket[64];
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
}

static void
fill(char out[512], const char *request, const struct lack *l)
{
	size_t n = 0;

	while (*request != '\0') {
		const char *word = NULL;

		if (strncmp(request, "GRANT", 5) == 0)
			word = l->grant;
		else if (strncmp(request, "TICKET", 6) == 0)
			word = l->ticket;
		if (word != NULL)
			n += (size_t)snprintf(out + n, 512 - n, "%s", word);
		else
			out[n++] = *request;
		request += word == NULL ? 1 : word == l->grant ? 5 : 6;
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
		fail_msg("%s, allocation %ld: the answer has no %s", cases[i].name, at,
		    cases[i].member);
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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_memory_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
