/* cmd/role-probe.c -- sekimori-role-probe: the process that talks to the world. */
#include <sys/resource.h>

#include "base/log.h"
#include "probe/run.h"
#include "sys/pem.h"
#include "sys/role.h"

enum { PARTING_MS = 1000 };	/* for the last QUITs to leave */

struct probe {
	struct tls_ctx		*tls;
	struct plan_list	*list;
	struct resolver		*resolver;
	struct prober		*prober;
	struct loop_timer	*parting;
	struct loop_delay	*delay;
};

static int
use_pair(void *ctx, struct str cert, struct str key)
{
	struct probe *p = ctx;

	return tls_client_pair(p->tls, cert, key);
}

/* What it shows servers that ask who it is. */
static int
certify(struct role *r)
{
	struct probe *p = r->ctx;
	int err;

	if (r->conf->probe_cert[0] == '\0')
		return tls_client_self(p->tls, r->conf->probe_helo);
	err = pem_use(r->conf->probe_cert, r->conf->probe_key, use_pair, p);
	return err == 0 ? 0 : SEK_EPARSE;	/* of the configuration */
}

/* The public suffix list, resolv.conf, certificates and OpenSSL's tables are
 * files: they are read before the sandbox. */
static int
prepare(struct role *r)
{
	struct probe *p = r->ctx;
	struct rlimit files;
	int err = tls_client_new(&p->tls);

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {	/* a dialogue is a descriptor */
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	if (err == 0)
		err = certify(r);
	if (err == 0)
		err = plan_list_new(&p->list);
	if (err == 0)
		err = resolver_new(&p->resolver, r->loop, r->conf->resolver);
	if (err != 0) {
		log_event(LOG_LV_ERR, "probe-failed", LOG_Z("resolver", r->conf->resolver),
		    LOG_Z("why", sek_strerror(err)));
		r->exit = err == SEK_EPARSE ? EXIT_CONFIG : EXIT_OSERR;
	}
	return err;
}

static void
parted(void *ctx)
{
	loop_stop(ctx);
}

static int
start(struct role *r)
{
	struct probe *p = r->ctx;
	struct prober_with with = {
		.loop = r->loop, .dialer = &dialer_real, .resolver = p->resolver,
		.tls = p->tls, .conf = r->conf, .list = p->list,
	};
	int err = loop_timer(&p->parting, r->loop, parted, r->loop);

	if (err == 0)
		err = loop_delay_new(&p->delay, r->loop);
	with.delay = p->delay;
	return err != 0 ? err : prober_new(&p->prober, &with);
}

static void
keeper_up(struct role *r)
{
	struct probe *p = r->ctx;

	if (p->prober != NULL)	/* not after stop */
		prober_keeper(p->prober, r->keeper);
}

static void
keeper_down(struct role *r)
{
	struct probe *p = r->ctx;

	if (p->prober != NULL)
		prober_keeper(p->prober, NULL);
}

static void
keeper_message(struct role *r, struct frame *f)
{
	struct probe *p = r->ctx;

	if (p->prober != NULL)
		prober_message(p->prober, f);
}

static void
stop(struct role *r)
{
	struct probe *p = r->ctx;

	p->resolver->free(p->resolver);
	prober_free(p->prober);
	p->prober = NULL;
	loop_timer_set(p->parting, PARTING_MS);
}

int
main(void)
{
	static const struct role_events events = {
		.prepare = prepare, .start = start, .keeper_up = keeper_up,
		.keeper_down = keeper_down, .keeper_message = keeper_message, .stop = stop,
	};
	const struct sandbox box = { .role = "probe", .may = MAY_CONNECT };
	struct probe p = { 0 };

	return role_main("probe", &box, &events, &p);
}
