#include "account/join_body.h"

#include <stdlib.h>
#include <string.h>

#include "account/grow.h"

/* The set of a key; NULL: no memory. */
static struct join_session *
set_of(struct account_join *j, uint64_t key)
{
	if (j->session == NULL)
		j->session = calloc(JOIN_SESSIONS, sizeof(*j->session));
	if (j->session == NULL)
		return NULL;
	return &j->session[key % (JOIN_SESSIONS / JOIN_SESSION_WAYS) *
	    JOIN_SESSION_WAYS];
}

/* The key's place, or that of the one that was silent longest. */
static struct join_session *
place_of(struct join_session *set, uint64_t key)
{
	struct join_session *oldest = set;

	for (int i = 0; i < JOIN_SESSION_WAYS; i++) {
		if (set[i].key == key && set[i].seq != 0)
			return &set[i];
		if (set[i].seq < oldest->seq)
			oldest = &set[i];
	}
	return oldest;
}

static uint8_t
text_keep(char *out, size_t cap, struct str s)
{
	size_t n = s.n < cap ? s.n : cap;

	if (n > 0)
		memcpy(out, s.p, n);
	return (uint8_t)n;
}

int
join_session_add(struct account_join *j, uint64_t key,
    const struct mail_event *ev)
{
	struct join_session *set = set_of(j, key), *s;

	if (set == NULL)
		return SEK_ENOMEM;
	s = place_of(set, key);
	/* a connection is a new session, a login belongs to the one there is */
	if (s->key != key || s->seq == 0 ||
	    (ev->account.n == 0 &&
	        (ev->has_client || ev->has_orig_client || ev->user.n > 0)))
		*s = (struct join_session){ .key = key };
	s->began |= ev->account.n == 0;
	s->local |= ev->user.n > 0;
	s->seq = j->seq;
	if (ev->has_client || ev->has_orig_client) {
		s->has_client = true;
		s->client = ev->has_orig_client ? ev->orig_client : ev->client;
	}
	if (ev->account.n > 0)
		s->n_account =
		    text_keep(s->account, sizeof(s->account), ev->account);
	if (ev->helo.n > 0)
		s->n_helo = text_keep(s->helo, sizeof(s->helo), ev->helo);
	return 0;
}

/* Is all known of it, or may the span before know its client? */
static bool
is_whole(const struct join_session *s)
{
	return s->began || s->has_client;
}

int
join_session_put(struct account_join *j, const struct join_session *from)
{
	struct join_session *set = set_of(j, from->key), *s, before;

	if (set == NULL)
		return SEK_ENOMEM;
	s = place_of(set, from->key);
	before = *s;
	*s = *from;
	if (is_whole(from) || before.key != from->key || before.seq == 0 ||
	    from->seq - before.seq > JOIN_REACH)
		return 0;
	s->began = before.began;
	s->local = before.local;
	s->has_client = before.has_client;
	s->client = before.client;
	if (s->n_helo == 0) {
		s->n_helo = before.n_helo;
		memcpy(s->helo, before.helo, sizeof(s->helo));
	}
	return 0;
}

/* The session of a key that was there at a line; NULL: none. */
static const struct join_session *
session_at(const struct account_join *j, uint64_t key, uint64_t seq)
{
	const struct join_session *set;

	if (j->session == NULL)
		return NULL;
	set = &j->session[key % (JOIN_SESSIONS / JOIN_SESSION_WAYS) * JOIN_SESSION_WAYS];
	for (int i = 0; i < JOIN_SESSION_WAYS; i++)
		if (set[i].key == key && set[i].seq != 0 && set[i].seq <= seq &&
		    seq - set[i].seq <= JOIN_REACH)
			return &set[i];
	return NULL;
}

bool
join_session_client(const struct account_join *j, uint64_t key, uint64_t seq,
    struct addr *client)
{
	const struct join_session *s = session_at(j, key, seq);

	if (s == NULL || !s->has_client)
		return false;
	*client = s->client;
	return true;
}

int
join_session_blame(struct account_join *j, const struct join_orphan *o)
{
	const struct join_session *s;
	struct addr client;

	if (join_session_client(j, o->key, o->seq, &client))
		return o->login ?
		    tally_failed_by(j->tally, &client, 1) :
		    o->relay ?
		    tally_refused_by(j->tally, &client, ACCOUNT_RELAYED, 1) :
		    0;
	s = session_at(j, o->key, o->seq);
	if (!join_reaches_back(j, o->seq) || (s != NULL && is_whole(s)) ||
	    j->n_orphans >= JOIN_ORPHANS)
		return 0;
	if (grow_room((void **)&j->orphan, &j->cap_orphans, j->n_orphans + 1,
	        sizeof(*j->orphan)) < 0)
		return SEK_ENOMEM;
	j->orphan[j->n_orphans++] = *o;
	return 0;
}

int
join_session_use(struct account_join *j, uint32_t record, bool *found)
{
	struct flight *f = join_at(j, record);
	const struct join_session *s =
	    session_at(j, f->session, f->session_seq);

	*found = s != NULL && is_whole(s);
	if (s == NULL)
		return 0;
	if (f->flags & FLIGHT_PROXIED || !f->has_client) {
		f->has_client = s->has_client;
		f->client = s->client;
		f->flags &= ~(unsigned)FLIGHT_INSIDE;
		if (f->has_client && join_inside(j, &f->client))
			f->flags |= FLIGHT_INSIDE;
	}
	if (s->has_client && f->has_client && !addr_eq(&s->client, &f->client))
		return 0;	/* a process that serves another now */
	if (f->account.n == 0 && s->n_account > 0 &&
	    flight_text_set(&j->flights, f, &f->account,
	        (struct str){ s->account, s->n_account }) < 0)
		return SEK_ENOMEM;
	if (s->local && !f->has_client && f->user.n == 0 &&
	    flight_text_set(&j->flights, f, &f->user, STR("local")) < 0)
		return SEK_ENOMEM;
	if (f->helo.n == 0 && s->n_helo > 0)
		return flight_text_set(&j->flights, f, &f->helo,
		    (struct str){ s->helo, s->n_helo });
	return 0;
}
