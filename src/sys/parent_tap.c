#include "sys/parent_tap.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/frame.h"

enum { WAIT_S_MAX = 30, STEADY_MS = 60000, LOOK_MS = 100 };

static bool
is_xfer(const struct kid *k)
{
	return strcmp(k->kind->name, "xfer") == 0;
}

static bool
is_wanted(const struct family *f)
{
	return f->setup->conf->dnstap[0] != '\0' && f->tap.fd < 0 && !f->stopping;
}

bool
parent_tap_due(const struct family *f, const struct kid *k)
{
	return is_wanted(f) && k->pid != 0 && is_xfer(k) &&
	    f->tap.at.ms <= kid_now().ms;
}

/* Without an xfer its start comes first.  Where the time came and nothing was
 * done, its channel is full: not an hour to poll(2) without waiting. */
int64_t
parent_tap_at_ms(const struct family *f)
{
	int64_t now_ms = kid_now().ms;

	for (size_t i = 0; is_wanted(f) && i < f->n; i++)
		if (f->kids[i].pid != 0 && is_xfer(&f->kids[i]))
			return f->tap.at.ms <= now_ms ? now_ms + LOOK_MS :
			    f->tap.at.ms;
	return INT64_MAX;
}

static void
later(struct family *f)
{
	unsigned n = f->tap.falls < 5 ? f->tap.falls : 5;
	int64_t wait_s = INT64_C(1) << n;

	if (wait_s > WAIT_S_MAX)
		wait_s = WAIT_S_MAX;
	f->tap.falls++;
	f->tap.at.ms = kid_now().ms + wait_s * 1000;
}

/* A connection, or -1 with errno.  A local socket connects at once or not. */
static int
dial(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd < 0)
		return -1;
	strncpy(at.sun_path, path, sizeof(at.sun_path) - 1);	/* conf: 107 at most */
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* Said once, until there was a connection again. */
static void
failed(struct family *f)
{
	if (!f->tap.told)
		log_event(LOG_LV_WARN, "dnstap-absent",
		    LOG_Z("socket", f->setup->conf->dnstap),
		    LOG_Z("why", strerror(errno)));
	f->tap.told = true;
	later(f);
}

int
parent_tap_send(struct family *f, struct kid *k)
{
	struct msg_socket m = { STR("dnstap") };
	int fd, rc;

	if (!parent_tap_due(f, k))
		return 0;
	fd = dial(f->setup->conf->dnstap);
	if (fd < 0) {
		failed(f);
		return 0;
	}
	rc = frame_write(k->sock, MSG_SOCKET, &m, fd);
	if (rc != 0) {
		close(fd);	/* a full channel gets a fresh one */
		return rc;
	}
	f->tap.fd = fd;
	f->tap.since = kid_now();
	f->tap.told = false;
	return 0;
}

void
parent_tap_close(struct family *f)
{
	if (f->tap.fd >= 0)
		close(f->tap.fd);
	f->tap.fd = -1;
}

void
parent_tap_ended(struct family *f)
{
	parent_tap_close(f);
	if (kid_now().ms - f->tap.since.ms >= STEADY_MS)
		f->tap.falls = 0;
	later(f);
}

void
parent_tap_died(struct family *f, const struct kid *k)
{
	if (!is_xfer(k) || f->tap.fd < 0)
		return;
	parent_tap_close(f);
	f->tap.at = kid_now();
}
