#include "account/flight.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "account/grow.h"

enum {
	SLOTS_MIN = 1024,
	TEXT_MIN = 256, TEXT_MAX = 64 * 1024 * 1024,
	TEXT_KEPT = 512, RCPT_KEPT = 4,	/* by a record's number, for the next one: few need more */
	INDEX_FROM = 24,	/* recipients; below, looking at each is faster */
};

void
flights_init(struct flights *fs)
{
	*fs = (struct flights){ .spare = FLIGHT_NONE, .oldest = FLIGHT_NONE, .newest = FLIGHT_NONE };
}

static void
owned_free(struct flight *f)
{
	free(f->text);
	free(f->rcpt);
	free(f->index);
	f->text = NULL;
	f->rcpt = NULL;
	f->index = NULL;
}

void
flights_free(struct flights *fs)
{
	for (size_t i = 0; i < fs->n; i++)
		owned_free(&fs->f[i]);
	free(fs->f);
	free(fs->by_id);
	free(fs->by_message);
	flights_init(fs);
}

static int
owned_copy(struct flight *to, const struct flight *from)
{
	to->text = grow_copy(from->text, from->n_text, from->cap_text, 1);
	to->rcpt =
	    grow_copy(from->rcpt, from->n, from->cap, sizeof(*from->rcpt));
	to->index = grow_copy(from->index, from->n_index, from->n_index,
	    sizeof(*from->index));
	return (to->text == NULL) == (from->text == NULL) &&
	        (to->rcpt == NULL) == (from->rcpt == NULL) &&
	        (to->index == NULL) == (from->index == NULL) ?
	    0 :
	    SEK_ENOMEM;
}

int
flights_copy(struct flights *to, const struct flights *from)
{
	int rc = 0;

	*to = *from;
	to->n = 0;
	to->f = grow_copy(from->f, from->n, from->cap, sizeof(*from->f));
	to->by_id = grow_copy(from->by_id, from->slots, from->slots,
	    sizeof(*from->by_id));
	to->by_message = grow_copy(from->by_message, from->slots, from->slots,
	    sizeof(*from->by_message));
	if (from->f != NULL &&
	    (to->f == NULL || to->by_id == NULL || to->by_message == NULL))
		rc = SEK_ENOMEM;
	for (size_t i = 0; rc == 0 && i < from->n; i++) {
		rc = owned_copy(&to->f[i], &from->f[i]);
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

	if (fs->live < fs->slots)
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
	for (uint32_t i = fs->oldest; i != FLIGHT_NONE; i = fs->f[i].newer) {
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
	fs->f[i].older = fs->newest;
	fs->f[i].newer = FLIGHT_NONE;
	if (fs->newest != FLIGHT_NONE)
		fs->f[fs->newest].newer = i;
	else
		fs->oldest = i;
	fs->newest = i;
}

static void
age_unlink(struct flights *fs, const struct flight *f)
{
	if (f->older != FLIGHT_NONE)
		fs->f[f->older].newer = f->newer;
	else
		fs->oldest = f->newer;
	if (f->newer != FLIGHT_NONE)
		fs->f[f->newer].older = f->older;
	else
		fs->newest = f->older;
}

int
flight_new(struct flights *fs, uint64_t id, uint32_t host, uint32_t instance,
    uint32_t *out)
{
	struct flight *f,
	    fresh = { .id = id,
		    .host = host,
		    .instance = instance,
		    .flags = FLIGHT_USED,
		    .parent = FLIGHT_NONE,
		    .child = FLIGHT_NONE,
		    .sibling = FLIGHT_NONE,
		    .serial = ++fs->serial };
	uint32_t *head;

	if (slots_room(fs) < 0)
		return SEK_ENOMEM;
	if (fs->spare != FLIGHT_NONE) {
		*out = fs->spare;
		fs->spare = fs->f[*out].next_id;
	} else {
		if (grow_room((void **)&fs->f, &fs->cap, fs->n + 1,
		        sizeof(*fs->f)) < 0)
			return SEK_ENOMEM;
		*out = (uint32_t)fs->n++;
		fs->f[*out] = (struct flight){ .flags = 0 };
	}
	f = &fs->f[*out];
	/* what it had room for, it has still */
	fresh.text = f->text;
	fresh.cap_text = f->cap_text;
	fresh.rcpt = f->rcpt;
	fresh.cap = f->cap;
	*f = fresh;
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
	age_unlink(fs, &fs->f[i]);
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

	free(f->index);
	f->index = NULL;
	f->n_index = 0;
	if (f->cap_text > TEXT_KEPT) {
		free(f->text);
		f->text = NULL;
		f->cap_text = 0;
	}
	if (f->cap > RCPT_KEPT) {
		free(f->rcpt);
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

	for (uint32_t i = flight_next(fs, id, FLIGHT_NONE); i != FLIGHT_NONE;
	     i = flight_next(fs, id, i)) {
		const struct flight *f = &fs->f[i];

		if (f->host != host || f->flags & FLIGHT_ENDED)
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
flight_text_set(struct flight *f, struct flight_text *t, struct str s)
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
		text = realloc(f->text, cap);
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

static struct flight_rcpt *
rcpt_find(const struct flight *f, struct str address, uint32_t hash)
{
	if (f->index == NULL) {
		for (uint32_t i = 0; i < f->n; i++)
			if (rcpt_is(f, &f->rcpt[i], address, hash))
				return &f->rcpt[i];
		return NULL;
	}
	for (size_t i = hash & (f->n_index - 1); f->index[i] != 0;
	     i = (i + 1) & (f->n_index - 1))
		if (rcpt_is(f, &f->rcpt[f->index[i] - 1], address, hash))
			return &f->rcpt[f->index[i] - 1];
	return NULL;
}

struct flight_rcpt *
flight_rcpt_find(const struct flight *f, struct str address)
{
	return rcpt_find(f, address, (uint32_t)XXH3_64bits(address.p, address.n));
}

static void
index_put(struct flight *f, uint32_t rcpt)
{
	size_t i = f->rcpt[rcpt].hash & (f->n_index - 1);

	while (f->index[i] != 0)
		i = (i + 1) & (f->n_index - 1);
	f->index[i] = rcpt + 1;
}

static int
index_room(struct flight *f)
{
	uint32_t to = f->n_index == 0 ? 4 * INDEX_FROM : f->n_index, *index;

	if (f->n < INDEX_FROM || 2 * (f->n + 1) <= f->n_index)
		return 0;
	while (to < 4 * (f->n + 1) || (to & (to - 1)) != 0)
		to = (to & (to - 1)) != 0 ? to + (to & -to) : 2 * to;
	index = calloc(to, sizeof(*index));
	if (index == NULL)
		return SEK_ENOMEM;
	free(f->index);
	f->index = index;
	f->n_index = to;
	for (uint32_t i = 0; i < f->n; i++)
		index_put(f, i);
	return 0;
}

int
flight_rcpt(struct flight *f, struct str address, struct flight_rcpt **out)
{
	uint32_t hash = (uint32_t)XXH3_64bits(address.p, address.n);
	struct flight_rcpt *r = rcpt_find(f, address, hash);
	struct flight_text text;

	*out = r;
	if (r != NULL)
		return 0;
	if (f->n == f->cap) {
		uint32_t cap = f->cap == 0 ? 1 : 2 * f->cap;

		r = realloc(f->rcpt, cap * sizeof(*r));
		if (r == NULL)
			return SEK_ENOMEM;
		f->rcpt = r;
		f->cap = cap;
	}
	if (index_room(f) < 0 || flight_text_set(f, &text, address) < 0)
		return SEK_ENOMEM;
	*out = &f->rcpt[f->n];
	**out = (struct flight_rcpt){ .hash = hash, .address = text, .child = FLIGHT_NONE };
	if (f->index != NULL)
		index_put(f, f->n);
	f->n++;
	return 0;
}
