#include "world.h"

#include "fact/record_aside.h"
#include "fact/special_use.h"
#include "keep/doctor.h"
#include "../unit/probe/cert.h"

#include "keep/probers.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { START_S = 1795000000, PUBLIC = 4 };

static struct net public[PUBLIC];
static size_t n_public;

void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("Bail out! ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	exit(1);
}

static void
must(int err, const char *what)
{
	if (err != 0)
		die("%s: %s", what, sek_strerror(err));
}

struct peer *
world_peer(struct world *w, const struct addr *a, bool make)
{
	struct peer *p = w->peers;

	for (; p < w->peers + w->n_peers; p++)
		if (addr_eq(&p->addr, a))
			return p;
	if (!make)
		return NULL;
	if (w->n_peers == PEERS)
		die("too many peers");
	w->n_peers++;
	*p = (struct peer){ .addr = *a };
	return p;
}

static int
dial_own(struct world *w, const struct addr *from)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    pair), "socketpair");
	smtpd_adopt(w->smtpd, pair[1], from);
	return pair[0];
}

static bool
listens(const struct peer *p, uint16_t port)
{
	for (size_t i = 0; i < p->n_ports; i++)
		if (p->ports[i] == port)
			return true;
	return p->n_ports == 0 && port == 25;
}

static int
world_dial(struct dialer *d, const struct addr *to, uint16_t port,
    const struct addr *from)
{
	struct world *w = (struct world *)(void *)((char *)d -
	    offsetof(struct world, dialer));
	struct addr source = addr_is_none(from) ? addr_v4(198, 18, 0, 1) : *from;
	struct peer *p;

	if (port == 25 && addr_eq(to, &w->conf->smtp[0].addr))
		return dial_own(w, &source);
	p = world_peer(w, to, false);
	if (p == NULL || !listens(p, port)) {
		errno = ECONNREFUSED;
		return SEK_ESYS;
	}
	p->dials++;
	return peer_dial(w, p, port, &source);
}

/* The linker gives us all calls of special_use() (--wrap). */
bool __real_special_use(const struct addr *a, const struct net *lab, size_t n_lab,
    const char **why);
bool __wrap_special_use(const struct addr *a, const struct net *lab, size_t n_lab,
    const char **why);

bool
__wrap_special_use(const struct addr *a, const struct net *lab, size_t n_lab,
    const char **why)
{
	*why = NULL;
	for (size_t i = 0; i < n_public; i++)
		if (net_has(&public[i], a))
			return false;
	return __real_special_use(a, lab, n_lab, why);
}

static void
set(struct world *w, const char *key, const char *value)
{
	struct conf_why why;

	if (conf_set(w->conf, key, str_of(value), &why) != 0)
		die("%s", why.text);
}

void
world_open(struct world *w, const char *dir)
{
	*w = (struct world){ .dialer = { world_dial } };
	n_public = 0;
	snprintf(w->store, sizeof(w->store), "sqlite:%s/db", dir);
	clock_fake_init(&w->clock, (struct wall){ START_S });
	w->loop = loop_new_fake(&w->clock);
	rand_seeded(&w->rand, 20261122);
	must(conf_default(&w->conf), "conf");
	set(w, "state.dir", dir);
	set(w, "probe.domain", "probe.example");
	set(w, "probe.helo", "relaytest.probe.example");
	set(w, "probe.from", "198.18.0.1");
	set(w, "receive.listen", "198.18.0.25:25");
	snprintf(w->dns, sizeof(w->dns), "probe.example mx 10 rx.probe.example\n"
	    "rx.probe.example a 198.18.0.25\n");
}

void
world_public(struct world *w, const struct net *n)
{
	if (n_public == PUBLIC)
		die("too many public prefixes");
	public[n_public++] = *n;
	set(w, "probe.public", "yes");
}

void
world_set_clock(struct world *w, int64_t by_s)
{
	w->clock.wall.s += by_s;
}

/* As `sekimori doctor` leaves it when all is well. */
static void
pass_checklist(struct world *w)
{
	struct keep *k = w->keep;
	struct pass p = { .made = keep_now(k), .ok = 1, .who = STR("world"),
	    .until = { keep_now(k).s + 400 * 86400 } };

	must(str_unhex(p.conf.o, sizeof(p.conf.o), str_of(doctor_conf(k))), "digest");
	must(keep_write(k), "pass");
	must(keep_done(k, store_put(k->store, &pass_shape, &p)), "pass");
	must(keep_flush(k), "pass");
}

static void
prober_hears(void *ctx, struct channel *c, struct frame *f)
{
	(void)c;
	prober_message(((struct world *)ctx)->prober, f);
}

static void
prober_alone(void *ctx, struct channel *c)
{
	struct world *w = ctx;

	prober_keeper(w->prober, NULL);
	w->to_prober = NULL;
	channel_free(c);
}

static void
smtpd_hears(void *ctx, struct channel *c, struct frame *f)
{
	(void)c;
	smtpd_message(((struct world *)ctx)->smtpd, f);
}

static void
smtpd_alone(void *ctx, struct channel *c)
{
	struct world *w = ctx;

	smtpd_keeper(w->smtpd, NULL);
	w->to_smtpd = NULL;
	channel_free(c);
}

static void
connect_roles(struct world *w)
{
	static const struct channel_events pe = { .message = prober_hears, .gone = prober_alone };
	static const struct channel_events re = { .message = smtpd_hears, .gone = smtpd_alone };
	int pair[2];

	must(frame_pair(pair), "pair");
	must(keeper_probe(w->keep, 0, pair[0]), "probe");
	must(channel_new(&w->to_prober, w->loop, pair[1], &pe, w), "channel");
	prober_keeper(w->prober, w->to_prober);
	must(frame_pair(pair), "pair");
	must(keeper_receive(w->keep, pair[0]), "receive");
	must(channel_new(&w->to_smtpd, w->loop, pair[1], &re, w), "channel");
	smtpd_keeper(w->smtpd, w->to_smtpd);
}

static void
open_keeper(struct world *w)
{
	struct keeper_in in = {
		.loop = w->loop, .rand = &w->rand, .conf = w->conf,
		.store = w->store, .boot = 1,
	};
	char why[256] = "";

	if (keeper_new(&w->keep, &in, why) != 0)
		die("keeper: %s", why);
	if (n_public > 0)
		pass_checklist(w);
}

void
world_start(struct world *w)
{
	struct prober_with with;

	must(resolver_new_fake(&w->resolver, w->loop, w->dns), "dns table");
	must(tls_client_new(&w->tls), "tls");
	cert_server(&w->server);
	must(plan_list_new(&w->list), "suffix list");
	with = (struct prober_with){ .loop = w->loop, .dialer = &w->dialer,
		.resolver = w->resolver, .tls = w->tls, .conf = w->conf,
		.list = w->list };
	must(prober_new(&w->prober, &with), "prober");
	must(smtpd_new(&w->smtpd, w->loop, w->conf, NULL), "smtpd");
	open_keeper(w);
	connect_roles(w);
}

void
world_kill_keeper(struct world *w)
{
	probers_leave(w->keep);
	channel_free(w->keep->receive);
	w->keep->receive = NULL;
	store_rollback(w->keep->store);		/* what was not committed is gone */
	keeper_free(w->keep);
	world_pass(w, 1);
	open_keeper(w);
	connect_roles(w);
}

void
world_pass(struct world *w, int64_t seconds)
{
	loop_run(w->loop, (struct mono){ w->clock.mono.ms + seconds * 1000 });
}

void
world_close(struct world *w)
{
	peer_forget_mails(w);
	keeper_free(w->keep);
	w->resolver->free(w->resolver);
	prober_free(w->prober);
	smtpd_free(w->smtpd);
	channel_free(w->to_prober);
	channel_free(w->to_smtpd);
	tls_free(w->tls);
	tls_free(w->server);
	plan_list_free(w->list);
	loop_run(w->loop, (struct mono){ w->clock.mono.ms + 10000 });
	conf_free(w->conf);
	loop_free(w->loop);
}

void
world_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_type == DT_REG)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}
