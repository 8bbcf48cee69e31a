#pragma once
/* tool/check_item.h -- one thing that is checked, from its name to its cells.
 *
 * A domain has MX hosts, each host addresses, each address a cell for every
 * list (RFC 5321 5.1: without MX the name itself is the host; RFC 7505: a null
 * MX takes no mail; RFC 2181 10.3: an MX names no alias).  An item asks one
 * question at a time when it is told to, so that its owner decides how many
 * are under way. */

#include "tool/check_facts.h"
#include "tool/check_lists.h"
#include "tool/check_name.h"

enum {
	CHECK_HOSTS = RESOLVE_MAX,	/* MX hosts looked at, the best of them */
	CHECK_ADDRS = 64,		/* different addresses looked at of one item */
};

enum check_fault {		/* bits; of a whole item, or of one host or address of it */
	CHECK_NO_NAME = 1,	/* the name does not exist */
	CHECK_NO_REPLY = 2,	/* no answer: nothing is known */
	CHECK_NULL_MX = 4,	/* it takes no mail, and says so */
	CHECK_NO_MX = 8,	/* no MX: the name itself is the mail server */
	CHECK_NO_ADDR = 16,	/* no address */
	CHECK_ALIAS = 32,	/* an MX that is a CNAME */
	CHECK_MX_ADDR = 64,	/* an MX that is an address instead of a name */
	CHECK_ODD = 128,	/* MX names that are none, or more records than are looked at */
	CHECK_LOCAL = 256,	/* 127/8, ::1, 0.0.0.0 or :: as a mail server: not asked */
	CHECK_SPECIAL = 512,	/* other special-use space: no mail reaches it from outside */
	CHECK_FAULTS = 10,
};

enum check_result {
	CHECK_SHOWN_ONLY,	/* no list was asked */
	CHECK_IS_LISTED,
	CHECK_IS_CLEAN,		/* every list that has its families answered, one at least */
	CHECK_UNDECIDED,	/* not listed as far as there was an answer */
	CHECK_NO_SERVER,	/* nothing takes mail there: null MX, or no address */
	CHECK_RESULTS
};

struct check_host {
	struct check_item *item;	/* that has it */
	char		name[CHECK_NAME];
	unsigned	faults;
	size_t		n;		/* of its addresses, as indexes of the item's */
	uint8_t		addrs[CHECK_ADDRS];
};

struct check_item {
	struct check_item *next, *next_hungry;	/* its owner's */
	bool		 queued;		/* likewise */
	struct check_name name;
	unsigned	 faults;
	enum check_result result;	/* when done */
	size_t		 n_hosts;
	struct check_host *hosts;	/* owned; of an address: one without a name */
	size_t		 n_addrs;
	struct addr	 addrs[CHECK_ADDRS];
	unsigned	 addr_faults[CHECK_ADDRS];
	struct check_cell *cells;	/* owned; n_addrs times the number of lists */
	/* its work: */
	struct check_asked_cell *asked;	/* owned; beside the cells */
	const struct check_work *work;	/* borrowed */
	unsigned	 phase;
	size_t		 at;		/* next question of this phase */
	size_t		 open;		/* questions without an answer */
	bool		 stopped;	/* no memory, or the end came before its answers */
};

struct check_work {		/* what all items have in common; borrowed */
	struct resolver		*resolver;
	struct check_lists	*lists;
	struct check_facts	*facts;		/* NULL: no daemon */
	struct wall		 at;		/* of --at, or 0: now */
	bool			 lab;		/* special-use addresses are nothing special */
	/* an answer came: look at the item again; never from inside next */
	void			(*moved)(void *ctx, struct check_item *it);
	void			*ctx;
};

/* Returns NULL without memory. */
struct check_item *check_item_new(const struct check_name *name, const struct check_work *w);

/* The resolver is freed before, or the item has no open question. */
void check_item_free(struct check_item *it);

/* Has it a question to ask just now? */
bool check_item_hungry(const struct check_item *it);

/* Asks it.  Returns 0 or SEK_ENOMEM. */
int check_item_ask(struct check_item *it) MUST_CHECK;

bool check_item_done(const struct check_item *it);

/* The end came: what has no answer yet is "no answer", and the result is what
 * is known. */
void check_item_stop(struct check_item *it);

const struct check_cell *check_item_cell(const struct check_item *it, size_t addr,
    size_t list);

/* English tags for JSON and CSV, words for people (N_()).  A fault is named by
 * its bit, 0 to CHECK_FAULTS - 1. */
const char *check_result_tag(enum check_result r);
const char *check_result_words(enum check_result r);
const char *check_fault_tag(unsigned bit);
const char *check_fault_words(unsigned bit);
