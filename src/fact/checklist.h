#pragma once
/* fact/checklist.h -- the start-up checklist: what must be shown before public
 * addresses are probed.
 *
 * Pure: names and the rule, no look-ups.  `sekimori doctor` finds the states
 * (tool/doctor_judge), keeper alone decides by them (keep/doctor).  Source:
 * architecture 1.1; relay-tests section 5 (identification). */

#include <stdbool.h>

#include "base/str.h"

enum check {		/* in the order in which they are shown */
	CHECK_CLOCK, CHECK_DISK, CHECK_BUDGET, CHECK_DESCRIPTORS,
	CHECK_RESOLVER, CHECK_NXDOMAIN, CHECK_DNSSEC,
	CHECK_FCRDNS, CHECK_PTR,
	CHECK_MX, CHECK_WILDCARD, CHECK_RECEIVER, CHECK_POSTMASTER, CHECK_CONTACT,
	CHECK_CONTROL, CHECK_PORT25,
	CHECK_DNS, CHECK_DELEGATION, CHECK_ENTRIES, CHECK_WEB,
	CHECK_N
};

enum check_state {
	CHECK_NONE = 0,		/* not said */
	CHECK_OK,
	CHECK_FAILED,		/* it is wrong */
	CHECK_UNSHOWN,		/* it may be right, nothing shows it */
	CHECK_SKIPPED,		/* another check must be right first */
	CHECK_STATES
};

struct checklist_row {
	const char	*tag;		/* "fcrdns" */
	bool		 required;	/* else advice: never keeps public probing closed */
};

extern const struct checklist_row checklist[CHECK_N];
extern const char *const check_state_names[CHECK_STATES];

/* Return the check, CHECK_N for no such tag; the state, CHECK_NONE likewise. */
enum check checklist_find(struct str tag);
enum check_state check_state_find(struct str name);

/* Is every required check CHECK_OK? */
bool checklist_passes(const enum check_state states[CHECK_N]);
