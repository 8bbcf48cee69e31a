#pragma once
/* account/flight.h -- messages that are not over: by queue id, by Message-ID,
 * by age.
 *
 * Records have numbers, not addresses: they are moved and copied whole.  Ids
 * and Message-IDs are kept as hashes (64 bits of XXH3; two of millions meet
 * once in 10^7 logs), recipients in full. */

#include <stdbool.h>
#include <stdint.h>

#include "account/at.h"
#include "account/flight_flag.h"
#include "account/message.h"
#include "account/slab.h"
#include "base/str.h"
#include "wire/addr.h"

enum { FLIGHT_NONE = 0xffffffff };

struct flight_text {	/* in the record's own text */
	uint32_t	at, n;
};

struct flight_rcpt {
	/* what an attempt writes */
	uint32_t		hash;
	uint32_t		attempts;
	struct flight_text	address;
	unsigned		flags;		/* of the last attempt */
	uint8_t			end;		/* enum account_end */
	bool			has_relay, passed, gone;	/* passed: see FLIGHT_PASSED; gone: other addresses stand for it */
	struct addr		relay;
	struct account_at	last, first;
	struct flight_text	given;
	uint64_t		child_id;	/* the id that the next hop gave; 0: none */
	uint64_t		child_seq;	/* when */
	uint32_t		child;		/* its record, or FLIGHT_NONE */
	uint32_t		after;		/* which one was told of next, the last time */
};

enum { FLIGHT_LINE = 64 };	/* octets that memory hands out at once */

struct flight {
	/* what each line looks at, in one line of memory */
	_Alignas(FLIGHT_LINE)
	uint64_t		id;			/* hash */
	uint64_t		last;			/* lines of the span: its last, */
	struct flight_rcpt	*rcpt;			/* of the slab, with their index behind them */
	char			*text;			/* of the slab */
	uint32_t		next_id, host, instance;
	unsigned		flags;
	uint32_t		n, cap;
	uint32_t		guess;			/* who is told of next if it goes as the last time; n: a new one */
	uint8_t			mta;
	uint8_t			all_end;		/* last word for all recipients (enum account_end), QUEUED: none */
	bool			has_client : 1, has_uid : 1;
	uint8_t			depth;			/* legs before it */
	/* what arrivals look at */
	uint64_t		message_id;		/* hash; 0: none */
	uint64_t		size;
	uint32_t		n_text, cap_text;
	struct flight_text	sender, line, helo, account, user;
	uint64_t		began, ended;		/* its beginning (0: before the span), its end */
	struct account_at	first_at;
	struct addr		client;
	uint32_t		parent, child, sibling;	/* legs */
	uint32_t		n_undone;		/* children that are not DONE */
	/* the rest */
	struct account_at	ended_at;
	uint64_t		first, message_seq;	/* its first, that of its Message-ID */
	uint64_t		session, session_seq;	/* hash; the line that names it */
	uint64_t		orig_id;		/* with FLIGHT_LEFT_ORIG: hash */
	uint32_t		next_message, serial;
	uint32_t		uid;
	uint32_t		n_said;			/* recipients as the server says */
};

struct flight_age {	/* its neighbours by age, FLIGHT_NONE: none */
	uint32_t	older, newer;
};

struct flights {
	struct flight	*f;		/* at lines of memory */
	struct slab	 slab;		/* of what they own */
	struct flight_age *age;		/* of each: apart, since a message that is over touches two others */
	size_t		 n, cap;	/* records ever used */
	size_t		 live;
	uint32_t	 spare;		/* list of unused ones, by next_id */
	uint32_t	*by_id, *by_message;
	size_t		 slots;
	uint32_t	 oldest, newest;
	uint32_t	 serial;
};

/* The one that began after i. */
static inline uint32_t
flight_newer(const struct flights *fs, uint32_t i)
{
	return fs->age[i].newer;
}

void flights_init(struct flights *fs);
void flights_free(struct flights *fs);
int flights_copy(struct flights *to, const struct flights *from) MUST_CHECK;

/* A new record; all numbers stay, all addresses may change.  Returns 0 or SEK_ENOMEM. */
int flight_new(struct flights *fs, uint64_t id, uint32_t host,
    uint32_t instance, uint32_t *out) MUST_CHECK;
void flight_release(struct flights *fs, uint32_t i);

/* The same in two steps: nobody finds it any more; its number is free. */
void flight_unlink(struct flights *fs, uint32_t i);
void flight_recycle(struct flights *fs, uint32_t i);

/* The open record of an id: of that instance, else one that only its client's
 * line is known of, by a service with a syslog name of its own (-o syslog_name=
 * in master.cf(5); names of instances begin with "postfix", postmulti(1)). */
uint32_t flight_find(const struct flights *fs, uint64_t id, uint32_t host,
    uint32_t instance);

/* All records with an id, newest first: the next one after i (FLIGHT_NONE: the first). */
uint32_t flight_next(const struct flights *fs, uint64_t id, uint32_t i);
uint32_t flight_next_message(const struct flights *fs, uint64_t message_id, uint32_t i);
void flight_message_id(struct flights *fs, uint32_t i, uint64_t hash, uint64_t seq);

int flight_text_set(struct flights *fs, struct flight *f, struct flight_text *t, struct str s) MUST_CHECK;

/* Gives back what a record owns. */
void flight_owned_drop(struct flights *fs, struct flight *f);

static inline struct str
flight_str(const struct flight *f, struct flight_text t)
{
	return t.n == 0 ? STR("") : (struct str){ f->text + t.at, t.n };
}

/* A recipient, made when there is none; borrowed until the next is made. */
int flight_rcpt(struct flights *fs, struct flight *f, struct str address,
    struct flight_rcpt **out) MUST_CHECK;
struct flight_rcpt *flight_rcpt_find(const struct flight *f, struct str address);
