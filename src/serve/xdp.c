/* 1. The lower half of the frames is for receiving: with the kernel (fill
 *    ring), with us (a batch), or filled (receive ring).  It goes round.
 * 2. The upper half is for sending: on our stack of free ones, or with the
 *    kernel (send ring, then completion ring).
 * 3. An index is written after the entries that it makes visible, and read
 *    before those that it shows: release and acquire. */

#include "serve/xdp.h"

#include <linux/if_xdp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MASK = XDP_RING - 1 };

struct ring {
	uint32_t	*producer, *consumer, *flags;
	void		*entries;
	void		*map;
	size_t		 len;
};

struct xdp {
	int		sock;
	uint8_t		*frames;
	struct ring	receive, send, fill, done;
	size_t		lent;		/* of the last batch */
	uint32_t	queued;		/* not yet shown to the kernel */
	size_t		n_free;
	uint64_t	free[XDP_RING];	/* offsets of frames to send */
};

static uint32_t
seen(const uint32_t *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static void
show(uint32_t *index, uint32_t v)
{
	__atomic_store_n(index, v, __ATOMIC_RELEASE);
}

static struct xdp_desc *
desc(const struct ring *r, uint32_t i)
{
	return (struct xdp_desc *)r->entries + (i & MASK);
}

static uint64_t *
address(const struct ring *r, uint32_t i)
{
	return (uint64_t *)r->entries + (i & MASK);
}

/* Mapping ---------------------------------------------------------------- */

static int
map_ring(struct ring *r, int sock, const struct xdp_ring_offset *o, size_t entry,
    off_t page)
{
	uint8_t *p;

	r->len = o->desc + XDP_RING * entry;
	p = mmap(NULL, r->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
	    sock, page);
	if (p == MAP_FAILED)
		return SEK_ESYS;
	r->map = p;
	r->producer = (uint32_t *)(void *)(p + o->producer);
	r->consumer = (uint32_t *)(void *)(p + o->consumer);
	r->flags = (uint32_t *)(void *)(p + o->flags);
	r->entries = p + o->desc;
	return 0;
}

static int
map_rings(struct xdp *x)
{
	struct xdp_mmap_offsets o;
	socklen_t n = sizeof(o);
	int err = getsockopt(x->sock, SOL_XDP, XDP_MMAP_OFFSETS, &o, &n) == 0 &&
	    n == sizeof(o) ? 0 : SEK_ESYS;

	if (err == 0)
		err = map_ring(&x->receive, x->sock, &o.rx,
		    sizeof(struct xdp_desc), XDP_PGOFF_RX_RING);
	if (err == 0)
		err = map_ring(&x->send, x->sock, &o.tx,
		    sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
	if (err == 0)
		err = map_ring(&x->fill, x->sock, &o.fr, sizeof(uint64_t),
		    (off_t)XDP_UMEM_PGOFF_FILL_RING);
	return err != 0 ? err : map_ring(&x->done, x->sock, &o.cr,
	    sizeof(uint64_t), (off_t)XDP_UMEM_PGOFF_COMPLETION_RING);
}

/* The parent gave the kernel the lower half. */
static void
share_out(struct xdp *x)
{
	for (uint32_t i = 0; i < XDP_RING; i++)
		x->free[x->n_free++] = (uint64_t)(XDP_RING + i) * XDP_FRAME;
}

int
xdp_new(struct xdp **out, int sock, int frames)
{
	struct xdp *x = calloc(1, sizeof(*x));
	int err = SEK_ENOMEM;

	if (x != NULL) {
		x->sock = sock;
		x->frames = mmap(NULL, (size_t)XDP_FRAMES * XDP_FRAME,
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, frames, 0);
		err = x->frames == MAP_FAILED ? SEK_ESYS : map_rings(x);
	}
	close(frames);
	if (err == 0) {
		share_out(x);
		*out = x;
	} else if (x != NULL) {
		xdp_free(x);
	} else {
		close(sock);
	}
	return err;
}

void
xdp_free(struct xdp *x)
{
	if (x == NULL)
		return;
	for (struct ring *r = &x->receive; r <= &x->done; r++)
		if (r->map != NULL)
			munmap(r->map, r->len);
	if (x->frames != MAP_FAILED)
		munmap(x->frames, (size_t)XDP_FRAMES * XDP_FRAME);
	close(x->sock);
	free(x);
}

int
xdp_fd(const struct xdp *x)
{
	return x->sock;
}

/* Receiving -------------------------------------------------------------- */

/* The kernel wrote the descriptor, but a frame outside of our memory would be
 * fatal: one comparison. */
static bool
is_ours(const struct xdp_desc *d)
{
	return d->addr < (uint64_t)XDP_FRAMES * XDP_FRAME &&
	    d->len <= XDP_FRAME - d->addr % XDP_FRAME;
}

size_t
xdp_receive(struct xdp *x, struct xdp_frame in[XDP_BATCH])
{
	uint32_t at = *x->receive.consumer, n = seen(x->receive.producer) - at;

	if (n > XDP_BATCH)
		n = XDP_BATCH;
	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *d = desc(&x->receive, at + i);

		in[i] = is_ours(d) ?
		    (struct xdp_frame){ x->frames + d->addr, d->len } :
		    (struct xdp_frame){ x->frames, 0 };
	}
	x->lent = n;
	return n;
}

/* Gives the frames of the batch back to be filled: as many as were taken, so
 * there always is room in the ring. */
static void
give_back(struct xdp *x)
{
	uint32_t at = *x->receive.consumer, to = *x->fill.producer;

	for (uint32_t i = 0; i < x->lent; i++)
		*address(&x->fill, to + i) =
		    desc(&x->receive, at + i)->addr / XDP_FRAME * XDP_FRAME;
	show(x->receive.consumer, at + (uint32_t)x->lent);
	show(x->fill.producer, to + (uint32_t)x->lent);
	x->lent = 0;
}

/* Sending ---------------------------------------------------------------- */

static void
take_done(struct xdp *x)
{
	uint32_t at = *x->done.consumer, n = seen(x->done.producer) - at;

	for (uint32_t i = 0; i < n && x->n_free < XDP_RING; i++)
		x->free[x->n_free++] = *address(&x->done, at + i);
	show(x->done.consumer, at + n);
}

uint8_t *
xdp_room(struct xdp *x)
{
	if (x->n_free == 0)
		take_done(x);
	return x->n_free > 0 ? x->frames + x->free[x->n_free - 1] : NULL;
}

void
xdp_send(struct xdp *x, size_t len)
{
	*desc(&x->send, *x->send.producer + x->queued++) = (struct xdp_desc){
		.addr = x->free[--x->n_free], .len = (uint32_t)len };
}

/* Sent frames that the kernel has not yet looked at stay in the ring; the next
 * flush asks again. */
void
xdp_flush(struct xdp *x)
{
	give_back(x);
	if (x->queued > 0)
		show(x->send.producer, *x->send.producer + x->queued);
	x->queued = 0;
	if (seen(x->send.consumer) != *x->send.producer &&
	    (seen(x->send.flags) & XDP_RING_NEED_WAKEUP) != 0)
		(void)sendto(x->sock, NULL, 0, MSG_DONTWAIT, NULL, 0);
}
