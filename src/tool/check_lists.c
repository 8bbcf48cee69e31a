#include "tool/check_lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "wire/snapshot.h"

enum { LABEL_OCTETS = 10, LABEL = 17 };	/* base32 of it and a NUL */

enum canary { MUST, MUST_NOT, NOBODY, NOWHERE };

int
check_lists_add(struct check_lists *ls, const char *zone, const struct check_codes *codes,
    bool own)
{
	struct check_list *l = &ls->at[ls->n];

	for (size_t i = 0; i < ls->n; i++)
		if (strcmp(ls->at[i].zone, zone) == 0)
			return SEK_ELIMIT;
	if (ls->n == CHECK_LISTS)
		return SEK_ELIMIT;
	*l = (struct check_list){ .own = own, .codes = *codes };
	if (str_copy(l->zone, sizeof(l->zone), str_of(zone)) != 0)
		return SEK_ELIMIT;
	ls->n++;
	return 0;
}

/* --- canaries --- */

static const struct { size_t set; enum canary which; const char *label; } asks[] = {
	{ 0, MUST, "2.0.0.127" },
	{ 0, MUST_NOT, "1.0.0.127" },
	{ 1, MUST, "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0" },
	{ 1, MUST_NOT, "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0" },
	{ 0, NOBODY, NULL },
};
enum { ASKS = sizeof(asks) / sizeof(asks[0]) };

struct check_asked {
	struct check_lists	*lists;
	struct check_cell	*cell;		/* that the answer is judged into, */
	struct life		*life;		/* or that it is read into */
};

/* What was lost on the way is not won back by a good end. */
static void
update(struct check_belief *b, const struct check_belief *now)
{
	if (b->health == CHECK_UNKNOWN || b->health == CHECK_OK)
		*b = *now;
}

static void
believe_all(struct check_lists *ls)
{
	struct check_canaries *c = ls->canaries;
	struct check_belief v4, v6;

	ls->dumb = c[2 * ls->n].nowhere.state == CHECK_NO_ANSWER;

	for (size_t i = 0; i < ls->n; i++, c += 2) {
		c[0].nowhere = c[1].nowhere = ls->canaries[2 * ls->n].nowhere;
		c[1].nobody = c[0].nobody;
		ls->at[i].life = c[1].life = c[0].life;
		check_believe(&v4, &c[0], ls->now);
		check_believe_v6(&v6, &c[1], &v4, ls->now);
		update(&ls->at[i].v4, &v4);
		update(&ls->at[i].v6, &v6);
		ls->dumb = ls->dumb && v4.health == CHECK_DUMB;
	}
	check_lists_free(ls);
}

/* The first text that is one of ours; anything else is none. */
static void
read_life(struct life *out, const struct resolve_answer *a)
{
	struct life l;

	for (size_t i = 0; a->err == 0 && i < a->n_texts && !life_said(out); i++) {
		life_read(&l, a->texts[i]);
		if (life_said(&l))
			*out = l;
	}
}

static void
canary_answered(void *ctx, const struct resolve_answer *a)
{
	static const struct check_codes all = { 0 };
	struct check_asked *asked = ctx;
	struct check_lists *ls = asked->lists;

	if (asked->life != NULL)
		read_life(asked->life, a);
	else
		check_judge(asked->cell, a, &all);
	if (--ls->open > 0)
		return;
	believe_all(ls);
	ls->done(ls->ctx);
}

static int
canary_send(struct check_lists *ls, struct resolver *r, unsigned kind, struct check_asked what,
    const char *label, const char *zone)
{
	struct check_asked *asked = &ls->asked[ls->open];
	char name[DNS_NAME_MAX + 1];
	int n = snprintf(name, sizeof(name), "%s.%s", label, zone), rc;

	*asked = what;
	rc = r->ask(r, kind, (struct str){ name, (size_t)n }, canary_answered, asked);
	ls->open += rc == 0;
	return rc;
}

/* The question of cell "which" in a set of canaries. */
static int
canary_ask(struct check_lists *ls, struct resolver *r, size_t set, enum canary which,
    const char *label, const char *zone)
{
	struct check_canaries *c = &ls->canaries[set];
	struct check_cell *cells[] = { &c->must, &c->must_not, &c->nobody, &c->nowhere };

	return canary_send(ls, r, RESOLVE_A, (struct check_asked){ ls, cells[which], NULL },
	    label, zone);
}

static void
random_label(char out[LABEL], struct rand *r)
{
	uint8_t octets[LABEL_OCTETS];

	rand_fill(r, octets, sizeof(octets));
	str_base32(out, octets, sizeof(octets));
}

static int
ask_list(struct check_lists *ls, struct resolver *r, struct rand *rand, size_t i)
{
	char random[LABEL];
	int rc = 0;

	random_label(random, rand);
	for (size_t k = 0; k < ASKS && rc == 0; k++)
		rc = canary_ask(ls, r, 2 * i + asks[k].set, asks[k].which,
		    asks[k].label != NULL ? asks[k].label : random, ls->at[i].zone);
	return rc != 0 ? rc : canary_send(ls, r, RESOLVE_TXT, (struct check_asked){ ls, NULL,
	    &ls->canaries[2 * i].life }, "_status", ls->at[i].zone);
}

int
check_lists_ask(struct check_lists *ls, struct resolver *r, struct rand *rand,
    struct wall now, void (*done)(void *ctx), void *ctx)
{
	char label[LABEL], top[LABEL];
	int rc;

	check_lists_free(ls);
	ls->canaries = calloc(2 * ls->n + 1, sizeof(*ls->canaries));
	ls->asked = calloc((ASKS + 1) * ls->n + 1, sizeof(*ls->asked));
	if (ls->canaries == NULL || ls->asked == NULL)
		return SEK_ENOMEM;
	ls->open = 0;
	ls->now = now;
	ls->done = done;
	ls->ctx = ctx;
	random_label(label, rand);
	random_label(top, rand);
	top[0] = 'x';	/* a top level of digits alone would be an address gone wrong */
	rc = canary_ask(ls, r, 2 * ls->n, NOWHERE, label, top);
	for (size_t i = 0; i < ls->n && rc == 0; i++)
		rc = ask_list(ls, r, rand, i);
	return rc;
}

void
check_lists_free(struct check_lists *ls)
{
	free(ls->canaries);
	free(ls->asked);
	ls->canaries = NULL;
	ls->asked = NULL;
}

/* --- answers --- */

const struct check_belief *
check_lists_belief(const struct check_list *l, const struct addr *a)
{
	return addr_is_v4(a) ? &l->v4 : &l->v6;
}

void
check_lists_note(struct check_list *l, const struct check_cell *cell, const struct addr *a)
{
	struct check_belief *b = addr_is_v4(a) ? &l->v4 : &l->v6;

	l->silent = cell->state == CHECK_NO_ANSWER ? l->silent + 1 : 0;
	if (b->health != CHECK_OK)
		return;
	if (cell->state == CHECK_BROKEN)
		*b = (struct check_belief){ CHECK_BAD, cell->why, cell->codes[0] };
	else if (l->silent >= CHECK_SILENT)
		*b = (struct check_belief){ CHECK_DUMB, CHECK_WHY_SILENT, 0 };
}

const char *
check_lists_life(const struct check_list *l)
{
	if (!life_said(&l->life) || l->v4.health == CHECK_BAD)
		return NULL;
	switch (l->life.is) {
	case SNAPSHOT_CLOSING:
		return N_("it will end: take it out of your mail servers");
	case SNAPSHOT_FROZEN:
		return N_("it is frozen: nothing new is listed");
	default:
		return NULL;
	}
}

static bool
is_bad(const struct check_belief *b)
{
	return b->health == CHECK_BAD || b->health == CHECK_DUMB;
}

bool
check_lists_bad(const struct check_lists *ls, const struct check_list *l)
{
	return (ls->v4 && is_bad(&l->v4)) || (ls->v6 && is_bad(&l->v6));
}

bool
check_lists_good(const struct check_lists *ls)
{
	for (size_t i = 0; i < ls->n; i++)
		if (check_lists_bad(ls, &ls->at[i]))
			return false;
	return true;
}
