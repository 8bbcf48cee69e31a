#pragma once
/* tool/doctor_gather.h -- looks: at this machine, at the resolver's answers, at
 * our own listening sockets and name servers.
 *
 * Packets go to the configured resolver, to addresses of receive.listen and
 * dns.listen, and to those of the names in dns.ns that doctor_facts_reach()
 * permits; to nobody else. */

#include "sys/stream.h"
#include "tool/doctor_view.h"

struct gather {
	struct view	*view;		/* facts, own and control are the caller's; the rest zero */
	struct loop	*loop;
	struct resolver	*resolver;
	struct dialer	*dialer;
	struct rand	*rand;		/* for names that nobody has */
	bool		(*stop)(void);	/* asked between steps and while waiting; may be NULL */
	void		(*doing)(void *ctx, const char *text);	/* N_(); may be NULL */
	void		*ctx;
};

enum { GATHER_STOP = 1 };

/* Does all of it.  Returns 0, GATHER_STOP, SEK_ENOMEM, SEK_ESYS (no sockets). */
int doctor_gather(struct gather *g) MUST_CHECK;
