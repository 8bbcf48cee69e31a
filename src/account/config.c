#include "account/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Nobody's own networks are wider than these; who may relay from more
	 * is a stranger too (forensics.md 4.31: 172.0.0.0/8 was meant as 172.16/12). */
	WIDE_V4 = 96 + 8, WIDE_V6 = 16,
	TOLD = 3,		/* things that something else decides */
	DOMAIN_MAX = 255,
};

static const struct net private_nets[] = {
	{ { { [10] = 0xff, 0xff, 10, 0, 0, 0 } }, 96 + 8 },		/* RFC 1918 */
	{ { { [10] = 0xff, 0xff, 172, 16, 0, 0 } }, 96 + 12 },
	{ { { [10] = 0xff, 0xff, 192, 168, 0, 0 } }, 96 + 16 },
	{ { { [10] = 0xff, 0xff, 127, 0, 0, 0 } }, 96 + 8 },
	{ { { 0xfc } }, 7 },						/* RFC 4193 */
};

enum { PRIVATES = sizeof(private_nets) / sizeof(private_nets[0]) };

struct reading {
	struct account_own	*own;
	bool			 nets_part, domains_part;
	unsigned		 told;
	char			*text;
};

static void
append(char *text, const char *before, struct str what)
{
	char clean[80];
	size_t n = strlen(text);

	str_clean(clean, sizeof(clean), what);
	snprintf(text + n, ACCOUNT_CONFIG_TEXT - n, "%s%s", before, clean);
}

static void
depends(struct reading *r, bool *part, struct str what)
{
	*part = true;
	if (r->told < TOLD)
		append(r->text, r->told == 0 ? "; ?: " : ", ", what);
	r->told++;
}

static bool
is_wide(const struct net *n)
{
	return n->len <= (addr_is_v4(&n->addr) ? WIDE_V4 : WIDE_V6);
}

static int
add_net(struct reading *r, const struct net *n)
{
	char text[NET_TEXT];
	int err = 0;

	for (size_t i = 0; i < PRIVATES; i++)
		if (net_within(n, &private_nets[i]))
			return account_own_add_net(r->own, n, ACCOUNT_OWN_BY_CONFIG);
	if (!is_wide(n))
		return account_own_add_net(r->own, n, ACCOUNT_OWN_BY_CONFIG);
	net_text(text, n);
	depends(r, &r->nets_part, str_of(text));
	for (size_t i = 0; err == 0 && i < PRIVATES; i++)
		if (net_within(&private_nets[i], n))
			err = account_own_add_net(r->own, &private_nets[i], ACCOUNT_OWN_BY_CONFIG);
	return err;
}

static int
add_domain(struct reading *r, const struct mtaconf_fact *f)
{
	char below[1 + DOMAIN_MAX] = ".";

	if (!f->below)
		return account_own_add_domain(r->own, f->text, ACCOUNT_OWN_BY_CONFIG);
	if (f->text.n > DOMAIN_MAX)
		return 0;
	memcpy(below + 1, f->text.p, f->text.n);
	return account_own_add_domain(r->own, (struct str){ below, f->text.n + 1 }, ACCOUNT_OWN_BY_CONFIG);
}

static int
take(void *ctx, const struct mtaconf_fact *f)
{
	struct reading *r = ctx;

	switch (f->kind) {
	case MTACONF_NET:
		return add_net(r, &f->net);
	case MTACONF_DOMAIN:
	case MTACONF_RELAY_DOMAIN:
		return add_domain(r, f);
	case MTACONF_NET_ANY:
		depends(r, &r->nets_part, addr_is_v4(&f->net.addr) ? STR("0.0.0.0/0") : STR("::/0"));
		return 0;
	case MTACONF_DOMAIN_ANY:
		depends(r, &r->domains_part, STR("*"));
		return 0;
	case MTACONF_NETS_DEPEND:
		depends(r, &r->nets_part, f->text);
		return 0;
	case MTACONF_DOMAINS_DEPEND:
		depends(r, &r->domains_part, f->text);
		return 0;
	default:
		return 0;
	}
}

/* One server's files, when they are there. */
static int
read_one(struct reading *r, size_t server, const struct mtaconf_in *in, struct str dir, char *room)
{
	char before[40];
	size_t was = strlen(r->text);
	int err;

	snprintf(before, sizeof(before), "%s%s, ", was > 0 ? "; " : "", mtaconf_servers[server].name);
	append(r->text, before, dir);
	*r = (struct reading){ .own = r->own, .text = r->text };
	err = mtaconf_servers[server].read(in, room, take, r);
	if (err != 0) {
		r->text[was] = '\0';
		return err;
	}
	account_own_read_nets(r->own, !r->nets_part);
	account_own_read_domains(r->own, !r->domains_part);
	return account_own_add_domain(r->own, STR("localhost"), ACCOUNT_OWN_BY_CONFIG);
}

int
account_config_own(struct account_own *own, const struct mtaconf_in *in, struct str dir,
    char text[ACCOUNT_CONFIG_TEXT])
{
	struct reading r = { .own = own, .text = text };
	char *room = malloc(MTACONF_ROOM);
	int err = room == NULL ? SEK_ENOMEM : 0;
	bool any = false;

	for (size_t i = 0; err == 0 && mtaconf_servers[i].name != NULL; i++) {
		err = read_one(&r, i, in, dir, room);
		any |= err == 0;
		if (err == MTACONF_NONE)
			err = 0;
	}
	free(room);
	return err != 0 ? err : any ? 0 : MTACONF_NONE;
}
