/* The walk asks answer_make() for every record of every name, so that a dumped
 * zone cannot say anything else than the live answers do. */

#include "fact/answer.h"

#include "fact/returncode.h"

struct walk {
	const struct snapshot	*s;
	struct wall		 now;
	struct dns_name		 root;	/* names of entries are made below it */
	unsigned		 code;
	int			(*fn)(void *ctx, const struct dns_record *r);
	void			*ctx;
};

/* Hands on all records of one name and type. */
static int
ask(const struct walk *w, const struct dns_name *name, uint16_t type)
{
	uint8_t q[DNS_QUERY_MAX], a[4096];
	const struct answer_asker who = { .tcp = true, .now = w->now };
	size_t n = dns_query_build(q, 0, name, type);
	struct dns_reply reply;
	struct dns_record r;
	int err;

	n = answer_make(w->s, q, n, &who, a, sizeof(a), NULL);
	err = dns_reply_open(&reply, a, n, 0, name, type);
	if (err == 0 && reply.tc)
		err = SEK_ELIMIT;
	while (err == 0) {
		err = dns_reply_next(&r, &reply);
		if (err == 0)
			err = w->fn(w->ctx, &r);
		else if (err == DNS_END)
			return 0;
	}
	return err;
}

static int
ask_each(const struct walk *w, const struct dns_name *name,
    const uint16_t *types, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++)
		err = ask(w, name, types[i]);
	return err;
}

/* A and TXT of the entry with these reversed labels. */
static int
ask_entry(const struct walk *w, struct str labels)
{
	static const uint16_t types[] = { DNS_A, DNS_TXT };
	struct wbuf to;
	struct dns_name name;

	to = wbuf_of(name.o, sizeof(name.o));
	while (labels.n > 0) {
		struct str label = str_cut(&labels, '.');

		wbuf_u8(&to, (uint8_t)label.n);
		wbuf_bytes(&to, label.p, label.n);
	}
	dns_name_write(&to, &w->root);
	if (to.err != 0)
		return to.err;
	name.len = (uint8_t)to.len;
	return ask_each(w, &name, types, 2);
}

static int
each_entry(void *ctx, const struct snapshot_entry *e)
{
	const struct walk *w = ctx;
	char labels[ADDR_LABELS];

	if (e->code != w->code)
		return 0;
	addr_labels(labels, &e->addr);
	return ask_entry(w, str_of(labels));
}

/* Test entries, then those of the list. */
static int
walk_entries(struct walk *w)
{
	int err = ask_entry(w, STR("2.0.0.127"));

	if (err == 0)	/* ::ffff:7f00:2 */
		err = ask_entry(w, STR("2.0.0.0.0.0.f.7.f.f.f.f"
		    ".0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"));
	return err != 0 ? err : snapshot_each(w->s, each_entry, w);
}

static int
walk_hosts(const struct walk *w)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA };
	const struct snapshot_zone *z = &w->s->base->zone;
	size_t above;
	int err = 0;

	for (size_t i = 0; i < z->n_ns && err == 0; i++)
		if (dns_name_below(&z->ns[i], &z->zone, &above) && above > 0)
			err = ask_each(w, &z->ns[i], types, 2);
	return err;
}

static int
walk_zone(struct walk *w)
{
	static const uint16_t text[] = { DNS_TXT };
	const struct dns_name *zone = &w->s->base->zone.zone;
	struct dns_name status;
	int err = dns_name_under(&status, STR("_status"), zone);

	if (err == 0)
		err = ask_each(w, &status, text, 1);
	if (err == 0)
		err = walk_hosts(w);
	if (err == 0)
		err = walk_entries(w);
	if (err == 0)
		err = dns_name_under(&w->root, STR("in"), zone);
	return err != 0 ? err : walk_entries(w);
}

int
answer_each(const struct snapshot *s, enum answer_zone which, struct wall now,
    int (*fn)(void *ctx, const struct dns_record *r), void *ctx)
{
	static const uint16_t apex[] = { DNS_SOA, DNS_NS };
	struct walk w = { .s = s, .now = now, .root = s->base->zone.zone,
		.code = RETURNCODE_ENTRY, .fn = fn, .ctx = ctx };
	bool out = which == ANSWER_OUT;
	int err = 0;

	if (out && (snapshot_now(s)->flags & SNAPSHOT_OUT) == 0)
		return 0;
	if (out) {
		w.code = RETURNCODE_EXIT;
		err = dns_name_under(&w.root, STR("out"), &s->base->zone.zone);
	}
	if (err == 0)
		err = ask_each(&w, &w.root, apex, 2);
	if (err != 0)
		return err;
	return out ? walk_entries(&w) : walk_zone(&w);
}
