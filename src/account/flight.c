#include "account/flight.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "account/grow.h"

enum {
	SLOTS_MIN = 2048,
	RECORDS_MIN = 64,
	TEXT_MIN = 256, TEXT_MAX = 64 * 1024 * 1024,
	TEXT_KEPT = 512, RCPT_KEPT = 4,	/* by a record's number, for the next one: few need more */
	RCPT_FEW = 4,		/* up to here looking at each is faster than an index */
};

void
flights_init(struct flights *fs)
{
	*fs = (struct flights){ .spare = FLIGHT_NONE, .oldest = FLIGHT_NONE, .newest = FLIGHT_NONE };
}

void
flights_free(struct flights *fs)
{
	for (size_t i = 0; i < fs->n; i++)
		flight_owned_drop(fs, &fs->f[i]);
	slab_free(&fs->slab);
	free(fs->f);
	free(fs->age);
	free(fs->by_id);
	free(fs->by_message);
	flights_init(fs);
}

/* Slots of the index behind cap recipients, a power of two.  Each is 1 + the
 * number of a recipient in its low bits, and the high bits of its hash in the
 * others: what is another's is known without a look at it.  0: free. */
static size_t
index_slots(size_t cap)
{
	return cap > RCPT_FEW ? 2 * cap : 0;
}

static uint32_t *
index_of(const struct flight *f)
{
	return (uint32_t *)(f->rcpt + f->cap);
}

/* With the number of the one told of last behind the slots. */
static size_t
rcpt_octets(size_t cap)
{
	size_t slots = index_slots(cap);

	return cap * sizeof(struct flight_rcpt) +
	    (slots + (slots > 0)) * sizeof(uint32_t);
}

void
flight_owned_drop(struct flights *fs, struct flight *f)
{
	slab_give(&fs->slab, f->text, f->cap_text);
	slab_give(&fs->slab, f->rcpt, rcpt_octets(f->cap));
	f->text = NULL;
	f->rcpt = NULL;
	f->n = f->n_text = f->cap = f->cap_text = 0;
}

/* A block of the slab with the first n octets of from, of cap ones; NULL: none. */
static int
block_copy(struct slab *s, void **to, const void *from, size_t n, size_t cap)
{
	*to = from == NULL ? NULL : slab_take(s, cap);
	if (*to != NULL && n > 0)
		memcpy(*to, from, n);
	return (*to == NULL) == (from == NULL) ? 0 : SEK_ENOMEM;
}

static int
owned_copy(struct flights *to, uint32_t i, const struct flight *from)
{
	struct flight *f = &to->f[i];
	void *text, *rcpt = NULL;
	int rc = block_copy(&to->slab, &text, from->text, from->n_text,
	    from->cap_text);

	if (rc == 0)
		rc = block_copy(&to->slab, &rcpt, from->rcpt,
		    rcpt_octets(from->cap), rcpt_octets(from->cap));
	f->text = text;
	f->rcpt = rcpt;
	return rc;
}

/* Room for cap records that stand at lines of memory; n of from are in it. */
static struct flight *
records_copy(const struct flight *from, size_t n, size_t cap)
{
	struct flight *f = cap == 0 ? NULL :
	    grow_lines(FLIGHT_LINE, cap * sizeof(*f));

	if (f != NULL && n > 0)
		memcpy(f, from, n * sizeof(*f));
	return f;
}

int
flights_copy(struct flights *to, const struct flights *from)
{
	int rc = 0;

	*to = *from;
	to->slab = (struct slab){ .chunk = NULL };
	to->n = 0;
	to->f = records_copy(from->f, from->n, from->cap);
	to->age = grow_copy(from->age, from->n, from->cap, sizeof(*from->age));
	to->by_id = grow_copy(from->by_id, from->slots, from->slots,
	    sizeof(*from->by_id));
	to->by_message = grow_copy(from->by_message, from->slots, from->slots,
	    sizeof(*from->by_message));
	if (from->f != NULL &&
	    (to->f == NULL || to->age == NULL || to->by_id == NULL ||
	        to->by_message == NULL))
		rc = SEK_ENOMEM;
	for (size_t i = 0; rc == 0 && i < from->n; i++) {
		rc = owned_copy(to, (uint32_t)i, &from->f[i]);
		to->n++;
	}
	if (rc < 0)
		flights_free(to);
	return rc;
}

/* Slots ------------------------------------------------------------------ */

static int
slots_room(struct flights *fs)
{
	size_t to = fs->slots == 0 ? SLOTS_MIN : 2 * fs->slots;
	uint32_t *by_id, *by_message;

	if (2 * fs->live < fs->slots)
		return 0;
	by_id = malloc(to * sizeof(*by_id));
	by_message = malloc(to * sizeof(*by_message));
	if (by_id == NULL || by_message == NULL) {
		free(by_id);
		free(by_message);
		return SEK_ENOMEM;
	}
	memset(by_id, 0xff, to * sizeof(*by_id));
	memset(by_message, 0xff, to * sizeof(*by_message));
	free(fs->by_id);
	free(fs->by_message);
	fs->by_id = by_id;
	fs->by_message = by_message;
	fs->slots = to;
	/* by age, so that the newest stands first again */
	for (uint32_t i = fs->oldest; i != FLIGHT_NONE; i = flight_newer(fs, i)) {
		struct flight *f = &fs->f[i];
		uint32_t *head = &by_id[f->id & (to - 1)];

		f->next_id = *head;
		*head = i;
		if (f->message_id == 0)
			continue;
		head = &by_message[f->message_id & (to - 1)];
		f->next_message = *head;
		*head = i;
	}
	return 0;
}

static void
id_unlink(struct flights *fs, uint32_t i)
{
	uint32_t *at = &fs->by_id[fs->f[i].id & (fs->slots - 1)];

	while (*at != i)
		at = &fs->f[*at].next_id;
	*at = fs->f[i].next_id;
}

static void
message_unlink(struct flights *fs, uint32_t i)
{
	uint32_t *at = &fs->by_message[fs->f[i].message_id & (fs->slots - 1)];

	while (*at != i)
		at = &fs->f[*at].next_message;
	*at = fs->f[i].next_message;
}

/* Records ---------------------------------------------------------------- */

static void
age_link(struct flights *fs, uint32_t i)
{
	fs->age[i] = (struct flight_age){ fs->newest, FLIGHT_NONE };
	if (fs->newest != FLIGHT_NONE)
		fs->age[fs->newest].newer = i;
	else
		fs->oldest = i;
	fs->newest = i;
}

static void
age_unlink(struct flights *fs, uint32_t i)
{
	const struct flight_age a = fs->age[i];

	if (a.older != FLIGHT_NONE)
		fs->age[a.older].newer = a.newer;
	else
		fs->oldest = a.newer;
	if (a.newer != FLIGHT_NONE)
		fs->age[a.newer].older = a.older;
	else
		fs->newest = a.older;
}

static int
records_room(struct flights *fs)
{
	/* large steps: room that nobody touches is no memory */
	size_t to = fs->cap == 0 ? RECORDS_MIN : fs->cap * 8;
	struct flight_age *age;
	struct flight *f;

	if (fs->n < fs->cap)
		return 0;
	age = realloc(fs->age, to * sizeof(*age));
	if (age == NULL)
		return SEK_ENOMEM;
	fs->age = age;
	f = records_copy(fs->f, fs->n, to);
	if (f == NULL)
		return SEK_ENOMEM;
	free(fs->f);
	fs->f = f;
	fs->cap = to;
	return 0;
}

/* A number that is free. */
static int
record_take(struct flights *fs, uint32_t *out)
{
	if (fs->spare != FLIGHT_NONE) {
		*out = fs->spare;
		fs->spare = fs->f[*out].next_id;
		return 0;
	}
	if (records_room(fs) < 0)
		return SEK_ENOMEM;
	*out = (uint32_t)fs->n++;
	fs->f[*out] = (struct flight){ .flags = 0 };
	return 0;
}

/* But for what it had room for: that it has still. */
static void
record_clear(struct flight *f)
{
	struct flight_rcpt *rcpt = f->rcpt;
	uint32_t cap = f->cap, cap_text = f->cap_text;
	char *text = f->text;

	memset(f, 0, sizeof(*f));
	f->rcpt = rcpt;
	f->cap = cap;
	f->text = text;
	f->cap_text = cap_text;
}

int
flight_new(struct flights *fs, uint64_t id, uint32_t host, uint32_t instance,
    uint32_t *out)
{
	uint32_t *head;
	struct flight *f;

	if (slots_room(fs) < 0 || record_take(fs, out) < 0)
		return SEK_ENOMEM;
	f = &fs->f[*out];
	record_clear(f);
	f->id = id;
	f->host = host;
	f->instance = instance;
	f->flags = FLIGHT_USED;
	f->parent = f->child = f->sibling = FLIGHT_NONE;
	f->serial = ++fs->serial;
	head = &fs->by_id[id & (fs->slots - 1)];
	f->next_id = *head;
	*head = *out;
	age_link(fs, *out);
	fs->live++;
	return 0;
}

void
flight_unlink(struct flights *fs, uint32_t i)
{
	id_unlink(fs, i);
	if (fs->f[i].message_id != 0)
		message_unlink(fs, i);
	age_unlink(fs, i);
}

void
flight_release(struct flights *fs, uint32_t i)
{
	flight_unlink(fs, i);
	flight_recycle(fs, i);
}

void
flight_recycle(struct flights *fs, uint32_t i)
{
	struct flight *f = &fs->f[i];

	if (f->cap_text > TEXT_KEPT) {
		slab_give(&fs->slab, f->text, f->cap_text);
		f->text = NULL;
		f->cap_text = 0;
	}
	if (f->cap > RCPT_KEPT) {
		slab_give(&fs->slab, f->rcpt, rcpt_octets(f->cap));
		f->rcpt = NULL;
		f->cap = 0;
	}
	f->n = f->n_text = 0;
	f->flags = 0;
	f->next_id = fs->spare;
	fs->spare = i;
	fs->live--;
}

static bool
is_only_client(const struct flight *f)
{
	unsigned is = FLIGHT_NAMED | FLIGHT_BEGAN;

	return (f->flags & (is | FLIGHT_IN | FLIGHT_SENDER)) == is;
}

uint32_t
flight_find(const struct flights *fs, uint64_t id, uint32_t host,
    uint32_t instance)
{
	uint32_t other = FLIGHT_NONE;

	if (fs->slots == 0)
		return FLIGHT_NONE;
	for (uint32_t i = fs->by_id[id & (fs->slots - 1)]; i != FLIGHT_NONE;
	     i = fs->f[i].next_id) {
		const struct flight *f = &fs->f[i];

		if (f->id != id || f->host != host || f->flags & FLIGHT_ENDED)
			continue;
		if (f->instance == instance)
			return i;
		if (other == FLIGHT_NONE && is_only_client(f))
			other = i;
	}
	return other;
}

uint32_t
flight_next(const struct flights *fs, uint64_t id, uint32_t i)
{
	if (fs->slots == 0)
		return FLIGHT_NONE;
	if (i == FLIGHT_NONE)
		i = fs->by_id[id & (fs->slots - 1)];
	else
		i = fs->f[i].next_id;
	while (i != FLIGHT_NONE && fs->f[i].id != id)
		i = fs->f[i].next_id;
	return i;
}

uint32_t
flight_next_message(const struct flights *fs, uint64_t message_id, uint32_t i)
{
	if (fs->slots == 0)
		return FLIGHT_NONE;
	if (i == FLIGHT_NONE)
		i = fs->by_message[message_id & (fs->slots - 1)];
	else
		i = fs->f[i].next_message;
	while (i != FLIGHT_NONE && fs->f[i].message_id != message_id)
		i = fs->f[i].next_message;
	return i;
}

void
flight_message_id(struct flights *fs, uint32_t i, uint64_t hash, uint64_t seq)
{
	struct flight *f = &fs->f[i];
	uint32_t *head = &fs->by_message[hash & (fs->slots - 1)];

	if (f->message_id != 0)
		return;
	f->message_id = hash;
	f->message_seq = seq;
	f->next_message = *head;
	*head = i;
}

/* What a record owns ------------------------------------------------------ */

int
flight_text_set(struct flights *fs, struct flight *f, struct flight_text *t, struct str s)
{
	size_t cap = f->cap_text == 0 ? TEXT_MIN : f->cap_text,
	       need = f->n_text + s.n;
	char *text;

	if (need > TEXT_MAX) {
		t->n = 0;
		return 0;
	}
	while (cap < need)
		cap *= 2;
	if (cap != f->cap_text) {
		text = slab_grow(&fs->slab, f->text, f->cap_text, cap);
		if (text == NULL)
			return SEK_ENOMEM;
		f->text = text;
		f->cap_text = (uint32_t)cap;
	}
	*t = (struct flight_text){ f->n_text, (uint32_t)s.n };
	if (s.n > 0)
		memcpy(f->text + f->n_text, s.p, s.n);
	f->n_text += (uint32_t)s.n;
	return 0;
}

static bool
rcpt_is(const struct flight *f, const struct flight_rcpt *r, struct str address,
    uint32_t hash)
{
	return r->hash == hash && str_eq(flight_str(f, r->address), address);
}

/* The recipient with this number is told of. */
static struct flight_rcpt *
rcpt_told(struct flight *f, uint32_t i)
{
	uint32_t *last = index_of(f) + index_slots(f->cap);

	if (i != f->guess && *last < f->n)
		f->rcpt[*last].after = i;
	*last = i;
	f->guess = f->rcpt[i].after;
	return &f->rcpt[i];
}

/* By the index.  f->n: there is none. */
static uint32_t
index_find(const struct flight *f, struct str address, uint32_t hash)
{
	uint32_t mask = (uint32_t)index_slots(f->cap) - 1;
	const uint32_t *index = index_of(f);

	for (uint32_t i = hash & mask; index[i] != 0; i = (i + 1) & mask) {
		uint32_t r = (index[i] & mask) - 1;

		if (((index[i] ^ hash) & ~mask) == 0 &&
		    rcpt_is(f, &f->rcpt[r], address, hash))
			return r;
	}
	return f->n;
}

static uint32_t
rcpt_find(const struct flight *f, struct str address, uint32_t hash)
{
	uint32_t i = 0;

	if (index_slots(f->cap) > 0)
		return index_find(f, address, hash);
	while (i < f->n && !rcpt_is(f, &f->rcpt[i], address, hash))
		i++;
	return i;
}

struct flight_rcpt *
flight_rcpt_find(const struct flight *f, struct str address)
{
	uint32_t i = rcpt_find(f, address,
	    (uint32_t)XXH3_64bits(address.p, address.n));

	return i < f->n ? &f->rcpt[i] : NULL;
}

static void
index_put(struct flight *f, uint32_t rcpt)
{
	uint32_t mask = (uint32_t)index_slots(f->cap) - 1;
	uint32_t *index = index_of(f);
	uint32_t hash = f->rcpt[rcpt].hash, i = hash & mask;

	while (index[i] != 0)
		i = (i + 1) & mask;
	index[i] = (hash & ~mask) | (rcpt + 1);
}

/* Room for one recipient more. */
static int
rcpt_room(struct flights *fs, struct flight *f)
{
	uint32_t cap = f->cap == 0 ? 1 : 2 * f->cap;
	struct flight_rcpt *r;

	if (f->n < f->cap)
		return 0;
	r = slab_grow(&fs->slab, f->rcpt, rcpt_octets(f->cap), rcpt_octets(cap));
	if (r == NULL)
		return SEK_ENOMEM;
	f->rcpt = r;
	f->cap = cap;
	if (index_slots(cap) == 0)
		return 0;
	memset(index_of(f), 0, index_slots(cap) * sizeof(uint32_t));
	index_of(f)[index_slots(cap)] = f->n - 1;
	for (uint32_t i = 0; i < f->n; i++)
		index_put(f, i);
	return 0;
}

/* One by one: gcc 12 clears 112 octets with "rep stos", and that took a sixth of
 * the time here. */
static void
rcpt_clear(struct flight_rcpt *r)
{
	r->hash = r->attempts = 0;
	r->address = r->given = (struct flight_text){ 0, 0 };
	r->flags = 0;
	r->end = ACCOUNT_QUEUED;
	r->has_relay = r->passed = r->gone = false;
	r->relay = addr_none;
	r->last = r->first = (struct account_at){ 0, 0 };
	r->child_id = r->child_seq = 0;
	r->child = FLIGHT_NONE;
	r->after = 0;
}

static int
rcpt_new(struct flights *fs, struct flight *f, struct str address, uint32_t hash)
{
	struct flight_text text;
	struct flight_rcpt *r;
	uint32_t i = f->n;

	if (rcpt_room(fs, f) < 0 || flight_text_set(fs, f, &text, address) < 0)
		return SEK_ENOMEM;
	r = &f->rcpt[i];
	rcpt_clear(r);
	r->hash = hash;
	r->address = text;
	r->after = i + 1;
	if (index_slots(f->cap) > 0)
		index_put(f, i);
	f->n++;
	return 0;
}

/* Most messages to many are tried again in the same order: whom to look at
 * first is known, and at hand, before the line is read. */
int
flight_rcpt(struct flights *fs, struct flight *f, struct str address,
    struct flight_rcpt **out)
{
	uint32_t hash = (uint32_t)XXH3_64bits(address.p, address.n);
	uint32_t i = f->guess;

	if (i >= f->n || !rcpt_is(f, &f->rcpt[i], address, hash))
		i = rcpt_find(f, address, hash);
	if (i == f->n && rcpt_new(fs, f, address, hash) < 0)
		return SEK_ENOMEM;
	*out = index_slots(f->cap) > 0 ? rcpt_told(f, i) : &f->rcpt[i];
	return 0;
}
