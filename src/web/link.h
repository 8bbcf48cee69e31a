#pragma once
/* web/link.h -- links of the API's documents: RFC 9083 4.2, relations of RFC 8288.
 *
 * Pure but for memory. */

#include <jansson.h>

#include "base/err.h"

struct link_to {
	const char	*rel;
	const char	*type;		/* "application/json" */
	const char	*hreflang;	/* or NULL */
};

/* Appends a link to list whose href is url and path.
 * url  web.url with its final slash; "" gives references to the host's root
 * fmt  makes the path, without a leading slash, of words that need no escaping
 * err  SEK_ENOMEM is put there */
void link_add(json_t *list, int *err, const struct link_to *to, const char *url,
    const char *fmt, ...) PRINTF_LIKE(5, 6);
