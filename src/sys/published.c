#include "sys/published.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

struct published_map {		/* ends with its last holder */
	void		*p;
	size_t		 len;
	unsigned	 holders;
};

static void
file_close(struct published_file *f)
{
	struct published_map *map = f->map;

	f->map = NULL;
	if (map == NULL || --map->holders > 0)
		return;
	munmap(map->p, map->len);
	free(map);
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
	struct published_map *map;
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
	map = malloc(sizeof(*map));
	if (map == NULL)
		return SEK_ENOMEM;
	*map = (struct published_map){ NULL, (size_t)m->octets, 1 };
	map->p = mmap(NULL, map->len, PROT_READ, MAP_SHARED, fd, 0);
	if (map->p == MAP_FAILED) {
		free(map);
		return SEK_ESYS;
	}
	f->map = map;
	return 0;
}

static int
file_open(struct published_file *f, const struct msg_publish *m, int fd,
    const char **why)
{
	int err = file_map(f, m, fd, why);

	if (err == 0)
		err = snapshot_open(&f->view, f->map->p, f->map->len, why);
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

static void
hold_file(struct published_file *to, const struct published_file *f)
{
	*to = *f;
	if (to->map != NULL)
		to->map->holders++;
}

void
published_hold(struct published_hold *h, const struct published *p)
{
	bool tail = published_tail(p) != NULL;

	memset(h, 0, sizeof(*h));
	if (p->s.base != NULL)
		hold_file(&h->base, &p->base);
	if (p->s.overlay != NULL)
		hold_file(&h->overlay, &p->overlay);
	if (tail)
		hold_file(&h->end, &p->tail);
	h->s.base = p->s.base != NULL ? &h->base.view : NULL;
	h->s.overlay = p->s.overlay != NULL ? &h->overlay.view : NULL;
	h->tail = tail ? &h->end.view : NULL;
}

bool
published_held(const struct published_hold *h, const struct published *p)
{
	const struct published_map *overlay = p->s.overlay != NULL ?
	    p->overlay.map : NULL;
	const struct published_map *tail = published_tail(p) != NULL ?
	    p->tail.map : NULL;

	return h->base.map == p->base.map && h->overlay.map == overlay &&
	    h->end.map == tail && (h->s.base != NULL) == (p->s.base != NULL);
}

void
published_release(struct published_hold *h)
{
	file_close(&h->base);
	file_close(&h->overlay);
	file_close(&h->end);
	memset(h, 0, sizeof(*h));
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
