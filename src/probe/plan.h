#pragma once
/* probe/plan.h -- what a host name is, which domains belong to it, and what
 * the placeholders of a form stand for.
 *
 * All names are hostile until plan_name() took them.  Which of them may stand
 * in a probe is found by naming.c and kept by keeper: a form comes with its
 * {host} and {dom}. */

#include <stdbool.h>

#include "fact/message.h"
#include "fact/relaytest.h"
#include "sys/conf.h"

enum { PLAN_DOMS = 3 };		/* of one host, at most */

struct plan {		/* plain data */
	bool	lab;
	char	ip[ADDR_TEXT + 5];	/* as in a literal: "IPv6:2001:db8::1" */
	char	rx[ADDR_TEXT + 5];	/* our mailbox's address; "" unknown */
	struct str mx;		/* name whose MX list holds the target behind us; borrowed */
};

/* The public suffix list, read once before the sandbox. */
struct plan_list;
int plan_list_new(struct plan_list **out) MUST_CHECK;	/* 0 or SEK_ENOMEM */
void plan_list_free(struct plan_list *l);		/* may be NULL */

void plan_start(struct plan *p, const struct addr *target, bool lab, const struct conf *c);

/* Is that a host name (letters, digits, -, _, at least one dot, no address)?
 * Then it is copied in lower case without the final dot; else out is "". */
bool plan_name(char out[TEXT_HOST + 1], struct str name);

/* The domains of a host: the registrable one, then the host less its first
 * label, less two ... (relay-tests section 1).  A host that is registrable
 * itself is its own domain; a public suffix has none.  out borrows from host
 * (lower case) or from the list.  Returns how many. */
size_t plan_doms(struct str out[PLAN_DOMS], const struct plan_list *l, const char *host);

/* The name in the probe domain at which the operator may have put an MX list
 * with the target in it: "mx-192-0-2-25.probe.example", "mx-2001-db8--25...".
 * Returns false when it is too long. */
bool plan_mx_name(char out[TEXT_HOST + 1], const struct addr *target, const struct conf *c);

/* Fills mail_from and rcpt_to (each TEXT_PATH + 1) for a form, or takes them
 * from the message when this is a retry.
 * Returns 0, SEK_EPARSE (a name is unknown) or SEK_ELIMIT (longer than the 254
 * octets of an address): then the form is skipped. */
int plan_fill(char *mail_from, char *rcpt_to, const struct plan *p,
    const struct msg_form *m, const struct conf *c) MUST_CHECK;

/* The greeting's name for a form (cap TEXT_HOST + 1): its own, or ours where m
 * is NULL or asks for none.  Returns as plan_fill. */
int plan_greeting(char *out, const struct plan *p, const struct msg_form *m,
    const struct conf *c) MUST_CHECK;
