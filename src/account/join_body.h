#pragma once
/* account/join_body.h -- between the files of join. */

#include "account/join.h"

enum { JOIN_SESSIONS = 4096, JOIN_SESSION_WAYS = 4 };

static inline struct flight *
join_at(struct account_join *j, uint32_t i)
{
	return &j->flights.f[i];
}

/* Can what the line at seq is linked to stand before this span? */
static inline bool
join_reaches_back(const struct account_join *j, uint64_t seq)
{
	return !j->first && seq <= JOIN_REACH;
}

/* By somebody's login; as whom may be unknown. */
static inline bool
join_logged_in(const struct flight *f)
{
	return f->account.n > 0 || f->flags & FLIGHT_LOGIN;
}

/* Its client's line is all that there is of it, and that is long ago. */
static inline bool
join_is_stale(const struct flight *f, uint64_t seq)
{
	return (f->flags & (FLIGHT_BEGAN | FLIGHT_IN | FLIGHT_ENDED)) == FLIGHT_BEGAN &&
	    f->mta == MAIL_POSTFIX && seq > f->last && seq - f->last > JOIN_REACH;
}

/* Postfix writes the Message-ID before a message is in the queue, but behind
 * the rule that holds it, and once: a later one is of another message with this
 * id. */
static inline bool
join_is_another(const struct flight *f, uint64_t message_id)
{
	if (message_id == 0)
		return false;
	if (f->message_id == 0)
		return (f->flags & (FLIGHT_IN | FLIGHT_HELD)) == FLIGHT_IN;
	return f->flags & FLIGHT_IN || f->message_id != message_id;
}

/* It is in the queue, or was delivered, but its arrival was not read: Exim writes
 * a cutthrough delivery before the arrival that it is of, and MailScanner may
 * say that it put a message back after qmgr(8) has it. */
static inline bool
join_is_early(const struct flight *f, uint64_t arrival)
{
	return !(f->flags & (FLIGHT_BEGAN | FLIGHT_ENDED)) && f->last + JOIN_NEAR > arrival;
}

/* Servers that write no end of a message: it is over when every recipient that
 * was tried has its last word. */
static inline bool
join_endless(const struct flight *f)
{
	return f->mta == MAIL_SENDMAIL || f->mta == MAIL_OPENSMTPD;
}

bool join_all_told(const struct flight *f);

/* join.c */
bool join_inside(struct account_join *j, const struct addr *a);
uint64_t join_hash(struct str s);
int join_timer(struct account_join *j, uint64_t seq, uint32_t record,
    uint64_t reach) MUST_CHECK;
bool join_seen(const struct account_join *j, uint64_t id, uint32_t host,
    uint32_t instance);
int join_repeat(struct account_join *j, uint64_t times, struct account_at at) MUST_CHECK;
int join_see(struct account_join *j, uint64_t id, uint32_t host,
    uint32_t instance) MUST_CHECK;
int join_see_key(struct account_join *j, uint64_t key) MUST_CHECK;

/* join_session.c */
int join_session_add(struct account_join *j, uint64_t key,
    const struct mail_event *ev) MUST_CHECK;
int join_session_put(struct account_join *j, const struct join_session *from) MUST_CHECK;
/* Whose session it is; false: not known (yet). */
bool join_session_client(const struct account_join *j, uint64_t key,
    uint64_t seq, struct addr *client);
/* A refusal or failed login of a session: counts it for its client, now or when that is known. */
int join_session_blame(struct account_join *j, const struct join_orphan *o) MUST_CHECK;
/* Gives a record what is known of its session.  Returns whether there is one. */
int join_session_use(struct account_join *j, uint32_t record, bool *found) MUST_CHECK;

/* join_leg.c: which record is a leg of which. */
bool join_leg_differs(const struct flight *a, const struct flight *b);
/* The leg that rcpt's next hop named; false: not found. */
bool join_leg_named(struct account_join *j, uint32_t i, struct flight_rcpt *r);
/* The leg before i by Message-ID; false: none found. */
bool join_leg_same(struct account_join *j, uint32_t i);
/* Looks for it when i may be a leg; left open near the beginning of the span. */
void join_leg_before(struct account_join *j, uint32_t i);
/* i was another (orig_id) before: that is over, and i a leg behind it; left open
 * near the beginning of the span. */
int join_leg_anew(struct account_join *j, uint32_t i) MUST_CHECK;
/* child becomes a leg behind parent.  false: it cannot be one. */
bool join_leg_link(struct account_join *j, uint32_t parent, uint32_t child, bool sure);

/* join_end.c: so many lines may a line yet come that makes f, which is over, a
 * leg, or finds a leg behind it. */
uint64_t join_lingers(const struct flight *f);
/* i may be over: hands it on, with all that waits for that. */
int join_over(struct account_join *j, uint32_t i) MUST_CHECK;
/* Its last line, or the first of another message with its id (at never). */
int join_close(struct account_join *j, uint32_t i, struct account_at at) MUST_CHECK;
/* Counts i with its legs as they are, and forgets them. */
int join_hand(struct account_join *j, uint32_t i) MUST_CHECK;
/* Forgets a message that never came in. */
int join_drop(struct account_join *j, uint32_t i) MUST_CHECK;
/* Timers that have run out; the caps. */
int join_tidy(struct account_join *j) MUST_CHECK;

/* join_look.c: where an event's record is looked for. */
struct join_where {		/* an event's place among the ids */
	uint64_t	id;
	uint32_t	host, instance;
	uint64_t	message_id;	/* 0: it says none */
};
void join_look(struct join_where *w, struct account_join *j,
    const struct mail_event *ev, struct str host);

/* join_event.c */
int join_event(struct account_join *j, const struct mail_event *ev,
    struct str host, struct account_at at, struct str line) MUST_CHECK;
void join_rcpt_all(struct flight *f, enum account_end end);
