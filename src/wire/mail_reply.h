#pragma once
/* wire/mail_reply.h -- what an SMTP reply in a log line says: its status code
 * and under which id the next hop has the message.
 *
 * Pure; the reply is hostile: whoever runs the next hop writes it, so an id
 * out of it is a hint that joins two legs only where that hop is ours. */

#include "base/str.h"

/* "5.7.1" out of "550 5.7.1 text", "550-5.7.1 text" or "5.7.1 text"
 * (RFC 3463); "" without one. */
struct str mail_reply_dsn(struct str reply);

/* What is behind code and status: "text". */
struct str mail_reply_text(struct str reply);

/* The id out of
 *   250 2.0.0 Ok: queued as 4Xyz12        Postfix, and filters that pass it on
 *   250 OK id=1a2b3c-0004d5-6E            Exim
 *   250 2.0.0 32A1B2c3 Message accepted for delivery	Sendmail
 *   250 2.0.0: 7f3a91c2 Message accepted for delivery	OpenSMTPD
 * with or without code and status in front; "" without one. */
struct str mail_reply_queued_as(struct str reply);

enum mail_reply_fate {
	MAIL_REPLY_TAKEN,
	MAIL_REPLY_DROPPED,	/* "2.7.0 Ok, discarded, id=..." of amavis, "2.7.0 BLOCKED (ID)" of Proxmox: nobody gets it */
	MAIL_REPLY_HANDED_BACK,	/* "2.5.0 OK (ID)" of Proxmox: it comes back under a queue id that is not named */
};

/* What a reply that took a message says of what becomes of it. */
enum mail_reply_fate mail_reply_fate(struct str reply);
