#pragma once
/* account/join.h -- events to messages: which lines are of one message, which
 * messages are legs of one.
 *
 *  - A queue id is one message from its arrival to its end; when it arrives
 *    again it is another (forensics.md 4.5).  Ids are those of a host and an
 *    instance (4.7).
 *  - A leg behind a content filter, alias or submission queue is folded into
 *    the one before it: which named its id ("queued as", "forwarded as",
 *    orig_queue_id), or has its Message-ID and went to a program or next hop
 *    here (4.8).  An outsider's reply folds nothing: the next hop must be this
 *    host or inside, and so must the leg's client.
 *  - What links two lines must stand within JOIN_REACH lines, but the lines of
 *    one id: so what the span before may know of a line is known to be
 *    nothing further down, and a leg that nobody names is held no longer.
 *
 * Whatever this span cannot know (the beginning of an id that was queued
 * before its first line, the leg before one of its first legs) is kept, and
 * join_spans() decides it as if one span had read all. */

#include "account/flight.h"
#include "account/tally.h"

enum {
	JOIN_REACH = 16384,	/* lines: a minute of a busy server, a day of a small one */
	JOIN_NAMED = 2048,	/* lines within which the leg before names one that is over */
	JOIN_DEPTH = 8,		/* legs of one message behind each other */
	JOIN_ORPHANS = 1024,
	JOIN_READY = 4,		/* enough for memory to come in between */
	JOIN_NEARS = 256,	/* a power of two */
	JOIN_NEAR = 1000,	/* lines between a cutthrough delivery and its arrival */
};

struct join_session {
	uint64_t	key, seq;	/* seq 0: free */
	bool		began, has_client;	/* began: its connection was seen, not a login alone */
	bool		local;			/* by this host's own socket */
	struct addr	client;
	uint8_t		n_account, n_helo;
	char		account[100], helo[60];
};

struct join_timer {
	uint64_t	seq;
	uint32_t	record, serial;
};

struct join_orphan {		/* a refusal or failed login whose session began before this span */
	uint64_t	key, seq;
	bool		login, relay;
};

struct join_ready {		/* a message that is over, in line to be counted */
	uint32_t		record;
	struct account_message	message;	/* without its recipients; borrows the record's text */
	struct tally_keys	keys;
};

struct join_word {		/* a word that nearly every line has: its hash */
	char		text[60];
	uint8_t		n;
	uint32_t	hash;
};

struct join_expected {		/* what a line seems to begin with, and it may be an id */
	const char	*p;	/* borrowed, never looked at */
	size_t		 n;
	uint64_t	 hash;
	uint32_t	 record;	/* perhaps; FLIGHT_NONE: none */
};

struct join_near {		/* an address that was asked about */
	struct addr	addr;
	bool		known, inside;
};

struct join_queue {		/* timers of one length: the first runs out first */
	struct join_timer	*timer;
	size_t			 first, n, cap;
};

struct join_last {		/* the line before, when it may be repeated */
	enum mail_event_kind	kind;
	unsigned		flags;
	bool			any, has_client;	/* any: there was a line in this span */
	struct addr		client;
	uint8_t			n_helo, n_account, n_recipient;
	char			helo[100], account[100], recipient[200];
};

struct account_join {
	struct account_tally	*tally;		/* borrowed */
	const struct account_own *own;		/* borrowed */
	struct flights		 flights;
	size_t			 most;		/* records */
	bool			 first;		/* nothing is before this span */
	uint64_t		 seq;		/* lines read */
	uint64_t		 due;		/* no timer runs out before this line */
	struct join_session	*session;	/* JOIN_SESSIONS; NULL: none yet */
	struct join_queue	 queue[2];	/* JOIN_REACH, JOIN_NAMED */
	uint64_t		*seen;		/* ids that began or showed up here */
	size_t			 n_seen, seen_slots;
	struct join_last	 last;
	struct join_word	 host, instance;	/* of the line before */
	struct join_expected	 expected;
	struct join_near	 near[JOIN_NEARS];	/* by hash */
	uint64_t		 repeats_first;	/* of the line before this span */
	struct account_at	 repeats_at;
	struct join_orphan	*orphan;	/* at most JOIN_ORPHANS */
	size_t			 n_orphans, cap_orphans;
	struct account_recipient *rcpt;		/* room for one message's */
	size_t			 cap_rcpts;
	struct join_ready	 ready[JOIN_READY];
	unsigned		 ready_first, n_ready;
};

int join_init(struct account_join *j, struct account_tally *tally,
    const struct account_own *own, size_t most) MUST_CHECK;
void join_free(struct account_join *j);
int join_copy(struct account_join *to, const struct account_join *from,
    struct account_tally *tally) MUST_CHECK;

/* A line's text, before it is read: nearly all of messages begin with the id,
 * and what is known of it stands anywhere in memory.  It is asked for now, and
 * here when the line was read. */
void join_expect(struct account_join *j, struct str text);

/* The line was read, as a delivery or else: the same for its recipient. */
void join_expect_rcpt(const struct account_join *j, const struct mail_event *ev);

/* One line.  ev NULL: not a mail server's. */
int join_line(struct account_join *j, const struct mail_event *ev,
    struct str host, struct account_at at, struct str line) MUST_CHECK;

/* Lines that repeat the one before b, which a has: before the tallies are joined. */
int join_repeats(struct account_join *a, const struct account_join *b,
    const struct account_shift *by) MUST_CHECK;

/* Everything of b into a, which it follows; their tallies are joined already. */
int join_spans(struct account_join *a, struct account_join *b,
    const struct account_shift *by) MUST_CHECK;

/* Half of a's messages that no other is a leg of are b's now, which is new; b
 * borrows memory of a, and must go before it. */
int join_halve(struct account_join *a, struct account_join *b) MUST_CHECK;

/* Counts what is in line: before the tally is looked at. */
int join_flush(struct account_join *j) MUST_CHECK;

/* No more lines: what is open is queued. */
int join_end(struct account_join *j) MUST_CHECK;
