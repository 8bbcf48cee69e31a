#pragma once
/* probe/post.h -- hands letters of ours to the operator's own mail server.
 *
 * A small SMTP client (RFC 5321) for MSG_LETTER: plain, one letter a
 * connection, no repetition: who wants another letter asks for it.  It
 * connects to mail.relay of the configuration and to nothing else, whatever
 * keeper says; without that key each letter is refused.  What the server says
 * is hostile like any server's. */

#include "fact/message.h"
#include "sys/conf.h"
#include "sys/stream.h"

struct post;

enum {
	POST_LETTERS = 8,	/* at once; more are refused */
	POST_REPLY_MS = 30 * 1000,
	POST_WHOLE_MS = 120 * 1000,	/* of a connection */
};

struct post_with {		/* all borrowed */
	struct loop		*loop;
	struct dialer		*dialer;
	const struct conf	*conf;
	/* what became of a letter; once for each */
	void			(*done)(void *ctx, const struct msg_letter_done *m);
	void			*ctx;
};

/* Returns 0 or SEK_ENOMEM. */
int post_new(struct post **out, const struct post_with *with) MUST_CHECK;

/* Takes a letter (copied); done follows, perhaps from inside. */
void post_letter(struct post *p, const struct msg_letter *m);

/* Nobody waits any more: what is under way is broken off, done does not come. */
void post_quiet(struct post *p);
void post_free(struct post *p);		/* p may be NULL */
