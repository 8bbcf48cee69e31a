#pragma once
/* web/embed.h -- what is built into web: templates, style, script, picture.
 *
 * Made at build by make_pages from pages/ and static/; sorted by name. */

#include "base/str.h"

struct embedded {
	const char	*name;		/* "page-check" of a template, else "style.css" */
	const char	*type;		/* of a file: Content-Type */
	const char	*digest;	/* of a file: 16 hex digits of its SHA-256 */
	struct str	 octets;	/* static */
};

extern const struct embedded embed_pages[], embed_files[];
extern const size_t embed_pages_n, embed_files_n;

/* The row of that name, or NULL.  rows: one of the tables, n: its length. */
const struct embedded *embed_find(const struct embedded *rows, size_t n,
    const char *name);
