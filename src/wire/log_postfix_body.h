#pragma once
/* wire/log_postfix_body.h -- what the files of wire/log_postfix share. */

#include "wire/log_cut.h"
#include "wire/log_postfix.h"

/* Who wrote the line, by the last word of its tag. */
enum log_postfix_daemon {
	PF_SHAPE,	/* "postfix" alone: the rest of the tag was cut off */
	PF_SMTPD, PF_CLEANUP, PF_QMGR, PF_PICKUP, PF_SMTP, PF_LMTP, PF_LOCAL, PF_VIRTUAL, PF_PIPE,
	PF_ERROR, PF_DISCARD, PF_BOUNCE, PF_POSTSCREEN, PF_POSTSUPER, PF_MASTER,
	PF_MUTE,	/* one that nothing is counted from */
};

/* log_postfix_word.c */

struct log_postfix_host {
	struct str	name;	/* hostile */
	bool		has_addr;
	struct addr	addr;
	uint16_t	port;	/* 0: not written */
};

/* Takes "name[192.0.2.1]:25", "name[IPv6:2001:db8::1]", "[192.0.2.1]:25" or
 * "name[unknown]" off *s.  Returns false with *s as it was when no [ stands in
 * its first 256 octets, or no ] behind it. */
bool log_postfix_host_take(struct log_postfix_host *out, struct str *s);

/* Takes "<...>" off *s: what is inside.  A > inside of quotes does not end it,
 * if the quotes close; older servers write addresses without them, so one
 * that no blank, comma, colon, semicolon or end follows does not either.
 * Returns false with *s as it was when it does not begin with < or never ends. */
bool log_postfix_angle(struct str *out, struct str *s);

/* Up to the first ", ", which goes too; all of *s without one. */
struct str log_postfix_value(struct str *s);

/* Each fills *out, whose mta, instance, service and (of lines that begin with
 * one) id are set, from s: the text behind what announced it.  A line that
 * does not go on as it should stays MAIL_NOTHING. */

/* log_postfix_smtpd.c */
void log_postfix_client(struct mail_event *out, struct str s);	/* behind "client=" */
void log_postfix_reject(struct mail_event *out, struct str s);	/* behind "reject: " */
void log_postfix_hold(struct mail_event *out, struct str s);	/* behind "hold: " */
void log_postfix_discard(struct mail_event *out, struct str s);	/* behind "discard: " */
void log_postfix_milter(struct mail_event *out, struct str s);	/* behind "milter-" */
void log_postfix_proxy(struct mail_event *out, struct str s);	/* behind "proxy-" */
void log_postfix_warning(struct mail_event *out, struct str s);	/* of smtpd, behind "warning: " */

/* log_postfix_deliver.c */
void log_postfix_deliver(struct mail_event *out, struct str s, enum log_postfix_daemon by);	/* from "<" of to=<...> */
