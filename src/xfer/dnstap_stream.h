#pragma once
/* xfer/dnstap_stream.h -- frames to one collector, by Frame Streams.
 *
 * The protocol with a handshake both ways:
 *
 *	we		collector
 *	READY (content type)
 *			ACCEPT (content type)
 *	START, then frames ...
 *	STOP		(FINISH, for which nobody waits)
 *
 * A frame is its length, u32 in network byte order, and its octets; length 0
 * begins a control frame.  Nothing here waits for the collector: what finds no
 * room is the caller's to count.
 * Source: the public description of Frame Streams; libfstrm makes and reads
 * the control frames. */

#include "base/err.h"
#include "sys/loop.h"

enum { DNSTAP_STREAM_ROOM = 256 * 1024 };	/* octets that wait for a slow collector */

struct dnstap_stream;

struct dnstap_stream_events {
	void	(*up)(void *ctx);	/* the collector takes frames now */
	/* It is over, once, for why; free the stream. */
	void	(*gone)(void *ctx, const char *why);
};

/* Begins the handshake on fd, a connected stream socket: owned, its connection
 * ended also when this fails.  Returns 0, SEK_ENOMEM or SEK_ESYS. */
int dnstap_stream_new(struct dnstap_stream **out, struct loop *l, int fd,
    const struct dnstap_stream_events *ev, void *ctx) MUST_CHECK;

/* Takes p[0..n), whole frames with their lengths, or nothing of it.  Returns
 * false when there is no room, or no collector that said it takes them. */
bool dnstap_stream_put(struct dnstap_stream *s, const uint8_t *p, size_t n);

/* Hands to the kernel what it takes now.  Not from an event.  May call gone. */
void dnstap_stream_flush(struct dnstap_stream *s);

/* Octets since the beginning: all, and those that the kernel has. */
uint64_t dnstap_stream_taken(const struct dnstap_stream *s);
uint64_t dnstap_stream_sent(const struct dnstap_stream *s);

/* Says STOP where that finds room, and ends the connection, for whoever has a
 * copy of the socket too.  s may be NULL. */
void dnstap_stream_free(struct dnstap_stream *s);
