#pragma once
/* What the stream tests share: a loop of either body, and an owner of a stream
 * that writes down what happened to it. */

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/stream.h"

struct rig {
	struct loop	*loop;
	struct clock_fake clock;
	bool		 fake;
	struct loop_timer *guard;
};

/* The log: U up, text as it came, S secured, W drained, D and the reason. */
struct peer {
	struct rig	*rig;
	struct stream	*s;
	char		 log[512];
	size_t		 n;
	size_t		 octets;	/* of data events in all */
	size_t		 largest;	/* data event */
	const char	*until;		/* stops the loop when the log is this */
	char		 close_on;	/* closes the stream at this event */
	bool		 flush;
	bool		 quiet;		/* data is counted, not logged */
	bool		 echo;
	void		(*hook)(struct peer *p, char event);
	struct tls_ctx	*tls;		/* for hooks */
	struct stream_tls about;
	char		 peer_name[64];
	size_t		 injected;
	int		 raw;		/* for hooks: the far end as a descriptor */
};

static bool peer_inside;	/* a call of ours: no event may come now */

static void
peer_event(struct peer *p, char event, const char *text, size_t n)
{
	assert_false(peer_inside);
	assert_non_null(p->s);
	for (size_t i = 0; i < n && p->n < sizeof(p->log) - 1; i++)
		p->log[p->n++] = text[i];
	if (p->hook != NULL)
		p->hook(p, event);
	if (p->close_on == event) {
		stream_close(p->s, p->flush);
		p->s = NULL;
	}
	if (p->until != NULL && strcmp(p->log, p->until) == 0)
		loop_stop(p->rig->loop);
}

static void
peer_up(void *ctx)
{
	peer_event(ctx, 'U', "U", 1);
}

static void
peer_write(struct peer *p, const void *data, size_t n)
{
	peer_inside = true;
	assert_int_equal(stream_write(p->s, data, n), 0);
	peer_inside = false;
}

static void
peer_data(void *ctx, const uint8_t *data, size_t n)
{
	struct peer *p = ctx;

	assert_in_range(n, 1, STREAM_READ);
	p->octets += n;
	if (n > p->largest)
		p->largest = n;
	if (p->echo)
		peer_write(p, data, n);
	peer_event(p, 'd', (const char *)data, p->quiet ? 0 : n);
}

static void
peer_secured(void *ctx, const struct stream_tls *about)
{
	struct peer *p = ctx;

	p->about = *about;
	assert_true(about->peer_name.n < sizeof(p->peer_name));
	if (about->peer_name.n > 0)
		memcpy(p->peer_name, about->peer_name.p, about->peer_name.n);
	peer_event(p, 'S', "S", 1);
}

static void
peer_drained(void *ctx)
{
	peer_event(ctx, 'W', "W", 1);
}

static void
peer_down(void *ctx, int why)
{
	char text[16];

	peer_event(ctx, 'D', text,
	    (size_t)snprintf(text, sizeof(text), "D%d", why));
}

static const struct stream_events peer_events = {
	peer_up, peer_data, peer_secured, peer_drained, peer_down
};

static void
guard_due(void *ctx)
{
	struct rig *r = ctx;

	loop_stop(r->loop);
}

static void
rig_open(struct rig *r, bool fake)
{
	memset(r, 0, sizeof(*r));
	r->fake = fake;
	clock_fake_init(&r->clock, (struct wall){ 1800000000 });
	r->loop = fake ? loop_new_fake(&r->clock) : loop_new();
	assert_non_null(r->loop);
	assert_int_equal(loop_timer(&r->guard, r->loop, guard_due, r), 0);
}

static void
rig_close(struct rig *r)
{
	loop_timer_free(r->guard);
	loop_free(r->loop);
}

/* Runs until p's log is want, or (real) a minute, or (fake) nothing happens any
 * more within ms. */
static inline void
rig_run(struct rig *r, struct peer *p, const char *want, int64_t ms)
{
	if (strcmp(p->log, want) == 0)
		return;
	p->until = want;
	if (!r->fake)
		loop_timer_set(r->guard, 60 * 1000);
	loop_run(r->loop, (struct mono){ r->clock.mono.ms + ms });
	loop_timer_stop(r->guard);
	p->until = NULL;
	if (strcmp(p->log, want) != 0)
		fail_msg("%s loop: want \"%s\", got \"%s\"",
		    r->fake ? "fake" : "real", want, p->log);
}

static inline void
peer_adopt(struct peer *p, struct rig *r, int fd)
{
	p->rig = r;
	assert_int_equal(stream_adopt(&p->s, r->loop, fd, &peer_events, p), 0);
}

static inline void
socket_pair(int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

static inline void
peer_close(struct peer *p)
{
	stream_close(p->s, false);
	p->s = NULL;
}

static inline size_t
open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += dup2(fd, fd) == fd;
	return n;
}

static const struct addr loopback = { { [10] = 0xff, 0xff, 127, 0, 0, 1 } };

/* A TCP socket on 127.0.0.1, listening or only bound (so that dialling it is
 * refused). */
static inline int
local_port(uint16_t *port, bool listens)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	socklen_t n = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &n), 0);
	if (listens)
		assert_int_equal(listen(fd, 64), 0);
	*port = ntohs(name.sin_port);
	return fd;
}

static inline void
peer_dial(struct peer *p, struct rig *r, uint16_t port)
{
	p->rig = r;
	peer_inside = true;
	assert_int_equal(stream_dial(&p->s, r->loop, &dialer_real, &loopback,
	    port, &addr_none, 30000, &peer_events, p), 0);
	peer_inside = false;
}
