#pragma once
/* tool/account_tell.h -- what the sandboxed child tells its parent while a log is
 * followed: alerts, and the text of the metrics.
 *
 * One message each on a SOCK_SEQPACKET, field by field.  The child reads hostile
 * bytes: its parent believes lengths and ranges only after looking, and cleans
 * texts again. */

#include "tool/account_alert.h"

enum { ACCOUNT_TELL = 32768, ACCOUNT_TELL_NONE = 1 };

enum account_tell_kind { ACCOUNT_TELL_ALERT = 1, ACCOUNT_TELL_METRICS };

struct account_told {
	enum account_tell_kind	kind;
	struct account_alert	alert;
	struct str		metrics;	/* borrowed from the message; ASCII with line feeds */
};

/* In the child.  Return 0, SEK_ELIMIT: too long, or SEK_ESYS. */
int account_tell_alert(int fd, const struct account_alert *a) MUST_CHECK;
int account_tell_metrics(int fd, struct str text) MUST_CHECK;

/* In the parent: reads one without waiting into room.
 * Returns 0; ACCOUNT_TELL_NONE: nothing there; SEK_EPARSE: no message that the
 * child can have sent; SEK_ESYS, with errno 0 at the end. */
int account_tell_read(struct account_told *out, int fd, char room[ACCOUNT_TELL]) MUST_CHECK;

/* Reads the octets of one message; pure. */
int account_tell_parse(struct account_told *out, struct str message) MUST_CHECK;
