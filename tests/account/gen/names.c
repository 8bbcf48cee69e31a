/* account/gen/names.c -- who lives in the world of gen. */
#include <stdlib.h>
#include <string.h>

#include "gen.h"

static const char *const syllables[] = { "ka", "mo", "ri", "ta", "su", "ne",
	"ho", "yu", "be", "lo", "wen", "dal", "fi", "gar", "jo", "pe" };
static const char *const tops[] = { "example.com", "example.net",
	"example.org", "example" };

/* A word for a number: other numbers, other words. */
static char *
word(char *out, uint32_t n, unsigned digits)
{
	*out = '\0';
	while (digits-- > 0) {
		strcat(out, syllables[n % 16]);
		n /= 16;
	}
	return out;
}

static void
name_domains(struct gen *g)
{
	char w[GEN_NAME];

	g->domains = calloc(GEN_DOMAINS, sizeof(*g->domains));
	if (!g->domains)
		abort();
	for (uint32_t i = 0; i < GEN_DOMAINS; i++)
		snprintf(g->domains[i], GEN_NAME, "%s.%s", word(w, i, 4),
		    tops[i % 4]);
}

/* Half of the clients have a name. The first are the strangers who relay; they
 * come from some networks. */
static void
name_clients(struct gen *g)
{
	char w[GEN_NAME];

	g->clients = calloc(GEN_CLIENTS, sizeof(*g->clients));
	if (!g->clients)
		abort();
	for (uint32_t i = 0; i < GEN_CLIENTS; i++) {
		uint32_t net = i < GEN_STRANGERS ? 200 + i / 8 : i % 180;

		snprintf(g->clients[i][1], GEN_NAME, "198.%u.%u.%u",
		    18 + (unsigned)(i & 1), net, i < GEN_STRANGERS ?
		    10 + i % 8 * 29 : 1 + i / 180 * 7 % 250);
		if (i >= GEN_STRANGERS && gen_below(g, 2) == 0)
			snprintf(g->clients[i][0], GEN_NAME, "mail.%s.%s",
			    word(w, i, 4), tops[i % 4]);
	}
}

void
gen_names(struct gen *g)
{
	name_domains(g);
	name_clients(g);
}

const char *
gen_person(char *out, uint32_t local, const char *domain)
{
	char first[GEN_NAME], second[GEN_NAME];

	snprintf(out, 2 * GEN_NAME, "%s.%s@%s", word(first, local, 2),
	    word(second, local >> 8, 2), domain);
	return out;
}

const char *
gen_town(char *out, uint32_t town)
{
	snprintf(out, GEN_NAME, "town%02u.example", town % GEN_TOWNS);
	return out;
}

bool
gen_leaves(enum gen_kind kind)
{
	return kind != GEN_INBOUND && kind != GEN_LOCAL;
}

const char *
gen_sender(const struct gen *g, char *out, const struct gen_message *m)
{
	char town[GEN_NAME];

	switch (m->kind) {
	case GEN_NOTICE:
		return "";
	case GEN_INBOUND:
	case GEN_RELAY:
		return gen_person(out, m->local, g->domains[m->domain]);
	case GEN_LOCAL:
		snprintf(out, 2 * GEN_NAME, "root@mx1.town00.example");
		return out;
	case GEN_OFFICE:
	case GEN_LOGIN:
	case GEN_THEFT:
	case GEN_KINDS:
		break;
	}
	return gen_person(out, m->user, gen_town(town, m->user));
}

const char *
gen_recipient(const struct gen *g, char *out, const struct gen_message *m,
    const struct gen_rcpt *r)
{
	char town[GEN_NAME];

	if (!gen_leaves(m->kind))
		return gen_person(out, r->local % GEN_USERS,
		    gen_town(town, r->local));
	return gen_person(out, r->local, g->domains[r->domain]);
}

const char *
gen_mx(char *out, const struct gen *g, uint32_t domain)
{
	snprintf(out, 2 * GEN_NAME, "mx%u.%s", 1 + domain % 3,
	    g->domains[domain / 16 * 16]);
	return out;
}

const char *
gen_mx_address(char *out, uint32_t domain)
{
	snprintf(out, GEN_NAME, "198.19.%u.%u", domain / 16 / 200 % 250,
	    1 + domain / 16 % 200);
	return out;
}
