/* cmd/role-web.c -- sekimori-role-web: pages and API. */
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rand.h"
#include "sys/counters.h"
#include "sys/role.h"
#include "web/http.h"
#include "web/page.h"
#include "web/relay_events.h"
#include "web/web.h"

struct role_web {
	struct web		 web;	/* http NULL before start and after stop */
	struct published	 published;
};

/* What libraries would else try inside the sandbox, in vain: jansson to open a
 * source of chance for its hashes, libc to read the time zone.  And each
 * connection is a descriptor, of which no more can be had inside. */
static int
prepare(struct role *r)
{
	struct rlimit files;
	struct rand chance;

	(void)r;
	rand_real(&chance);
	json_object_seed((size_t)rand_u64(&chance) | 1);
	tzset();
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);	/* http_new() sees what is */
	}
	return 0;
}

static int
start(struct role *r)
{
	struct role_web *x = r->ctx;
	int err = desk_new(&x->web.desk, r->loop);

	x->web.loop = r->loop;
	x->web.conf = r->conf;
	x->web.published = &x->published;
	if (err == 0)
		err = page_new(&x->web.pages);
	if (err == 0)
		err = relays_new(&x->web.relays, r->loop, x->web.desk, r->conf->url);
	if (err == 0)
		err = http_new(&x->web.http, r->loop, r->conf, route_request, &x->web);
	if (err != 0)
		log_event(LOG_LV_ERR, "role-failed", LOG_Z("what", "http"),
		    LOG_Z("why", sek_strerror(err)));
	return err;
}

static void
take_socket(struct role *r, struct str name, int fd)
{
	struct role_web *x = r->ctx;
	int err;

	if (x->web.http == NULL || !str_eq(name, STR("web"))) {
		log_event(LOG_LV_ERR, "strange-socket", LOG_T("name", name));
		close(fd);
		return;
	}
	err = http_listen(x->web.http, fd);
	if (err != 0)
		log_event(LOG_LV_ERR, "listen-failed",
		    LOG_Z("why", sek_strerror(err)));
}

static void
keeper_up(struct role *r)
{
	struct role_web *x = r->ctx;

	if (x->web.desk != NULL)
		desk_keeper(x->web.desk, r->keeper);
}

static void
keeper_down(struct role *r)
{
	struct role_web *x = r->ctx;

	if (x->web.desk != NULL)
		desk_keeper(x->web.desk, NULL);
}

static void
keeper_message(struct role *r, struct frame *f)
{
	struct role_web *x = r->ctx;

	if (x->web.desk != NULL)
		desk_message(x->web.desk, f);
}

/* Without it the metrics say nothing of DNS. */
static void
take_shared(struct role_web *x, struct frame *f)
{
	struct msg_shared m;
	int err = frame_decode(&m, sizeof(m), f);

	if (err == 0 && str_eq(m.name, STR("dns-counters"))) {
		err = shared_take(&x->web.counters, &m, f->fd,
		    sizeof(struct counters_slot), false);
		f->fd = -1;
	}
	if (err != 0)
		log_event(LOG_LV_ERR, "shared-refused",
		    LOG_Z("why", sek_strerror(err)));
}

static void
parent_message(struct role *r, struct frame *f)
{
	struct role_web *x = r->ctx;

	if (f->type == MSG_SHARED)
		take_shared(x, f);
	else
		published_frame(&x->published, f);
}

/* Whoever waits for the keeper is answered before the connections end. */
static void
stop(struct role *r)
{
	struct role_web *x = r->ctx;

	desk_free(x->web.desk);
	x->web.desk = NULL;
	relays_free(x->web.relays);
	x->web.relays = NULL;
	http_free(x->web.http);
	x->web.http = NULL;
	page_free(x->web.pages);
	x->web.pages = NULL;
	published_close(&x->published);
	shared_close(&x->web.counters);
	loop_stop(r->loop);
}

int
main(void)
{
	static const struct role_events events = {
		.prepare = prepare, .start = start, .socket = take_socket,
		.keeper_up = keeper_up, .keeper_down = keeper_down,
		.keeper_message = keeper_message, .parent_message = parent_message,
		.stop = stop,
	};
	const struct sandbox box = { .role = "web", .may = MAY_ACCEPT };
	static struct role_web x;

	return role_main("web", &box, &events, &x);
}
