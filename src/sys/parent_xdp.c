#include "sys/parent_xdp.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/frame.h"

enum { AGAIN_MS = 20, TRIES = 250 };

/* The next queue that k has still to be given; false: none. */
static bool
next_queue(const struct family *f, const struct kid *k, unsigned *queue)
{
	*queue = (unsigned)k->worker + k->n_queues * f->setup->workers;
	return k->pid != 0 && strcmp(k->kind->name, "serve") == 0 &&
	    *queue < f->xdp.queues;
}

bool
parent_xdp_due(const struct family *f, const struct kid *k)
{
	unsigned queue;

	return next_queue(f, k, &queue) && k->xdp_at.ms <= kid_now().ms;
}

static void
failed(struct kid *k, unsigned queue)
{
	if (errno == EBUSY && ++k->xdp_tries < TRIES) {
		k->xdp_at.ms = kid_now().ms + AGAIN_MS;
		return;
	}
	log_event(LOG_LV_WARN, "xdp-failed", LOG_N("worker", k->worker),
	    LOG_N("queue", queue), LOG_Z("why", strerror(errno)));
	k->xdp_tries = 0;
	k->n_queues++;		/* the kernel has this one */
}

/* Frames, then the socket.  A channel that is full now takes them later, as a
 * fresh pair. */
static int
hand_over(struct kid *k, int sock, int frames)
{
	struct msg_socket m = { STR("dns-xdp-frames") };
	int rc = frame_write(k->sock, MSG_SOCKET, &m, frames);

	if (rc != 0)
		return rc;
	m.name = STR("dns-xdp");
	return frame_write(k->sock, MSG_SOCKET, &m, sock);
}

static int
give(struct family *f, struct kid *k, unsigned queue)
{
	int sock, frames, rc;

	if (xdp_socket_open(&sock, &frames, &f->xdp, queue) != 0) {
		failed(k, queue);
		return 0;
	}
	rc = hand_over(k, sock, frames);
	if (rc == 0 && xdp_socket_join(&f->xdp, queue, sock) != 0)
		log_event(LOG_LV_WARN, "xdp-failed", LOG_N("worker", k->worker),
		    LOG_N("queue", queue), LOG_Z("why", strerror(errno)));
	close(sock);
	close(frames);
	if (rc == 0) {
		k->n_queues++;
		k->xdp_tries = 0;
	}
	return rc;
}

int
parent_xdp_open(struct family *f)
{
	const struct conf *c = f->setup->conf;
	struct conf_why why;
	int err;

	f->xdp = (struct xdp_hook){ .map = -1, .link = -1 };
	if (c->dns_xdp[0] == '\0')
		return 0;
	err = xdp_hook_open(&f->xdp, c->dns_xdp, c->dns, c->n_dns, &why);
	if (err != 0)
		log_event(LOG_LV_ERR, "xdp-refused", LOG_Z("why", why.text));
	else
		log_event(LOG_LV_INFO, "xdp", LOG_Z("interface", c->dns_xdp),
		    LOG_N("queues", f->xdp.queues));
	return err;
}

int
parent_xdp_send(struct family *f, struct kid *k)
{
	unsigned queue;
	int rc = 0;

	while (rc == 0 && parent_xdp_due(f, k) && next_queue(f, k, &queue))
		rc = give(f, k, queue);
	return rc;
}
