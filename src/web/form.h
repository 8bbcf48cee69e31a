#pragma once
/* web/form.h -- application/x-www-form-urlencoded: queries and bodies of forms.
 *
 * Pure but for the arena; hostile octets.  Source: WHATWG URL 5.1, but what is
 * broken is refused instead of guessed at. */

#include "web/percent.h"

enum { FORM_FIELDS = 32, FORM_OCTETS = 16 * 1024 };

struct form {
	size_t	n;
	struct {
		struct str	name, value;	/* hostile; UTF-8 without NUL, in the arena */
	} fields[FORM_FIELDS];
};

/* Reads text; empty pairs ("a=1&&b=2") are left out.
 * Returns 0; SEK_EPARSE: as percent_decode(); SEK_ELIMIT: more than
 * FORM_FIELDS or FORM_OCTETS; SEK_ENOMEM. */
int form_parse(struct form *out, struct arena *a, struct str text) MUST_CHECK;

/* The value of the first field of that name; hostile; with p NULL when there is
 * none. */
struct str form_find(const struct form *f, const char *name);
