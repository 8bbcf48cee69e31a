#pragma once
/* sys/stream_body.h -- a stream from inside: its phase, and the octets that go
 * through it.
 *
 * Internal to sys/stream*.c; the rules stand at the head of stream.c. */

#include "base/buf.h"
#include "sys/tls_body.h"

enum phase {
	PHASE_DIALING, PHASE_OPEN, PHASE_PLAIN_LAST, PHASE_SHAKING,
	PHASE_DOWN, PHASE_CLOSING, PHASE_N
};

struct stream {
	struct loop		*loop;
	struct loop_watch	*watch;		/* NULL: dial failed at once */
	struct loop_timer	*timer;		/* by phase: see stream_tick */
	struct loop_end		 end;		/* while CLOSING */
	const struct stream_events *ev;
	void			*ctx;
	int			 fd;		/* -1: dial failed at once */
	enum phase		 phase;
	int			 why;		/* of down; 0 so far */
	int			 sys_errno;	/* when why is SEK_ESYS */
	struct gbuf		 out;
	size_t			 sent;		/* of out, with the kernel */
	size_t			 plain;		/* PLAIN_LAST: octets to go in clear */
	size_t			 injected, lingered;
	struct tls_ctx		*tls;
	struct tls_session	*session;
	enum tls_io		 shake_wants;
	bool			 read_wants_write, write_wants_read;
	bool			 paused, shut;
	bool			 busy, gone;	/* rule 1 */
};

/* What an errno says of the peer: enum stream_err, or SEK_ESYS where it says
 * nothing of it. */
int stream_io_why(int sys);

/* The stream is down, and its owner hears why; one that was closed goes.  Only
 * from the loop (rule 1).  failed: by what an errno says. */
void stream_io_down(struct stream *s, int why, int sys);
void stream_io_failed(struct stream *s, int sys);

/* Reads once, in clear or through TLS: a data event, nothing now, or down. */
void stream_io_pull(struct stream *s);

/* Writes as much of the first n queued octets as the kernel takes; clear: in
 * plain text although TLS has begun.  Returns how many; down may have come. */
size_t stream_io_push(struct stream *s, size_t n, bool clear);

/* Rule 4.  What cannot be written now, or not at all, is left to the loop: the
 * peer may have said why. */
void stream_io_push_now(struct stream *s);

/* Drops what the kernel has for us, until it is max octets or more.  Returns
 * how many. */
size_t stream_io_drop(struct stream *s, size_t max);
