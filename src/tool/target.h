#pragma once
/* tool/target.h -- what a person writes for a host: ADDRESS, HOST, HOST:PORT,
 * [IPv6]:PORT.
 *
 * Only the writing is checked here; whether it may be probed is the keeper's
 * to say. */

#include <stdint.h>

#include "base/str.h"
#include "wire/addr.h"

struct target {
	char		name[256];	/* address in canonical text, or host in lower case */
	bool		is_addr;
	struct addr	addr;		/* when is_addr */
	uint16_t	port;		/* 0: none was written */
};

/* Reads one.  why (a static, translated sentence) is set on failure.
 * Returns 0 or SEK_EPARSE. */
int target_read(struct target *out, const char *text, const char **why) MUST_CHECK;

/* The same for ADDRESS or ADDRESS/LENGTH; out gets canonical text. */
int target_net(char out[NET_TEXT], const char *text, const char **why) MUST_CHECK;

/* The same for one of these or a domain, which gets lower case. */
int target_optout(char out[256], const char *text, const char **why) MUST_CHECK;
