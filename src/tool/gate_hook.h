#pragma once
/* tool/gate_hook.h -- the program of --on-open, one an address (tool/hook).
 *
 * Texts in the environment are numbers, addresses, form ids and what the person
 * typed; nothing of them was chosen by the server that is watched. */

#include <jansson.h>
#include <stdbool.h>

#include "sys/loop.h"

enum { GATE_HOOKS = 16 };

struct gate_hooks;

/* said gets a sentence for a person when one could not be started, was killed or
 * failed; addr is whom it was for. */
int gate_hooks_new(struct gate_hooks **out, struct loop *l, const char *command,
    void (*said)(void *ctx, const char *addr, const char *text), void *ctx) MUST_CHECK;
void gate_hooks_free(struct gate_hooks *h);	/* kills what runs; h may be NULL */

/* Starts it for an event gate-open; one that still runs for that address is left
 * to it. */
void gate_hooks_run(struct gate_hooks *h, const char *host, const char *reason,
    const json_t *ev);

/* How many run; done(ctx) comes each time when none does any more. */
unsigned gate_hooks_busy(const struct gate_hooks *h);
void gate_hooks_idle(struct gate_hooks *h, void (*done)(void *ctx), void *ctx);
