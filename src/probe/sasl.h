#pragma once
/* probe/sasl.h -- our side of an AUTH exchange with credentials of nobody.
 *
 * Never a guess at a real account: one pair of random texts, an empty pair, or
 * none at all (relay-tests 3.5, U01 to U04).  Sources: RFC 4954; RFC 4616
 * (PLAIN); RFC 2195 (CRAM-MD5); RFC 4505 (ANONYMOUS); MS-SMTPNTLM and MS-NLMP
 * 3.2.5.1.2 (anonymous NTLM); LOGIN as every server does it. */

#include "base/str.h"

enum { SASL_TEXT = 32, SASL_LINE = 512 };

struct sasl {
	unsigned	mechanism;	/* one of enum dlg_caps */
	char		user[SASL_TEXT + 1], pass[SASL_TEXT + 1];	/* both may be empty */
	unsigned	round;		/* challenges answered so far */
};

/* The AUTH command without its CRLF.  trace: who we are, of ANONYMOUS.
 * Returns 0, SEK_ELIMIT, or SEK_EPARSE for no mechanism of ours. */
int sasl_first(char out[SASL_LINE], struct sasl *s, struct str trace) MUST_CHECK;

/* The line that answers a challenge (hostile: text of a 334 reply); "*", which
 * ends the exchange, where there is nothing more to say. */
void sasl_next(char out[SASL_LINE], struct sasl *s, struct str challenge);
