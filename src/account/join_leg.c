#include "account/join_body.h"

/* Links ------------------------------------------------------------------ */

static bool
is_before(const struct flight *parent, const struct flight *child)
{
	return parent->began < child->began;	/* so there are no circles */
}

/* Another leg of a message comes from elsewhere, by another user, or by a
 * filter that tells where it is from: not by a program that sends the same
 * letter again and again. */
bool
join_leg_differs(const struct flight *a, const struct flight *b)
{
	if (!(a->flags & FLIGHT_BEGAN) || !(b->flags & FLIGHT_BEGAN))
		return true;
	if (a->has_client != b->has_client || a->has_uid != b->has_uid ||
	    (a->flags ^ b->flags) & FLIGHT_HANDED || !str_eq(flight_str(a, a->user), flight_str(b, b->user)))
		return true;
	return (a->has_client && !addr_eq(&a->client, &b->client)) ||
	    (a->has_uid && a->uid != b->uid);
}

/* parent is not over any more, and so on up. */
static void
undone(struct account_join *j, uint32_t i)
{
	for (; i != FLIGHT_NONE; i = join_at(j, i)->parent) {
		struct flight *f = join_at(j, i);

		f->n_undone++;
		if (!(f->flags & FLIGHT_DONE))
			return;
		f->flags &= ~(unsigned)FLIGHT_DONE;
	}
}

bool
join_leg_link(struct account_join *j, uint32_t parent, uint32_t child,
    bool sure)
{
	struct flight *p = join_at(j, parent), *c = join_at(j, child);

	if (c->parent == parent) {
		c->flags |= sure ? FLIGHT_SURE : 0;
		return true;
	}
	if (parent == child || c->parent != FLIGHT_NONE || !is_before(p, c) ||
	    p->depth >= JOIN_DEPTH)
		return false;
	c->parent = parent;
	c->depth = (uint8_t)(p->depth + 1);
	c->sibling = p->child;
	p->child = child;
	c->flags |= sure ? FLIGHT_SURE : 0;
	if (!(c->flags & FLIGHT_DONE))
		undone(j, parent);
	return true;
}

/* Finding ---------------------------------------------------------------- */

/* Was it there (open, or over for a while only) at a line?  What is still here
 * for another reason was not. */
static bool
there_at(const struct flight *f, uint64_t seq)
{
	return !(f->flags & FLIGHT_ENDED) || f->ended >= seq ||
	    seq - f->ended <= join_lingers(f);
}

bool
join_leg_named(struct account_join *j, uint32_t i, struct flight_rcpt *r)
{
	uint32_t best = FLIGHT_NONE;

	for (uint32_t k = flight_next(&j->flights, r->child_id, FLIGHT_NONE);
	     k != FLIGHT_NONE; k = flight_next(&j->flights, r->child_id, k)) {
		const struct flight *c = join_at(j, k);

		if (k == i || !there_at(c, r->child_seq) ||
		    c->began > r->child_seq ||
		    (c->parent != FLIGHT_NONE && c->parent != i &&
		        c->flags & FLIGHT_SURE))
			continue;
		if (best == FLIGHT_NONE || c->began > join_at(j, best)->began)
			best = k;
	}
	if (best == FLIGHT_NONE || !join_leg_link(j, i, best, true))
		return false;
	r->child = best;
	return true;
}

bool
join_leg_same(struct account_join *j, uint32_t i)
{
	enum { LOOKED_AT = 32 };	/* with one Message-ID: a mailing list's */
	const struct flight *c = join_at(j, i);
	uint32_t k = FLIGHT_NONE;
	int n = 0;

	while (n < LOOKED_AT && (k = flight_next_message(&j->flights,
	    c->message_id, k)) != FLIGHT_NONE) {
		const struct flight *p = join_at(j, k);

		n++;
		if (k == i || !is_before(p, c) ||
		    !there_at(p, c->message_seq) || !join_leg_differs(p, c))
			continue;
		if (p->flags & FLIGHT_ENDED && p->ended < c->message_seq &&
		    !(p->flags & FLIGHT_PASSED))
			continue;
		if (join_leg_link(j, k, i, false))
			return true;
	}
	return false;
}

void
join_leg_before(struct account_join *j, uint32_t i)
{
	struct flight *f = join_at(j, i);

	if (f->message_id == 0 || f->parent != FLIGHT_NONE ||
	    !(f->flags & FLIGHT_BEGAN) || join_logged_in(f) ||
	    (f->has_client && !(f->flags & FLIGHT_INSIDE)))
		return;
	if (!join_leg_same(j, i) && join_reaches_back(j, f->message_seq))
		f->flags |= FLIGHT_LEFT_MSGID;
}

int
join_leg_anew(struct account_join *j, uint32_t i)
{
	struct flight *f = join_at(j, i);
	uint32_t p = flight_find(&j->flights, f->orig_id, f->host, f->instance);

	f->flags &= ~(unsigned)FLIGHT_LEFT_ORIG;
	if (p == FLIGHT_NONE) {
		f->flags |= join_reaches_back(j, f->began) ?
		    FLIGHT_LEFT_ORIG : 0;
		return 0;
	}
	return join_leg_link(j, p, i, true) ? join_close(j, p, (struct account_at){ 0 }) : 0;
}
