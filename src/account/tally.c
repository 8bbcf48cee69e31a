#include "account/tally_body.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "account/count.h"
#include "account/grow.h"

/* Sides ---------------------------------------------------------------- */

uint64_t
tally_owner(enum account_axis axis, uint64_t hash)
{
	return hash ^ ((uint64_t)axis + 1) * 0x9e3779b97f4a7c15;
}

int
tally_domain_side(struct account_tally *t, uint32_t row, enum tally_side *side)
{
	struct account_names *n = &t->names[ACCOUNT_BY_DOMAIN];
	bool known = account_own_knows_domains(t->own);
	struct str name;

	*side = known ? TALLY_THEIRS : TALLY_UNSURE;
	if (row >= NAMES_GONE)
		return 0;
	if (!(n->row[row].flags & NAMES_ASKED)) {
		name = names_text(n, row);
		n->row[row].flags |= NAMES_ASKED;
		if (account_own_has_domain(t->own, name) ||
		    (!known && account_own_has_domain(t->learn.own, name)))
			n->row[row].flags |= NAMES_OWN;
	}
	if (n->row[row].flags & NAMES_OWN)
		*side = TALLY_OURS;
	return 0;
}

enum tally_side
tally_client_side(const struct account_tally *t, uint32_t row)
{
	unsigned flags;

	if (row >= NAMES_GONE)
		return TALLY_THEIRS;
	flags = t->names[ACCOUNT_BY_CLIENT].row[row].flags;
	if (flags & (NAMES_LOOPBACK | NAMES_OWN))
		return TALLY_OURS;
	return flags & NAMES_PRIVATE && !account_own_knows_nets(t->own) ?
	    TALLY_UNSURE :
	    TALLY_THEIRS;
}

enum tally_side
tally_sender_side(const struct account_tally *t, uint32_t row)
{
	struct str name;

	if (row >= NAMES_GONE || account_own_knows_nets(t->own))
		return TALLY_THEIRS;
	name = names_text(&t->names[ACCOUNT_BY_SENDER_DOMAIN], row);
	if (name.n == 0)
		return TALLY_THEIRS;
	return account_own_has_domain(t->own, name) ||
	    account_own_has_domain(t->learn.own, name) ? TALLY_OURS : TALLY_THEIRS;
}

enum account_class
tally_class(enum account_origin origin, enum tally_side client,
    enum tally_side sender, enum tally_side given, enum tally_side domain)
{
	if (domain == TALLY_OURS)
		return ACCOUNT_RECEIVED;
	if (origin == ACCOUNT_FROM_UNKNOWN)
		return ACCOUNT_UNTOLD;
	if (origin == ACCOUNT_FROM_SERVER)
		return ACCOUNT_NOTICED;
	if (given == TALLY_OURS)
		return ACCOUNT_FORWARDED;
	if (origin == ACCOUNT_FROM_ACCOUNT)
		return ACCOUNT_SUBMITTED;
	if (origin == ACCOUNT_FROM_LOCAL)
		return ACCOUNT_SCRIPTED;
	if (client == TALLY_OURS)
		return ACCOUNT_INSIDE_OUT;
	return sender == TALLY_OURS ? ACCOUNT_UNNAMED : ACCOUNT_RELAYED;
}

/* Adding --------------------------------------------------------------- */

static void
count_parts(struct names_count *c, const struct account_count *n)
{
	c->recipients += (uint32_t)n->recipients;
	c->delivered += (uint32_t)n->delivered;
	c->deferred += (uint32_t)n->deferred;
	c->bounced += (uint32_t)n->bounced;
	c->discarded += (uint32_t)n->discarded;
	c->queued += (uint32_t)n->queued;
	c->attempts += (uint32_t)n->attempts;
}

/* A message's share in a row; row NAMES_GONE: in the rest. */
static int
row_add(struct account_tally *t, enum account_axis axis, uint32_t row,
    enum account_class class, const struct account_count *n,
    const struct tally_mail *m, bool again)
{
	struct account_names *names = &t->names[axis];
	struct names_count *c;

	if (row == NAMES_NONE)
		return 0;
	if (row == NAMES_GONE) {
		struct account_count whole = *n;

		whole.messages = !again;
		whole.octets = again ? 0 : m->size;
		count_add(&names->rest[class], &whole);
		return 0;
	}
	c = names_count(names, row, class);
	if (c == NULL)
		return SEK_ENOMEM;
	if (!again && c->message != t->serial) {
		c->message = t->serial;
		c->messages++;
		c->octets += m->size;
	}
	count_parts(c, n);
	at_first(&names->row[row].first, m->accepted);
	at_last(&names->row[row].last, m->accepted);
	return 0;
}

static int
hour_add(struct account_tally *t, enum account_class class,
    const struct account_count *n, const struct tally_mail *m, bool again)
{
	struct hours_row *h;

	if (hours_row(&t->hours, m->accepted.s, &h) < 0)
		return SEK_ENOMEM;
	if (h == NULL)
		return 0;
	h->messages[class] += !again;
	h->recipients[class] += (uint32_t)n->recipients;
	return 0;
}

/* Network, country and past of a message, which come of its rows. */
struct about {
	uint32_t	network, country;	/* rows */
	uint32_t	net, land, sender;	/* hashes for past */
	uint32_t	day[3];			/* records of account, user, client in past; 0: none */
};

static uint32_t
hash_of(const struct account_names *n, uint32_t row)
{
	return row >= NAMES_GONE ? 0 : (uint32_t)(n->row[row].hash >> 32) | 1;
}

static int
about_client(struct account_tally *t, const struct tally_mail *m,
    struct about *a)
{
	const struct account_names *clients = &t->names[ACCOUNT_BY_CLIENT];
	struct addr client;
	const char *land;

	*a = (struct about){ .network = m->client,
		.country = m->client,
		.sender =
		    hash_of(&t->names[ACCOUNT_BY_SENDER_DOMAIN], m->sender) };
	if (t->country == NULL)
		a->country = NAMES_NONE;
	if (m->client >= NAMES_GONE)
		return 0;
	if (clients->row[m->client].near == 0) {
		memcpy(client.o, names_text(clients, m->client).p,
		    sizeof(client.o));
		if (tally_network_row(t, &client, &a->network) < 0)
			return SEK_ENOMEM;
		clients->row[m->client].near = a->network + 1;
	}
	a->network = clients->row[m->client].near - 1;
	a->net = hash_of(&t->names[ACCOUNT_BY_NETWORK], a->network);
	if (t->country == NULL)
		return 0;
	land = clients->row[m->client].country;
	if (names_row(&t->names[ACCOUNT_BY_COUNTRY],
	        (struct str){ land, land[0] == '\0' ? 0 : 2 }, &a->country) < 0)
		return SEK_ENOMEM;
	a->land = land[0] == '\0' ?
	    0 :
	    hash_of(&t->names[ACCOUNT_BY_COUNTRY], a->country);
	return 0;
}

static bool
leaves(enum account_class class)
{
	return class <= ACCOUNT_SCRIPTED;
}

/* What account, user and host of ours did that day. */
static int
past_of(struct account_tally *t, const struct tally_mail *m, struct about *a,
    const struct account_count *n)
{
	const enum account_axis axis[3] = { ACCOUNT_BY_ACCOUNT, ACCOUNT_BY_USER,
		ACCOUNT_BY_CLIENT };
	const uint32_t row[3] = { m->account, m->user, m->client };

	for (int i = 0; i < 3; i++) {
		struct past_mail mail = { .accepted = m->accepted,
			.sender = a->sender,
			.n = *n };
		uint64_t owner;

		if (row[i] >= NAMES_GONE)
			continue;
		if (axis[i] == ACCOUNT_BY_CLIENT) {
			if (!(t->names[axis[i]].row[row[i]].flags &
			        (NAMES_LOOPBACK | NAMES_PRIVATE | NAMES_OWN)))
				continue;
		} else {
			mail.net = a->net;
			mail.country = a->land;
		}
		owner = t->names[axis[i]].row[row[i]].hash;
		if (past_add(&t->past, tally_owner(axis[i], owner), &mail,
		        &a->day[i]) < 0)
			return SEK_ENOMEM;
	}
	return 0;
}

static int
class_add(struct account_tally *t, struct tally_mail *m, struct about *a,
    enum account_class class, struct account_count *n, struct str line)
{
	const struct { enum account_axis axis; uint32_t row;
	} rows[] = {
		{ ACCOUNT_BY_CLIENT, m->client },
		{ ACCOUNT_BY_NETWORK, a->network },
		{ ACCOUNT_BY_COUNTRY, a->country },
		{ ACCOUNT_BY_ACCOUNT, m->account },
		{ ACCOUNT_BY_USER, m->user },
		{ ACCOUNT_BY_HELO, m->helo },
		{ ACCOUNT_BY_SENDER_DOMAIN, m->sender },
	};
	bool again = m->counted & 1U << class;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (row_add(t, rows[i].axis, rows[i].row, class, n, m, again) <
		    0)
			return SEK_ENOMEM;
	if (hour_add(t, class, n, m, again) < 0)
		return SEK_ENOMEM;
	if (!again) {
		n->messages = 1;
		n->octets = m->size;
		m->counted |= (uint16_t)(1U << class);
		if (!at_is(t->first[class].at) ||
		    at_before(m->accepted, t->first[class].at))
			quote_set(&t->first[class], m->accepted, line);
		if (!at_is(t->last[class].at) ||
		    at_before(t->last[class].at, m->accepted))
			quote_set(&t->last[class], m->accepted, line);
	}
	count_add(&t->n[class], n);
	return leaves(class) ? past_of(t, m, a, n) : 0;
}

static struct str
tld_of(struct str domain)
{
	size_t n = domain.n;

	if (n == 0 || domain.p[0] == '[')
		return STR("");
	while (n > 0 && domain.p[n - 1] != '.')
		n--;
	return (struct str){ domain.p + n, domain.n - n };
}

static int
part_add(struct account_tally *t, const struct tally_mail *m,
    const struct about *a, const struct tally_part *p)
{
	struct account_names *domains = &t->names[ACCOUNT_BY_DOMAIN];
	uint32_t tld = p->domain;

	if (row_add(t, ACCOUNT_BY_DOMAIN, p->domain, p->class, &p->n, m,
	        false) < 0)
		return SEK_ENOMEM;
	if (p->domain < NAMES_GONE) {
		struct names_row *r = &domains->row[p->domain];

		if (r->near == 0) {
			if (names_row(&t->names[ACCOUNT_BY_TLD],
			        tld_of(names_text(domains, p->domain)),
			        &tld) < 0)
				return SEK_ENOMEM;
			r->near = tld + 1;
		}
		tld = r->near - 1;
		for (int i = 0; i < 3 && leaves(p->class); i++)
			past_domain(&t->past, a->day[i],
			    hash_of(domains, p->domain));
	}
	return row_add(t, ACCOUNT_BY_TLD, tld, p->class, &p->n, m, false);
}

int
tally_parts(struct account_tally *t, struct tally_mail *m, struct str line)
{
	struct account_count sum[ACCOUNT_CLASS_N] = { 0 };
	struct about about;
	unsigned classes = 0;

	if (t->n_parts == 0)
		return 0;
	if (about_client(t, m, &about) < 0)
		return SEK_ENOMEM;
	t->serial++;
	for (size_t i = 0; i < t->n_parts; i++) {
		count_add(&sum[t->part[i].class], &t->part[i].n);
		classes |= 1U << t->part[i].class;
	}
	for (enum account_class c = 0; c < ACCOUNT_CLASS_N; c++)
		if (classes & 1U << c &&
		    class_add(t, m, &about, c, &sum[c], line) < 0)
			return SEK_ENOMEM;
	for (size_t i = 0; i < t->n_parts; i++)
		if (part_add(t, m, &about, &t->part[i]) < 0)
			return SEK_ENOMEM;
	return 0;
}
