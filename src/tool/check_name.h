#pragma once
/* tool/check_name.h -- what a person or a list of names says is to be checked.
 *
 * An address, a host or domain, a mail address (its domain counts) or a URL
 * (its host counts).  Names may be internationalised: what is asked are
 * A-labels, what is shown are U-labels beside them (RFC 5890, by libidn2).
 * Every octet is hostile. */

#include <stdbool.h>

#include "base/str.h"
#include "wire/addr.h"

enum {
	CHECK_NAME = 256,	/* octets of a name in A-labels, and its NUL */
	CHECK_SHOWN = 640,	/* of the same in U-labels */
	CHECK_LINE = 1024,	/* longest text that is read at all */
};

enum check_kind { CHECK_ADDR, CHECK_DOMAIN, CHECK_HOST, CHECK_KINDS };

struct check_name {
	enum check_kind	kind;
	struct addr	addr;			/* of CHECK_ADDR */
	char		name[CHECK_NAME];	/* lower case, no final dot; or the address as text */
	char		shown[CHECK_SHOWN];	/* U-labels, harmless on a terminal; "": as name */
};

/* Reads one.  host: a name is a host, not a domain (a mail address is a domain
 * in any case).  why (a static, translated sentence) is set on failure.
 * Returns 0, SEK_EPARSE or SEK_ENOMEM. */
int check_name_read(struct check_name *out, struct str text, bool host,
    const char **why) MUST_CHECK;

/* "domain", "address", "host": for JSON and CSV. */
const char *check_kind_tag(enum check_kind k);
