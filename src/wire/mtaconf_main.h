#pragma once
/* wire/mtaconf_main.h -- values of Postfix's main.cf, with other values put in. */

#include "wire/mtaconf_body.h"

struct mtaconf_main {
	const struct mtaconf_file	*file;
	char				*room;		/* MTACONF_ROOM octets, of the caller */
	size_t				 len;		/* octets in room */
	unsigned			 left;		/* values that may still be put in */
	bool				 depends;	/* something in the value cannot be known */
};

/* The next logical line: its text with all lines that continue it, and the
 * number of its first; at counts lines.  Returns 0 at the end. */
int mtaconf_main_line(struct str *out, uint32_t *line, struct str *rest, uint32_t *at);

/* The line that sets name; 0: none does, and *value is the default or "". */
uint32_t mtaconf_main_find(const struct mtaconf_main *m, struct str name, struct str *value);

/* raw with everything put in; lies in room until the next call.  Sets depends.
 * \1 stands for a name of this host that no file says. */
struct str mtaconf_main_value(struct mtaconf_main *m, struct str raw);

/* Octets of s up to the bracket that closes the one at its begin, both
 * counted; 0: it is never closed. */
size_t mtaconf_main_closing(struct str s);
