/* account/gen/truth.c -- what is true of a log that gen has made. */
#include <inttypes.h>

#include "gen.h"

static void
say_count(FILE *f, const char *name, const struct gen_count *c)
{
	fprintf(f, " \"%s\": {\"messages\": %" PRIu64 ", \"recipients\": %"
	    PRIu64 ", \"delivered\": %" PRIu64 ", \"bounced\": %" PRIu64
	    ", \"expired\": %" PRIu64 ", \"waiting\": %" PRIu64
	    ", \"first_accepted\": %" PRId64 ", \"last_accepted\": %" PRId64
	    "},\n", name, c->messages, c->recipients, c->delivered,
	    c->bounced, c->expired,
	    c->recipients - c->delivered - c->bounced - c->expired,
	    c->first_s, c->last_s);
}

void
gen_truth(const struct gen *g, FILE *f)
{
	static const char *const names[GEN_KINDS] = { "inbound", "office",
		"login", "local", "notices", "open-relay", "stolen-account" };
	struct gen_count all = { 0 };

	fprintf(f, "{\n \"mta\": \"%s\",\n", g->says->name);
	for (unsigned i = 0; i < GEN_KINDS; i++) {
		say_count(f, names[i], &g->count[i]);
		all.messages += g->count[i].messages;
		all.recipients += g->count[i].recipients;
		all.delivered += g->count[i].delivered;
		all.bounced += g->count[i].bounced;
		all.expired += g->count[i].expired;
	}
	all.first_s = g->begun_us / 1000000;
	all.last_s = g->now_us / 1000000;
	say_count(f, "all", &all);
	fprintf(f, " \"octets\": %" PRIu64 ",\n \"lines\": %" PRIu64
	    ",\n \"deferrals\": %" PRIu64 ",\n \"rejected\": %" PRIu64
	    ",\n \"relay_denied\": %" PRIu64 ",\n \"first_refused_after\": %"
	    PRId64 ",\n \"logins_failed\": %" PRIu64 ",\n \"own_domains\": [",
	    g->octets, g->lines, g->deferrals, g->rejected, g->relay_denied,
	    g->denied_after_s, g->logins_failed);
	for (unsigned i = 0; i < GEN_TOWNS; i++)
		fprintf(f, "\"town%02u.example\", ", i);
	fputs("\"mx1.town00.example\"],\n"
	    " \"own_networks\": [\"127.0.0.0/8\", \"::1/128\", "
	    "\"198.18.190.0/24\"]\n}\n", f);
}
