/* cmd/role-xfer.c -- sekimori-role-xfer: DNS over TCP, later zone transfers. */
#include <unistd.h>

#include "base/log.h"
#include "sys/role.h"
#include "xfer/tcp.h"

struct xfer {
	struct tcp		*tcp;	/* NULL before start and after stop */
	struct published	 published;
	struct shared		 counters;
};

static int
start(struct role *r)
{
	struct xfer *x = r->ctx;

	return tcp_new(&x->tcp, r->loop, &x->published);
}

static void
take_socket(struct role *r, struct str name, int fd)
{
	struct xfer *x = r->ctx;
	int err;

	if (x->tcp == NULL || !str_eq(name, STR("dns-tcp"))) {
		log_event(LOG_LV_ERR, "strange-socket", LOG_T("name", name));
		close(fd);
		return;
	}
	err = tcp_listen(x->tcp, fd);
	if (err != 0)
		log_event(LOG_LV_ERR, "listen-failed",
		    LOG_Z("why", sek_strerror(err)));
}

/* Without it nothing is counted; that is no reason to be silent. */
static void
take_shared(struct xfer *x, struct frame *f)
{
	struct msg_shared m;
	int err = frame_decode(&m, sizeof(m), f);

	if (err == 0 && str_eq(m.name, STR("dns-counters"))) {
		err = shared_take(&x->counters, &m, f->fd,
		    sizeof(struct counters_slot), true);
		f->fd = -1;
	}
	if (err != 0)
		log_event(LOG_LV_ERR, "shared-refused",
		    LOG_Z("why", sek_strerror(err)));
	else if (x->tcp != NULL)
		tcp_counters(x->tcp, counters_slot(&x->counters, m.index));
}

static void
parent_message(struct role *r, struct frame *f)
{
	struct xfer *x = r->ctx;

	if (f->type == MSG_SHARED)
		take_shared(x, f);
	else
		published_frame(&x->published, f);
}

static void
stop(struct role *r)
{
	struct xfer *x = r->ctx;

	tcp_free(x->tcp);
	x->tcp = NULL;
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
