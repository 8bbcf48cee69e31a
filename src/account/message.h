#pragma once
/* account/message.h -- one message as its lines tell it, whole: what join
 * hands to tally when it is over (or still queued when the log ends).
 *
 * A message counts once: the legs behind a content filter are folded into the
 * first (forensics.md 4.8), a queue id that comes again is another message
 * (4.5).  The strs are hostile and live until the call returns. */

#include "account/where.h"
#include "wire/mail_event.h"

enum account_origin {
	ACCOUNT_FROM_UNKNOWN,	/* accepted before the log begins, or its line is lost */
	ACCOUNT_FROM_CLIENT,	/* by SMTP, nobody logged in */
	ACCOUNT_FROM_ACCOUNT,	/* by SMTP, logged in */
	ACCOUNT_FROM_LOCAL,	/* by the sendmail program: uid, user */
	ACCOUNT_FROM_SERVER,	/* the server's own notice (bounce, delay) */
	ACCOUNT_ORIGIN_N
};

enum account_end { ACCOUNT_QUEUED, ACCOUNT_DELIVERED, ACCOUNT_DEFERRED, ACCOUNT_BOUNCED, ACCOUNT_DISCARDED, ACCOUNT_END_N };

enum account_rcpt_flag {		/* beside the bits of mail_flag */
	ACCOUNT_RCPT_RELAY_TRANSPORT = 1 << 16,	/* by Postfix's transport "relay": a domain of relay_domains */
	ACCOUNT_RCPT_PASSED_ON = 1 << 17,	/* to a filter or alias whose own message was not found */
};

struct account_recipient {	/* each address once, however often it was tried */
	struct str		address;	/* where it went */
	struct str		given;		/* as the client gave it; "" : the same */
	enum account_end	end;		/* the last word */
	uint32_t		attempts;
	unsigned		flags;		/* mail_flag bits of its attempts */
	bool			has_relay;
	struct addr		relay;
	struct str		relay_name;
	struct str		reply;		/* of the last attempt that was not a delivery; kept when it names a list */
	struct account_when	first, last;	/* attempts */
};

struct account_message {
	enum mail_mta		mta;
	enum account_origin	origin;
	bool			has_client;
	bool			filtered;	/* legs were folded */
	struct addr		client;
	struct str		client_name, helo, account, user, service;
	uint32_t		uid;
	bool			has_uid, has_sender;
	struct str		sender, message_id, id;
	uint64_t		size;
	uint32_t		n_rcpt;		/* as the server said, perhaps more than are known */
	struct account_when	accepted;	/* its first line */
	struct account_when	ended;		/* its last; line 0: still queued at the end */
	const struct account_recipient *rcpt;
	size_t			n;
};
