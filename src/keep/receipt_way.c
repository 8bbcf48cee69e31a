#include "keep/receipt_way.h"

#include <stdio.h>

#include "fact/chain.h"
#include "fact/handover.h"
#include "fact/relaytest.h"

/* What we greeted with: some forms do it in another's name. */
static void
greeting(char out[TEXT_HOST + 1], const struct keep *k, const struct attempt *a)
{
	char ip[ADDR_TEXT], literal[ADDR_TEXT + 8];
	const char *ehlo = relaytest_forms[a->form].ehlo;
	struct relaytest_names n = { .host = a->host, .dom = a->dom };

	addr_text(ip, &a->addr);
	snprintf(literal, sizeof(literal), "%s%s", addr_is_v4(&a->addr) ? "" : "IPv6:", ip);
	n.ip = str_of(literal);
	if (ehlo == NULL || relaytest_fill(out, TEXT_HOST + 1, ehlo, &n) != 0)
		snprintf(out, TEXT_HOST + 1, "%s", k->conf->probe_helo);
}

static struct addr
source(const struct keep *k, const struct attempt *a)
{
	const struct conf *c = k->conf;
	bool v4 = addr_is_v4(&a->addr);

	if (relaytest_forms[a->form].session == SESSION_PTR)
		return v4 ? c->probe_ptr_from : c->probe_ptr_from6;
	return v4 ? c->probe_from : c->probe_from6;
}

/* Seconds from when the letter was taken; from the session's begin where nobody
 * said that it was. */
static int64_t
delay(const struct attempt *a, struct wall now)
{
	int64_t since = a->accepted.s > 0 ? a->accepted.s : a->sent.s;

	return now.s > since ? now.s - since : 0;
}

const char *
receipt_way(struct receipt *r, struct keep *k, const struct attempt *a, struct str mail)
{
	char ehlo[TEXT_HOST + 1];
	struct chain chain;
	struct chain_in in = {
		.mail = mail, .exit = r->exit_addr, .exit_helo = r->helo,
		.entry = a->addr, .prober = source(k, a), .ehlo = { ehlo, 0 },
	};
	struct handover_in h = { &chain, &in, delay(a, r->made) };
	struct handover hand;

	greeting(ehlo, k, a);
	in.ehlo = str_of(ehlo);
	chain_read(&chain, &in);
	handover_weigh(&hand, &h);
	r->hops = chain.hops;
	r->linked = chain.linked;
	r->believed = chain.entry.client;
	r->entry_addr = a->addr;
	return hand.why;
}
