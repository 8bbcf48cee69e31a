/* cmd/role-xfer.c -- sekimori-role-xfer: DNS over TCP, later zone transfers. */
#include <unistd.h>

#include "base/log.h"
#include "sys/role.h"
#include "xfer/tcp.h"

struct xfer {
	struct tcp		*tcp;	/* NULL before start and after stop */
	struct published	 published;
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

static void
parent_message(struct role *r, struct frame *f)
{
	struct xfer *x = r->ctx;

	published_frame(&x->published, f);
}

static void
stop(struct role *r)
{
	struct xfer *x = r->ctx;

	tcp_free(x->tcp);
	x->tcp = NULL;
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
