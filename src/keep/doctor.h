#pragma once
/* keep/doctor.h -- may public addresses be probed?  The only writer of `pass`.
 *
 * Yes while probe.public is true and the newest run of the start-up checklist
 * (fact/checklist) passed, is younger than DOCTOR_PASS_S, and was made with the
 * configuration that is in force: a change of a value that the checklist looks
 * at closes public probing again, and so does a run that fails.  `sekimori
 * doctor` looks and reports; whether it is a pass is decided here.  Source:
 * architecture 1.1. */

#include <jansson.h>

#include "keep/control.h"

enum {
	DOCTOR_PASS_S = 30 * 86400,	/* life of a pass */
	DOCTOR_WARN_S = 7 * 86400,	/* before its end it is logged each day */
	DOCTOR_ROWS = 100,		/* runs that are kept */
	DOCTOR_FRESH_S = 900,		/* a control made for a run speaks for it so long */
};

enum doctor_state {	/* of the checklist, whatever probe.public says */
	DOCTOR_NEVER,		/* it was never run */
	DOCTOR_FAILED,		/* the newest run did not pass */
	DOCTOR_CHANGED,		/* it passed with another configuration */
	DOCTOR_OVER,		/* the pass has ended */
	DOCTOR_PASSED,
};

int doctor_open(struct keep *k) MUST_CHECK;
void doctor_close(struct keep *k);

/* NULL: public addresses may be probed at this moment.  Else a tag:
 * "public-off" (probe.public), "public-unchecked", "store" (it cannot be read). */
const char *doctor_public(struct keep *k);

/* The state and, when there is a pass, its end.  Returns 0 or SEK_ESTORE. */
int doctor_state(struct keep *k, enum doctor_state *out, struct wall *until) MUST_CHECK;

/* For the request `status`: "open", "why" (tag or empty), "checklist" (tag),
 * "until" (0: there is no pass). */
json_t *doctor_status(struct keep *k);

/* Stores one run.  results: list of objects with "check", "state" and "why"
 * (list of tags); it is a pass only if every required check is in it and ok
 * wherever it is, and if the control letter and the way out that it speaks of
 * are those of doctor_control().  A run that is no pass closes public probing
 * even when it cannot be stored.  *missing gets a new list of the tags of
 * required checks that are not ok.  Returns 0, SEK_ENOMEM, SEK_ESTORE, STORE_FULL. */
int doctor_take(struct keep *k, const json_t *results, struct str who,
    json_t **missing) MUST_CHECK;

/* SHA-256, in hex, of the configuration that a pass is for. */
const char *doctor_conf(const struct keep *k);

/* A new list of texts, ADDRESS:PORT; NULL when memory is short. */
json_t *doctor_listens(const struct conf_listen *l, size_t n);

/* Requests of the control socket (sekimori.control(7)). */
void doctor_control(struct request *r);
void doctor_facts(struct request *r);	/* keep/doctor_facts.c */
void doctor_result(struct request *r);
