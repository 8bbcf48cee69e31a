#pragma once
/* tool/check_judge.h -- what an answer of a list means, and when a list is
 * believed.
 *
 * Pure.  Source: RFC 5782 2.1 (answers lie in 127.0.0.0/8), 5 (test entries:
 * 127.0.0.2 is listed, 127.0.0.1 is not; ::FFFF:7F00:2 and ::FFFF:7F00:1 for
 * IPv6); users.md 3, 17 to 27 (what checkers get wrong).
 *
 * 1. No answer is never "not listed".
 * 2. 127.255.255.N is an error of the asker's, an answer that is no code
 *    (outside 127.0.0.0/8, or 127.0.0.1) is a broken list or a resolver that
 *    rewrites: never "listed".
 * 3. A list is believed for IPv4 and IPv6 apart, while its test entry is there
 *    and neither 127.0.0.1 nor a name that cannot exist is; and one that says in
 *    _status until when it may be believed, until then. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "sys/resolve.h"
#include "tool/check_codes.h"
#include "tool/life.h"
#include "wire/addr.h"

enum {
	CHECK_LOOPBACK = 0x7f000000,	/* 127.0.0.0, host order */
	CHECK_CODES = 8,		/* codes kept of one answer */
	CHECK_TEXT = 300,		/* octets kept of a TXT, cleaned */
};

enum check_state {	/* of one address on one list */
	CHECK_NOT_ASKED,
	CHECK_LISTED,
	CHECK_NOT_LISTED,
	CHECK_NO_ANSWER,
	CHECK_BROKEN,		/* the list is, or this answer of it */
	CHECK_NO_V6,		/* the list has no IPv6: it says nothing */
	CHECK_STATES
};

enum check_why {
	CHECK_WHY_NONE,
	CHECK_WHY_NO_TEST,	/* the test entry is missing: dead, emptied, no list at all */
	CHECK_WHY_EMPTIED,	/* the same, and _status says that it has ended */
	CHECK_WHY_EXPIRED,	/* what _status says has run out: nobody keeps it */
	CHECK_WHY_ALL,		/* lists what cannot be listed */
	CHECK_WHY_NO_CODE,	/* an answer that is no code */
	CHECK_WHY_REWRITTEN,	/* the resolver answers where there is nothing */
	CHECK_WHY_ERROR,	/* 127.255.255.N */
	CHECK_WHY_SILENT,	/* too many questions without an answer */
	CHECK_WHY_OTHER_CODE,	/* not listed: it has codes, but none of those that count */
	CHECK_WHY_BEFORE,	/* --at lies before the journal begins */
	CHECK_WHYS
};

struct check_cell {		/* one address on one list */
	uint8_t		 state, why;
	uint8_t		 n_codes;
	bool		 retracted;	/* with gone: it had been listed in error */
	uint32_t	 codes[CHECK_CODES];	/* as answered; of a broken answer what broke it first */
	char		*text;		/* owned; cleaned, may be NULL */
	struct wall	 since, until;	/* from the daemon; 0 unknown */
	struct wall	 gone;		/* of --at: when it was removed afterwards */
};

/* An IPv4 address in host order; 0 for IPv6, which is no code. */
uint32_t check_code_of(const struct addr *a);

/* May this code mean listed: 127.0.0.2 to 127.255.254.255? */
bool check_code_lists(uint32_t code);

/* Sets state, why and codes of a cell by the answer to a RESOLVE_A question.
 * codes  those that count */
void check_judge(struct check_cell *out, const struct resolve_answer *a,
    const struct check_codes *codes);

enum check_health {
	CHECK_UNKNOWN,		/* not asked yet */
	CHECK_OK,
	CHECK_OK_NOT_V6,	/* of IPv6: no test entry there, but one for IPv4 */
	CHECK_DUMB,		/* no answer to its test entries */
	CHECK_BAD,		/* broken: why says how */
	CHECK_HEALTHS
};

struct check_belief {		/* in one list, for one family */
	uint8_t		health, why;
	uint32_t	code;		/* that shows it, or 0 */
};

struct check_canaries {		/* judged without any filter of codes */
	struct check_cell	must;		/* the test entry */
	struct check_cell	must_not;	/* 127.0.0.1 or ::FFFF:7F00:1 */
	struct check_cell	nobody;		/* a random name below the zone */
	struct check_cell	nowhere;	/* a random name below a random top: the resolver's own doing */
	struct life		life;		/* what _status says; most lists have none */
};

void check_believe(struct check_belief *out, const struct check_canaries *c,
    struct wall now);

/* The same for IPv6, when v4 of that list is known. */
void check_believe_v6(struct check_belief *out, const struct check_canaries *c,
    const struct check_belief *v4, struct wall now);

/* State and why of a cell that is not asked because of the list's health. */
void check_judge_unbelieved(struct check_cell *out, const struct check_belief *b);

/* English tags for JSON and CSV, words for people (N_()). */
const char *check_state_tag(unsigned state);
const char *check_state_words(unsigned state);
const char *check_why_tag(unsigned why);	/* "" for none */
const char *check_why_words(unsigned why);
const char *check_health_tag(unsigned health);
const char *check_health_words(unsigned health);

/* What an error code is known to say, as N_() words. */
const char *check_error_words(uint32_t code);
