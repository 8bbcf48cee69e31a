#include "fact/explain_rules.h"

#include <stdio.h>
#include <string.h>

#include "fact/special_use.h"

/* --- names --- */

static const char *const cause_names[CAUSE_N] = {
	[CAUSE_NONE] = "none", [CAUSE_UNDETERMINED] = "undetermined",
	[CAUSE_UNCONDITIONAL] = "unconditional",
	[CAUSE_CLIENT_LOST] = "client-address-lost",
	[CAUSE_TRUSTED_V4] = "trusted-v4", [CAUSE_TRUSTED_V6] = "trusted-v6",
	[CAUSE_SENDER_DOMAIN] = "sender-domain", [CAUSE_HELO_NAME] = "helo-name",
	[CAUSE_PTR_NAME] = "ptr-name", [CAUSE_CERTIFICATE] = "certificate",
	[CAUSE_MX_BACKUP] = "mx-backup", [CAUSE_WILDCARD_DOMAIN] = "wildcard-domain",
	[CAUSE_PATTERN] = "pattern", [CAUSE_LOCAL_PART] = "local-part",
	[CAUSE_NULL_SENDER] = "null-sender", [CAUSE_PERCENT] = "percent",
	[CAUSE_BANG] = "bang", [CAUSE_QUOTED] = "quoted",
	[CAUSE_SOURCE_ROUTE] = "source-route",
	[CAUSE_SUBMISSION] = "submission-no-auth",
	[CAUSE_TLS_TERMINATOR] = "tls-terminator",
	[CAUSE_ANY_CREDENTIALS] = "any-credentials",
	[CAUSE_ANONYMOUS] = "anonymous-auth", [CAUSE_XCLIENT] = "xclient",
	[CAUSE_PROXY] = "proxy-protocol", [CAUSE_INNER_HOST] = "inner-host",
};

static const char *const sign_names[SIGN_N] = {
	"plain-worked", "plain-refused", "plain-unknown", "saw-us",
	"saw-loopback", "saw-target", "saw-private", "saw-another",
	"saw-nothing", "tls-gone", "authenticated", "certificate",
	"their-name", "other-refused", "other-worked", "sender-refused",
	"pattern-refused", "next-routed", "next-plain", "next-silent",
	"other-exit", "postfix", "from-inside", "plain-taken",
};

const char *
explain_name(enum cause c)
{
	return c < CAUSE_N ? cause_names[c] : cause_names[CAUSE_NONE];
}

const char *
explain_sign_name(unsigned bit)
{
	return bit < SIGN_N ? sign_names[bit] : "";
}

/* --- for and against --- */

#define LOST (SIGN_SAW_LOOPBACK | SIGN_SAW_TARGET | SIGN_SAW_PRIVATE | SIGN_SAW_ANOTHER)
#define SINGLE (SIGN_NEXT_PLAIN)
#define ELSEWHERE (SIGN_NEXT_ROUTED | SIGN_NEXT_SILENT | SIGN_OTHER_EXIT | SIGN_POSTFIX)

static const struct { uint32_t speak_for, speak_against; } evidence[CAUSE_N] = {
	[CAUSE_UNDETERMINED] = { SIGN_SAW_NOTHING | SIGN_PLAIN_UNKNOWN | SIGN_FROM_INSIDE, 0 },
	[CAUSE_UNCONDITIONAL] = { SIGN_PLAIN_WORKED | SIGN_PLAIN_TAKEN | SIGN_SAW_US | SIGN_OTHER_WORKED,
	    SIGN_PLAIN_REFUSED | SIGN_OTHER_REFUSED | LOST },
	[CAUSE_CLIENT_LOST] = { LOST, SIGN_SAW_US | SIGN_TLS_GONE },
	[CAUSE_TRUSTED_V4] = { SIGN_PLAIN_WORKED | SIGN_PLAIN_TAKEN | SIGN_SAW_US | SIGN_OTHER_REFUSED,
	    LOST | SIGN_OTHER_WORKED },
	[CAUSE_TRUSTED_V6] = { SIGN_SAW_US | SIGN_PLAIN_REFUSED, LOST | SIGN_OTHER_WORKED },
	[CAUSE_SENDER_DOMAIN] = { SIGN_PLAIN_REFUSED | SIGN_PATTERN_REFUSED,
	    SIGN_SENDER_REFUSED | SIGN_PLAIN_WORKED },
	[CAUSE_HELO_NAME] = { SIGN_PLAIN_REFUSED, SIGN_PLAIN_WORKED },
	[CAUSE_PTR_NAME] = { SIGN_THEIR_NAME | SIGN_PLAIN_REFUSED, LOST },
	[CAUSE_CERTIFICATE] = { SIGN_CERTIFICATE | SIGN_PLAIN_REFUSED, SIGN_PLAIN_WORKED },
	[CAUSE_MX_BACKUP] = { SIGN_PLAIN_REFUSED, SIGN_PLAIN_WORKED },
	[CAUSE_WILDCARD_DOMAIN] = { SIGN_PLAIN_WORKED | SIGN_PLAIN_TAKEN | SIGN_SAW_US | SIGN_OTHER_WORKED,
	    LOST | SIGN_OTHER_REFUSED },
	[CAUSE_PATTERN] = { SIGN_PLAIN_REFUSED, SIGN_PATTERN_REFUSED },
	[CAUSE_LOCAL_PART] = { SIGN_PLAIN_REFUSED | SIGN_SENDER_REFUSED, 0 },
	[CAUSE_NULL_SENDER] = { SIGN_PLAIN_REFUSED, SIGN_PLAIN_WORKED },
	[CAUSE_PERCENT] = { SIGN_PLAIN_REFUSED | SINGLE, ELSEWHERE },
	[CAUSE_BANG] = { SIGN_PLAIN_REFUSED | SINGLE, ELSEWHERE },
	[CAUSE_QUOTED] = { SIGN_PLAIN_REFUSED | SINGLE, ELSEWHERE },
	[CAUSE_SOURCE_ROUTE] = { SIGN_PLAIN_REFUSED | SINGLE, ELSEWHERE },
	[CAUSE_SUBMISSION] = { SIGN_PLAIN_REFUSED | SIGN_SAW_US,
	    SIGN_PLAIN_WORKED | SIGN_AUTHENTICATED },
	[CAUSE_TLS_TERMINATOR] = { SIGN_TLS_GONE | LOST, SIGN_SAW_US },
	[CAUSE_ANY_CREDENTIALS] = { SIGN_AUTHENTICATED | SIGN_PLAIN_REFUSED, SIGN_PLAIN_WORKED },
	[CAUSE_ANONYMOUS] = { SIGN_AUTHENTICATED | SIGN_PLAIN_REFUSED, SIGN_PLAIN_WORKED },
	[CAUSE_XCLIENT] = { SIGN_PLAIN_REFUSED | SIGN_SAW_LOOPBACK, SIGN_PLAIN_WORKED },
	[CAUSE_PROXY] = { SIGN_PLAIN_REFUSED | SIGN_SAW_LOOPBACK, SIGN_PLAIN_WORKED },
	[CAUSE_INNER_HOST] = { ELSEWHERE | SIGN_PLAIN_REFUSED, SINGLE },
};

uint32_t
explain_for(enum cause c)
{
	return c < CAUSE_N ? evidence[c].speak_for : 0;
}

uint32_t
explain_against(enum cause c)
{
	return c < CAUSE_N ? evidence[c].speak_against : 0;
}

/* --- what to change --- */

#define M(name) (1u << MTA_##name)
#define EACH (M(POSTFIX) | M(EXIM) | M(SENDMAIL) | M(OPENSMTPD) | M(COURIER))

static const struct {
	unsigned	 servers;	/* with a text of their own; else "other" */
	const char	*also;
} fixes[CAUSE_N] = {
	[CAUSE_UNCONDITIONAL] = { EACH, NULL },
	[CAUSE_CLIENT_LOST] = { EACH, "front" },
	[CAUSE_TRUSTED_V4] = { EACH, NULL },
	[CAUSE_TRUSTED_V6] = { EACH, NULL },
	[CAUSE_SENDER_DOMAIN] = { EACH & ~M(COURIER), NULL },
	[CAUSE_HELO_NAME] = { M(POSTFIX) | M(EXIM) | M(OPENSMTPD), NULL },
	[CAUSE_PTR_NAME] = { EACH & ~M(COURIER), NULL },
	[CAUSE_CERTIFICATE] = { M(POSTFIX) | M(EXIM) | M(SENDMAIL), NULL },
	[CAUSE_MX_BACKUP] = { M(POSTFIX) | M(SENDMAIL), NULL },
	[CAUSE_WILDCARD_DOMAIN] = { EACH, NULL },
	[CAUSE_PATTERN] = { M(POSTFIX) | M(EXIM) | M(OPENSMTPD), NULL },
	[CAUSE_LOCAL_PART] = { M(POSTFIX) | M(EXIM), NULL },
	[CAUSE_NULL_SENDER] = { M(POSTFIX) | M(EXIM) | M(OPENSMTPD), NULL },
	[CAUSE_PERCENT] = { EACH & ~M(OPENSMTPD), NULL },
	[CAUSE_BANG] = { M(POSTFIX) | M(EXIM) | M(SENDMAIL), NULL },
	[CAUSE_QUOTED] = { M(EXIM), NULL },
	[CAUSE_SOURCE_ROUTE] = { M(SENDMAIL), NULL },
	[CAUSE_SUBMISSION] = { EACH, NULL },
	[CAUSE_TLS_TERMINATOR] = { M(POSTFIX) | M(EXIM), "front-tls" },
	[CAUSE_ANY_CREDENTIALS] = { M(POSTFIX) | M(EXIM), NULL },
	[CAUSE_ANONYMOUS] = { M(POSTFIX) | M(EXIM) | M(SENDMAIL), NULL },
	[CAUSE_XCLIENT] = { M(POSTFIX), NULL },
	[CAUSE_PROXY] = { M(POSTFIX) | M(EXIM), NULL },
	[CAUSE_INNER_HOST] = { M(POSTFIX) | M(EXIM) | M(SENDMAIL), "inner" },
};

size_t
explain_fix(char out[EXPLAIN_FIXES][EXPLAIN_FIX], enum cause c, enum mta m)
{
	size_t n = 0;

	if (c == CAUSE_NONE || c >= CAUSE_N)
		return 0;
	if (m >= MTA_N || (fixes[c].servers & 1u << m) == 0)
		m = MTA_OTHER;
	snprintf(out[n++], EXPLAIN_FIX, "%s-%s", cause_names[c], mta_name(m));
	if (fixes[c].also != NULL)
		snprintf(out[n++], EXPLAIN_FIX, "%s", fixes[c].also);
	return n;
}

/* --- signs --- */

/* A port of submission: relaying for strangers there says nothing of port 25. */
static bool
is_submission(uint16_t port)
{
	return port == 587 || port == 465 || port == 2525;
}

static enum group
group_of(const struct explain_form *f)
{
	enum group g = explain_group(f->form);

	return g == GROUP_PLAIN && is_submission(f->port) ? GROUP_PORT : g;
}

size_t
explain_lead(const struct explain_form *forms, size_t n)
{
	size_t lead = n;

	for (size_t i = 0; i < n; i++)
		if (forms[i].is == EXPLAIN_WORKED && (lead == n ||
		    group_of(&forms[i]) < group_of(&forms[lead])))
			lead = i;
	return lead;
}

static bool
any_form(const struct explain_in *in, enum group g, enum explain_is is)
{
	for (size_t i = 0; i < in->n; i++)
		if (group_of(&in->forms[i]) == g && in->forms[i].is == is)
			return true;
	return false;
}

static bool
only_refused(const struct explain_in *in, enum group g)
{
	return any_form(in, g, EXPLAIN_REFUSED) && !any_form(in, g, EXPLAIN_TAKEN) &&
	    !any_form(in, g, EXPLAIN_WORKED);
}

/* What the other forms add. */
static uint32_t
signs_of_forms(const struct explain_in *in, enum group lead)
{
	bool v4 = addr_is_v4(&in->target);
	uint32_t s = 0;

	if (any_form(in, GROUP_PLAIN, EXPLAIN_WORKED))
		s |= SIGN_PLAIN_WORKED;
	else if (any_form(in, GROUP_PLAIN, EXPLAIN_TAKEN))
		s |= SIGN_PLAIN_TAKEN;
	else if (any_form(in, GROUP_PLAIN, EXPLAIN_REFUSED))
		s |= SIGN_PLAIN_REFUSED;
	else
		s |= SIGN_PLAIN_UNKNOWN;
	if (v4 && lead == GROUP_PLAIN && any_form(in, GROUP_V6, EXPLAIN_WORKED))
		s |= SIGN_OTHER_WORKED;
	else if (v4 && lead == GROUP_PLAIN && any_form(in, GROUP_V6, EXPLAIN_REFUSED))
		s |= SIGN_OTHER_REFUSED;
	if (only_refused(in, GROUP_SENDER))
		s |= SIGN_SENDER_REFUSED;
	if (only_refused(in, GROUP_PATTERN))
		s |= SIGN_PATTERN_REFUSED;
	return s;
}

static bool
is_loopback(const struct addr *a)
{
	const char *why = NULL;

	return special_use(a, NULL, 0, &why) && why != NULL && strcmp(why, "loopback") == 0;
}

/* Every machine has the loopback's address: it is ours only to a target there. */
static bool
is_ours(const struct explain_in *in, const struct addr *a)
{
	if (addr_is_none(a) || (is_loopback(a) && !is_loopback(&in->target)))
		return false;
	for (size_t i = 0; i < in->n_ours; i++)
		if (addr_eq(a, &in->ours[i]))
			return true;
	return false;
}

/* Nobody's on the Internet.  Documentation space stands for what is. */
static bool
is_private(const struct addr *a)
{
	const char *why = NULL;

	return special_use(a, NULL, 0, &why) &&
	    (why == NULL || strcmp(why, "documentation") != 0);
}

/* Do we have a public address of that family?  Without one we are behind a NAT
 * of our own, and the public address that was seen may be ours. */
static bool
ours_known(const struct explain_in *in, const struct addr *a)
{
	for (size_t i = 0; i < in->n_ours; i++)
		if (!addr_is_none(&in->ours[i]) &&
		    addr_is_v4(&in->ours[i]) == addr_is_v4(a) &&
		    !is_private(&in->ours[i]))
			return true;
	return false;
}

static uint32_t
sign_of_client(const struct explain_in *in, const struct addr *a)
{
	if (addr_is_none(a))
		return SIGN_SAW_NOTHING;
	if (is_ours(in, a))
		return SIGN_SAW_US;
	if (addr_eq(a, &in->target))
		return SIGN_SAW_TARGET;
	if (is_loopback(a))
		return SIGN_SAW_LOOPBACK;
	if (is_private(a))
		return SIGN_SAW_PRIVATE;
	return ours_known(in, a) ? SIGN_SAW_ANOTHER : SIGN_SAW_US;
}

static bool
is_under(struct str name, struct str domain)
{
	if (domain.n == 0 || name.n < domain.n)
		return false;
	return str_ieq(name, domain) || (str_iends(name, domain) &&
	    name.p[name.n - domain.n - 1] == '.');
}

/* Did it find a name of its own for us, while we are not of its domain? */
static bool
has_their_name(const struct explain_in *in)
{
	struct str name = in->chain->entry.client_name;

	if (str_ieq(name, STR("localhost")) || str_istarts(name, STR("localhost.")))
		return true;
	return is_under(name, in->domain) && !is_under(in->said->name, in->domain);
}

/* Of the host behind the entry: what it was given. */
static uint32_t
sign_of_next(const struct explain_in *in)
{
	const struct chain *c = in->chain;

	if (c->next.name.n == 0)
		return c->single || c->same_name ? 0 : SIGN_OTHER_EXIT;
	if (c->next.rcpt.n == 0 || in->plain.n == 0)
		return SIGN_NEXT_SILENT;
	return str_ieq(c->next.rcpt, in->plain) ? SIGN_NEXT_PLAIN : SIGN_NEXT_ROUTED;
}

static uint32_t
signs_of_line(const struct explain_in *in, const struct explain *out)
{
	const struct chain_entry *e = &in->chain->entry;
	uint32_t s = sign_of_client(in, &out->client) | sign_of_next(in);

	if (in->chain->found_us && in->said->tls && !e->tls)
		s |= SIGN_TLS_GONE;
	if (e->authenticated)
		s |= SIGN_AUTHENTICATED;
	if (e->certificate)
		s |= SIGN_CERTIFICATE;
	if ((s & SIGN_SAW_US) != 0 && has_their_name(in))
		s |= SIGN_THEIR_NAME;
	if (out->mta == MTA_POSTFIX)
		s |= SIGN_POSTFIX;
	if (is_ours(in, &in->target) && !is_loopback(&in->target))
		s |= SIGN_FROM_INSIDE;
	return s;
}

/* --- the cause --- */

static bool
fits(const struct explain_rule *r, enum group g, uint32_t signs)
{
	return (r->groups & 1u << g) != 0 && (signs & r->need) == r->need &&
	    (r->any == 0 || (signs & r->any) != 0) && (signs & r->exclude) == 0;
}

/* Is what is special about the form that came back not why?  The plain one was
 * taken, too, and was only slower; or both were put off as strangers' letters are,
 * and the other one's time came first. */
static bool
plain_would_do(const struct explain_in *in, enum group g)
{
	return g != GROUP_MX && (any_form(in, GROUP_PLAIN, EXPLAIN_TAKEN) ||
	    (in->again && any_form(in, GROUP_PLAIN, EXPLAIN_PUT_OFF) &&
	    !any_form(in, GROUP_PLAIN, EXPLAIN_REFUSED)));
}

/* Turns what a rule names into a cause. */
static enum cause
resolve(unsigned cause, const struct explain *x, const struct explain_in *in,
    enum group g)
{
	bool v6 = g == GROUP_V6 || !addr_is_v4(&in->target);

	if (cause == RULE_GROUP)
		return explain_group_cause(g);
	if (cause == RULE_SERVER || cause == RULE_SERVER_NEXT)
		cause = explain_server_cause(x->mta, cause == RULE_SERVER_NEXT);
	if (cause == RULE_FAMILY)
		return v6 ? CAUSE_TRUSTED_V6 : CAUSE_TRUSTED_V4;
	return cause < CAUSE_N ? (enum cause)cause : CAUSE_UNDETERMINED;
}

static void
judge(struct explain *out, const struct explain_in *in, enum group g)
{
	const struct explain_rule *r = explain_rules;
	int decide;

	while (r < explain_rules + explain_n_rules - 1 && !fits(r, g, out->signs))
		r++;
	out->cause = resolve(r->cause, out, in, g);
	out->second = resolve(r->second, out, in, g);
	out->sure = r->sure && (out->signs & SIGN_PLAIN_TAKEN) == 0 &&
	    !plain_would_do(in, g);
	decide = r->decide == NULL ? -1 : relaytest_find(str_of(r->decide));
	if (decide >= 0)
		out->decide = (uint8_t)decide;
}

static void
note_facts(struct explain *out, const struct explain_in *in)
{
	const struct chain_entry *e = &in->chain->entry;
	const struct mta_in server = {
		.software = e->software, .mapped = e->mapped,
		.banner = in->said->banner, .ehlo = in->said->ehlo,
		.accepted = in->accepted, .refused = in->refused,
	};

	out->mta = mta_guess(&server);
	out->client = addr_is_none(&e->client) ? in->said->client : e->client;
	out->client_name = e->client_name;
	out->helo = e->helo;
	out->inner = in->chain->next.name;
	out->inner_addr = in->chain->next.addr;
}

void
explain(struct explain *out, const struct explain_in *in)
{
	enum group g;

	*out = (struct explain){ .form = RELAYTEST_NONE, .decide = RELAYTEST_NONE };
	if (in->lead >= in->n || in->forms[in->lead].is != EXPLAIN_WORKED)
		return;
	g = group_of(&in->forms[in->lead]);
	out->form = in->forms[in->lead].form;
	out->port = in->forms[in->lead].port;
	note_facts(out, in);
	if (plain_would_do(in, g))
		g = GROUP_PLAIN;
	out->signs = signs_of_forms(in, g) | signs_of_line(in, out);
	judge(out, in, g);
	if (out->cause != CAUSE_INNER_HOST && out->second != CAUSE_INNER_HOST) {
		out->inner = (struct str){ 0 };
		out->inner_addr = addr_none;
	}
}
