#pragma once
/* tests/unit/tool/doctor_rig.h -- a receiver of a few lines behind a fake
 * dialer, for what talks to it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "sys/loop.h"
#include "sys/stream.h"

enum { RIG_PEERS = 16, RIG_HEARD = 2048 };

struct reply { const char *starts, *say; };	/* the first row that fits; say NULL: close */

struct rig_peer {
	struct rig		*rig;
	struct loop_watch	*watch;
	int			 fd;	/* -1: closed */
	char			 line[512];
	size_t			 n;
};

struct rig {
	struct dialer		 dialer;	/* first */
	struct loop		*loop;
	const char		*greeting;	/* NULL: silence; "": nobody listens */
	const struct reply	*replies;	/* the last row has starts "" */
	struct rig_peer		 peers[RIG_PEERS];
	size_t			 n;
	char			 heard[RIG_HEARD];	/* every line, LF between */
};

static inline void
rig_close_peer(struct rig_peer *p)
{
	if (p->fd < 0)
		return;
	loop_unwatch(p->watch);
	close(p->fd);
	p->fd = -1;
}

static inline void
rig_line(struct rig_peer *p)
{
	const struct reply *r = p->rig->replies;
	size_t heard = strlen(p->rig->heard);

	snprintf(p->rig->heard + heard, RIG_HEARD - heard, "%s\n", p->line);
	while (strncmp(p->line, r->starts, strlen(r->starts)) != 0)
		r++;
	if (r->say == NULL)
		rig_close_peer(p);
	else if (r->say[0] != '\0')
		assert_true(write(p->fd, r->say, strlen(r->say)) > 0);
}

static inline void
rig_readable(void *ctx, unsigned ready)
{
	struct rig_peer *p = ctx;
	char c;
	ssize_t n;

	(void)ready;
	while (p->fd >= 0 && (n = read(p->fd, &c, 1)) == 1) {
		if (c == '\r')
			continue;
		if (c != '\n') {
			assert_true(p->n < sizeof(p->line) - 1);
			p->line[p->n++] = c;
			continue;
		}
		p->line[p->n] = '\0';
		p->n = 0;
		rig_line(p);
	}
	if (p->fd >= 0 && n == 0)
		rig_close_peer(p);
}

static inline int
rig_dial(struct dialer *d, const struct addr *to, uint16_t port, const struct addr *from)
{
	struct rig *r = (struct rig *)d;
	struct rig_peer *p = &r->peers[r->n];
	int pair[2];

	(void)to;
	(void)port;
	(void)from;
	if (r->greeting != NULL && r->greeting[0] == '\0') {
		errno = EADDRNOTAVAIL;
		return SEK_ESYS;
	}
	assert_true(r->n < RIG_PEERS);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0, pair), 0);
	*p = (struct rig_peer){ .rig = r, .fd = pair[1] };
	r->n++;
	assert_int_equal(loop_watch(&p->watch, r->loop, pair[1], LOOP_READ, rig_readable, p), 0);
	if (r->greeting != NULL)
		assert_true(write(p->fd, r->greeting, strlen(r->greeting)) > 0);
	return pair[0];
}

static inline void
rig_init(struct rig *r, struct loop *l, const char *greeting, const struct reply *replies)
{
	*r = (struct rig){ .dialer = { rig_dial }, .loop = l, .greeting = greeting,
	    .replies = replies };
}

static inline void
rig_end(struct rig *r)
{
	for (size_t i = 0; i < r->n; i++)
		rig_close_peer(&r->peers[i]);
}

/* Our own receiver, in short. */
static const struct reply rig_ours[] = {
	{ "EHLO", "250-relaytest.probe.example\r\n250 SIZE 1\r\n" }, { "MAIL", "250 ok\r\n" },
	{ "RCPT TO:<postmaster@probe.example>", "250 ok\r\n" },
	{ "RCPT TO:<abuse@probe.example>", "250 ok\r\n" },
	{ "RCPT TO:<optout@probe.example>", "250 ok\r\n" },
	{ "RCPT", "550 5.1.1 Nobody here\r\n" }, { "RSET", "250 ok\r\n" },
	{ "QUIT", "221 bye\r\n" }, { "", "500 what\r\n" },
};
#define RIG_GREETING "220 relaytest.probe.example ESMTP sekimori\r\n"
