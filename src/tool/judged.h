#pragma once
/* tool/judged.h -- the state of one check, and how a judge adds to it.
 *
 * Pure. */

#include "tool/doctor_trouble.h"
#include "tool/doctor_view.h"

enum { JUDGED_TROUBLES = 8 };	/* kept of one check; the first count */

struct judged {
	enum check_state state;
	size_t		 n;
	struct trouble	 troubles[JUDGED_TROUBLES];
};

/* Adds a trouble; its gravity makes the check's state, the worst counts.  What
 * is NULL is empty.  The same twice is said once. */
void judged_say(struct judged *j, enum trouble_is is, const char *a, const char *b,
    const char *c);
void judged_number(struct judged *j, enum trouble_is is, const char *a, int64_t b,
    int64_t c);

/* Returns right; where it is false it is said that first must be right before. */
bool judged_after(struct judged *j, enum check first, bool right);

bool judged_resolver(const struct view *v);	/* does the resolver answer at all? */

/* Did the resolver answer this question?  Where it did not it is said. */
bool judged_answered(struct judged *j, const struct seen *s);

bool judged_has_name(const struct seen *s, struct str name);	/* in any case */
bool judged_has_addr(const struct seen *s, const struct addr *a);

/* Names and addresses of an answer, or NXDOMAIN, NODATA.  Returns out. */
const char *judged_text(char out[TROUBLE_ARG], const struct seen *s);
