#include "account/join_body.h"

#include <string.h>

#include "account/flight_bring.h"

/* Words that lines have in common ------------------------------------------ */

static uint32_t
word_keep(struct join_word *w, struct str s)
{
	if (s.n > sizeof(w->text))
		return (uint32_t)join_hash(s) | 1;
	if (s.n > 0)
		memcpy(w->text, s.p, s.n);
	w->n = (uint8_t)s.n;
	w->hash = (uint32_t)join_hash(s) | 1;
	return w->hash;
}

/* Octets from at on; the caller has them. */
static uint32_t
four(const char *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* The word as it is kept, without a call for each line: host and instance are
 * those of the line before, and short. */
static inline bool
word_is(const struct join_word *w, struct str s)
{
	if (w->hash == 0 || s.n != w->n)
		return false;
	if (s.n >= 4 && s.n <= 8)
		return ((four(w->text) ^ four(s.p)) |
		    (four(w->text + s.n - 4) ^ four(s.p + s.n - 4))) == 0;
	return s.n == 0 || memcmp(w->text, s.p, s.n) == 0;
}

static inline uint32_t
word_hash(struct join_word *w, struct str s)
{
	return word_is(w, s) ? w->hash : word_keep(w, s);
}

/* Ids ------------------------------------------------------------------------ */

/* What text begins with and may be an id: up to a colon, or of Exim's lengths
 * (16 octets, 23 since 4.97). */
static struct str
id_of(struct str text)
{
	enum { MOST = 24 };
	const char *p = text.p, *colon;
	size_t n = 0;

	if (text.n < MOST)
		return (struct str){ p, 0 };
	if (p[6] == '-')
		n = p[16] == ' ' ? 16 : p[23] == ' ' ? 23 : 0;
	else if ((colon = memchr(p, ':', MOST)) != NULL)
		n = (size_t)(colon - p);
	return (struct str){ p, n };
}

void
join_expect(struct account_join *j, struct str text)
{
	struct str id = id_of(text);

	j->expected = (struct join_expected){ id.p, id.n, 0, FLIGHT_NONE };
	if (id.n == 0)
		return;
	j->expected.hash = join_hash(id);
	j->expected.record = flight_bring(&j->flights, j->expected.hash);
}

void
join_expect_rcpt(const struct account_join *j, const struct mail_event *ev)
{
	if (ev->kind == MAIL_DELIVERS && j->expected.record != FLIGHT_NONE)
		flight_bring_rcpt(&j->flights.f[j->expected.record]);
}

static uint64_t
id_hash(const struct account_join *j, struct str id)
{
	return id.p == j->expected.p && id.n == j->expected.n ?
	    j->expected.hash :
	    join_hash(id);
}

void
join_look(struct join_where *w, struct account_join *j,
    const struct mail_event *ev, struct str host)
{
	w->host = word_hash(&j->host, host);
	w->instance = word_hash(&j->instance, ev->instance);
	w->id = ev->id.n > 0 ? id_hash(j, ev->id) : 0;
	w->message_id = ev->message_id.n > 0 ? join_hash(ev->message_id) : 0;
}
