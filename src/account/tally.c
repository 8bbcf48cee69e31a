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

enum tally_side
tally_domain_asked(struct account_tally *t, uint32_t row)
{
	struct account_names *n = &t->names[ACCOUNT_BY_DOMAIN];
	bool known = account_own_knows_domains(t->own);
	struct str name;

	if (row >= NAMES_GONE || n->row[row].flags & NAMES_ASKED)
		return known ? TALLY_THEIRS : TALLY_UNSURE;
	name = names_text(n, row);
	n->row[row].flags |= NAMES_ASKED;
	if (!account_own_has_domain(t->own, name) &&
	    (known || !account_own_has_domain(t->learn.own, name)))
		return known ? TALLY_THEIRS : TALLY_UNSURE;
	n->row[row].flags |= NAMES_OWN;
	return TALLY_OURS;
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

/* What a message adds to each of its rows. */
struct share {
	struct names_fate	n;	/* messages: 1 when it was not counted there before */
	uint64_t		octets;	/* of that one */
	struct account_at	accepted;
};

static void
rest_add(struct account_count *rest, const struct share *s)
{
	names_fate_sum(rest, &s->n);
	rest->octets += s->octets;
}

/* Row NAMES_GONE: in the rest. */
static int
row_add(struct account_names *names, uint32_t row, enum account_class class,
    const struct share *s)
{
	struct names_count *c;

	if (row >= NAMES_GONE) {
		if (row == NAMES_GONE)
			rest_add(&names->rest[class], s);
		return 0;
	}
	c = names_count(names, row, class);
	if (c == NULL)
		return SEK_ENOMEM;
	names_fate_add(&c->n, &s->n);
	c->octets += s->octets;
	names_seen(&names->row[row], s->accepted);
	return 0;
}

/* The same, where several parts of a message may have one row: it is a message
 * for the first of them. */
static int
row_part_add(struct account_names *names, uint32_t row,
    enum account_class class, const struct share *s, uint32_t serial)
{
	struct share more = *s;
	struct names_count *c;

	if (row >= NAMES_GONE)
		return row_add(names, row, class, s);
	c = names_count(names, row, class);
	if (c == NULL)
		return SEK_ENOMEM;
	if (c->message == serial) {
		more.n.messages = 0;
		more.octets = 0;
	}
	c->message = serial;
	return row_add(names, row, class, &more);
}

static int
hour_add(struct account_tally *t, enum account_class class,
    const struct share *s)
{
	struct hours_row *h;

	if (hours_row(&t->hours, s->accepted.s, &h) < 0)
		return SEK_ENOMEM;
	if (h == NULL)
		return 0;
	h->messages[class] += s->n.messages;
	h->recipients[class] += s->n.recipients;
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

/* What one of account, user and host of ours did that day. */
static int
past_one(struct account_tally *t, enum account_axis axis, uint32_t row,
    struct past_mail *mail, uint32_t *day)
{
	const struct names_row *r;

	if (row >= NAMES_GONE)
		return 0;
	r = &t->names[axis].row[row];
	if (axis == ACCOUNT_BY_CLIENT) {
		if (!(r->flags &
		        (NAMES_LOOPBACK | NAMES_PRIVATE | NAMES_OWN)))
			return 0;
		mail->net = mail->country = 0;
	}
	return past_add(&t->past, tally_owner(axis, r->hash), mail, day);
}

static int
past_of(struct account_tally *t, const struct tally_mail *m, struct about *a,
    const struct account_count *n)
{
	struct past_mail mail = { .accepted = m->accepted,
		.net = a->net,
		.country = a->land,
		.sender = a->sender,
		.n = *n };

	if (past_one(t, ACCOUNT_BY_ACCOUNT, m->account, &mail, &a->day[0]) <
	        0 ||
	    past_one(t, ACCOUNT_BY_USER, m->user, &mail, &a->day[1]) < 0)
		return SEK_ENOMEM;
	return past_one(t, ACCOUNT_BY_CLIENT, m->client, &mail, &a->day[2]);
}

/* The lines of the first and the last message of a class. */
static void
ends_set(struct account_tally *t, enum account_class class,
    struct account_at accepted, struct str line)
{
	if (!at_is(t->first[class].at) ||
	    at_before(accepted, t->first[class].at))
		quote_set(&t->first[class], accepted, line);
	if (!at_is(t->last[class].at) || at_before(t->last[class].at, accepted))
		quote_set(&t->last[class], accepted, line);
}

static int
class_add(struct account_tally *t, struct tally_mail *m, struct about *a,
    enum account_class class, const struct names_fate *n, struct str line)
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
	struct share share = { *n, again ? 0 : m->size, m->accepted };
	struct account_count sum = { .octets = share.octets };

	share.n.messages = !again;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (row_add(&t->names[rows[i].axis], rows[i].row, class,
		        &share) < 0)
			return SEK_ENOMEM;
	if (hour_add(t, class, &share) < 0)
		return SEK_ENOMEM;
	if (!again) {
		m->counted |= (uint16_t)(1U << class);
		ends_set(t, class, m->accepted, line);
	}
	names_fate_sum(&sum, &share.n);
	count_add(&t->n[class], &sum);
	return leaves(class) ? past_of(t, m, a, &sum) : 0;
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

static void
past_domains(struct account_tally *t, const struct about *a, uint32_t row)
{
	uint32_t domain = hash_of(&t->names[ACCOUNT_BY_DOMAIN], row);

	for (int i = 0; i < 3; i++)
		if (a->day[i] != 0)
			past_domain(&t->past, a->day[i], domain);
}

/* The row of a domain's last label. */
static int
tld_row(struct account_tally *t, uint32_t domain, uint32_t *row)
{
	struct account_names *domains = &t->names[ACCOUNT_BY_DOMAIN];
	struct names_row *r = &domains->row[domain];

	if (r->near == 0) {
		if (names_row(&t->names[ACCOUNT_BY_TLD],
		        tld_of(names_text(domains, domain)), row) < 0)
			return SEK_ENOMEM;
		r->near = *row + 1;
	}
	*row = r->near - 1;
	return 0;
}

static int
part_add(struct account_tally *t, const struct tally_mail *m,
    const struct about *a, const struct tally_part *p)
{
	struct share share = { p->n, m->size, m->accepted };
	uint32_t tld = p->domain;

	share.n.messages = 1;
	if (row_part_add(&t->names[ACCOUNT_BY_DOMAIN], p->domain, p->class,
	        &share, t->serial) < 0)
		return SEK_ENOMEM;
	if (p->domain < NAMES_GONE) {
		if (tld_row(t, p->domain, &tld) < 0)
			return SEK_ENOMEM;
		if (leaves(p->class))
			past_domains(t, a, p->domain);
	}
	return row_part_add(&t->names[ACCOUNT_BY_TLD], tld, p->class, &share,
	    t->serial);
}

int
tally_parts(struct account_tally *t, struct tally_mail *m, struct str line)
{
	struct names_fate sum[ACCOUNT_CLASS_N];
	struct about about;
	unsigned classes = 0;

	if (t->n_parts == 0)
		return 0;
	if (about_client(t, m, &about) < 0)
		return SEK_ENOMEM;
	t->serial++;
	for (size_t i = 0; i < t->n_parts; i++) {
		const struct tally_part *p = &t->part[i];

		if (!(classes & 1U << p->class))
			sum[p->class] = (struct names_fate){ .messages = 0 };
		names_fate_add(&sum[p->class], &p->n);
		classes |= 1U << p->class;
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
