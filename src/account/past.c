#include "account/past.h"

#include <stdlib.h>
#include <string.h>

#include "account/count.h"
#include "account/grow.h"

enum { PAST_OWNERS = 16384, DAY_S = 86400, DAYS_TOLD = 4096 };

const struct account_past past_none;

void
past_init(struct account_past_store *p)
{
	*p = (struct account_past_store){ 0 };
}

void
past_free(struct account_past_store *p)
{
	free(p->day);
	free(p->net);
	free(p->owner);
	past_init(p);
}

int
past_copy(struct account_past_store *to, const struct account_past_store *from)
{
	*to = *from;
	to->day = grow_copy(from->day, from->n_days, from->cap_days,
	    sizeof(*from->day));
	to->net = grow_copy(from->net, from->n_nets, from->cap_nets,
	    sizeof(*from->net));
	to->owner =
	    grow_copy(from->owner, from->owner == NULL ? 0 : PAST_OWNERS,
	        from->owner == NULL ? 0 : PAST_OWNERS, sizeof(*from->owner));
	if ((from->day == NULL) == (to->day == NULL) &&
	    (from->net == NULL) == (to->net == NULL) &&
	    (from->owner == NULL) == (to->owner == NULL))
		return 0;
	past_free(to);
	return SEK_ENOMEM;
}

/* Abuse comes at night: a day is the server's, so that its evening is apart
 * from the ordinary work of the day before. */
static int32_t
day_of(const struct account_zone *zone, int64_t s)
{
	s += zone == NULL ? 0 : account_zone_offset(zone, s);
	return (int32_t)(s >= 0 ? s / DAY_S : -((-s + DAY_S - 1) / DAY_S));
}

/* The owner's slot, or where it would be. */
static struct past_owner *
owner_slot(const struct account_past_store *p, uint64_t owner)
{
	size_t i = owner & (PAST_OWNERS - 1);

	while (p->owner[i].owner != 0 && p->owner[i].owner != owner)
		i = (i + 1) & (PAST_OWNERS - 1);
	return &p->owner[i];
}

/* *out is NULL when there is no room. */
static int
owner_make(struct account_past_store *p, uint64_t owner,
    struct past_owner **out)
{
	if (p->owner == NULL) {
		p->owner = calloc(PAST_OWNERS, sizeof(*p->owner));
		if (p->owner == NULL)
			return SEK_ENOMEM;
	}
	*out = owner_slot(p, owner);
	if ((*out)->owner != 0)
		return 0;
	if (p->n_owners >= PAST_OWNERS / 4 * 3) {
		p->full = true;
		*out = NULL;
		return 0;
	}
	(*out)->owner = owner;
	p->n_owners++;
	return 0;
}

static int
day_make(struct account_past_store *p, struct past_owner *o, int32_t day,
    uint32_t *out)
{
	for (*out = o->days; *out != 0 && p->day[*out - 1].day != day;
	     *out = p->day[*out - 1].next)
		;
	if (*out != 0)
		return 0;
	if (p->n_days >= PAST_DAYS) {
		p->full = true;
		return 0;
	}
	if (grow_room((void **)&p->day, &p->cap_days, p->n_days + 1,
	        sizeof(*p->day)) < 0)
		return SEK_ENOMEM;
	p->day[p->n_days++] =
	    (struct past_day){ .owner = o->owner, .day = day, .next = o->days };
	o->days = *out = (uint32_t)p->n_days;
	return 0;
}

static uint32_t
net_find(const struct account_past_store *p, const struct past_owner *o,
    uint32_t net)
{
	uint32_t i = o->nets;

	while (i != 0 && p->net[i - 1].net != net)
		i = p->net[i - 1].next;
	return i;
}

static int
net_make(struct account_past_store *p, struct past_owner *o, uint32_t net,
    int32_t day, uint32_t *out)
{
	*out = net_find(p, o, net);
	if (*out == 0 && net != 0 &&
	    (o->n_nets >= PAST_NETS || p->n_nets + 1 >= PAST_OWNED)) {
		net = 0;
		*out = net_find(p, o, net);
	}
	if (*out != 0)
		return 0;
	if (p->n_nets >= PAST_OWNED) {
		p->full = true;
		return 0;
	}
	if (grow_room((void **)&p->net, &p->cap_nets, p->n_nets + 1,
	        sizeof(*p->net)) < 0)
		return SEK_ENOMEM;
	p->net[p->n_nets++] = (struct past_net){ .owner = o->owner,
		.net = net,
		.day = day,
		.next = o->nets };
	o->nets = *out = (uint32_t)p->n_nets;
	o->n_nets++;
	return 0;
}

int
past_add(struct account_past_store *p, uint64_t owner,
    const struct past_mail *mail, uint32_t *out)
{
	int32_t day = day_of(p->zone, mail->accepted.s);
	struct past_owner *o;
	struct past_day *d;
	uint32_t net = 0;

	*out = 0;
	owner |= owner == 0;
	if (owner_make(p, owner, &o) < 0)
		return SEK_ENOMEM;
	if (o == NULL)
		return 0;
	if (day_make(p, o, day, out) < 0 ||
	    (mail->net != 0 && net_make(p, o, mail->net, day, &net) < 0))
		return SEK_ENOMEM;
	if (net != 0) {
		struct past_net *n = &p->net[net - 1];

		kmv_add(&o->networks, mail->net);
		n->day = day < n->day ? day : n->day;
		at_first(&n->first, mail->accepted);
		at_last(&n->last, mail->accepted);
		count_add(&n->n, &mail->n);
	}
	if (*out == 0)
		return 0;
	d = &p->day[*out - 1];
	count_add(&d->n, &mail->n);
	at_first(&d->first, mail->accepted);
	at_last(&d->last, mail->accepted);
	if (mail->net != 0)
		kmv_add(&d->networks, mail->net);
	if (mail->country != 0)
		kmv_add(&d->countries, mail->country);
	if (mail->sender != 0)
		kmv_add(&d->senders, mail->sender);
	return 0;
}

void
past_domain(struct account_past_store *p, uint32_t day, uint32_t domain)
{
	if (day != 0)
		kmv_add(&p->day[day - 1].domains, domain);
}

/* Two spans ------------------------------------------------------------ */

static int
day_join(struct account_past_store *a, const struct past_day *from,
    const struct account_shift *by)
{
	struct past_owner *o;
	struct past_day *d;
	uint32_t at;

	if (owner_make(a, from->owner, &o) < 0)
		return SEK_ENOMEM;
	if (o == NULL)
		return 0;
	if (day_make(a, o, from->day, &at) < 0)
		return SEK_ENOMEM;
	if (at == 0)
		return 0;
	d = &a->day[at - 1];
	count_add(&d->n, &from->n);
	at_first(&d->first, at_shift(from->first, by));
	at_last(&d->last, at_shift(from->last, by));
	kmv_join(&d->networks, &from->networks);
	kmv_join(&d->countries, &from->countries);
	kmv_join(&d->domains, &from->domains);
	kmv_join(&d->senders, &from->senders);
	return 0;
}

static int
net_join(struct account_past_store *a, const struct past_net *from,
    const struct account_shift *by)
{
	struct past_owner *o;
	struct past_net *n;
	uint32_t at;

	if (owner_make(a, from->owner, &o) < 0)
		return SEK_ENOMEM;
	if (o == NULL)
		return 0;
	if (net_make(a, o, from->net, from->day, &at) < 0)
		return SEK_ENOMEM;
	if (at == 0)
		return 0;
	n = &a->net[at - 1];
	n->day = from->day < n->day ? from->day : n->day;
	at_first(&n->first, at_shift(from->first, by));
	at_last(&n->last, at_shift(from->last, by));
	count_add(&n->n, &from->n);
	return 0;
}

int
past_join(struct account_past_store *a, const struct account_past_store *b,
    const struct account_shift *by)
{
	for (size_t i = 0; i < b->n_days; i++)
		if (day_join(a, &b->day[i], by) < 0)
			return SEK_ENOMEM;
	for (size_t i = 0; i < b->n_nets; i++)
		if (net_join(a, &b->net[i], by) < 0)
			return SEK_ENOMEM;
	for (size_t i = 0; b->owner != NULL && i < PAST_OWNERS; i++) {
		struct past_owner *o;

		if (b->owner[i].owner == 0)
			continue;
		if (owner_make(a, b->owner[i].owner, &o) < 0)
			return SEK_ENOMEM;
		if (o != NULL)
			kmv_join(&o->networks, &b->owner[i].networks);
	}
	a->full |= b->full;
	return 0;
}

/* The day --------------------------------------------------------------- */

static int
day_order(const void *a, const void *b)
{
	const struct past_day *x = *(const struct past_day *const *)a;
	const struct past_day *y = *(const struct past_day *const *)b;

	return x->day < y->day ? -1 : x->day > y->day;
}

/* Which of the days is its day (result.h). */
static size_t
day_pick(const struct past_day *const *day, size_t n)
{
	uint64_t busiest = 0;
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t sent = day[i]->n.recipients;

		if (i > 0 && sent >= ACCOUNT_JUMP &&
		    sent >= ACCOUNT_TIMES * busiest)
			return i;
		if (sent > busiest) {
			busiest = sent;
			at = i;
		}
	}
	return at;
}

static uint32_t
kmv_new(const struct kmv *today, const struct kmv *before)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < today->n; i++) {
		uint32_t k = 0;

		while (k < before->n && before->least[k] != today->least[i])
			k++;
		n += k == before->n;
	}
	return n;
}

static void
strange_tell(const struct account_past_store *p, const struct past_owner *o,
    int32_t day, struct account_past *out)
{
	struct account_at first = { 0 }, last = { 0 };

	for (uint32_t i = o->nets; i != 0; i = p->net[i - 1].next) {
		const struct past_net *n = &p->net[i - 1];

		if (n->day < day)
			continue;
		count_add(&out->strange, &n->n);
		at_first(&first, n->first);
		at_last(&last, n->last);
		/* kept one by one: so these are exact */
		if (n->net != 0 && n->day == day)
			out->networks_new++;
	}
	if (at_is(first)) {
		out->strange_first = at_when(first);
		out->strange_last = at_when(last);
	}
}

/* Without networks there is nothing to tell a stranger by: all from its day on. */
static void
all_tell(const struct past_day *const *day, size_t from, size_t n,
    struct account_past *out)
{
	struct account_at first = { 0 }, last = { 0 };

	for (size_t i = from; i < n; i++) {
		count_add(&out->strange, &day[i]->n);
		at_first(&first, day[i]->first);
		at_last(&last, day[i]->last);
	}
	out->strange_first = at_when(first);
	out->strange_last = at_when(last);
}

static int
net_order(const void *a, const void *b)
{
	const struct past_net *x = *(const struct past_net *const *)a;
	const struct past_net *y = *(const struct past_net *const *)b;

	if (at_before(x->first, y->first))
		return -1;
	return at_before(y->first, x->first);
}

/* The networks of an owner as they came; at most PAST_NETS and the others. */
static size_t
net_list(const struct account_past_store *p, const struct past_owner *o,
    const struct past_net **net)
{
	size_t n = 0;

	for (uint32_t i = o->nets; i != 0 && n <= PAST_NETS;
	     i = p->net[i - 1].next)
		net[n++] = &p->net[i - 1];
	qsort(net, n, sizeof(net[0]), net_order);
	return n;
}

/* The network that came with a jump over all that those before it have: of a
 * short log, or where a burst begins on a day with ordinary mail.  Only its
 * day counts, so that a home whose address changes daily is no jump.
 * Returns the index of its day, or n. */
static size_t
later_pick(const struct account_past_store *p, const struct past_owner *o,
    const struct past_day *const *day, size_t n, struct account_past *out)
{
	const struct past_net *net[PAST_NETS + 1];
	size_t n_nets = net_list(p, o, net);
	uint64_t before = 0;

	for (size_t i = 0; i < n_nets; before += net[i++]->n.recipients) {
		size_t at = 0;

		while (at < n && day[at]->day != net[i]->day)
			at++;
		if (before == 0 || at == n ||
		    day[at]->n.recipients < before + ACCOUNT_JUMP ||
		    day[at]->n.recipients - before < ACCOUNT_TIMES * before)
			continue;
		out->later = true;
		out->usual = before;
		out->networks_new = (uint32_t)(n_nets - i);
		out->strange_first = at_when(net[i]->first);
		for (struct account_at last = { 0 }; i < n_nets; i++) {
			count_add(&out->strange, &net[i]->n);
			at_last(&last, net[i]->last);
			out->strange_last = at_when(last);
		}
		return at;
	}
	return n;
}

static void
day_tell(const struct account_zone *zone, const struct past_day *d,
    struct account_past *out)
{
	out->day_s = (int64_t)d->day * DAY_S;
	out->day_s -= zone == NULL ? 0 : account_zone_offset(zone, out->day_s);
	out->day = d->n.recipients;
	out->day_first = at_when(d->first);
	out->day_last = at_when(d->last);
	out->networks = kmv_count(&d->networks);
	out->countries = kmv_count(&d->countries);
	out->domains = kmv_count(&d->domains);
	out->senders = kmv_count(&d->senders);
}

/* Is its day a jump that came with networks of its own? */
static bool
is_new_jump(const struct account_past_store *p, const struct past_owner *o,
    const struct past_day *const *day, size_t at)
{
	uint64_t busiest = 0;

	for (size_t i = 0; i < at; i++)
		busiest = day[i]->n.recipients > busiest ?
		    day[i]->n.recipients :
		    busiest;
	if (at == 0 || day[at]->n.recipients < ACCOUNT_JUMP ||
	    day[at]->n.recipients < ACCOUNT_TIMES * busiest)
		return false;
	for (uint32_t i = o->nets; i != 0; i = p->net[i - 1].next)
		if (p->net[i - 1].net != 0 && p->net[i - 1].day == day[at]->day)
			return true;
	return o->nets == 0;	/* no network at all: a user */
}

bool
past_tell(const struct account_past_store *p, uint64_t owner,
    struct account_past *out, uint32_t *networks)
{
	const struct past_day *day[DAYS_TOLD];
	const struct past_owner *o;
	struct kmv countries = { .n = 0 };
	size_t n = 0, at;

	*out = (struct account_past){ 0 };
	*networks = 0;
	if (p->owner == NULL)
		return false;
	o = owner_slot(p, owner | (owner == 0));
	for (uint32_t i = o->days; i != 0 && n < DAYS_TOLD;
	     i = p->day[i - 1].next)
		day[n++] = &p->day[i - 1];
	if (n == 0)
		return false;
	qsort(day, n, sizeof(day[0]), day_order);
	at = day_pick(day, n);
	if (!is_new_jump(p, o, day, at)) {
		size_t later = later_pick(p, o, day, n, out);

		at = later < n ? later : at;
	}
	for (size_t i = 0; i < at; i++) {
		if (!out->later && day[i]->n.recipients > out->usual)
			out->usual = day[i]->n.recipients;
		kmv_join(&countries, &day[i]->countries);
	}
	out->days = (uint32_t)at;
	day_tell(p->zone, day[at], out);
	out->countries_new = kmv_new(&day[at]->countries, &countries);
	if (o->nets == 0)
		all_tell(day, at, n, out);
	else if (!out->later)
		strange_tell(p, o, day[at]->day, out);
	*networks = kmv_count(&o->networks);
	return true;
}
