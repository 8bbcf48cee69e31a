#pragma once
/* wire/mail_event.h -- what one line of a mail server's log says, the same for
 * all servers.
 *
 * Plain data; every str borrows the line and is hostile.  Filled by
 * log_postfix, log_exim, log_sendmail and log_opensmtpd, joined to messages by
 * account/join. */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "wire/addr.h"

enum mail_mta { MAIL_NO_MTA, MAIL_POSTFIX, MAIL_EXIM, MAIL_SENDMAIL, MAIL_OPENSMTPD, MAIL_MTA_N };

enum mail_event_kind {
	MAIL_NOTHING,		/* a line of this server that nothing is counted from; only kind and mta are set */
	MAIL_SESSION,		/* of session: client, account (after a login that succeeded) */
	MAIL_ARRIVES,		/* id is a new message: client, account, uid or parent; perhaps all of MAIL_ENVELOPE */
	MAIL_ENVELOPE,		/* of id: sender, size, n_rcpt, message_id; what is known of them */
	MAIL_DELIVERS,		/* of id: an attempt for recipient, with status */
	MAIL_BEGETS,		/* id made the message child (a bounce, a copy) */
	MAIL_REFUSES,		/* a client, sender or recipient was refused; id may be empty */
	MAIL_LOGIN_FAILS,	/* account may be empty */
	MAIL_ENDS,		/* id has left the queue */
	MAIL_LOST,		/* lost_n lines are missing here, 0: some */
	MAIL_REPEATS,		/* the line before stood lost_n times more */
	MAIL_STARTS,		/* the server (re)started: queue ids of OpenSMTPD's sessions begin anew */
	MAIL_KIND_N
};

enum mail_status {		/* of MAIL_DELIVERS */
	MAIL_SENT, MAIL_DEFERRED, MAIL_BOUNCED, MAIL_EXPIRED, MAIL_DISCARDED, MAIL_HELD, MAIL_STATUS_N
};

enum mail_flag {
	MAIL_LOCAL_DELIVERY = 1,	/* into a mailbox, a program or a file of this host or by LMTP */
	MAIL_IS_BOUNCE = 2,		/* this message is a notice that the server made itself */
	MAIL_RELAY_DENIED = 4,		/* refused because the recipient is not ours */
	MAIL_BY_FILTER = 8,		/* refused or held by a milter, an access table or a content check */
	MAIL_TO_PROGRAM = 16,		/* delivered into a pipe: a list manager, vacation, a content filter */
	MAIL_TLS = 32,
	MAIL_ALL_RCPTS = 64,		/* the attempt is for every recipient of id */
	MAIL_RETRY_OVER = 128,		/* Exim "** retry timeout exceeded", Sendmail "timed out" */
	MAIL_ALIASED = 256,		/* Sendmail: of an arrival, its client writes <>; of a recipient, it has none: then an
					 * alias of ours made it */
	MAIL_LOGGED_IN = 512,		/* of an arrival: its client had logged in, be account known or not */
	MAIL_SIEVED = 1024,		/* into a mailbox by a server that may send it on: Sieve, a list manager */
	MAIL_IS_PROBE = 2048,		/* no letter: its recipient is only tried (Postfix's address verification, sendmail -bv) */
};

struct mail_event {
	enum mail_event_kind	kind;
	enum mail_mta		mta;
	enum mail_status	status;
	unsigned		flags;		/* bits of mail_flag */
	struct str		instance;	/* "postfix", "postfix-out", ""; ids are unique within one; a literal of a line
						 * of MailScanner */
	struct str		service;	/* "submission", "smtpd", "pickup", a transport's or router's name */
	struct str		id;		/* queue id */
	struct str		session;	/* OpenSMTPD's session, Sendmail's or Exim's pid where a login is a line of its own */
	struct str		child;		/* MAIL_BEGETS; MAIL_DELIVERS: "queued as" of the next hop's reply */
	struct str		parent;		/* MAIL_ARRIVES: the message whose notice this is (Exim R=) */
	struct str		orig_id;	/* MAIL_ARRIVES: its id before: in front of a filter (Postfix orig_queue_id=), or before postsuper -r */
	bool			has_client, has_orig_client, has_relay, has_uid;
	struct addr		client;		/* of the connection */
	struct addr		orig_client;	/* what a filter in front handed on (XFORWARD, XCLIENT, PROXY) */
	struct str		client_name;	/* by DNS; "" when "unknown" */
	struct str		helo;
	struct str		account;	/* authenticated as */
	struct str		auth_method;	/* "PLAIN", "login" */
	uint32_t		uid;		/* local submission; user is its name where written */
	struct str		user;
	struct str		dir;		/* where the program ran that called sendmail (Exim's cwd=), on a line of its own */
	struct str		sender;		/* without <>; see has_sender */
	bool			has_sender;	/* "<>" is a sender too */
	struct str		recipient;	/* one, or a list: walk it with mail_event_rcpt */
	struct str		orig_to;	/* as the client gave it, where the server rewrote it */
	struct str		message_id;	/* without <> */
	uint64_t		size;		/* octets; 0: not said */
	uint32_t		n_rcpt;		/* 0: not said */
	uint32_t		lost_n;
	struct str		relay_name;	/* next hop */
	struct addr		relay;
	uint16_t		relay_port;
	struct str		dsn;		/* "2.0.0" */
	struct str		reply;		/* what the next hop or we said */
};

enum { MAIL_OTHER = 1 };	/* from log_*_read: not a line of this server */

/* Takes the next recipient out of *rest (separated by comma, blank or both;
 * <> and quoted local parts understood, the name or comment that a header has
 * beside an address left out).  Returns 1, or 0 at the end. */
int mail_event_rcpt(struct str *one, struct str *rest);

/* The domain of an address: after its last @ outside quotes, the dot at its
 * end off; "" without one. */
struct str mail_event_domain(struct str address);
