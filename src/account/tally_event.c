#include "account/tally_body.h"

#include <stdlib.h>
#include <string.h>

#include "account/grow.h"

void
tally_gap(struct account_tally *t, enum account_gap gap, struct account_at at,
    uint64_t n)
{
	t->gap_n[gap] += n;
	at_first(&t->gap[gap], at);
}

/* Refusals --------------------------------------------------------------- */

static int
relay_refused(struct account_tally *t, struct account_at at, struct str line,
    uint32_t times)
{
	t->relay_refused += times;
	at_first(&t->relay_refused_first, at);
	at_last(&t->relay_refused_last, at);
	return refusals_add(&t->refusals, at, line);
}

static int
row_refused(struct account_tally *t, enum account_axis axis, uint32_t row,
    enum account_class class, uint32_t times)
{
	struct names_count *c = names_count(&t->names[axis], row, class);

	if (c == NULL)
		return SEK_ENOMEM;
	c->refused += times;
	return 0;
}

int
tally_refused_by(struct account_tally *t, const struct addr *client,
    enum account_class class, uint32_t times)
{
	uint32_t row, network, country;
	const char *land;

	if (tally_client_row(t, client, &row) < 0 ||
	    tally_network_row(t, client, &network) < 0 ||
	    row_refused(t, ACCOUNT_BY_CLIENT, row, class, times) < 0 ||
	    row_refused(t, ACCOUNT_BY_NETWORK, network, class, times) < 0)
		return SEK_ENOMEM;
	if (t->country == NULL)
		return 0;
	land = t->names[ACCOUNT_BY_CLIENT].row[row].country;
	if (names_row(&t->names[ACCOUNT_BY_COUNTRY],
	        (struct str){ land, land[0] == '\0' ? 0 : 2 }, &country) < 0)
		return SEK_ENOMEM;
	return row_refused(t, ACCOUNT_BY_COUNTRY, country, class, times);
}

int
tally_refused(struct account_tally *t, const struct mail_event *ev,
    struct account_at at, struct str line, uint32_t times)
{
	bool relay = ev->flags & MAIL_RELAY_DENIED;
	enum account_class class = relay ? ACCOUNT_RELAYED : ACCOUNT_RECEIVED;
	const struct addr *client =
	    ev->has_orig_client ? &ev->orig_client : &ev->client;
	struct str domain;
	struct hours_row *h;
	uint32_t row;

	t->total.refused += times;
	t->n[class].refused += times;
	if (hours_row(&t->hours, at.s, &h) < 0)
		return SEK_ENOMEM;
	if (h != NULL)
		h->refused += times;
	if (relay && (ev->has_client || ev->has_orig_client) &&
	    tally_refused_by(t, client, class, times) < 0)
		return SEK_ENOMEM;
	if (relay && ev->helo.n > 0 &&
	    (tally_lower_row(t, ACCOUNT_BY_HELO, ev->helo, &row) < 0 ||
	        row_refused(t, ACCOUNT_BY_HELO, row, class, times) < 0))
		return SEK_ENOMEM;
	domain = mail_event_domain(ev->recipient);
	if (relay && ev->recipient.n > 0 &&
	    (tally_lower_row(t, ACCOUNT_BY_DOMAIN, domain, &row) < 0 ||
	        row_refused(t, ACCOUNT_BY_DOMAIN, row, class, times) < 0))
		return SEK_ENOMEM;
	if (relay && relay_refused(t, at, line, times) < 0)
		return SEK_ENOMEM;
	return tally_bound(t);
}

int
tally_failed_by(struct account_tally *t, const struct addr *client,
    uint32_t times)
{
	uint32_t row;

	if (tally_client_row(t, client, &row) < 0)
		return SEK_ENOMEM;
	t->names[ACCOUNT_BY_CLIENT].row[row].logins_failed += times;
	if (tally_network_row(t, client, &row) < 0)
		return SEK_ENOMEM;
	t->names[ACCOUNT_BY_NETWORK].row[row].logins_failed += times;
	return 0;
}

int
tally_login_failed(struct account_tally *t, const struct mail_event *ev,
    struct account_at at, uint32_t times)
{
	const struct addr *client = ev->has_orig_client ? &ev->orig_client : &ev->client;
	struct hours_row *h;
	uint32_t row;

	t->logins_failed += times;
	if (hours_row(&t->hours, at.s, &h) < 0)
		return SEK_ENOMEM;
	if (h != NULL)
		h->logins_failed += times;
	if ((ev->has_client || ev->has_orig_client) &&
	    tally_failed_by(t, client, times) < 0)
		return SEK_ENOMEM;
	if (ev->account.n > 0) {
		if (names_row(&t->names[ACCOUNT_BY_ACCOUNT], ev->account,
		        &row) < 0)
			return SEK_ENOMEM;
		t->names[ACCOUNT_BY_ACCOUNT].row[row].logins_failed += times;
	}
	return tally_bound(t);
}

int
tally_reply(struct account_tally *t, struct str reply, struct str recipient,
    struct account_at at)
{
	return listing_add(&t->listings, reply, mail_event_domain(recipient),
	    at);
}
