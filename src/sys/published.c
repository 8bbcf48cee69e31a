#include "sys/published.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static void
file_close(struct published_file *f)
{
	if (f->map != NULL)
		munmap(f->map, f->len);
	f->map = NULL;
}

/* Without these two seals a writer could change what was verified, or cut the
 * file and kill us with SIGBUS. */
static bool
is_sealed(int fd)
{
	const int want = F_SEAL_WRITE | F_SEAL_SHRINK;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & want) == want;
}

static int
file_map(struct published_file *f, const struct msg_publish *m, int fd,
    const char **why)
{
	struct stat st;

	*why = "not sealed";
	if (!is_sealed(fd))
		return SEK_EPARSE;
	*why = "size";
	if (fstat(fd, &st) != 0)
		return SEK_ESYS;
	if (st.st_size <= 0 || (uint64_t)st.st_size != m->octets ||
	    m->octets > SIZE_MAX)
		return SEK_EPARSE;
	*why = "mmap";
	f->len = (size_t)m->octets;
	f->map = mmap(NULL, f->len, PROT_READ, MAP_SHARED, fd, 0);
	if (f->map == MAP_FAILED) {
		f->map = NULL;
		return SEK_ESYS;
	}
	return 0;
}

static int
file_open(struct published_file *f, const struct msg_publish *m, int fd,
    const char **why)
{
	int err = file_map(f, m, fd, why);

	if (err == 0)
		err = snapshot_open(&f->view, f->map, f->len, why);
	if (err == 0 && ((unsigned)f->view.kind != m->kind ||
	    f->view.head.serial != m->serial)) {
		*why = "kind or serial";
		err = SEK_EPARSE;
	}
	if (err != 0)
		file_close(f);
	return err;
}

/* Puts f in the place of *to. */
static void
put(struct published_file *to, struct published_file *f)
{
	file_close(to);
	*to = *f;
	f->map = NULL;
}

static void
point(struct published *p)
{
	p->s.base = p->base.map != NULL ? &p->base.view : NULL;
	p->s.overlay = p->overlay.map != NULL ? &p->overlay.view : NULL;
}

static int
take_base(struct published *p, struct published_file *f, const char **why)
{
	bool older = p->s.base != NULL &&
	    f->view.head.serial < snapshot_now(&p->s)->serial;

	if (older && f->view.head.serial < p->base.view.head.serial) {
		*why = "serial goes backwards";
		return SEK_EPARSE;
	}
	if (older) {
		*why = "waits for its overlay";
		put(&p->next, f);
		return PUBLISHED_WAITS;
	}
	put(&p->base, f);
	file_close(&p->overlay);
	file_close(&p->next);
	return 0;
}

static int
take_overlay(struct published *p, struct published_file *f, const char **why)
{
	bool fits_next = p->next.map != NULL &&
	    snapshot_fits(&p->next.view, &f->view);

	*why = "overlay of another base";
	if (p->s.base == NULL ||
	    (!fits_next && !snapshot_fits(&p->base.view, &f->view)))
		return SEK_EPARSE;
	*why = "serial goes backwards";
	if (f->view.head.serial < snapshot_now(&p->s)->serial)
		return SEK_EPARSE;
	if (fits_next)
		put(&p->base, &p->next);
	put(&p->overlay, f);
	return 0;
}

static int
take_file(struct published *p, struct published_file *f, const char **why)
{
	switch (f->view.kind) {
	case SNAPSHOT_BASE:
		return take_base(p, f, why);
	case SNAPSHOT_OVERLAY:
		return take_overlay(p, f, why);
	case SNAPSHOT_TAIL:
		put(&p->tail, f);
		return 0;
	}
	return SEK_EPARSE;
}

int
published_take(struct published *p, const struct msg_publish *m, int fd,
    const char **why)
{
	struct published_file f = { .map = NULL };
	int err;

	*why = "no descriptor";
	if (fd < 0)
		return SEK_EPARSE;
	err = file_open(&f, m, fd, why);
	close(fd);
	if (err != 0)
		return err;
	err = take_file(p, &f, why);
	file_close(&f);
	point(p);
	return err;
}

void
published_frame(struct published *p, struct frame *f)
{
	struct msg_publish m;
	const char *why;
	int err;

	if (f->type != MSG_PUBLISH || frame_decode(&m, sizeof(m), f) != 0) {
		log_event(LOG_LV_ERR, "strange-message", LOG_N("type", f->type));
		return;
	}
	err = published_take(p, &m, f->fd, &why);
	f->fd = -1;
	if (err < 0)		/* the last good one stays */
		log_event(LOG_LV_ERR, "snapshot-refused", LOG_N("kind", m.kind),
		    LOG_N("serial", m.serial), LOG_Z("part", why),
		    LOG_Z("why", sek_strerror(err)));
}

const struct snapshot_view *
published_tail(const struct published *p)
{
	if (p->s.base == NULL || p->tail.map == NULL ||
	    p->tail.view.head.serial != snapshot_now(&p->s)->serial)
		return NULL;
	return &p->tail.view;
}

void
published_close(struct published *p)
{
	file_close(&p->base);
	file_close(&p->overlay);
	file_close(&p->tail);
	file_close(&p->next);
	memset(p, 0, sizeof(*p));
}
