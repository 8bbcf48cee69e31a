#pragma once
/* tool/zone_codes.h -- which A value becomes which code of a snapshot. */

#include "tool/option.h"
#include "wire/snapshot.h"

enum {
	ZONE_CODE_OUT = 0,	/* leave such entries out */
	ZONE_CODE_NONE = -1,	/* no code for that value */
	ZONE_CODE_RULES = OPTION_LIST_MAX,
};

struct zone_codes {
	size_t	n;
	struct zone_code_rule { uint8_t a[4]; bool any; uint8_t to; } rules[ZONE_CODE_RULES];
};

/* Reads rules "FROM=TO": FROM is N of 127.0.0.N, an address, or "any"; TO a
 * code of SNAPSHOT_CODE_MIN to MAX or "out".
 * Returns 0, or SEK_EPARSE with *bad the rule that is none (borrowed). */
int zone_codes_read(struct zone_codes *c, const struct option_list *rules,
    const char **bad) MUST_CHECK;

/* The code for an A value: the first rule that names it, then "any", else
 * 127.0.0.N is N.  ZONE_CODE_OUT or ZONE_CODE_NONE where there is none. */
int zone_code(const struct zone_codes *c, const uint8_t a[4]);
