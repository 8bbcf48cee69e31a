#pragma once
/* keep/control_body.h -- what control.c, question.c, follow.c and stream.c share:
 * clients and open requests. */

#include "keep/control.h"
#include "keep/watch.h"

enum {
	REQUEST_BUCKETS = 256,		/* of one client, by the number of the request */
};

struct follow {			/* one address of a request that follows */
	struct open_request	*req;
	struct watch		*watch;
	struct addr		 addr;
	bool			 ended;
};

struct open_request {
	struct request		 r;	/* first: a struct request * is one of these */
	struct open_request	*next;	/* of the same bucket */
	uint64_t		 id;	/* chosen by the client */
	struct follow		*follows;	/* owned; NULL: it does not follow */
	size_t			 n_follows;
	int			 exit;	/* the gravest verdict so far */
	char			 verdict[16];
	int			 done, total;	/* its coverage */
	const char		*depth;		/* ... static; NULL: a retest */
	char			 why[32];	/* its tag */
	bool			 quiet;	/* it follows many: see follow.c */
	bool			 late;	/* its waiting time is over: what is known ends it */
	bool			 gone_on;	/* MSG_CTL_GO came */
	bool			(*produce)(struct request *r);	/* stream.c */
	struct open_request	*next_stream;
};

struct client {
	struct client		*next;
	struct keep		*keep;
	struct channel		*channel;
	struct open_request	*requests[REQUEST_BUCKETS];
	unsigned		 n_requests;
	bool			 web;	/* the web role */
	char			 who[TEXT_WHO];
};

struct question;		/* question.c */

struct keep_control {
	struct loop_watch	*watch;
	struct loop_timer	*again;	/* after accept4() failed */
	int			 sock;
	struct client		*clients;	/* of the socket */
	unsigned		 n;
	struct client		*web;		/* NULL while that role is down */
	struct question		*questions;
	unsigned		 n_questions;
	struct loop_timer	*unanswered;	/* tells those that nobody answers */
	struct open_request	*streams;	/* that have events left */
	unsigned		 n_streams;
	struct loop_timer	*pump;		/* sends some of them */
};

static inline struct open_request *
control_opened(struct request *r)
{
	return (struct open_request *)(void *)r;
}

/* question.c: forgets what r asked. */
void question_drop(struct open_request *q);
void question_unanswered(void *ctx);	/* of the timer; ctx: struct keep */
void question_close(struct keep_control *c);

void follow_drop(struct open_request *q);	/* follow.c: ends its watches */

/* stream.c */
void stream_drop(struct open_request *q);
void stream_pump(void *ctx);		/* of the timer; ctx: struct keep */

/* Sends one JSON object.  Returns 0, SEK_ENOMEM, SEK_ELIMIT (too large, or the
 * client reads nothing). */
int control_send(struct client *c, unsigned type, uint64_t id, json_t *obj) MUST_CHECK;
