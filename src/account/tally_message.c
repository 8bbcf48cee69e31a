#include "account/tally_body.h"

#include <string.h>

#include "account/count.h"
#include "account/grow.h"

/* Rows of a message ---------------------------------------------------- */

static struct str
lower(char *out, struct str s)
{
	size_t n = s.n < NAMES_LONG ? s.n : NAMES_LONG;

	for (size_t i = 0; i < n; i++)
		out[i] = ascii_lower(s.p[i]);
	return (struct str){ out, n };
}

int
tally_lower_row(struct account_tally *t, enum account_axis axis,
    struct str name, uint32_t *row)
{
	char low[NAMES_LONG];

	return names_row(&t->names[axis], lower(low, name), row);
}

int
tally_network_row(struct account_tally *t, const struct addr *client,
    uint32_t *row)
{
	struct addr net = *client;
	size_t kept = addr_is_v4(client) ? 15 : 6;	/* octets: /24, /48 */

	memset(net.o + kept, 0, sizeof(net.o) - kept);

	return names_row(&t->names[ACCOUNT_BY_NETWORK],
	    (struct str){ (const char *)net.o, sizeof(net.o) }, row);
}

static int
domain_row(struct account_tally *t, struct str address, uint32_t *row)
{
	return tally_lower_row(t, ACCOUNT_BY_DOMAIN, mail_event_domain(address),
	    row);
}

/* A number as text. */
static struct str
digits(char out[10], uint32_t n)
{
	size_t i = 10;

	do
		out[--i] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	return (struct str){ out + i, 10 - i };
}

static int
client_row(struct account_tally *t, const struct addr *a,
    const struct names_key *k, uint32_t *row)
{
	struct account_names *n = &t->names[ACCOUNT_BY_CLIENT];
	size_t before = n->n;
	char code[3];
	uint8_t flags;

	if (names_row_of(n, k, row) < 0)
		return SEK_ENOMEM;
	if (n->n == before)
		return 0;
	flags = (uint8_t)((learn_is_loopback(a) ? NAMES_LOOPBACK : 0) |
	    (learn_is_private(a) ? NAMES_PRIVATE : 0) |
	    (account_own_has_addr(t->own, a) ? NAMES_OWN : 0));
	n->row[*row].flags = flags;
	if (t->country != NULL && account_country_of(t->country, a, code))
		memcpy(n->row[*row].country, code, 2);
	return 0;
}

int
tally_client_row(struct account_tally *t, const struct addr *a, uint32_t *row)
{
	struct names_key k =
	    names_key((struct str){ (const char *)a->o, sizeof(a->o) });

	return client_row(t, a, &k, row);
}

static int
user_row(struct account_tally *t, const struct account_message *m,
    uint32_t *row)
{
	char number[10];

	if (m->user.n > 0)
		return names_row(&t->names[ACCOUNT_BY_USER], m->user, row);
	return m->has_uid ?
	    names_row(&t->names[ACCOUNT_BY_USER], digits(number, m->uid), row) :
	    0;
}

static enum account_axis
key_axis(unsigned i)
{
	static const enum account_axis axis[TALLY_RCPT] = {
		[TALLY_CLIENT] = ACCOUNT_BY_CLIENT,
		[TALLY_HELO] = ACCOUNT_BY_HELO,
		[TALLY_SENDER] = ACCOUNT_BY_SENDER_DOMAIN,
		[TALLY_ACCOUNT] = ACCOUNT_BY_ACCOUNT,
	};

	return i < TALLY_RCPT ? axis[i] : ACCOUNT_BY_DOMAIN;
}

static void
keys_add(const struct account_tally *t, struct tally_keys *k, unsigned i,
    struct str name)
{
	k->key[i] = names_key(name);
	k->has |= (uint16_t)(1U << i);
	names_touch_slot(&t->names[key_axis(i)], &k->key[i]);
}

/* The same of a name in any case; there is room in k->low. */
static void
keys_add_low(const struct account_tally *t, struct tally_keys *k, unsigned i,
    struct str name)
{
	struct str low = lower(k->low + k->n_low, name);

	k->n_low += (uint16_t)low.n;
	keys_add(t, k, i, low);
}

void
tally_keys_set(const struct account_tally *t, struct tally_keys *k,
    const struct account_message *m)
{
	k->has = k->n_low = k->n_rcpts = 0;
	k->client = m->client;
	if (m->has_client)
		keys_add(t, k, TALLY_CLIENT,
		    (struct str){ (const char *)k->client.o,
		        sizeof(k->client.o) });
	if (m->helo.n > 0)
		keys_add_low(t, k, TALLY_HELO, m->helo);
	if (m->has_sender)
		keys_add_low(t, k, TALLY_SENDER, mail_event_domain(m->sender));
	if (m->origin == ACCOUNT_FROM_ACCOUNT)
		keys_add(t, k, TALLY_ACCOUNT, m->account);
}

void
tally_keys_rcpt(const struct account_tally *t, struct tally_keys *k,
    struct str address)
{
	if (tally_keys_room(k))
		keys_add_low(t, k, TALLY_RCPT + k->n_rcpts++,
		    mail_event_domain(address));
}

void
tally_keys_touch(const struct account_tally *t, const struct tally_keys *k)
{
	for (unsigned i = 0; i < (unsigned)TALLY_RCPT + k->n_rcpts; i++)
		if (k->has & 1U << i)
			names_touch_row(&t->names[key_axis(i)], &k->key[i]);
}

static int
mail_of(struct account_tally *t, const struct account_message *m,
    const struct tally_keys *k, struct tally_mail *out)
{
	int rc = 0;

	*out = (struct tally_mail){ .size = m->size,
		.origin = (uint8_t)m->origin,
		.accepted = at_of(m->accepted.s, m->accepted.where.file,
		    m->accepted.where.line),
		.client = NAMES_NONE,
		.account = NAMES_NONE,
		.user = NAMES_NONE,
		.helo = NAMES_NONE,
		.sender = NAMES_NONE };
	if (k->has & 1U << TALLY_CLIENT)
		rc = client_row(t, &k->client, &k->key[TALLY_CLIENT],
		    &out->client);
	if (rc == 0 && k->has & 1U << TALLY_ACCOUNT)
		rc = names_row_of(&t->names[ACCOUNT_BY_ACCOUNT],
		    &k->key[TALLY_ACCOUNT], &out->account);
	if (rc == 0 && m->origin == ACCOUNT_FROM_LOCAL)
		rc = user_row(t, m, &out->user);
	if (rc == 0 && k->has & 1U << TALLY_HELO)
		rc = names_row_of(&t->names[ACCOUNT_BY_HELO],
		    &k->key[TALLY_HELO], &out->helo);
	if (rc == 0 && k->has & 1U << TALLY_SENDER)
		rc = names_row_of(&t->names[ACCOUNT_BY_SENDER_DOMAIN],
		    &k->key[TALLY_SENDER], &out->sender);
	return rc;
}

/* Learning ------------------------------------------------------------- */

static bool
is_relay_transport(const struct account_message *m,
    const struct account_recipient *r)
{
	(void)m;
	return r->flags & ACCOUNT_RCPT_RELAY_TRANSPORT;
}

static int
learn_own(struct account_tally *t, uint32_t row)
{
	struct names_row *r = &t->names[ACCOUNT_BY_DOMAIN].row[row];

	if (r->flags & NAMES_OWN)
		return 0;
	r->flags |= NAMES_OWN | NAMES_ASKED;
	if (r->flags & NAMES_SETTLED)
		tally_gap(t, ACCOUNT_GAP_TABLE, r->first, 1);
	return learn_domain(&t->learn,
	    names_text(&t->names[ACCOUNT_BY_DOMAIN], row));
}

/* What a delivery shows of its domain. */
static int
learn_from(struct account_tally *t, const struct account_message *m,
    const struct account_recipient *r, const struct tally_part *p)
{
	bool here = r->flags & MAIL_LOCAL_DELIVERY || is_relay_transport(m, r);

	if (r->end != ACCOUNT_DELIVERED || account_own_knows_domains(t->own) ||
	    r->flags & ACCOUNT_RCPT_PASSED_ON)
		return 0;
	if (here) {
		if (learn_own(t, p->domain) < 0)
			return SEK_ENOMEM;
		return p->given == p->domain ? 0 : learn_own(t, p->given);
	}
	if (!r->has_relay || !learn_is_private(&r->relay))
		return 0;
	return learn_hop(&t->learn, &r->relay,
	    names_text(&t->names[ACCOUNT_BY_DOMAIN], p->domain));
}

/* Recipients ----------------------------------------------------------- */

static struct names_fate
fate_of(const struct account_recipient *r)
{
	struct names_fate n = { .recipients = 1, .attempts = r->attempts };

	switch (r->end) {
	case ACCOUNT_DELIVERED:
		n.delivered = 1;
		break;
	case ACCOUNT_DEFERRED:
		n.deferred = 1;
		break;
	case ACCOUNT_BOUNCED:
		n.bounced = 1;
		break;
	case ACCOUNT_DISCARDED:
		n.discarded = 1;
		break;
	default:
		n.queued = 1;
	}
	return n;
}

static int
part_more(struct account_tally *t, const struct tally_part *p)
{
	struct tally_part *before =
	    t->n_parts == 0 ? NULL : &t->part[t->n_parts - 1];

	if (before != NULL && before->domain == p->domain &&
	    before->given == p->given && before->class == p->class) {
		names_fate_add(&before->n, &p->n);
		return 0;
	}
	if (grow_room((void **)&t->part, &t->cap_parts, t->n_parts + 1,
	        sizeof(*t->part)) < 0)
		return SEK_ENOMEM;
	t->part[t->n_parts++] = *p;
	return 0;
}

static int
part_of(struct account_tally *t, const struct account_recipient *r,
    const struct names_key *domain, struct tally_part *p)
{
	struct account_names *domains = &t->names[ACCOUNT_BY_DOMAIN];
	int rc;

	*p = (struct tally_part){ .class = ACCOUNT_UNTOLD, .n = fate_of(r) };
	if (r->given.n == 0) {
		rc = names_row_of(domains, domain, &p->domain);
		p->given = p->domain;
		return rc;
	}
	if (domain_row(t, r->given, &p->given) < 0)
		return SEK_ENOMEM;
	/* "boss" or a file or program of this host, for boss@example.org */
	p->domain = p->given;
	return domain->name.n == 0 ? 0 : names_row_of(domains, domain, &p->domain);
}

/* Recipients that the server counted and no line names: they wait still. */
static int
parts_unnamed(struct account_tally *t, const struct account_message *m)
{
	struct tally_part p = { .domain = NAMES_NONE,
		.given = NAMES_NONE,
		.class = ACCOUNT_UNTOLD };

	if (m->ended.where.line != 0 || m->n_rcpt <= m->n)
		return 0;
	p.n.recipients = p.n.queued = m->n_rcpt - (uint32_t)m->n;
	return part_more(t, &p);
}

/* The class of a part by what is known now.  Returns whether it is sure. */
static bool
part_class(struct account_tally *t, const struct tally_mail *m,
    enum tally_side client, enum tally_side sender, struct tally_part *p)
{
	enum tally_side domain = tally_domain_side(t, p->domain);
	enum tally_side given = p->given == p->domain ?
	    domain :
	    tally_domain_side(t, p->given);

	p->class = tally_class(m->origin, client, sender, given, domain);
	return domain == TALLY_OURS || (domain == TALLY_THEIRS &&
	    (given == TALLY_OURS || (given == TALLY_THEIRS &&
	    (m->origin != ACCOUNT_FROM_CLIENT || client != TALLY_UNSURE))));
}

static void
total_add(struct account_tally *t, const struct account_message *m)
{
	struct names_fate sum = { .messages = 1 };

	for (size_t i = 0; i < t->n_parts; i++)
		names_fate_add(&sum, &t->part[i].n);
	names_fate_sum(&t->total, &sum);
	t->total.octets += m->size;
}

/* Counts what is sure, and puts off what is not. */
static int
parts_settle(struct account_tally *t, struct tally_mail *m, struct str line)
{
	enum tally_side client = tally_client_side(t, m->client);
	enum tally_side sender = m->origin == ACCOUNT_FROM_CLIENT ?
	    tally_sender_side(t, m->sender) :
	    TALLY_THEIRS;
	size_t n = 0, unsure = 0;

	for (size_t i = 0; i < t->n_parts; i++) {
		struct tally_part p = t->part[i];

		if (p.domain == NAMES_NONE || part_class(t, m, client, sender, &p)) {
			t->part[i] = t->part[n];
			t->part[n++] = p;
		}
	}
	unsure = t->n_parts - n;
	t->n_parts = n;
	if (tally_parts(t, m, line) < 0)
		return SEK_ENOMEM;
	return unsure == 0 ? 0 : tally_put_off(t, m, t->part + n, unsure, line);
}

/* The domains of recipients behind those that the keys have, a ring: a place
 * in the table is fetched 2 * STEP recipients before it is needed, the row that
 * stands there STEP. */
enum { STEP = 8, RING = 2 * STEP };

struct ahead {
	struct names_key	key[RING];
	char			low[RING][NAMES_LONG];
};

static const struct names_key *
ahead_key(const struct ahead *a, size_t i)
{
	return &a->key[i % RING];
}

static void
ahead_look(const struct account_tally *t, struct ahead *a,
    const struct account_message *m, size_t i)
{
	struct names_key *k = &a->key[i % RING];

	if (i >= m->n)
		return;
	*k = names_key(lower(a->low[i % RING],
	    mail_event_domain(m->rcpt[i].address)));
	names_touch_slot(&t->names[ACCOUNT_BY_DOMAIN], k);
}

static void
ahead_touch(const struct account_tally *t, const struct ahead *a,
    const struct account_message *m, size_t i)
{
	if (i < m->n)
		names_touch_row(&t->names[ACCOUNT_BY_DOMAIN], ahead_key(a, i));
}

static int
rcpt_take(struct account_tally *t, const struct account_message *m,
    const struct account_recipient *r, const struct names_key *domain)
{
	struct tally_part p;

	if (part_of(t, r, domain, &p) < 0 || learn_from(t, m, r, &p) < 0)
		return SEK_ENOMEM;
	names_touch_counts(&t->names[ACCOUNT_BY_DOMAIN], p.domain);
	return part_more(t, &p);
}

static int
rcpts_more(struct account_tally *t, const struct account_message *m, size_t i)
{
	struct ahead ahead;

	for (size_t k = i; k < i + RING; k++)
		ahead_look(t, &ahead, m, k);
	for (size_t k = i; k < i + STEP; k++)
		ahead_touch(t, &ahead, m, k);
	for (; i < m->n; i++) {
		ahead_touch(t, &ahead, m, i + STEP);
		if (rcpt_take(t, m, &m->rcpt[i], ahead_key(&ahead, i)) < 0)
			return SEK_ENOMEM;
		ahead_look(t, &ahead, m, i + RING);
	}
	return 0;
}

static int
rcpts_take(struct account_tally *t, const struct account_message *m,
    const struct tally_keys *keys)
{
	size_t i;

	t->n_parts = 0;
	for (i = 0; i < m->n && i < keys->n_rcpts; i++)
		if (rcpt_take(t, m, &m->rcpt[i], &keys->key[TALLY_RCPT + i]) <
		    0)
			return SEK_ENOMEM;
	if (i < m->n && rcpts_more(t, m, i) < 0)
		return SEK_ENOMEM;
	return parts_unnamed(t, m);
}

static void
keys_of(const struct account_tally *t, struct tally_keys *k,
    const struct account_message *m)
{
	tally_keys_set(t, k, m);
	for (size_t i = 0; i < m->n && tally_keys_room(k); i++)
		tally_keys_rcpt(t, k, m->rcpt[i].address);
	tally_keys_touch(t, k);
}

int
tally_message(struct account_tally *t, const struct account_message *m,
    const struct tally_keys *keys, struct str line)
{
	struct tally_mail mail;
	struct tally_keys now;

	if (keys == NULL) {
		keys_of(t, &now, m);
		keys = &now;
	}
	if (mail_of(t, m, keys, &mail) < 0 || rcpts_take(t, m, keys) < 0)
		return SEK_ENOMEM;
	if (m->origin == ACCOUNT_FROM_UNKNOWN)
		tally_gap(t, ACCOUNT_GAP_MIDDLE, mail.accepted, 1);
	total_add(t, m);
	if (parts_settle(t, &mail, line) < 0)
		return SEK_ENOMEM;
	/* each table has its place in memory: now and then is enough */
	t->since_bound += 1 + m->n;
	if (t->since_bound < TALLY_LOOK)
		return 0;
	t->since_bound = 0;
	return tally_bound(t);
}
