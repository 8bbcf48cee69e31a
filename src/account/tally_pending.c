#include "account/tally_body.h"

#include <stdlib.h>
#include <string.h>

#include "account/count.h"
#include "account/grow.h"

/* A recipient's domain that waits: a tally_part without its class. */
struct waits {
	uint32_t		domain, given;
	struct names_fate	n;
};

static void
weigh(struct account_tally *t, enum account_axis axis, uint32_t row,
    uint32_t more, uint32_t less)
{
	if (row < NAMES_GONE)
		t->names[axis].row[row].pending += more - less;
}

/* Rows that are waited for are not forgotten. */
static void
weigh_mail(struct account_tally *t, const struct tally_mail *m, uint32_t more,
    uint32_t less)
{
	weigh(t, ACCOUNT_BY_CLIENT, m->client, more, less);
	weigh(t, ACCOUNT_BY_ACCOUNT, m->account, more, less);
	weigh(t, ACCOUNT_BY_USER, m->user, more, less);
	weigh(t, ACCOUNT_BY_HELO, m->helo, more, less);
	weigh(t, ACCOUNT_BY_SENDER_DOMAIN, m->sender, more, less);
}

int
tally_put_off(struct account_tally *t, const struct tally_mail *m,
    const struct tally_part *p, size_t n, struct str line)
{
	while (n > 0) {
		struct tally_mail head = *m;
		size_t now = n < UINT16_MAX ? n : UINT16_MAX;

		head.n = (uint16_t)now;
		size_t need = t->n_pending + sizeof(head) +
		    now * sizeof(struct waits);

		if (grow_room((void **)&t->pending, &t->cap_pending, need, 1) < 0)
			return SEK_ENOMEM;
		memcpy(t->pending + t->n_pending, &head, sizeof(head));
		t->n_pending += sizeof(head);
		for (size_t i = 0; i < now; i++, p++) {
			struct waits w = { p->domain, p->given, p->n };

			memcpy(t->pending + t->n_pending, &w, sizeof(w));
			t->n_pending += sizeof(w);
			weigh_mail(t, m, w.n.recipients, 0);
			weigh(t, ACCOUNT_BY_DOMAIN, w.domain, w.n.recipients, 0);
			weigh(t, ACCOUNT_BY_DOMAIN, w.given, w.n.recipients, 0);
		}
		t->pending_rcpts += now;
		n -= now;
	}
	if (quotes_add(&t->quotes, m->accepted, line) < 0)
		return SEK_ENOMEM;
	return t->pending_rcpts > t->most_pending ? tally_settle(t, false) : 0;
}

/* Private clients ------------------------------------------------------- */

/* Whose mail from a private address is (forensics 4.16): a host of ours writes
 * in the name of our domains; a bridge, proxy or NAT in front of the world
 * brings everybody's. */
struct insider {
	uint32_t	mails, own;
};

enum { INSIDER_MAILS = 3, INSIDER_PERCENT = 90 };

static void
insiders_count(struct account_tally *t, size_t upto, struct insider *by)
{
	struct tally_mail m;

	for (size_t at = 0; at < upto; at += sizeof(m) + m.n * sizeof(struct waits)) {
		memcpy(&m, t->pending + at, sizeof(m));
		if (m.origin != ACCOUNT_FROM_CLIENT || m.client >= NAMES_GONE ||
		    tally_client_side(t, m.client) != TALLY_UNSURE)
			continue;
		by[m.client].mails++;
		by[m.client].own += tally_sender_side(t, m.sender) == TALLY_OURS;
	}
}

static int
insiders_learn(struct account_tally *t, size_t upto)
{
	struct account_names *n = &t->names[ACCOUNT_BY_CLIENT];
	struct insider *by;
	int rc = 0;

	if (n->n == 0 || account_own_knows_nets(t->own))
		return 0;
	by = calloc(n->n, sizeof(*by));
	if (by == NULL)
		return SEK_ENOMEM;
	insiders_count(t, upto, by);
	for (uint32_t i = 0; i < n->n && rc == 0; i++) {
		struct account_count sum[ACCOUNT_CLASS_N] = { 0 };
		struct addr a;

		if (by[i].mails < INSIDER_MAILS ||
		    (uint64_t)by[i].own * 100 < (uint64_t)by[i].mails * INSIDER_PERCENT)
			continue;
		names_sum(n, i, sum);
		if (sum[ACCOUNT_RECEIVED].messages > by[i].mails / 10)
			continue;
		memcpy(a.o, names_text(n, i).p, sizeof(a.o));
		rc = learn_client(&t->learn, &a);
	}
	free(by);
	return rc;
}

/* Settling --------------------------------------------------------------- */

static enum tally_side
side_now(struct account_tally *t, uint32_t row)
{
	struct account_names *n = &t->names[ACCOUNT_BY_DOMAIN];

	if (row >= NAMES_GONE)
		return TALLY_THEIRS;
	if (!(n->row[row].flags & NAMES_OWN)) {
		if (!account_own_has_domain(t->learn.own, names_text(n, row))) {
			n->row[row].flags |= NAMES_SETTLED;
			return TALLY_THEIRS;
		}
		n->row[row].flags |= NAMES_OWN;
	}
	return TALLY_OURS;
}

static enum tally_side
client_now(struct account_tally *t, uint32_t row)
{
	enum tally_side side = tally_client_side(t, row);
	struct addr a;

	if (side != TALLY_UNSURE)
		return side;
	memcpy(a.o, names_text(&t->names[ACCOUNT_BY_CLIENT], row).p,
	    sizeof(a.o));
	if (account_own_has_addr(t->learn.own, &a))
		return TALLY_OURS;
	return TALLY_THEIRS;
}

static int
one_settle(struct account_tally *t, struct tally_mail *m,
    const unsigned char *p)
{
	enum tally_side client = client_now(t, m->client);
	enum tally_side sender = tally_sender_side(t, m->sender);

	t->n_parts = 0;
	if (grow_room((void **)&t->part, &t->cap_parts, m->n,
	        sizeof(*t->part)) < 0)
		return SEK_ENOMEM;
	for (size_t i = 0; i < m->n; i++, p += sizeof(struct waits)) {
		struct waits w;

		memcpy(&w, p, sizeof(w));
		weigh_mail(t, m, 0, w.n.recipients);
		weigh(t, ACCOUNT_BY_DOMAIN, w.domain, 0, w.n.recipients);
		weigh(t, ACCOUNT_BY_DOMAIN, w.given, 0, w.n.recipients);
		t->part[t->n_parts++] = (struct tally_part){ .domain = w.domain,
			.given = w.given,
			.class = tally_class(m->origin, client, sender,
			    side_now(t, w.given), side_now(t, w.domain)),
			.n = w.n };
	}
	return tally_parts(t, m, quotes_line(&t->quotes, m->accepted));
}

/* Where the older half ends. */
static size_t
half_of(const struct account_tally *t)
{
	struct tally_mail m;
	size_t at = 0;

	while (at < t->n_pending / 2) {
		memcpy(&m, t->pending + at, sizeof(m));
		at += sizeof(m) + m.n * sizeof(struct waits);
	}
	return at;
}

int
tally_settle(struct account_tally *t, bool all)
{
	size_t upto = all ? t->n_pending : half_of(t);
	struct tally_mail m;

	if (learn_settle(&t->learn) < 0 || insiders_learn(t, upto) < 0)
		return SEK_ENOMEM;
	for (size_t at = 0; at < upto;
	     at += sizeof(m) + m.n * sizeof(struct waits)) {
		memcpy(&m, t->pending + at, sizeof(m));
		t->pending_rcpts -= m.n;
		if (one_settle(t, &m, t->pending + at + sizeof(m)) < 0)
			return SEK_ENOMEM;
	}
	if (upto < t->n_pending)
		memmove(t->pending, t->pending + upto, t->n_pending - upto);
	t->n_pending -= upto;
	return tally_bound(t);
}

/* Caps ------------------------------------------------------------------- */

static void
row_map(uint32_t *row, const uint32_t *map)
{
	if (*row < NAMES_GONE)
		*row = map[*row];
}

/* Where a message names a row of a table; NULL: nowhere. */
static uint32_t *
mail_row(struct tally_mail *m, enum account_axis axis)
{
	return axis == ACCOUNT_BY_CLIENT ? &m->client :
	    axis == ACCOUNT_BY_ACCOUNT ? &m->account :
	    axis == ACCOUNT_BY_USER ? &m->user :
	    axis == ACCOUNT_BY_HELO ? &m->helo :
	    axis == ACCOUNT_BY_SENDER_DOMAIN ? &m->sender : NULL;
}

void
tally_pending_map(unsigned char *pending, size_t n, enum account_axis axis,
    const uint32_t *map)
{
	struct tally_mail m;

	for (size_t at = 0; at < n;) {
		memcpy(&m, pending + at, sizeof(m));
		if (mail_row(&m, axis) != NULL)
			row_map(mail_row(&m, axis), map);
		memcpy(pending + at, &m, sizeof(m));
		at += sizeof(m);
		for (uint16_t i = 0; i < m.n; i++, at += sizeof(struct waits)) {
			struct waits w;

			if (axis != ACCOUNT_BY_DOMAIN)
				continue;
			memcpy(&w, pending + at, sizeof(w));
			row_map(&w.domain, map);
			row_map(&w.given, map);
			memcpy(pending + at, &w, sizeof(w));
		}
	}
}

void
tally_pending_shift(unsigned char *pending, size_t n,
    const struct account_shift *by)
{
	struct tally_mail m;

	for (size_t at = 0; at < n;
	     at += sizeof(m) + m.n * sizeof(struct waits)) {
		memcpy(&m, pending + at, sizeof(m));
		m.accepted = at_shift(m.accepted, by);
		memcpy(pending + at, &m, sizeof(m));
	}
}

/* Numbers of the other table are others now. */
static void
near_map(struct account_names *n, const uint32_t *map)
{
	for (size_t i = 0; i < n->n; i++) {
		uint32_t near = n->row[i].near;

		if (near != 0)
			n->row[i].near = map[near - 1] == NAMES_GONE ?
			    0 :
			    map[near - 1] + 1;
	}
}

static int
axis_bound(struct account_tally *t, enum account_axis axis)
{
	struct account_names *n = &t->names[axis];
	uint32_t *map = malloc(n->n * sizeof(*map));

	if (map == NULL)
		return SEK_ENOMEM;
	if (names_forget(n, map) < 0) {
		free(map);
		return SEK_ENOMEM;
	}
	tally_pending_map(t->pending, t->n_pending, axis, map);
	if (axis == ACCOUNT_BY_NETWORK)
		near_map(&t->names[ACCOUNT_BY_CLIENT], map);
	else if (axis == ACCOUNT_BY_TLD)
		near_map(&t->names[ACCOUNT_BY_DOMAIN], map);
	free(map);
	return 0;
}

int
tally_bound(struct account_tally *t)
{
	for (enum account_axis a = 0; a < ACCOUNT_AXIS_N; a++)
		if (names_full(&t->names[a]) && axis_bound(t, a) < 0)
			return SEK_ENOMEM;
	return 0;
}
