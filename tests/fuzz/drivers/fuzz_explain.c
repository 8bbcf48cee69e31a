/* A mail and a transcript, cut out of one input: what the target saw, and why
 * it relays.  The first octets choose forms and findings. */
#include <stdlib.h>
#include <string.h>

#include "fact/explain_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)

enum { HEAD = 8, FORMS = 4 };

static void
must_lie_within(struct str s, struct str a, struct str b)
{
	if (s.n > 0)
		MUST((s.p >= a.p && s.p + s.n <= a.p + a.n) ||
		    (s.p >= b.p && s.p + s.n <= b.p + b.n));
}

/* What holds of every answer. */
static void
judge(const struct explain *x, const struct explain_in *in, struct str mail,
    struct str transcript)
{
	char tags[EXPLAIN_FIXES][EXPLAIN_FIX];
	bool worked = in->lead < in->n;

	MUST((x->cause == CAUSE_NONE) == !worked);
	MUST(x->cause < CAUSE_N && x->second < CAUSE_N && x->mta < MTA_N);
	MUST(!x->sure || (x->second == CAUSE_NONE && x->cause != CAUSE_UNDETERMINED));
	MUST(x->signs >> SIGN_N == 0);
	MUST(x->decide == RELAYTEST_NONE || x->decide < RELAYTEST_N);
	MUST(explain_fix(tags, x->cause, x->mta) == 0 || worked);
	must_lie_within(x->client_name, mail, transcript);
	must_lie_within(x->helo, mail, transcript);
	must_lie_within(x->inner, mail, transcript);
}

static size_t
forms_of(struct explain_form *forms, const uint8_t *p)
{
	static const uint16_t ports[] = { 25, 587, 465, 10025 };

	for (size_t i = 0; i < FORMS; i++)
		forms[i] = (struct explain_form){ p[i], (p[4 + i] & 1) != 0 ?
			EXPLAIN_WORKED : (p[4 + i] & 8) != 0 ? EXPLAIN_TAKEN : EXPLAIN_REFUSED,
			ports[p[4 + i] >> 1 & 3] };
	return FORMS;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct addr ours[] = { addr_v4(198, 51, 100, 7), addr_v4(127, 0, 0, 1) };
	struct explain_form forms[FORMS];
	struct str rest, mail, transcript;
	struct said said = { 0 };
	struct chain chain;
	struct explain x;
	struct explain_in in = { .forms = forms, .chain = &chain, .said = &said,
		.plain = STR("k7q2@probe.example"), .target = addr_v4(192, 0, 2, 25),
		.ours = ours, .n_ours = 2, .domain = STR("corp.example") };
	struct chain_in walk = { .exit_helo = STR("out.corp.example"), .entry = in.target,
		.prober = ours[0], .ehlo = STR("rt.probe.example") };

	if (n < HEAD)
		return 0;
	in.n = forms_of(forms, p);
	in.lead = explain_lead(forms, in.n);
	rest = (struct str){ (const char *)p + HEAD, n - HEAD };
	transcript = str_cut(&rest, '\f');
	mail = rest;
	if (said_read(&said, transcript, STR("P01"), STR("probe")) == 0) {
		must_lie_within(said.banner, transcript, transcript);
		must_lie_within(said.ehlo, transcript, transcript);
		must_lie_within(said.name, transcript, transcript);
	} else {
		said = (struct said){ 0 };
	}
	walk.mail = mail;
	walk.exit = (p[0] & 0x80) != 0 ? in.target : addr_v4(203, 0, 113, 5);
	chain_read(&chain, &walk);
	must_lie_within(chain.next.name, mail, mail);
	must_lie_within(chain.next.rcpt, mail, mail);
	must_lie_within(chain.entry.software, mail, mail);
	MUST(chain.found_us || chain.next.name.n == 0);
	explain(&x, &in);
	judge(&x, &in, mail, transcript);
	return 0;
}
