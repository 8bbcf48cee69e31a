#pragma once
/* sys/channel.h -- frames on a loop, queued, with water marks.
 *
 * A slow reader slows its writers instead of growing: above the high mark
 * channel_full() is true and the owner stops producing; drained is called when
 * the queue falls below the low mark. */

#include "sys/frame.h"
#include "sys/loop.h"

struct channel;

enum { CHANNEL_HIGH = 1024 * 1024, CHANNEL_LOW = 256 * 1024, CHANNEL_MAX = 16 * 1024 * 1024 };

struct channel_events {
	/* f is borrowed for the call; f->fd is the receiver's to keep or
	 * close (set it to -1 when kept; else it is closed after). */
	void	(*message)(void *ctx, struct channel *c, struct frame *f);
	void	(*drained)(void *ctx, struct channel *c);	/* may be NULL */
	void	(*gone)(void *ctx, struct channel *c);	/* EOF or broken; once; free it */
};

/* Takes over sock, which must not block (closed with the channel, also when this fails). */
int channel_new(struct channel **out, struct loop *l, int sock,
    const struct channel_events *ev, void *ctx) MUST_CHECK;
void channel_free(struct channel *c);	/* may be called from its own events; c may be NULL */

/* Queues one message.  fd is duplicated; -1: none.  Returns 0, SEK_ENOMEM, or
 * SEK_ELIMIT past CHANNEL_MAX (the owner ignored channel_full()), or SEK_ESYS
 * (no descriptor left for the copy).  What is sent after the peer went is
 * dropped; gone tells of it. */
int channel_send(struct channel *c, unsigned type, const void *msg, int fd) MUST_CHECK;
bool channel_full(const struct channel *c);
size_t channel_queued(const struct channel *c);	/* octets that the peer did not take yet */

/* From now on messages without a descriptor are gathered until the end of the
 * round, and go as one frame: for who says much at once.  The order stays.
 * Returns 0, SEK_ENOMEM or SEK_ESYS (then they go one by one as before). */
int channel_gather(struct channel *c) MUST_CHECK;

/* Why gone was called: 0 the peer closed, SEK_EPARSE it sent garbage, SEK_ESYS. */
int channel_err(const struct channel *c);
int channel_fd(const struct channel *c);	/* for SO_PEERCRED */
