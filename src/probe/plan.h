#pragma once
/* probe/plan.h -- what the placeholders of a form stand for, for one target.
 *
 * Names come from four places.  Those that are the target's own word (banner,
 * EHLO reply) are believed in the laboratory only; elsewhere a name counts
 * when it was seen to lead to the target (forward-confirmed PTR, or the
 * order's name checked the same way), so that no probe carries a third party's
 * name (relay-tests section 1).  All names are hostile until plan_name() took
 * them. */

#include <stdbool.h>

#include "fact/message.h"
#include "fact/relaytest.h"
#include "sys/conf.h"

enum plan_source {	/* the best known wins */
	PLAN_NONE = 0,
	PLAN_EHLO, PLAN_BANNER,	/* laboratory only */
	PLAN_ORDER,		/* as the target was named: laboratory, or confirmed */
	PLAN_PTR,		/* forward-confirmed */
};

struct plan {		/* plain data */
	bool			lab;
	enum plan_source	from;
	char			host[TEXT_HOST + 1];	/* lower case; "" unknown */
	char			dom[TEXT_HOST + 1];	/* registrable domain of host; "" none */
	char			ip[ADDR_TEXT + 5];	/* as in a literal: "IPv6:2001:db8::1" */
	char			rx[ADDR_TEXT + 5];	/* our mailbox's address; "" unknown */
};

/* The public suffix list, read once before the sandbox. */
struct plan_list;
int plan_list_new(struct plan_list **out) MUST_CHECK;	/* 0 or SEK_ENOMEM */
void plan_list_free(struct plan_list *l);		/* may be NULL */

void plan_start(struct plan *p, const struct addr *target, bool lab, const struct conf *c);

/* Offers a host name.  Taken when it is one (letters, digits, -, _, at least
 * one dot, no address), its source may be used here and is better than what is
 * known.  confirmed: an address of the name is the target's.
 * Returns whether it was taken. */
bool plan_name(struct plan *p, const struct plan_list *l, enum plan_source from,
    bool confirmed, struct str name);

/* Fills mail_from and rcpt_to (each TEXT_PATH + 1) for a form, or takes them
 * from the message when this is a retry.
 * Returns 0, SEK_EPARSE (a name is unknown) or SEK_ELIMIT (longer than the 254
 * octets of an address): then the form is skipped. */
int plan_fill(char *mail_from, char *rcpt_to, const struct plan *p,
    const struct msg_form *m, const struct conf *c) MUST_CHECK;

/* The greeting's name for a form (cap TEXT_HOST + 1): its own, or ours.
 * Returns as plan_fill. */
int plan_greeting(char *out, const struct plan *p, uint8_t form,
    const struct conf *c) MUST_CHECK;
