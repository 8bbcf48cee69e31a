#include "tool/check_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "fact/special_use.h"
#include "tool/words.h"

/* Rules:
 * 1. Phases follow each other; each asks its questions one by one and goes on
 *    when all have their answer.
 * 2. A text is asked for as soon as a cell is listed, in the place of the
 *    question that is answered then: the number under way does not grow.
 * 3. An address is asked once, however many hosts of the item have it. */

enum { MX, HOSTS, CELLS, DONE };

struct check_asked_cell {	/* travels with a question; its place says which cell */
	struct check_item	*it;
};

struct check_item *
check_item_new(const struct check_name *name, const struct check_work *w)
{
	struct check_item *it = calloc(1, sizeof(*it));

	if (it == NULL)
		return NULL;
	it->name = *name;
	it->work = w;
	it->hosts = calloc(name->kind == CHECK_DOMAIN ? CHECK_HOSTS : 1, sizeof(*it->hosts));
	if (it->hosts == NULL) {
		free(it);
		return NULL;
	}
	it->hosts[0].item = it;
	return it;
}

static size_t
cells_of(const struct check_item *it)
{
	return it->n_addrs * it->work->lists->n;
}

void
check_item_free(struct check_item *it)
{
	for (size_t i = 0; it->cells != NULL && i < cells_of(it); i++)
		free(it->cells[i].text);
	free(it->asked);
	free(it->cells);
	free(it->hosts);
	free(it);
}

const struct check_cell *
check_item_cell(const struct check_item *it, size_t addr, size_t list)
{
	return &it->cells[addr * it->work->lists->n + list];
}

bool
check_item_done(const struct check_item *it)
{
	return it->phase == DONE;
}

/* --- addresses --- */

static void
host_add_addr(struct check_item *it, struct check_host *h, const struct addr *a)
{
	size_t i = 0;

	while (i < it->n_addrs && !addr_eq(&it->addrs[i], a))
		i++;
	if (i == CHECK_ADDRS) {
		h->faults |= CHECK_ODD;
		return;
	}
	if (i == it->n_addrs)
		it->addrs[it->n_addrs++] = *a;
	for (size_t k = 0; k < h->n; k++)
		if (h->addrs[k] == i)
			return;
	h->addrs[h->n++] = (uint8_t)i;
}

/* A loopback address as a mail server would be asked for as a test entry, and
 * be "listed" everywhere. Who names an address means it. */
static void
judge_addrs(struct check_item *it)
{
	const char *why;

	for (size_t i = 0; i < it->n_addrs; i++) {
		const struct addr *a = &it->addrs[i];

		*(addr_is_v4(a) ? &it->work->lists->v4 : &it->work->lists->v6) = true;
		if (it->name.kind == CHECK_ADDR || !special_use(a, NULL, 0, &why))
			continue;
		if (strcmp(why, "loopback") == 0 || addr_is_none(a) ||
		    (addr_is_v4(a) && a->o[12] == 0))
			it->addr_faults[i] = CHECK_LOCAL;
		else if (!it->work->lab)
			it->addr_faults[i] = CHECK_SPECIAL;
	}
}

/* --- the result --- */

static bool
any_host_open(const struct check_item *it)
{
	for (size_t i = 0; i < it->n_hosts; i++)
		if (it->hosts[i].faults & (CHECK_NO_REPLY | CHECK_ODD))
			return true;
	return false;
}

static enum check_result
judge(const struct check_item *it)
{
	bool open = it->stopped || any_host_open(it) ||
	    (it->faults & (CHECK_NO_REPLY | CHECK_NO_NAME | CHECK_ODD)) != 0;
	size_t looked_at = 0, answered = 0;

	for (size_t i = 0; it->cells != NULL && i < cells_of(it); i++) {
		if (it->cells[i].state == CHECK_LISTED)
			return CHECK_IS_LISTED;
		open = open || it->cells[i].state == CHECK_NO_ANSWER ||
		    it->cells[i].state == CHECK_BROKEN;
		answered += it->cells[i].state == CHECK_NOT_LISTED;
	}
	for (size_t i = 0; i < it->n_addrs; i++)
		looked_at += (it->addr_faults[i] & CHECK_LOCAL) == 0;
	if (open)
		return CHECK_UNDECIDED;
	if (looked_at == 0)
		return CHECK_NO_SERVER;
	if (it->work->lists->n == 0)
		return CHECK_SHOWN_ONLY;
	return answered > 0 ? CHECK_IS_CLEAN : CHECK_UNDECIDED;	/* IPv6 that no list has */
}

static void
finish(struct check_item *it)
{
	it->phase = DONE;
	it->result = judge(it);
}

void
check_item_stop(struct check_item *it)
{
	if (it->phase == DONE)
		return;
	it->stopped = true;
	for (size_t i = 0; it->cells != NULL && i < cells_of(it); i++)
		if (it->cells[i].state == CHECK_NOT_ASKED &&
		    it->addr_faults[i / it->work->lists->n] != CHECK_LOCAL)
			it->cells[i].state = CHECK_NO_ANSWER;
	finish(it);
}

/* --- phases --- */

/* Cells that need no question get their state; at is then the next that does. */
static void
skip_cells(struct check_item *it)
{
	struct check_lists *ls = it->work->lists;

	for (; it->at < cells_of(it); it->at++) {
		const struct addr *a = &it->addrs[it->at / ls->n];
		const struct check_list *l = &ls->at[it->at % ls->n];
		struct check_cell *cell = &it->cells[it->at];

		if (it->addr_faults[it->at / ls->n] & CHECK_LOCAL)
			continue;
		if (it->work->at.s != 0)
			check_facts_at(it->work->facts, a, it->work->at, cell);
		else if (check_lists_belief(l, a)->health != CHECK_OK)
			check_judge_unbelieved(cell, check_lists_belief(l, a));
		else
			return;
	}
}

static void
begin_cells(struct check_item *it)
{
	size_t n = cells_of(it);

	judge_addrs(it);
	it->phase = CELLS;
	it->at = 0;
	it->cells = calloc(n + 1, sizeof(*it->cells));
	it->asked = calloc(n + 1, sizeof(*it->asked));
	it->stopped = it->cells == NULL || it->asked == NULL;
	if (it->stopped || n == 0)
		finish(it);
}

static void
begin_hosts(struct check_item *it)
{
	it->phase = HOSTS;
	it->at = 0;
	if (it->n_hosts == 0)
		begin_cells(it);
}

/* An address, or a host, or a domain without MX: one host. */
static void
begin_one(struct check_item *it)
{
	it->n_hosts = 1;
	memcpy(it->hosts[0].name, it->name.name, sizeof(it->hosts[0].name));
	if (it->name.kind == CHECK_ADDR) {
		it->hosts[0].name[0] = '\0';
		host_add_addr(it, &it->hosts[0], &it->name.addr);
		begin_cells(it);
	} else {
		begin_hosts(it);
	}
}

/* A question of this item has its answer. */
static void
moved(struct check_item *it)
{
	it->open--;
	if (it->open == 0 && it->phase == HOSTS && it->at == it->n_hosts)
		begin_cells(it);
	else if (it->open == 0 && it->phase == CELLS && it->at == cells_of(it))
		finish(it);
	it->work->moved(it->work->ctx, it);
}

/* --- MX --- */

static void
take_mx(struct check_item *it, const struct resolve_answer *a)
{
	for (size_t i = 0; i < a->n_names && it->n_hosts < CHECK_HOSTS; i++) {
		struct check_host *h = &it->hosts[it->n_hosts];
		struct addr none;

		if (str_copy(h->name, sizeof(h->name), a->names[i]) != 0)
			continue;
		h->item = it;
		if (addr_parse(&none, a->names[i]) == 0)
			h->faults = CHECK_MX_ADDR;
		it->n_hosts++;
	}
	if (a->left_out > 0)
		it->faults |= CHECK_ODD;
	begin_hosts(it);
}

static void
mx_answered(void *ctx, const struct resolve_answer *a)
{
	static const unsigned faults[] = {
		[RESOLVE_NO_NAME] = CHECK_NO_NAME, [RESOLVE_NULL_MX] = CHECK_NULL_MX,
		[RESOLVE_TEMPORARY] = CHECK_NO_REPLY,
	};
	struct check_item *it = ctx;

	if (a->err == 0 || (a->err == RESOLVE_NO_DATA && a->left_out > 0)) {
		take_mx(it, a);
	} else if (a->err == RESOLVE_NO_DATA) {
		it->faults |= CHECK_NO_MX;
		begin_one(it);
	} else {
		it->faults |= faults[a->err];
		finish(it);
	}
	moved(it);
}

/* --- hosts --- */

static void
host_answered(void *ctx, const struct resolve_answer *a)
{
	struct check_host *h = ctx;
	struct check_item *it = h->item;

	if (a->err == RESOLVE_TEMPORARY)
		h->faults |= CHECK_NO_REPLY;
	else if (a->err == RESOLVE_NO_NAME)
		h->faults |= CHECK_NO_NAME;
	else if (a->err != 0)
		h->faults |= CHECK_NO_ADDR;
	if (a->alias && it->name.kind == CHECK_DOMAIN && (it->faults & CHECK_NO_MX) == 0)
		h->faults |= CHECK_ALIAS;
	if (a->left_out > 0)
		h->faults |= CHECK_ODD;
	for (size_t i = 0; i < a->n_addrs; i++)
		host_add_addr(it, h, &a->addrs[i]);
	if (it->name.kind == CHECK_HOST) {	/* its name is what was given */
		it->faults = h->faults & CHECK_NO_NAME;
		h->faults &= ~(unsigned)CHECK_NO_NAME;
	}
	moved(it);
}

/* --- cells --- */

/* The name that answers for a cell. */
static void
cell_name(char out[DNS_NAME_MAX + 1], const struct check_item *it, size_t i)
{
	const struct check_lists *ls = it->work->lists;
	char labels[ADDR_LABELS];

	addr_labels(labels, &it->addrs[i / ls->n]);
	snprintf(out, DNS_NAME_MAX + 1, "%s.%s", labels, ls->at[i % ls->n].zone);
}

static void
cell_done(struct check_item *it, size_t i)
{
	const struct check_work *w = it->work;

	if (it->cells[i].state == CHECK_LISTED && w->lists->at[i % w->lists->n].own &&
	    w->facts != NULL)
		check_facts_now(w->facts, &it->addrs[i / w->lists->n], &it->cells[i]);
	moved(it);
}

/* The first text; what is hostile in it becomes harmless here. */
static void
text_answered(void *ctx, const struct resolve_answer *a)
{
	struct check_asked_cell *asked = ctx;
	struct check_item *it = asked->it;
	size_t i = (size_t)(asked - it->asked);
	char text[CHECK_TEXT];

	if (a->n_texts > 0) {
		words_safe(text, sizeof(text), a->texts[0]);
		it->cells[i].text = strdup(text);
	}
	cell_done(it, i);
}

static void
cell_answered(void *ctx, const struct resolve_answer *a)
{
	struct check_asked_cell *asked = ctx;
	struct check_item *it = asked->it;
	const struct check_work *w = it->work;
	size_t i = (size_t)(asked - it->asked);
	struct check_list *l = &w->lists->at[i % w->lists->n];
	char name[DNS_NAME_MAX + 1];

	check_judge(&it->cells[i], a, &l->codes);
	check_lists_note(l, &it->cells[i], &it->addrs[i / w->lists->n]);
	cell_name(name, it, i);
	if (it->cells[i].state != CHECK_LISTED || w->resolver->ask(w->resolver,
	    RESOLVE_TXT, str_of(name), text_answered, asked) != 0)
		cell_done(it, i);
}

/* --- questions --- */

static int
ask_mx(struct check_item *it)
{
	struct resolver *r = it->work->resolver;

	if (it->name.kind != CHECK_DOMAIN) {
		begin_one(it);
		return 0;
	}
	it->open++;
	it->at = 1;
	if (r->ask(r, RESOLVE_MX, str_of(it->name.name), mx_answered, it) == 0)
		return 0;
	it->open--;
	return SEK_ENOMEM;	/* the name was read already: nothing else can be */
}

static int
ask_host(struct check_item *it)
{
	struct resolver *r = it->work->resolver;
	struct check_host *h = &it->hosts[it->at++];
	int rc = r->ask(r, RESOLVE_ADDR, str_of(h->name), host_answered, h);

	if (rc == 0)
		it->open++;
	if (rc != SEK_EPARSE)
		return rc;
	if ((h->faults & CHECK_MX_ADDR) == 0)
		h->faults |= CHECK_ODD;
	if (it->open == 0 && it->at == it->n_hosts)
		begin_cells(it);
	return 0;
}

static int
ask_cell(struct check_item *it)
{
	struct resolver *r = it->work->resolver;
	char name[DNS_NAME_MAX + 1];

	skip_cells(it);
	if (it->at == cells_of(it)) {
		if (it->open == 0)
			finish(it);
		return 0;
	}
	cell_name(name, it, it->at);
	it->asked[it->at].it = it;
	if (r->ask(r, RESOLVE_A, str_of(name), cell_answered, &it->asked[it->at]) != 0)
		return SEK_ENOMEM;	/* zone and labels fit: check_codes.h */
	it->open++;
	it->at++;
	return 0;
}

bool
check_item_hungry(const struct check_item *it)
{
	const size_t ends[] = {
		[MX] = 1, [HOSTS] = it->n_hosts,
		[CELLS] = cells_of(it), [DONE] = 0,
	};

	return it->at < ends[it->phase];
}

int
check_item_ask(struct check_item *it)
{
	static int (*const asks[])(struct check_item *it) = {
		[MX] = ask_mx, [HOSTS] = ask_host, [CELLS] = ask_cell,
	};

	return asks[it->phase](it);
}

/* --- words --- */

struct name {
	const char *tag, *words;
};

static const struct name results[CHECK_RESULTS] = {
	[CHECK_SHOWN_ONLY] = { "not-asked", N_("no list was asked") },
	[CHECK_IS_LISTED] = { "listed", N_("listed") },
	[CHECK_IS_CLEAN] = { "not-listed", N_("not listed") },
	[CHECK_UNDECIDED] = { "undecided", N_("undecided") },
	[CHECK_NO_SERVER] = { "no-mail-server", N_("no mail server") },
};

static const struct name faults[CHECK_FAULTS] = {
	{ "no-such-name", N_("the name does not exist") },
	{ "no-answer", N_("the DNS gave no answer; ask again later") },
	{ "null-mx", N_("it takes no mail and says so (null MX, RFC 7505)") },
	{ "no-mx", N_("it has no MX, so mail goes to its own address (RFC 5321 5.1)") },
	{ "no-address", N_("it has no address") },
	{ "mx-is-alias", N_("an MX may not be an alias (CNAME; RFC 2181 10.3)") },
	{ "mx-is-address", N_("an MX has to be a name, not an address (RFC 1035 3.3.9)") },
	{ "odd", N_("not all of it was looked at: too many records, or names that are none") },
	{ "local", N_("a mail server cannot be there; not asked") },
	{ "special-use", N_("no mail from outside reaches this special-use address") },
};

const char *
check_result_tag(enum check_result r)
{
	return results[r].tag;
}

const char *
check_result_words(enum check_result r)
{
	return results[r].words;
}

const char *
check_fault_tag(unsigned bit)
{
	return faults[bit].tag;
}

const char *
check_fault_words(unsigned bit)
{
	return faults[bit].words;
}
