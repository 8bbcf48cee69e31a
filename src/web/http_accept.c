#include "web/http_body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/peer.h"

enum {
	ACCEPTS = 64,		/* in one turn of the loop */
	REST_MS = 1000,		/* without a descriptor left */
};

static void
rest(struct http *h, bool resting)
{
	h->resting = resting;
	for (size_t i = 0; i < h->n_listeners; i++)
		loop_want(h->listeners[i].watch, resting ? 0 : LOOP_READ);
	if (resting)
		loop_timer_set(h->relisten, REST_MS);
	else
		loop_timer_stop(h->relisten);
}

void
http_accept_again(void *http)
{
	rest(http, false);
}

/* What counts against web.per_address. */
static struct addr
counted_as(const struct http *h, const struct addr *peer)
{
	if (head_within(peer, h->conf->proxies, h->conf->n_proxies))
		return addr_none;
	return addr_is_v4(peer) ? *peer : addr_mask(peer, 64);
}

/* Where all places are taken, who has been waited for longest goes: a client
 * that has something to say says it at once, so half-open heads by the thousand
 * keep nobody out. */
static bool
make_room(struct http *h)
{
	struct http_conn *oldest = h->lists[WAIT_REQUEST].first;

	if (h->n_conns < h->max_conns)
		return true;
	if (oldest == NULL)
		return false;
	h->stats.pushed_out++;
	conn_cut(oldest);
	return true;
}

static bool
may_connect(struct http *h, const struct addr *counted)
{
	if (!addr_is_none(counted) &&
	    http_same(h, counted) >= h->conf->web_per_addr)
		return false;
	return make_room(h);
}

/* fd is owned. */
static int
conn_new(struct http *h, int fd, const struct addr *peer, const struct addr *counted,
    const struct sockaddr_storage *ss, socklen_t n)
{
	struct http_conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return SEK_ENOMEM;
	}
	*c = (struct http_conn){ .h = h, .fd = fd, .peer = *peer, .counted = *counted };
	h->adding = c;
	if (MHD_add_connection(h->mhd, fd, (const struct sockaddr *)ss, n) == MHD_YES)
		return 0;
	if (h->adding != NULL)	/* it failed before it began */
		free(c);
	h->adding = NULL;
	return SEK_ELIB;
}

static void
accepted(struct http *h, int fd, const struct sockaddr_storage *ss, socklen_t n)
{
	struct addr peer = peer_addr(ss), counted = counted_as(h, &peer);

	h->stats.accepted++;
	if (!may_connect(h, &counted)) {
		close(fd);
		h->stats.turned_away++;
	} else if (conn_new(h, fd, &peer, &counted, ss, n) != 0) {
		h->stats.turned_away++;
	}
}

static bool
is_out_of(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

/* Those that were cut keep their descriptors until the library has seen them
 * off.  Who comes meanwhile waits in the kernel's queue and is not turned away. */
static bool
has_descriptors(struct http *h)
{
	if (h->stats.open >= h->max_conns + ACCEPTS)
		http_run(h);
	return h->stats.open < h->max_conns + ACCEPTS;
}

static void
on_accept(void *ctx, unsigned ready)
{
	struct http_listener *l = ctx;

	(void)ready;
	for (int i = 0; i < ACCEPTS && has_descriptors(l->h); i++) {
		struct sockaddr_storage ss = { 0 };
		socklen_t n = sizeof(ss);
		int fd = accept4(l->fd, (struct sockaddr *)&ss, &n,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && is_out_of(errno)) {
			log_event(LOG_LV_ERR, "accept-failed",
			    LOG_Z("why", sek_strerror(SEK_ESYS)));
			rest(l->h, true);
		}
		if (fd < 0)
			return;
		accepted(l->h, fd, &ss, n);
	}
}

int
http_listen(struct http *h, int fd)
{
	struct http_listener *l = &h->listeners[h->n_listeners];
	int err = SEK_ELIMIT;

	if (h->n_listeners < HTTP_LISTENERS) {
		*l = (struct http_listener){ .h = h, .fd = fd };
		err = fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ? SEK_ESYS :
		    loop_watch(&l->watch, h->loop, fd,
		    h->resting ? 0 : LOOP_READ, on_accept, l);
	}
	if (err != 0)
		close(fd);
	else
		h->n_listeners++;
	return err;
}

void
http_unlisten(struct http *h)
{
	while (h->n_listeners > 0) {
		struct http_listener *l = &h->listeners[--h->n_listeners];

		loop_unwatch(l->watch);
		close(l->fd);
	}
}
