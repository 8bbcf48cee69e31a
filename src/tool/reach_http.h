#pragma once
/* tool/reach_http.h -- do our own pages answer?
 *
 * One GET by HTTP/1.0 to a listening address of web.listen and to nobody else;
 * of the answer only the status is read. */

#include <stdbool.h>
#include <stdint.h>

#include "sys/loop.h"
#include "sys/stream.h"
#include "wire/addr.h"

enum { REACH_HTTP_MS = 10 * 1000 };

struct reach_http {
	bool		asked;
	bool		connected;
	uint16_t	code;		/* 0: no answer that is HTTP */
};

/* Runs l until the status is there or the time is up.  host: for the Host
 * field; path begins with /.  Pages that cannot be reached are no error.
 * Returns 0, SEK_ENOMEM, SEK_ELIMIT (host or path too long). */
int reach_http(struct reach_http *out, struct loop *l, struct dialer *d,
    const struct addr *to, uint16_t port, const char *host, const char *path) MUST_CHECK;
