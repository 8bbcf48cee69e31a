#pragma once
/* keep/verbs.h -- what the files with requests share. */

#include "keep/control.h"

/* A text member of the request, or an empty one.  Hostile. */
struct str verb_member(const struct request *r, const char *key);

/* A number of the request within min..max, or def where there is none. */
int64_t verb_int(const struct request *r, const char *key, int64_t def,
    int64_t min, int64_t max);

/* The reason and the person of a request; false: it has failed and is gone. */
bool verb_reason(struct request *r, struct str *reason, struct str *who);

/* Ends the request with a tag of the table of refusals. */
void verb_refuse(struct request *r, const char *tag);

/* The address in "target"; false: the request has failed and is gone. */
bool verb_target(struct request *r, struct addr *a);

struct nomination;

/* What a request nominates, but for the address: its texts are the request's,
 * and in domains.  false: the request has failed and is gone. */
bool verb_nomination(struct request *r, struct nomination *n,
    char domains[TEXT_NAMES]);

/* May n be made of a?  NULL (n->addr is set then), or why not. */
const char *verb_may_nominate(struct keep *k, struct nomination *n,
    const struct addr *a);

/* The addresses that the name of the request has: how many, at most
 * MESSAGE_ADDRS.  0: it has none, the request has failed and is gone. */
size_t verb_host_addrs(struct request *r, const struct msg_resolved *m,
    struct addr *addrs);

/* Asks the resolver; done(r, 0, m) follows, or the request has failed. */
void verb_resolve(struct request *r, enum resolve_kind kind, struct str name,
    void (*done)(struct request *r, unsigned nth, const struct msg_resolved *m));

/* The same for the "target" that is no address: its addresses. */
void verb_resolve_target(struct request *r,
    void (*done)(struct request *r, unsigned nth, const struct msg_resolved *m));

/* Ends the request, or stays with the addresses where it asks to follow; r may
 * be gone. */
void verb_stay(struct request *r, const struct addr *addrs, size_t n);

/* Ends the request with what the store said. */
void verb_fail_store(struct request *r, int err);
