#include "tool/gate_hook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/hook.h"
#include "tool/json.h"

static const char option[] = "--on-open";

struct place {
	struct hook	hook;
	char		addr[64];
};

struct gate_hooks {
	struct loop	*loop;
	struct loop_timer *timer;	/* looks after them: no SIGCHLD of others is ours */
	const char	*command;
	void		(*said)(void *ctx, const char *addr, const char *text);
	void		*ctx;
	void		(*done)(void *ctx);
	void		*done_ctx;
	struct place	 place[GATE_HOOKS];
};

unsigned
gate_hooks_busy(const struct gate_hooks *h)
{
	unsigned n = 0;

	for (size_t i = 0; h != NULL && i < GATE_HOOKS; i++)
		n += h->place[i].hook.pid > 0;
	return n;
}

void
gate_hooks_idle(struct gate_hooks *h, void (*done)(void *ctx), void *ctx)
{
	h->done = done;
	h->done_ctx = ctx;
}

/* --- the end of one --- */

static void
look(void *ctx)
{
	struct gate_hooks *h = ctx;
	struct mono now = loop_clock(h->loop)->mono(loop_clock(h->loop));

	for (size_t i = 0; i < GATE_HOOKS; i++) {
		char said[HOOK_SAID];

		if (h->place[i].hook.pid <= 0)
			continue;
		hook_look(&h->place[i].hook, now, option, said);
		if (said[0] != '\0')
			h->said(h->ctx, h->place[i].addr, said);
	}
	if (gate_hooks_busy(h) > 0)
		loop_timer_set(h->timer, HOOK_LOOK_MS);
	else if (h->done != NULL)
		h->done(h->done_ctx);
}

int
gate_hooks_new(struct gate_hooks **out, struct loop *l, const char *command,
    void (*said)(void *ctx, const char *addr, const char *text), void *ctx)
{
	struct gate_hooks *h = calloc(1, sizeof(*h));
	int err;

	if (h == NULL)
		return SEK_ENOMEM;
	h->loop = l;
	h->command = command;
	h->said = said;
	h->ctx = ctx;
	err = loop_timer(&h->timer, l, look, h);
	if (err != 0) {
		free(h);
		return err;
	}
	*out = h;
	return 0;
}

void
gate_hooks_free(struct gate_hooks *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < GATE_HOOKS; i++)
		hook_stop(&h->place[i].hook);
	loop_timer_free(h->timer);
	free(h);
}

/* --- the beginning of one --- */

static void
facts_of(struct hook_facts *f, const char *host, const char *reason, const json_t *ev)
{
	f->n = 0;
	hook_fact(f, "SEKIMORI_EVENT", "open");
	hook_fact(f, "SEKIMORI_HOST", host);
	hook_fact(f, "SEKIMORI_ADDR", tool_json_text(ev, "addr"));
	hook_fact_number(f, "SEKIMORI_PORT", tool_json_int(ev, "port"));
	hook_fact(f, "SEKIMORI_FORM", tool_json_text(ev, "form"));
	hook_fact_number(f, "SEKIMORI_TAKEN", tool_json_int(ev, "taken"));
	hook_fact_number(f, "SEKIMORI_TOLD", tool_json_int(ev, "told"));
	hook_fact_number(f, "SEKIMORI_CLOSED_BEFORE", tool_json_int(ev, "closed_before"));
	hook_fact(f, "SEKIMORI_GATE", tool_json_text(ev, "gate"));
	hook_fact(f, "SEKIMORI_REASON", reason != NULL ? reason : "");
}

static struct place *
place_for(struct gate_hooks *h, const char *addr)
{
	struct place *free = NULL;

	for (size_t i = 0; i < GATE_HOOKS; i++) {
		struct place *p = &h->place[i];

		if (p->hook.pid > 0 && strcmp(p->addr, addr) == 0)
			return NULL;
		if (p->hook.pid == 0 && free == NULL)
			free = p;
	}
	return free;
}

void
gate_hooks_run(struct gate_hooks *h, const char *host, const char *reason,
    const json_t *ev)
{
	struct place *p = place_for(h, tool_json_text(ev, "addr"));
	struct mono now = loop_clock(h->loop)->mono(loop_clock(h->loop));
	struct hook_facts facts;
	char said[HOOK_SAID];

	if (p == NULL)
		return;
	snprintf(p->addr, sizeof(p->addr), "%s", tool_json_text(ev, "addr"));
	facts_of(&facts, host, reason, ev);
	if (hook_start(&p->hook, h->command, &facts, now) != 0) {
		snprintf(said, sizeof(said), _("%s: could not be started: %s"), option, strerror(errno));
		h->said(h->ctx, p->addr, said);
		return;
	}
	loop_timer_set(h->timer, HOOK_LOOK_MS);
}
