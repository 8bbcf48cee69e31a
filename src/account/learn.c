#include "account/learn.h"

#include <stdlib.h>
#include <string.h>

#include "account/grow.h"

int
learn_init(struct account_learn *l)
{
	*l = (struct account_learn){ .own = account_own_new() };
	return l->own == NULL ? SEK_ENOMEM : 0;
}

void
learn_free(struct account_learn *l)
{
	account_own_free(l->own);
	free(l->hop);
	*l = (struct account_learn){ .own = NULL };
}

int
learn_copy(struct account_learn *to, const struct account_learn *from)
{
	*to = (struct account_learn){ .own = account_own_new(), .n = from->n, .cap = from->cap };
	to->hop = grow_copy(from->hop, from->n, from->cap, sizeof(*from->hop));
	if (to->own != NULL && (to->hop == NULL) == (from->hop == NULL) &&
	    account_own_join(to->own, from->own) != SEK_ENOMEM)
		return 0;
	learn_free(to);
	return SEK_ENOMEM;
}

bool
learn_is_loopback(const struct addr *a)
{
	if (addr_is_v4(a))
		return a->o[12] == 127;
	return memcmp(a->o, addr_none.o, 15) == 0 && a->o[15] == 1;
}

bool
learn_is_private(const struct addr *a)
{
	if (!addr_is_v4(a))
		return (a->o[0] & 0xfe) == 0xfc ||
		    (a->o[0] == 0xfe && (a->o[1] & 0xc0) == 0x80);
	return a->o[12] == 10 || (a->o[12] == 172 && (a->o[13] & 0xf0) == 16) ||
	    (a->o[12] == 192 && a->o[13] == 168) ||
	    (a->o[12] == 169 && a->o[13] == 254) ||
	    (a->o[12] == 100 && (a->o[13] & 0xc0) == 64);
}

static int
no_more_is_fine(int rc)
{
	return rc == SEK_ELIMIT ? 0 : rc;
}

int
learn_domain(struct account_learn *l, struct str domain)
{
	int rc = account_own_add_domain(l->own, domain, ACCOUNT_OWN_BY_LOG);

	return no_more_is_fine(rc);
}

int
learn_client(struct account_learn *l, const struct addr *client)
{
	struct net one = { .addr = *client, .len = 128 };
	int rc = account_own_add_net(l->own, &one, ACCOUNT_OWN_BY_LOG);

	return no_more_is_fine(rc);
}

static struct learn_hop *
hop_find(struct account_learn *l, const struct addr *a)
{
	for (size_t i = 0; i < l->n; i++)
		if (addr_eq(&l->hop[i].addr, a))
			return &l->hop[i];
	return NULL;
}

static void
hop_takes(struct learn_hop *h, struct str domain)
{
	if (h->many || domain.n == 0 || domain.n > LEARN_NAME)
		return;
	for (uint16_t i = 0; i < h->n; i++)
		if (h->len[i] == domain.n &&
		    memcmp(h->name[i], domain.p, domain.n) == 0)
			return;
	if (h->n == LEARN_HOP_DOMAINS) {
		h->many = true;
		return;
	}
	h->len[h->n] = (uint8_t)domain.n;
	memcpy(h->name[h->n++], domain.p, domain.n);
}

int
learn_hop(struct account_learn *l, const struct addr *hop, struct str domain)
{
	struct learn_hop *h = hop_find(l, hop);

	if (h == NULL) {
		if (l->n >= LEARN_HOPS)
			return 0;
		if (grow_room((void **)&l->hop, &l->cap, l->n + 1,
		        sizeof(*l->hop)) < 0)
			return SEK_ENOMEM;
		h = &l->hop[l->n++];
		*h = (struct learn_hop){ .addr = *hop };
	}
	hop_takes(h, domain);
	return 0;
}

int
learn_settle(struct account_learn *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct learn_hop *h = &l->hop[i];

		if (h->many || h->n == 0)
			continue;
		for (uint16_t k = 0; k < h->n; k++)
			if (learn_domain(l,
			        (struct str){ h->name[k], h->len[k] }) < 0)
				return SEK_ENOMEM;
		if (learn_client(l, &h->addr) < 0)
			return SEK_ENOMEM;
	}
	return 0;
}

int
learn_join(struct account_learn *a, const struct account_learn *b)
{
	if (no_more_is_fine(account_own_join(a->own, b->own)) < 0)
		return SEK_ENOMEM;
	for (size_t i = 0; i < b->n; i++) {
		const struct learn_hop *h = &b->hop[i];
		struct learn_hop *mine;

		for (uint16_t k = 0; k < h->n; k++)
			if (learn_hop(a, &h->addr,
			        (struct str){ h->name[k], h->len[k] }) < 0)
				return SEK_ENOMEM;
		mine = hop_find(a, &h->addr);
		if (mine != NULL)
			mine->many |= h->many;
	}
	return 0;
}
