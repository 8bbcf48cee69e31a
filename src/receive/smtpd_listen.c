#include "receive/smtpd_body.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/peer.h"

enum {
	ACCEPTS = 16,		/* in one turn of the loop */
	RELISTEN_MS = 1000,	/* pause when no descriptor is left */
};

static void
pause_listening(struct smtpd *d, bool paused)
{
	for (size_t i = 0; i < d->n_listen; i++)
		loop_want(d->listen[i].watch, paused ? 0 : LOOP_READ);
	if (paused)
		loop_timer_set(d->relisten, RELISTEN_MS);
}

static bool
is_out_of(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

static void
on_listen(void *ctx, unsigned ready)
{
	struct listening *li = ctx;
	struct sockaddr_storage ss;
	struct addr peer;

	(void)ready;
	for (int i = 0; i < ACCEPTS; i++) {
		socklen_t len = sizeof(ss);
		int fd = accept4(li->fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && is_out_of(errno)) {
			log_event(LOG_LV_ERR, "accept-failed",
			    LOG_Z("why", sek_strerror(SEK_ESYS)));
			pause_listening(li->d, true);
			return;
		}
		if (fd < 0)
			return;
		peer = peer_addr(&ss);
		smtpd_adopt(li->d, fd, &peer);
	}
}

void
smtpd_relisten(void *ctx)
{
	pause_listening(ctx, false);
}

int
smtpd_listen(struct smtpd *d, int fd)
{
	struct listening *li;
	int err;

	if (d->n_listen == CONF_LISTENS) {
		close(fd);
		return SEK_ELIMIT;
	}
	li = &d->listen[d->n_listen];
	*li = (struct listening){ .d = d, .fd = fd };
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	err = loop_watch(&li->watch, d->loop, fd, LOOP_READ, on_listen, li);
	if (err != 0) {
		close(fd);
		return err;
	}
	d->n_listen++;
	return 0;
}

void
smtpd_unlisten(struct smtpd *d)
{
	for (size_t i = 0; i < d->n_listen; i++) {
		loop_unwatch(d->listen[i].watch);
		close(d->listen[i].fd);
	}
	d->n_listen = 0;
}
