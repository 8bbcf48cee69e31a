#pragma once
/* keep/nominate.h -- who may be tested and who never: the only writer of
 * `nominee` and `optout`.
 *
 * A nomination is a basis with its proof, not a wish (architecture 1.1). */

#include "fact/basis.h"
#include "keep/keep.h"

struct nomination {
	struct addr	addr;
	struct str	host;		/* as it was named, or empty */
	uint16_t	port;
	enum basis	basis;
	enum depth	depth;
	bool		has_depth;	/* someone asked for it */
	bool		every;		/* do not stop at the first proof: for owners */
	struct wall	since;		/* goes on with a list that was begun then; 0: no */
	struct str	domains;	/* mail domains of the target, a space between */
	struct str	reason, who;
	struct str	evidence;	/* hostile: the mail or log line, for those bases */
};

/* Is the proof that the basis asks for there?  NULL: yes; else a tag:
 * "no-reason", "no-evidence", "evidence-names-another", "owner-not-proved". */
const char *nominate_proof(struct keep *k, const struct nomination *n);

/* Only an owner, or a laboratory, is tested beyond the first proof (relay-tests
 * section 5, rule 2). */
bool nominate_every(const struct keep *k, const struct nomination *n);

/* Stores the basis and queues its test; both in one keep_write() of the
 * caller.  *joined: a test of it was there already and goes on, perhaps
 * deeper; *reused: its pace class allows no further set of forms yet, no test
 * was queued.
 * Returns 0; SEK_EPARSE when the depth asked for is deeper than the basis
 * allows; SEK_ESTORE, STORE_FULL. */
int nominate_add(struct keep *k, const struct nomination *n, bool *joined,
    bool *reused) MUST_CHECK;

/* Is there a verdict of n->since or later that answers n->addr already: final,
 * under a control, of a test as deep and of the same port?  Fills v, its text
 * borrowed until store_forget().  Returns 0, STORE_NONE or SEK_ESTORE. */
int nominate_settled(struct verdict_row *v, struct keep *k,
    const struct nomination *n) MUST_CHECK;

/* The two halves of nominate_add() for who tests again and again: the basis
 * alone, and one more test as n asks for it, on the bases that hold now.  *run is
 * its number; a test that is under way is joined.  Both inside keep_write();
 * the second returns SEK_EPARSE as above, and SEK_ELIMIT when the class
 * allows no further set of forms yet. */
int nominate_basis(struct keep *k, const struct nomination *n) MUST_CHECK;
int nominate_round(struct keep *k, const struct nomination *n, uint64_t *run) MUST_CHECK;

/* Queues a test (RUN_PROBE at the usual depth, or RUN_RETEST) of an address
 * that has a basis, or joins one.  port 0: as below, or 25.  who asks, for the
 * record.  *run: its number; when *reused, of the one that there was.  Inside keep_write(). */
int nominate_test(struct keep *k, const struct addr *a, enum run_kind kind,
    uint16_t port, struct str who, uint64_t *run, bool *reused) MUST_CHECK;

/* An owner proved that the address is his: stores it as a basis, but no second
 * row within an hour, unless an opt-out came between.  how: for the record.
 * *until: when the basis ends.  Inside keep_write(). */
int nominate_owner(struct keep *k, const struct addr *a, enum basis b,
    struct str how, struct str who, struct wall *until) MUST_CHECK;

/* May the test of a run go to another address of its target as well?  A basis
 * that is valid for that address; else the run's own proof where it holds for it,
 * which is stored: the very machine that we run on, or a laboratory.  Inside
 * keep_write().  Returns 0 with *out as permit_check(), SEK_ESTORE, STORE_FULL. */
struct permit;
int nominate_also(struct permit *out, struct keep *k, const struct run *r,
    const struct addr *a) MUST_CHECK;

/* Queues a retest of a live listing, or of a nominee (then *reused as above).
 * port 0: where it worked, else 25. */
int nominate_retest(struct keep *k, const struct addr *a, uint16_t port,
    struct str who, bool *reused) MUST_CHECK;

struct optout_of {		/* a prefix, or a domain and every name under it */
	struct net	net;
	struct str	domain;		/* lower case, no dot at the end; "" a prefix */
};

struct optout_why {
	struct str	proof, reason, who;
	struct str	operator;	/* whose hosts they all are, or "" */
};

/* Ends all probes of what is in all[0..n) for good, or of nothing; sessions in
 * flight are told to stop.  Written even when the disk is full.  Not inside
 * keep_write(). */
int nominate_optouts(struct keep *k, const struct optout_of *all, size_t n,
    const struct optout_why *why) MUST_CHECK;

/* The same for one prefix. */
int nominate_optout(struct keep *k, const struct net *n, struct str proof,
    struct str reason, struct str who) MUST_CHECK;
