#include "tool/doctor_gather.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/rand.h"

enum { LOOK_MS = 200, RANDOM_OCTETS = 10 };

/* --- the resolver --- */

struct look {
	struct gather	*g;
	struct seen	*out;
	bool		 over;
};

static void
look_answer(void *ctx, const struct resolve_answer *a)
{
	struct look *l = ctx;
	struct seen *s = l->out;

	s->err = a->err;
	s->ad = a->ad;
	s->n_addrs = a->n_addrs;
	s->n_texts = a->n_texts;
	memcpy(s->addrs, a->addrs, sizeof(s->addrs));
	for (size_t i = 0; i < a->n_names; i++)
		if (str_copy(s->names[s->n_names], VIEW_NAME, a->names[i]) == 0)
			s->n_names++;
	for (size_t i = 0; i < a->n_texts && !life_said(&s->life); i++)
		life_read(&s->life, a->texts[i]);
	l->over = true;
	loop_stop(l->g->loop);
}

static void
look_stop(void *ctx)
{
	struct look *l = ctx;

	if (l->g->stop())
		loop_stop(l->g->loop);
}

/* Runs the loop until the answer is there, or somebody wants to stop.  Then
 * nobody asks any more: the resolver is the caller's to free. */
static int
look_wait(struct look *l)
{
	struct loop_timer *t;
	int err = loop_timer(&t, l->g->loop, look_stop, l);

	while (err == 0 && !l->over && (l->g->stop == NULL || !l->g->stop())) {
		if (l->g->stop != NULL)
			loop_timer_set(t, LOOK_MS);
		loop_run(l->g->loop, (struct mono){ -1 });
	}
	if (err == 0)
		loop_timer_free(t);
	return err == 0 && !l->over ? GATHER_STOP : err;
}

static int
look_up(struct gather *g, struct seen *out, unsigned kind, const char *name)
{
	struct look l = { .g = g, .out = out };
	int err;

	*out = (struct seen){ .asked = true };
	snprintf(out->name, sizeof(out->name), "%s", name);
	err = g->resolver->ask(g->resolver, kind, str_of(name), look_answer, &l);
	if (err == SEK_EPARSE) {	/* no name at all leads nowhere */
		out->err = RESOLVE_NO_NAME;
		return 0;
	}
	return err != 0 ? err : look_wait(&l);
}

/* Two names are joined with a dot. */
static int
look_below(struct gather *g, struct seen *out, unsigned kind, const char *below,
    const char *name)
{
	char whole[2 * VIEW_NAME];

	snprintf(whole, sizeof(whole), "%s.%s", below, name);
	return look_up(g, out, kind, whole);
}

/* A label that nobody has. */
static void
random_label(struct gather *g, char out[RANDOM_OCTETS * 2])
{
	uint8_t o[RANDOM_OCTETS];

	rand_fill(g->rand, o, sizeof(o));
	str_base32(out, o, sizeof(o));
}

static int
gather_resolver(struct gather *g)
{
	char label[RANDOM_OCTETS * 2];
	int err = look_up(g, &g->view->root, RESOLVE_NS, ".");

	random_label(g, label);
	if (err == 0 && g->view->root.err != RESOLVE_TEMPORARY)
		err = look_up(g, &g->view->invented, RESOLVE_ADDR, label);
	return err;
}

/* --- this machine --- */

static int
gather_machine(struct gather *g)
{
	struct timex t = { .modes = 0 };	/* only asks */

	g->view->clock_kept = adjtimex(&t) >= 0 && (t.status & STA_UNSYNC) == 0;
	return 0;
}

/* The address from which the kernel would connect to somebody outside: it
 * says so when a datagram socket is connected, which sends nothing.  The
 * addresses are documentation's (RFC 5737, RFC 3849). */
static struct addr
kernels_choice(bool v4)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(25),
		.sin_addr.s_addr = htonl(0xc0000201) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(25),
		.sin6_addr = { { { 0x20, 1, 0x0d, 0xb8, [15] = 1 } } } };
	struct sockaddr *to = v4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
	socklen_t n = v4 ? sizeof(in) : sizeof(in6);
	struct addr out = addr_none;
	int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return out;
	if (connect(fd, to, n) == 0 && getsockname(fd, to, &n) == 0) {
		if (v4)
			out = addr_v4(0, 0, 0, 0);
		memcpy(out.o + (v4 ? 12 : 0), v4 ? (void *)&in.sin_addr :
		    (void *)&in6.sin6_addr, v4 ? 4 : 16);
	}
	close(fd);
	return out;
}

static int
gather_name(struct gather *g)
{
	struct view *v = g->view;
	char text[ADDR_TEXT];
	int err = look_up(g, &v->helo, RESOLVE_ADDR, v->facts.helo);

	for (size_t i = 0; err == 0 && i < 2; i++) {
		struct view_source *s = &v->source[i];

		s->addr = v->facts.from[i];
		s->chosen = addr_is_none(&s->addr);
		if (s->chosen)
			s->addr = kernels_choice(i == 0);
		addr_text(text, &s->addr);
		if (!addr_is_none(&s->addr))
			err = look_up(g, &s->ptr, RESOLVE_PTR, text);
	}
	return err;
}

/* --- the mailbox --- */

static int
gather_hosts(struct gather *g, struct view_domain *d)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < d->mx.n_names; i++) {
		err = look_up(g, &d->hosts[i], RESOLVE_ADDR, d->mx.names[i]);
		if (err == 0)
			err = look_up(g, &d->host_alias[i], RESOLVE_CNAME, d->mx.names[i]);
	}
	return err;
}

static int
gather_domain(struct gather *g, struct view_domain *d, const char *name)
{
	char label[RANDOM_OCTETS * 2], two[RANDOM_OCTETS * 2 + 8];
	int err = look_up(g, &d->mx, RESOLVE_MX, name);

	random_label(g, label);
	snprintf(two, sizeof(two), "mail.%s", label);
	if (err == 0)
		err = look_up(g, &d->alias, RESOLVE_CNAME, name);
	if (err != 0 || d->mx.err != 0)
		return err;
	err = gather_hosts(g, d);
	if (err == 0)
		err = look_below(g, &d->wild[0], RESOLVE_MX, label, name);
	return err != 0 ? err : look_below(g, &d->wild[1], RESOLVE_MX, two, name);
}

static int
gather_mail(struct gather *g)
{
	struct view *v = g->view;
	int err = 0;

	for (size_t i = 0; err == 0 && i < 2; i++)
		if (v->facts.domain[i][0] != '\0')
			err = gather_domain(g, &v->domain[i], v->facts.domain[i]);
	return err;
}

static int
gather_contact(struct gather *g)
{
	struct view *v = g->view;
	const char *at = strchr(v->facts.contact, '@');
	int err;

	if (at == NULL)
		return 0;
	err = look_up(g, &v->contact_mx, RESOLVE_MX, at + 1);
	return err != 0 || v->contact_mx.err == 0 ? err :
	    look_up(g, &v->contact_addr, RESOLVE_ADDR, at + 1);
}

/* Where a socket that listens on every address is reached from here. */
static struct addr
reached_at(const struct addr *listens)
{
	static const struct addr any4 = { { [10] = 0xff, [11] = 0xff } };
	static const struct addr loopback6 = { { [15] = 1 } };

	if (addr_eq(listens, &any4))
		return addr_v4(127, 0, 0, 1);
	return addr_is_none(listens) ? loopback6 : *listens;
}

static int
gather_receiver(struct gather *g)
{
	struct view *v = g->view;
	const char *helo = v->facts.helo[0] != '\0' ? v->facts.helo : v->facts.domain[0];
	int err = 0;

	for (size_t i = 0; err == 0 && i < v->facts.n_smtp; i++) {
		struct addr at = reached_at(&v->facts.smtp[i].addr);

		random_label(g, v->smtp[i].stranger);
		err = reach_smtp(&v->smtp[i], g->loop, g->dialer, &at,
		    v->facts.smtp[i].port, helo, v->facts.domain[0]);
	}
	return err;
}

/* --- the list --- */

static int
gather_dns(struct gather *g)
{
	struct view *v = g->view;
	struct str zone = str_of(v->facts.zone);
	int err = 0;

	for (size_t i = 0; err == 0 && i < v->facts.n_dns; i++) {
		struct addr at = reached_at(&v->facts.dns[i].addr);

		err = reach_soa(&v->udp[i], g->loop, &at, v->facts.dns[i].port, false, zone);
		if (err == 0)
			err = reach_soa(&v->tcp[i], g->loop, &at,
			    v->facts.dns[i].port, true, zone);
	}
	return err;
}

static int
gather_ns(struct gather *g, size_t i)
{
	struct view *v = g->view;
	struct view_ns *ns = &v->ns[i];
	char name[VIEW_NAME];
	int err = str_copy(name, sizeof(name), v->facts.ns[i]);

	if (err == 0)
		err = look_up(g, &ns->addrs, RESOLVE_ADDR, name);
	for (size_t k = 0; err == 0 && k < ns->addrs.n_addrs && k < VIEW_NS_ADDRS; k++) {
		ns->outside[k] = !doctor_facts_reach(&v->facts, v->own, v->n_own,
		    &ns->addrs.addrs[k]);
		if (!ns->outside[k])
			err = reach_soa(&ns->soa[k], g->loop, &ns->addrs.addrs[k], 53,
			    false, str_of(v->facts.zone));
	}
	return err;
}

static int
gather_delegation(struct gather *g)
{
	struct view *v = g->view;
	int err = look_up(g, &v->zone, RESOLVE_NS, v->facts.zone);

	for (size_t i = 0; err == 0 && i < v->facts.n_ns; i++)
		err = gather_ns(g, i);
	return err;
}

static int
gather_entries(struct gather *g)
{
	struct view_entry *e = &g->view->entry;
	const char *zone = g->view->facts.zone;
	int err;

	if (g->view->zone.err != 0)
		return 0;
	err = look_below(g, &e->listed[0], RESOLVE_ADDR, "2.0.0.127", zone);
	if (err == 0)
		err = look_below(g, &e->listed[1], RESOLVE_ADDR, "2.0.0.127.in", zone);
	if (err == 0)
		err = look_below(g, &e->never, RESOLVE_ADDR, "1.0.0.127", zone);
	return err != 0 ? err : look_below(g, &e->status, RESOLVE_TXT, "_status", zone);
}

/* The host of "https://bl.example:8443/x"; false: none, or an address. */
static bool
host_of(char out[VIEW_NAME], const char *url)
{
	struct str s = str_of(url);
	ptrdiff_t at = str_search(s, STR("://"));
	struct addr a;

	if (at < 0)
		return false;
	s = (struct str){ s.p + at + 3, s.n - (size_t)at - 3 };
	s = str_cut(&s, '/');
	if (s.n == 0 || s.p[0] == '[')
		return false;
	s = str_cut(&s, ':');
	return str_copy(out, VIEW_NAME, s) == 0 && addr_parse(&a, s) != 0;
}

static int
gather_web(struct gather *g)
{
	char host[VIEW_NAME];

	return host_of(host, g->view->facts.url) ?
	    look_up(g, &g->view->web, RESOLVE_ADDR, host) : 0;
}

static int
gather_pages(struct gather *g)
{
	struct view *v = g->view;
	char host[VIEW_NAME];
	int err = 0;

	if (!host_of(host, v->facts.url))
		snprintf(host, sizeof(host), "localhost");
	for (size_t i = 0; err == 0 && i < v->facts.n_web; i++) {
		struct addr at = reached_at(&v->facts.web[i].addr);

		err = reach_http(&v->pages[i], g->loop, g->dialer, &at,
		    v->facts.web[i].port, host, VIEW_OPTOUT);
	}
	return err;
}

/* --- all of it --- */

static const struct {
	const char	*doing;
	bool		 asks;	/* the resolver: without one it is not tried */
	int		(*run)(struct gather *g);
} steps[] = {
	{ N_("this machine"), false, gather_machine },
	{ N_("the resolver"), false, gather_resolver },
	{ N_("the source address and its name"), true, gather_name },
	{ N_("the probe domain"), true, gather_mail },
	{ N_("the contact"), true, gather_contact },
	{ N_("the receiver"), false, gather_receiver },
	{ N_("the list's own answers"), false, gather_dns },
	{ N_("the delegation"), true, gather_delegation },
	{ N_("the test entries"), true, gather_entries },
	{ N_("the pages"), true, gather_web },
	{ N_("the pages"), false, gather_pages },
};

int
doctor_gather(struct gather *g)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int err;

		if (steps[i].asks && g->view->root.err == RESOLVE_TEMPORARY)
			continue;
		if (g->stop != NULL && g->stop())
			return GATHER_STOP;
		if (g->doing != NULL)
			g->doing(g->ctx, steps[i].doing);
		err = steps[i].run(g);
		if (err != 0)
			return err;
	}
	return 0;
}
