#pragma once
/* wire/log_postfix_body.h -- what the files of wire/log_postfix share. */

#include "wire/log_postfix.h"
#include "wire/log_text.h"

/* Who wrote the line, by the last word of its tag. */
enum log_postfix_daemon {
	PF_SHAPE,	/* "postfix" alone: the rest of the tag was cut off */
	PF_SMTPD, PF_CLEANUP, PF_QMGR, PF_PICKUP, PF_SMTP, PF_LMTP, PF_LOCAL, PF_VIRTUAL, PF_PIPE,
	PF_ERROR, PF_DISCARD, PF_BOUNCE, PF_POSTSCREEN, PF_POSTSUPER, PF_MASTER,
	PF_MUTE,	/* one that nothing is counted from */
};

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

/* The id under which the next hop has it, out of its whole reply: the last
 * word of "... queued as ID", "OK id=ID", or the one before "Message accepted
 * for delivery"; "" if it says none. */
struct str log_postfix_queued_as(struct str reply);
void log_postfix_deliver(struct mail_event *out, struct str s, enum log_postfix_daemon by);	/* from "<" of to=<...> */
