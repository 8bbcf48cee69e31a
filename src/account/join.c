#include "account/join_body.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "account/grow.h"

enum { SEEN_MIN = 1024, SEEN_MAX = 32768 };

int
join_init(struct account_join *j, struct account_tally *tally,
    const struct account_own *own, size_t most)
{
	*j = (struct account_join){ .tally = tally, .own = own, .most = most };
	flights_init(&j->flights);
	return 0;
}

void
join_free(struct account_join *j)
{
	flights_free(&j->flights);
	free(j->session);
	free(j->orphan);
	free(j->queue[0].timer);
	free(j->queue[1].timer);
	free(j->seen);
	free(j->rcpt);
	*j = (struct account_join){ .tally = NULL };
	flights_init(&j->flights);
}

int
join_copy(struct account_join *to, const struct account_join *from,
    struct account_tally *tally)
{
	*to = *from;
	to->tally = tally;
	to->rcpt = NULL;
	to->cap_rcpts = 0;
	flights_init(&to->flights);
	to->session = grow_copy(from->session, JOIN_SESSIONS,
	    from->session == NULL ? 0 : JOIN_SESSIONS, sizeof(*from->session));
	for (int q = 0; q < 2; q++)
		to->queue[q].timer = grow_copy(from->queue[q].timer,
		    from->queue[q].first + from->queue[q].n, from->queue[q].cap,
		    sizeof(*from->queue[q].timer));
	to->orphan = grow_copy(from->orphan, from->n_orphans, from->cap_orphans,
	    sizeof(*from->orphan));
	to->seen = grow_copy(from->seen, from->seen_slots, from->seen_slots,
	    sizeof(*from->seen));
	if ((to->session == NULL) == (from->session == NULL) &&
	    (to->orphan == NULL) == (from->orphan == NULL) &&
	    (to->queue[0].timer == NULL) == (from->queue[0].timer == NULL) &&
	    (to->queue[1].timer == NULL) == (from->queue[1].timer == NULL) &&
	    (to->seen == NULL) == (from->seen == NULL) &&
	    flights_copy(&to->flights, &from->flights) == 0)
		return 0;
	join_free(to);
	return SEK_ENOMEM;
}

bool
join_inside(struct account_join *j, const struct addr *a)
{
	struct join_near *n;
	uint64_t o[2];

	memcpy(o, a->o, sizeof(o));
	n = &j->near[((o[0] ^ o[1]) * 0x9e3779b97f4a7c15) >> 32 & (JOIN_NEARS - 1)];
	if (!n->known || !addr_eq(&n->addr, a))
		*n = (struct join_near){ .addr = *a, .known = true, .inside = learn_is_loopback(a) ||
		    learn_is_private(a) || account_own_has_addr(j->own, a) };
	return n->inside;
}

uint64_t
join_hash(struct str s)
{
	uint64_t hash = XXH3_64bits(s.p, s.n);

	return hash + (hash == 0);
}

/* Timers ------------------------------------------------------------------- */

int
join_timer(struct account_join *j, uint64_t seq, uint32_t record,
    uint64_t reach)
{
	struct join_queue *q = &j->queue[reach == JOIN_NAMED];

	if (q->first > 1024 && q->first > q->n) {
		memmove(q->timer, q->timer + q->first,
		    q->n * sizeof(*q->timer));
		q->first = 0;
	}
	if (grow_room((void **)&q->timer, &q->cap, q->first + q->n + 1,
	        sizeof(*q->timer)) < 0)
		return SEK_ENOMEM;
	q->timer[q->first + q->n++] =
	    (struct join_timer){ seq, record, join_at(j, record)->serial };
	if (seq + reach < j->due)
		j->due = seq + reach + 1;
	return 0;
}

/* Ids that were here -------------------------------------------------------- */

static uint64_t
seen_key(uint64_t id, uint32_t host, uint32_t instance)
{
	uint64_t key =
	    id ^ ((uint64_t)host << 32 | instance) * 0x9e3779b97f4a7c15;

	return key + (key == 0);
}

static bool
seen_at(const uint64_t *seen, size_t slots, uint64_t key, size_t *at)
{
	for (*at = key & (slots - 1); seen[*at] != 0;
	     *at = (*at + 1) & (slots - 1))
		if (seen[*at] == key)
			return true;
	return false;
}

bool
join_seen(const struct account_join *j, uint64_t id, uint32_t host,
    uint32_t instance)
{
	size_t at;

	return j->seen_slots > 0 &&
	    seen_at(j->seen, j->seen_slots, seen_key(id, host, instance), &at);
}

static int
seen_room(struct account_join *j)
{
	size_t to = j->seen_slots == 0 ? SEEN_MIN : 2 * j->seen_slots, at;
	uint64_t *seen;

	if (2 * (j->n_seen + 1) <= j->seen_slots || j->seen_slots >= SEEN_MAX)
		return 0;
	seen = calloc(to, sizeof(*seen));
	if (seen == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < j->seen_slots; i++)
		if (j->seen[i] != 0 && !seen_at(seen, to, j->seen[i], &at))
			seen[at] = j->seen[i];
	free(j->seen);
	j->seen = seen;
	j->seen_slots = to;
	return 0;
}

/* Bounded: past that, an id that lost its end and comes again behind two
 * borders of spans is taken for one. */
int
join_see_key(struct account_join *j, uint64_t key)
{
	size_t at;

	if (j->n_seen >= SEEN_MAX / 2)
		return 0;
	if (seen_room(j) < 0)
		return SEK_ENOMEM;
	if (!seen_at(j->seen, j->seen_slots, key, &at)) {
		j->seen[at] = key;
		j->n_seen++;
	}
	return 0;
}

int
join_see(struct account_join *j, uint64_t id, uint32_t host, uint32_t instance)
{
	return join_see_key(j, seen_key(id, host, instance));
}

/* Lines --------------------------------------------------------------------- */

static uint8_t
text_keep(char *out, size_t cap, struct str s)
{
	size_t n = s.n < cap ? s.n : cap;

	if (n > 0)
		memcpy(out, s.p, n);
	return (uint8_t)n;
}

static void
last_keep(struct join_last *l, const struct mail_event *ev)
{
	l->kind = ev->kind;
	l->any = true;
	if (ev->kind != MAIL_REFUSES && ev->kind != MAIL_LOGIN_FAILS)
		return;
	l->flags = ev->flags;
	l->has_client = ev->has_client || ev->has_orig_client;
	l->client = ev->has_orig_client ? ev->orig_client : ev->client;
	l->n_helo = text_keep(l->helo, sizeof(l->helo), ev->helo);
	l->n_account = text_keep(l->account, sizeof(l->account), ev->account);
	l->n_recipient =
	    text_keep(l->recipient, sizeof(l->recipient), ev->recipient);
}

int
join_repeat(struct account_join *j, uint64_t times, struct account_at at)
{
	const struct join_last *l = &j->last;
	struct mail_event ev = { .kind = l->kind,
		.flags = l->flags,
		.has_client = l->has_client,
		.client = l->client,
		.helo = { l->helo, l->n_helo },
		.account = { l->account, l->n_account },
		.recipient = { l->recipient, l->n_recipient } };
	uint32_t n = times > 1000000 ? 1000000 : (uint32_t)times;	/* a day of one a tenth of a second */

	if (!l->any) {
		j->repeats_first += n;
		j->repeats_at = at;
		return 0;
	}
	if (l->kind == MAIL_REFUSES)
		return tally_refused(j->tally, &ev, at, STR(""), n);
	return l->kind == MAIL_LOGIN_FAILS ?
	    tally_login_failed(j->tally, &ev, at, n) :
	    0;
}

int
join_repeats(struct account_join *a, const struct account_join *b,
    const struct account_shift *by)
{
	return b->repeats_first == 0 ?
	    0 :
	    join_repeat(a, b->repeats_first, at_shift(b->repeats_at, by));
}

int
join_line(struct account_join *j, const struct mail_event *ev, struct str host,
    struct account_at at, struct str line)
{
	int rc = 0;

	j->seq++;
	if (ev != NULL && ev->kind == MAIL_REPEATS)
		rc = join_repeat(j, ev->lost_n, at);
	else if (ev != NULL && ev->kind == MAIL_LOST)
		tally_gap(j->tally, ACCOUNT_GAP_RATE_LIMIT, at,
		    ev->lost_n == 0 ? 1 : ev->lost_n);
	else if (ev != NULL) {
		last_keep(&j->last, ev);
		if (ev->kind != MAIL_NOTHING)
			rc = join_event(j, ev, host, at, line);
	}
	return rc < 0 || (j->seq < j->due && j->flights.live <= j->most) ?
	    rc :
	    join_tidy(j);
}
