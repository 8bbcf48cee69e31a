#include "tool/check_judge.h"

#include "base/i18n.h"
#include "wire/snapshot.h"

enum { ERRORS = CHECK_LOOPBACK | 0xffff00, LEAST = CHECK_LOOPBACK | 2 };

uint32_t
check_code_of(const struct addr *a)
{
	return !addr_is_v4(a) ? 0 : (uint32_t)a->o[12] << 24 |
	    (uint32_t)a->o[13] << 16 | (uint32_t)a->o[14] << 8 | a->o[15];
}

bool
check_code_lists(uint32_t code)
{
	return code >= LEAST && code < ERRORS;
}

static bool
is_error(uint32_t code)
{
	return code >= ERRORS && code >> 24 == CHECK_LOOPBACK >> 24;
}

/* One broken record makes the answer broken, whatever stands beside it; an
 * error code says more than an answer that is none. */
static uint32_t
find_broken(const struct resolve_answer *a, bool *found)
{
	uint32_t bad = 0;

	*found = false;
	for (size_t i = 0; i < a->n_addrs; i++) {
		uint32_t code = check_code_of(&a->addrs[i]);

		if (check_code_lists(code) || (*found && !is_error(code)))
			continue;
		*found = true;
		bad = code;
		if (is_error(code))
			break;
	}
	return bad;
}

static void
add_code(struct check_cell *out, uint32_t code)
{
	if (out->n_codes < CHECK_CODES)
		out->codes[out->n_codes++] = code;
}

static void
judge_codes(struct check_cell *out, const struct resolve_answer *a,
    const struct check_codes *codes)
{
	bool broken, counts = false;
	uint32_t bad = find_broken(a, &broken);

	if (broken)
		add_code(out, bad);
	for (size_t i = 0; i < a->n_addrs; i++) {
		uint32_t code = check_code_of(&a->addrs[i]);

		counts = counts || check_codes_has(codes, code);
		if (!broken || code != bad)
			add_code(out, code);
	}
	out->state = broken ? CHECK_BROKEN : counts ? CHECK_LISTED : CHECK_NOT_LISTED;
	if (broken)
		out->why = is_error(bad) ? CHECK_WHY_ERROR : CHECK_WHY_NO_CODE;
	else if (!counts)
		out->why = CHECK_WHY_OTHER_CODE;
}

void
check_judge(struct check_cell *out, const struct resolve_answer *a,
    const struct check_codes *codes)
{
	out->n_codes = 0;
	out->why = CHECK_WHY_NONE;
	if (a->err == RESOLVE_NO_NAME || a->err == RESOLVE_NO_DATA)
		out->state = CHECK_NOT_LISTED;
	else if (a->err != 0 || a->n_addrs == 0)
		out->state = CHECK_NO_ANSWER;
	else
		judge_codes(out, a, codes);
}

/* --- lists --- */

/* Is this broken answer the one that the resolver gives for nothing at all? */
static bool
is_rewritten(const struct check_cell *cell, const struct check_cell *nowhere)
{
	for (size_t i = 0; i < nowhere->n_codes; i++)
		if (nowhere->codes[i] == cell->codes[0])
			return true;
	return false;
}

static void
bad(struct check_belief *out, enum check_why why, uint32_t code)
{
	*out = (struct check_belief){ CHECK_BAD, (uint8_t)why, code };
}

/* The first canary of this state and why, or NULL. */
static const struct check_cell *
find(const struct check_canaries *c, enum check_state state, int why)
{
	const struct check_cell *all[] = { &c->must, &c->must_not, &c->nobody };

	for (size_t i = state == CHECK_LISTED; i < 3; i++)
		if (all[i]->state == state && (why < 0 || all[i]->why == why))
			return all[i];
	return NULL;
}

/* By what it says of itself, when its entries are as they should be, or gone. */
static void
believe_life(struct check_belief *out, const struct check_canaries *c, struct wall now)
{
	bool there = c->must.state == CHECK_LISTED, said = life_said(&c->life);

	if (!there)
		bad(out, said && c->life.is == SNAPSHOT_EMPTY ? CHECK_WHY_EMPTIED :
		    CHECK_WHY_NO_TEST, 0);
	else if (said && c->life.expires.s < now.s)
		bad(out, CHECK_WHY_EXPIRED, 0);
}

void
check_believe(struct check_belief *out, const struct check_canaries *c, struct wall now)
{
	const struct check_cell *cell;

	*out = (struct check_belief){ .health = CHECK_OK };
	if ((cell = find(c, CHECK_BROKEN, CHECK_WHY_ERROR)) != NULL)
		bad(out, CHECK_WHY_ERROR, cell->codes[0]);
	else if ((cell = find(c, CHECK_BROKEN, -1)) != NULL)
		bad(out, is_rewritten(cell, &c->nowhere) ? CHECK_WHY_REWRITTEN :
		    CHECK_WHY_NO_CODE, cell->codes[0]);
	else if ((cell = find(c, CHECK_LISTED, -1)) != NULL)
		bad(out, CHECK_WHY_ALL, cell->codes[0]);
	else if (c->must.state == CHECK_NO_ANSWER || c->must_not.state == CHECK_NO_ANSWER)
		out->health = CHECK_DUMB;
	else
		believe_life(out, c, now);
}

void
check_believe_v6(struct check_belief *out, const struct check_canaries *c,
    const struct check_belief *v4, struct wall now)
{
	check_believe(out, c, now);
	if (out->health == CHECK_BAD && out->why == CHECK_WHY_NO_TEST &&
	    v4->health == CHECK_OK)
		*out = (struct check_belief){ .health = CHECK_OK_NOT_V6 };
}

void
check_judge_unbelieved(struct check_cell *out, const struct check_belief *b)
{
	static const uint8_t states[CHECK_HEALTHS] = {
		[CHECK_UNKNOWN] = CHECK_NO_ANSWER, [CHECK_OK] = CHECK_NO_ANSWER,
		[CHECK_OK_NOT_V6] = CHECK_NO_V6, [CHECK_DUMB] = CHECK_NO_ANSWER,
		[CHECK_BAD] = CHECK_BROKEN,
	};

	out->state = states[b->health];
	out->why = b->why;
	out->n_codes = b->code != 0;
	out->codes[0] = b->code;
}

/* --- words --- */

struct name {
	const char *tag, *words;
};

static const struct name states[CHECK_STATES] = {
	[CHECK_NOT_ASKED] = { "not-asked", N_("not asked") },
	[CHECK_LISTED] = { "listed", N_("listed") },
	[CHECK_NOT_LISTED] = { "not-listed", N_("not listed") },
	[CHECK_NO_ANSWER] = { "no-answer", N_("no answer") },
	[CHECK_BROKEN] = { "list-broken", N_("list broken") },
	[CHECK_NO_V6] = { "no-ipv6", N_("list without IPv6") },
};

static const struct name whys[CHECK_WHYS] = {
	[CHECK_WHY_NONE] = { "", "" },
	[CHECK_WHY_NO_TEST] = { "no-test-entry",
	    N_("its test entry is missing: dead, emptied, or no list at all") },
	[CHECK_WHY_EMPTIED] = { "emptied",
	    N_("it has ended and is empty: take it out of your mail servers") },
	[CHECK_WHY_EXPIRED] = { "expired",
	    N_("what it says of itself has run out, so nobody keeps it any more") },
	[CHECK_WHY_ALL] = { "lists-everything",
	    N_("it lists what cannot be listed, so it lists everything") },
	[CHECK_WHY_NO_CODE] = { "no-code",
	    N_("it answers something that is no listing code") },
	[CHECK_WHY_REWRITTEN] = { "rewritten",
	    N_("the resolver answers where there is nothing; name an honest one with --resolver") },
	[CHECK_WHY_ERROR] = { "error-code", N_("it answers with an error code") },
	[CHECK_WHY_SILENT] = { "silent",
	    N_("it stopped answering, so it was not asked any more") },
	[CHECK_WHY_OTHER_CODE] = { "other-code",
	    N_("it has a code, but none of those that count") },
	[CHECK_WHY_BEFORE] = { "before-journal",
	    N_("the journal begins later: nothing is known of that time") },
};

static const struct name healths[CHECK_HEALTHS] = {
	[CHECK_UNKNOWN] = { "not-asked", N_("not asked") },
	[CHECK_OK] = { "ok", N_("good") },
	[CHECK_OK_NOT_V6] = { "no-ipv6", N_("without IPv6") },
	[CHECK_DUMB] = { "no-answer", N_("no answer") },
	[CHECK_BAD] = { "broken", N_("broken") },
};

const char *
check_state_tag(unsigned state)
{
	return states[state].tag;
}

const char *
check_state_words(unsigned state)
{
	return states[state].words;
}

const char *
check_why_tag(unsigned why)
{
	return whys[why].tag;
}

const char *
check_why_words(unsigned why)
{
	return whys[why].words;
}

const char *
check_health_tag(unsigned health)
{
	return healths[health].tag;
}

const char *
check_health_words(unsigned health)
{
	return healths[health].words;
}

const char *
check_error_words(uint32_t code)
{
	static const struct { uint32_t code; const char *words; } errors[] = {
		{ ERRORS | 252, N_("the name of the zone is mistyped") },
		{ ERRORS | 254, N_("it refuses shared resolvers: use one of your own (--resolver)") },
		{ ERRORS | 255, N_("you ask it too much") },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].code == code)
			return errors[i].words;
	return N_("an error that is not known here");
}
