#pragma once
/* sys/frame.h -- one message over an AF_UNIX SOCK_SEQPACKET socket, with at
 * most one descriptor.  libc only: serve uses it without a loop.
 *
 * Wire: u16 type, u16 version (1), u32 body octets, then the body (the
 * encoding of the type's shape).  The kernel keeps the borders; lengths are
 * checked all the same. */

#include <sys/types.h>

#include "fact/message.h"

enum {
	FRAME_HEAD = 8,
	FRAME_MAX = 64 * 1024,	/* octets of a whole frame */
	FRAME_AGAIN = 1,	/* nothing to read now, or no room to write now */
	FRAME_EOF = 2,		/* the other side is gone */
};

struct frame {
	unsigned	type;
	int		fd;		/* received descriptor, owned; -1 none */
	uint8_t		body[FRAME_MAX - FRAME_HEAD];
	size_t		len;
};

/* Reads one frame.  Returns 0, FRAME_AGAIN, FRAME_EOF, SEK_ESYS, or SEK_EPARSE
 * for an unknown type, more than one descriptor or a length that lies
 * (descriptors are closed then).  f->fd is -1 on everything but 0. */
int frame_read(int sock, struct frame *f) MUST_CHECK;

/* Encodes and writes one message.  fd -1: none; it stays the caller's.
 * Returns 0, FRAME_AGAIN, FRAME_EOF, SEK_ELIMIT or SEK_ESYS. */
int frame_write(int sock, unsigned type, const void *msg, int fd) MUST_CHECK;

/* The two halves of frame_write, for who queues: encode once, try to send
 * until it is not FRAME_AGAIN.  frame_encode returns the octets of the whole
 * frame in out, SEK_ELIMIT (a field past its maximum, or past cap), or
 * SEK_EPARSE for a type that is none. */
ssize_t frame_encode(uint8_t *out, size_t cap, unsigned type, const void *msg) MUST_CHECK;
int frame_send(int sock, const uint8_t *octets, size_t n, int fd) MUST_CHECK;

/* Decodes f's body by its type's shape; text borrows from f.
 * size is sizeof(*msg), checked against the shape's.  Returns 0 or SEK_EPARSE. */
int frame_decode(void *msg, size_t size, const struct frame *f) MUST_CHECK;

/* Takes the next of the frames that a MSG_MANY holds off *rest into f, which
 * has no descriptor.  Returns 0, FRAME_EOF when none is left, or SEK_EPARSE (a
 * length that lies, an unknown type, a MSG_MANY within). */
int frame_next(struct frame *f, struct str *rest) MUST_CHECK;

/* Two connected SEQPACKET ends, close-on-exec, non-blocking. */
int frame_pair(int pair[2]) MUST_CHECK;
