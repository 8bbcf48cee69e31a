#include "keep/publish_mark.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

static void
put(struct publish_mark *m, const struct keep *k, bool sync)
{
	int err;

	if (m->fd <= 0)
		return;
	m->is.at_s = keep_now(k).s;
	err = served_write(m->fd, &m->is, sync);
	if (err != 0 && !m->failed)
		log_event(LOG_LV_ERR, "publish-failed", LOG_Z("what", "served"),
		    LOG_Z("why", sek_strerror(err)));
	m->failed = err != 0;
}

static int
overlay_open(const char *dir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/overlay.snap", dir) >= (int)sizeof(path))
		return -1;
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
}

void
mark_open(struct publish_mark *m, const struct keep *k)
{
	*m = (struct publish_mark){ .fd = -1, .over = -1 };
	if (k->conf->state[0] == '\0')
		return;
	m->fd = served_open(k->conf->state);
	m->over = overlay_open(k->conf->state);
	if (m->fd < 0)
		log_event(LOG_LV_ERR, "publish-failed", LOG_Z("what", "served"),
		    LOG_Z("why", sek_strerror(m->fd)));
}

void
mark_close(struct publish_mark *m, const struct keep *k)
{
	if (m->is.serial != 0)
		put(m, k, true);
	if (m->fd > 0)
		close(m->fd);
	if (m->over > 0)
		close(m->over);
	m->fd = m->over = -1;
}

/* On a full disk what is left there is not whole, which its hash says. */
void
mark_overlay(struct publish_mark *m, const void *p, size_t n)
{
	if (m->over <= 0)
		return;
	if (pwrite(m->over, p, n, 0) != (ssize_t)n || ftruncate(m->over, (off_t)n) != 0)
		return;
}

/* RFC 1982: serials may have gone round. */
static bool
beyond(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

void
mark_serial(struct publish_mark *m, const struct keep *k, uint32_t serial)
{
	bool was = m->is.behind;

	if (m->is.serial == serial)
		return;
	m->is.serial = serial;
	m->is.behind = beyond(serial, m->file);
	put(m, k, m->is.behind && !was);
}

void
mark_file(struct publish_mark *m, const struct keep *k, uint32_t serial)
{
	m->file = serial;
	if (m->is.serial == 0)	/* nothing went out yet */
		return;
	m->is.behind = beyond(m->is.serial, serial);
	put(m, k, false);
}

void
mark_beat(struct publish_mark *m, const struct keep *k)
{
	if (m->is.serial != 0)
		put(m, k, false);
}
