/* Are so many destinations strangers' doing, or a gateway's customers?
 *
 * Only asked where nobody said which domains are ours.  A gateway has many
 * domains too, whose servers return mail to unknown people, so their number
 * proves nothing.  What a gateway does not have speaks against one, in points:
 * hours of other mail without any to its customers; customers that refuse their
 * own gateway as listed; one client from outside that writes to most of them.
 * And a server that turns away other destinations meanwhile has a list of those
 * that it relays to. */

#include "account/judge_body.h"

enum {
	HOLDS_WIDE = 3, HOLDS_ANY = 5,	/* points: many destinations; a few */
	FEW_LEAST = 5,			/* destinations */
	HOURS_ALONE = 24,
	ONE_CLIENT_PERCENT = 50,	/* of the recipients are one client's */
	ONE_CLIENT_DOMAINS = 30,	/* to which it wrote in a day */
	BOUNCED_PERCENT = 10,		/* as with accounts */
	LISTED_DOMAINS = 3,
	VERY_WIDE = 200, VERY_WIDE_BLIND = 1000,
};

enum sign { HOURS, LISTED, CLIENT, BOUNCED, DOMAINS, REFUSING, SIGN_N };

static const struct {
	enum sign	sign;
	uint64_t	least;
	int		points;
	enum judge_tag	tag;		/* JUDGE_TAG_N: said otherwise */
} rules[] = {
	{ HOURS, HOURS_ALONE, 2, JUDGE_RELAY_ONLY_THEN },
	{ LISTED, 1, 1, JUDGE_RELAY_LISTED },
	{ LISTED, LISTED_DOMAINS, 1, JUDGE_TAG_N },
	{ CLIENT, ONE_CLIENT_DOMAINS, 1, JUDGE_RELAY_ONE_CLIENT },
	{ BOUNCED, BOUNCED_PERCENT, 1, JUDGE_RELAY_BOUNCED },
	{ DOMAINS, 1, 1, JUDGE_TAG_N },
	{ REFUSING, 1, -2, JUDGE_RELAY_LIST },
};

/* Hours with accepted mail before the first that was relayed, and after the
 * last. */
static uint64_t
count_hours(const struct account_result *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n_hours; i++) {
		const struct account_hour *h = &r->hour[i];
		uint64_t messages = 0;

		for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
			messages += h->messages[c];
		n += messages > 0 && (h->s + 3600 <= r->class_first[ACCOUNT_RELAYED].s ||
		    h->s > r->class_last[ACCOUNT_RELAYED].s);
	}
	return n;
}

/* Domains that named a blocklist, where most of what leaves is this mail. */
static uint64_t
count_listed(const struct account_result *r)
{
	uint64_t relayed = r->n[ACCOUNT_RELAYED].recipients, most = 0;

	if (relayed < r->n[ACCOUNT_SUBMITTED].recipients + r->n[ACCOUNT_INSIDE_OUT].recipients +
	    r->n[ACCOUNT_SCRIPTED].recipients)
		return 0;
	for (size_t i = 0; i < r->n_listings; i++)
		if (r->listing[i].domains > most)
			most = r->listing[i].domains;
	return most;
}

static bool
within(const struct account_when *when, const struct account_result *r)
{
	return when->where.line != 0 && when->s > r->class_first[ACCOUNT_RELAYED].s &&
	    when->s < r->class_last[ACCOUNT_RELAYED].s;
}

static void
measure(uint64_t m[SIGN_N], const struct judging *j, const struct judge_spread *client,
    const struct judge_spread *domain)
{
	const struct account_result *r = j->r;
	const struct account_count *n = &r->n[ACCOUNT_RELAYED];

	m[HOURS] = count_hours(r);
	m[LISTED] = count_listed(r);
	m[CLIENT] = client->top != NULL &&
	    judge_percent(account_row_n(client->top, ACCOUNT_RELAYED)->recipients,
	        client->recipients) >= ONE_CLIENT_PERCENT ? client->top->past->domains : 0;
	m[BOUNCED] = judge_percent(n->bounced, n->recipients);
	m[DOMAINS] = domain->names >= (r->n_own_domains > 0 ? VERY_WIDE : VERY_WIDE_BLIND);
	m[REFUSING] = within(&r->relay_refused_first, r) || within(&r->relay_refused_last, r);
}

bool
judge_wide(const struct judging *j, const struct judge_spread *client,
    const struct judge_spread *domain, bool wide)
{
	uint64_t m[SIGN_N];
	int points = 0;

	measure(m, j, client, domain);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (m[rules[i].sign] >= rules[i].least)
			points += rules[i].points;
	return points >= (wide ? HOLDS_WIDE : HOLDS_ANY) && domain->names >= FEW_LEAST;
}

static void
say(struct judging *j, enum account_cause cause, enum judge_tag tag, const uint64_t m[SIGN_N],
    const struct judge_spread *client)
{
	const struct account_result *r = j->r;
	struct account_reason *why = judge_say(j, cause, tag);

	why->when[0] = r->class_first[ACCOUNT_RELAYED];
	why->when[1] = r->class_last[ACCOUNT_RELAYED];
	if (tag == JUDGE_RELAY_ONLY_THEN) {
		why->number[0] = m[HOURS];
	} else if (tag == JUDGE_RELAY_LISTED) {
		why->number[0] = m[LISTED];
	} else if (tag == JUDGE_RELAY_ONE_CLIENT) {
		why->number[0] = account_row_n(client->top, ACCOUNT_RELAYED)->recipients;
		why->number[1] = m[CLIENT];
		why->text[0] = client->top->name;
	} else if (tag == JUDGE_RELAY_BOUNCED) {
		why->number[0] = r->n[ACCOUNT_RELAYED].bounced;
		why->number[1] = r->n[ACCOUNT_RELAYED].recipients;
	} else {
		why->number[0] = r->relay_refused;
		why->when[0] = r->relay_refused_first;
	}
}

void
judge_wide_say(struct judging *j, enum account_cause cause, const struct judge_spread *client,
    const struct judge_spread *domain)
{
	uint64_t m[SIGN_N];

	measure(m, j, client, domain);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (m[rules[i].sign] >= rules[i].least && rules[i].tag != JUDGE_TAG_N)
			say(j, cause, rules[i].tag, m, client);
}
