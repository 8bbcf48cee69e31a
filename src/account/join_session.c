#include "account/join_body.h"

#include <stdlib.h>
#include <string.h>

/* The set of a key; NULL: no memory. */
static struct join_session *
set_of(struct account_join *j, uint64_t key)
{
	if (j->session == NULL)
		j->session = calloc(JOIN_SESSIONS, sizeof(*j->session));
	if (j->session == NULL)
		return NULL;
	return &j->session[key % (JOIN_SESSIONS / JOIN_SESSION_WAYS) * JOIN_SESSION_WAYS];
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
join_session_add(struct account_join *j, uint64_t key, const struct mail_event *ev)
{
	struct join_session *set = set_of(j, key), *s;

	if (set == NULL)
		return SEK_ENOMEM;
	s = place_of(set, key);
	/* a connection is a new session, a login belongs to the one there is */
	if (s->key != key || s->seq == 0 || ev->account.n == 0)
		*s = (struct join_session){ .key = key };
	s->seq = j->seq;
	if (ev->has_client || ev->has_orig_client) {
		s->has_client = true;
		s->client = ev->has_orig_client ? ev->orig_client : ev->client;
	}
	if (ev->account.n > 0)
		s->n_account = text_keep(s->account, sizeof(s->account), ev->account);
	if (ev->helo.n > 0)
		s->n_helo = text_keep(s->helo, sizeof(s->helo), ev->helo);
	return 0;
}

int
join_session_put(struct account_join *j, const struct join_session *from)
{
	struct join_session *set = set_of(j, from->key);

	if (set == NULL)
		return SEK_ENOMEM;
	*place_of(set, from->key) = *from;
	return 0;
}

int
join_session_use(struct account_join *j, uint32_t record, bool *found)
{
	struct flight *f = join_at(j, record);
	const struct join_session *set, *s;

	*found = false;
	if (j->session == NULL)
		return 0;
	set = set_of(j, f->session);
	s = place_of((struct join_session *)set, f->session);
	if (s->key != f->session || s->seq == 0 || s->seq > f->session_seq || f->session_seq - s->seq > JOIN_REACH)
		return 0;
	*found = true;
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
	    flight_text_set(f, &f->account, (struct str){ s->account, s->n_account }) < 0)
		return SEK_ENOMEM;
	if (f->helo.n == 0 && s->n_helo > 0)
		return flight_text_set(f, &f->helo, (struct str){ s->helo, s->n_helo });
	return 0;
}
