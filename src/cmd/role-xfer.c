/* cmd/role-xfer.c -- sekimori-role-xfer: DNS over TCP and zone transfers. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rand.h"
#include "sys/policy.h"
#include "sys/role.h"
#include "xfer/dnstap.h"
#include "xfer/notify.h"
#include "xfer/tcp.h"
#include "xfer/udp.h"

struct xfer {
	struct role		*role;
	struct tcp		*tcp;	/* NULL before start and after stop */
	struct notify		*notify;	/* the same */
	struct udp		*udp;
	struct rand		 rand;
	struct server		 server;
	struct published	 published;
	struct shared		 counters, taps;
	char			 host[HOST_NAME_MAX + 1];
};

static void
tell_catalog(struct xfer *x)
{
	struct answer_record r[CATALOG_RECORDS];

	if (x->server.catalog.n == 0)
		return;
	(void)catalog_records(r, &x->server.catalog);
	notify_tell(x->notify, NOTIFY_CATALOG, &r[0], x->server.catalog.serial);
}

/* Secondaries are told once the way to the new serial is there. */
static void
on_version(void *ctx)
{
	struct xfer *x = ctx;
	const struct snapshot *s = &versions_now(x->server.versions)->hold.s;
	uint32_t serial = snapshot_now(s)->serial;
	struct answer_record soa;

	catalog_look(&x->server.catalog, s);
	tell_catalog(x);
	source_soa(&soa, s, ANSWER_ZONE, serial);
	notify_tell(x->notify, NOTIFY_ZONE, &soa, serial);
	if ((snapshot_now(s)->flags & SNAPSHOT_OUT) == 0)
		return;
	source_soa(&soa, s, ANSWER_OUT, serial);
	notify_tell(x->notify, NOTIFY_OUT, &soa, serial);
}

static int
start_dnstap(struct xfer *x, const struct role *r)
{
	struct dnstap_about about = { .clients = r->conf->dnstap_clients,
		.version = STR("sekimori " VERSION) };

	if (r->conf->dnstap[0] == '\0')
		return 0;
	if (gethostname(x->host, sizeof(x->host)) == 0)
		about.identity = str_of(x->host);
	return dnstap_new(&x->server.dnstap, r->loop, &about,
	    r->conf->dnstap_sample);
}

static int
start(struct role *r)
{
	struct xfer *x = r->ctx;
	struct server *s = &x->server;
	int err;

	x->role = r;
	*s = (struct server){ .loop = r->loop, .published = &x->published,
		.access = access_rules_of(r->conf), .most = r->conf->transfers };
	policy_of(&s->policy, r->conf);
	if (r->conf->catalog[0] != '\0' &&
	    dns_name_parse(&s->catalog.name, str_of(r->conf->catalog)) != 0)
		return SEK_EPARSE;
	rand_real(&x->rand);
	err = notify_new(&x->notify, r->loop, &x->rand, r->conf->secondaries,
	    r->conf->n_secondaries);
	if (err == 0)
		err = versions_new(&s->versions, r->loop, &x->published,
		    on_version, x);
	if (err == 0)
		err = start_dnstap(x, r);
	return err != 0 ? err : tcp_new(&x->tcp, s);
}

/* Reads the keys.  sekimorid has checked the file. */
static int
load_keys(struct tsig_ring **out, int fd)
{
	struct tsig_keys *keys = malloc(sizeof(*keys));
	char *text = malloc(TSIG_KEY_FILE);
	struct tsig_key_why why;
	ssize_t n = text == NULL ? -1 : pread(fd, text, TSIG_KEY_FILE, 0);
	int err = keys == NULL || text == NULL ? SEK_ENOMEM : n < 0 ? SEK_ESYS :
	    tsig_keys_parse(keys, (struct str){ text, (size_t)n }, &why);

	if (err == 0)
		err = tsig_ring_new(out, keys);
	if (keys != NULL)
		explicit_bzero(keys, sizeof(*keys));
	if (text != NULL)
		explicit_bzero(text, TSIG_KEY_FILE);
	free(text);
	free(keys);
	close(fd);
	return err;
}

static int
take(struct xfer *x, struct str name, int fd)
{
	if (str_eq(name, STR("dns-tcp")))
		return tcp_listen(x->tcp, fd);
	if (str_eq(name, STR("signed-in")) && x->udp == NULL)
		return udp_new(&x->udp, &x->server, fd);
	if (str_eq(name, STR("dnstap")) && x->server.dnstap != NULL)
		return dnstap_socket(x->server.dnstap, fd);
	if (str_eq(name, STR("notify")))
		return notify_socket(x->notify, fd);
	if (str_eq(name, STR("transfer-keys")) && x->server.ring == NULL) {
		int err = load_keys(&x->server.ring, fd);

		notify_keys(x->notify, x->server.ring);
		return err;
	}
	close(fd);
	return SEK_EPARSE;
}

static void
take_socket(struct role *r, struct str name, int fd)
{
	struct xfer *x = r->ctx;
	int err = SEK_EPARSE;

	if (x->tcp != NULL)
		err = take(x, name, fd);
	else
		close(fd);
	if (err != 0)
		log_event(LOG_LV_ERR, "strange-socket", LOG_T("name", name),
		    LOG_Z("why", sek_strerror(err)));
}

static int
take_counters(struct xfer *x, const struct msg_shared *m, int fd)
{
	int err = shared_take(&x->counters, m, fd, sizeof(struct counters_slot), true);

	if (err != 0)
		return err;
	x->server.udp_counters = counters_slot(&x->counters, m->index);
	x->server.counters = counters_slot(&x->counters, m->index + 1);
	if (x->server.dnstap != NULL)
		dnstap_counters(x->server.dnstap, x->server.counters);
	return 0;
}

static int
take_taps(struct xfer *x, const struct msg_shared *m, int fd)
{
	int err = shared_take(&x->taps, m, fd, tap_octets(1), true);

	if (err == 0 && x->server.dnstap != NULL)
		dnstap_rings(x->server.dnstap, &x->taps);
	return err;
}

/* Without it nothing is counted, or looked at; that is no reason to be silent. */
static void
take_shared(struct xfer *x, struct frame *f)
{
	struct msg_shared m;
	int err = frame_decode(&m, sizeof(m), f);

	if (err == 0 && str_eq(m.name, STR("dns-counters"))) {
		err = take_counters(x, &m, f->fd);
		f->fd = -1;
	} else if (err == 0 && str_eq(m.name, STR("dns-tap"))) {
		err = take_taps(x, &m, f->fd);
		f->fd = -1;
	}
	if (err != 0)
		log_event(LOG_LV_ERR, "shared-refused",
		    LOG_Z("why", sek_strerror(err)));
}

static void
parent_message(struct role *r, struct frame *f)
{
	struct xfer *x = r->ctx;

	if (f->type == MSG_SHARED) {
		take_shared(x, f);
		return;
	}
	published_frame(&x->published, f);
	if (x->server.versions != NULL)
		versions_look(x->server.versions);
}

static void
stop(struct role *r)
{
	struct xfer *x = r->ctx;

	tcp_free(x->tcp);
	x->tcp = NULL;
	udp_free(x->udp);
	x->udp = NULL;
	versions_free(x->server.versions);
	x->server.versions = NULL;
	notify_free(x->notify);
	x->notify = NULL;
	tsig_ring_free(x->server.ring);
	x->server.ring = NULL;
	dnstap_free(x->server.dnstap);
	x->server.dnstap = NULL;
	shared_close(&x->taps);
	shared_close(&x->counters);
	published_close(&x->published);
	loop_stop(r->loop);
}

int
main(void)
{
	static const struct role_events events = {
		.start = start, .socket = take_socket,
		.parent_message = parent_message, .stop = stop,
	};
	const struct sandbox box = { .role = "xfer", .may = MAY_ACCEPT };
	static struct xfer x;

	return role_main("xfer", &box, &events, &x);
}
