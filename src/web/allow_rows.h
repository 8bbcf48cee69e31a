#pragma once
/* web/allow_rows.h -- rows of allow_copy() that several documents of the API
 * share: a verdict with its coverage, why it relays, how a form went out. */

#include "web/allow.h"

/* keep/coverage.h; private where the verdict itself is. */
#define ALLOW_COVERAGE(private) \
	{ "verdict", ALLOW_TEXT, private, NULL }, \
	{ "provisional", ALLOW_BOOL, private, NULL }, \
	{ "done", ALLOW_INT, private, NULL }, \
	{ "total", ALLOW_INT, private, NULL }, \
	{ "catalogue", ALLOW_INT, private, NULL }, \
	{ "depth", ALLOW_TEXT, private, NULL }, \
	{ "ports", ALLOW_TEXT, private, NULL }, \
	{ "at", ALLOW_TIME, private, NULL }, \
	{ "why", ALLOW_TEXT, true, NULL }, \
	{ "form", ALLOW_TEXT, true, NULL }

/* keep/cause.h; never public. */
#define ALLOW_CAUSE \
	{ "cause", ALLOW_TEXT, true, NULL }, \
	{ "cause_sure", ALLOW_BOOL, true, NULL }, \
	{ "cause_second", ALLOW_TEXT, true, NULL }, \
	{ "cause_form", ALLOW_TEXT, true, NULL }, \
	{ "cause_decide", ALLOW_TEXT, true, NULL }, \
	{ "cause_for", ALLOW_TEXTS, true, NULL }, \
	{ "cause_against", ALLOW_TEXTS, true, NULL }, \
	{ "mta", ALLOW_TEXT, true, NULL }, \
	{ "seen_client", ALLOW_TEXT, true, NULL }, \
	{ "seen_name", ALLOW_TEXT, true, NULL }, \
	{ "seen_helo", ALLOW_TEXT, true, NULL }, \
	{ "next_name", ALLOW_TEXT, true, NULL }, \
	{ "next_addr", ALLOW_TEXT, true, NULL }, \
	{ "fix", ALLOW_TEXTS, true, NULL }

/* keep/variant.h; never public. */
#define ALLOW_VARIANT \
	{ "form", ALLOW_TEXT, true, NULL }, \
	{ "class", ALLOW_TEXT, true, NULL }, \
	{ "variant", ALLOW_INT, true, NULL }, \
	{ "port", ALLOW_INT, true, NULL }, \
	{ "mechanism", ALLOW_TEXT, true, NULL }, \
	{ "host", ALLOW_TEXT, true, NULL }, \
	{ "dom", ALLOW_TEXT, true, NULL }
