#pragma once
/* tool/house.h -- keeper, prober and mailbox under one roof: the processes of
 * the daemon wired together in this one, over socket pairs and one loop. */

#include "sys/conf.h"
#include "sys/loop.h"
#include "sys/stream.h"
#include "tool/client.h"

struct house;

struct house_in {	/* all borrowed */
	struct loop		*loop;
	const struct conf	*conf;
	const char		*store;	/* url of the ledger, or "memory:" */
	struct dialer		*dialer;
};

struct house_why {
	int	exit;		/* exit code */
	char	text[400];	/* what and where, in English */
};

/* Opens everything and binds conf's receive.listen.  why is set on failure.
 * Returns 0 or a negative sek_err. */
int house_new(struct house **out, const struct house_in *in,
    struct house_why *why) MUST_CHECK;

/* The control protocol's other end; lives as long as the house. */
struct client *house_client(struct house *h);

/* The resolver that the prober asks; it lives as long. */
struct resolver *house_resolver(struct house *h);

void house_free(struct house *h);	/* h may be NULL */
