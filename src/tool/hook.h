#pragma once
/* tool/hook.h -- a program that a person named, run when something happens: no
 * arguments, no shell, facts in its environment, killed when it takes too long.
 *
 * No loop: whoever starts it looks after it.  What the program writes goes to
 * standard error, since our output may be read by a program. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"

enum { HOOK_S = 30, HOOK_LOOK_MS = 50, HOOK_FACTS = 16, HOOK_VALUE = 700, HOOK_SAID = 400 };

/* Its environment: these, then what there was but for names that begin with
 * SEKIMORI_. */
struct hook_facts {
	char	at[HOOK_FACTS][HOOK_VALUE];	/* "NAME=value" */
	size_t	n;
};

/* One more; what does not fit is left out or cut. */
void hook_fact(struct hook_facts *f, const char *name, const char *value);
void hook_fact_number(struct hook_facts *f, const char *name, int64_t value);

struct hook {
	pid_t		pid;	/* 0: none runs */
	struct mono	start;
	bool		killed;
};

/* Starts it.  Returns 0, or SEK_ESYS. */
int hook_start(struct hook *h, const char *command, const struct hook_facts *f,
    struct mono now) MUST_CHECK;

/* Looks after it: when it is over h->pid is 0, and said has a sentence about its
 * end if that was not a good one, else "".  option names it there ("--on-open").
 * After HOOK_S it is killed with all that it started. */
void hook_look(struct hook *h, struct mono now, const char *option, char said[HOOK_SAID]);

/* Kills it, if it runs, and waits for it. */
void hook_stop(struct hook *h);
