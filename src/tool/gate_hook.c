#include "tool/gate_hook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/json.h"

enum { LOOK_MS = 50, VALUE = 700, FACTS = 10, ENVIRONMENT = 1024 };

struct hook {
	pid_t		pid;		/* 0: free */
	struct mono	start;
	bool		killed;
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
	struct hook	 hook[GATE_HOOKS];
	char		 fact[FACTS][VALUE];
	size_t		 facts;
};

extern char **environ;

unsigned
gate_hooks_busy(const struct gate_hooks *h)
{
	unsigned n = 0;

	for (size_t i = 0; h != NULL && i < GATE_HOOKS; i++)
		n += h->hook[i].pid > 0;
	return n;
}

void
gate_hooks_idle(struct gate_hooks *h, void (*done)(void *ctx), void *ctx)
{
	h->done = done;
	h->done_ctx = ctx;
}

static void
say(struct gate_hooks *h, const struct hook *k, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void
say(struct gate_hooks *h, const struct hook *k, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	h->said(h->ctx, k->addr, text);
}

/* --- the end of one --- */

static void
ended(struct gate_hooks *h, struct hook *k, int status)
{
	k->pid = 0;
	if (k->killed)
		say(h, k, _("--on-open: killed after %d s"), (int)GATE_HOOK_S);
	else if (WIFSIGNALED(status))
		say(h, k, _("--on-open: ended by signal %d"), WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127)
		say(h, k, "%s", _("--on-open: could not be started"));
	else if (WEXITSTATUS(status) != 0)
		say(h, k, _("--on-open: ended with %d"), WEXITSTATUS(status));
}

static void
look_at(struct gate_hooks *h, struct hook *k, struct mono now)
{
	int status;
	pid_t got = waitpid(k->pid, &status, WNOHANG);

	if (got == k->pid)
		ended(h, k, status);
	else if (got < 0)
		k->pid = 0;		/* not ours any more */
	else if (!k->killed && now.ms - k->start.ms >= GATE_HOOK_S * 1000) {
		k->killed = true;
		kill(-k->pid, SIGKILL);	/* it leads a group of its own */
	}
}

static void
look(void *ctx)
{
	struct gate_hooks *h = ctx;
	struct mono now = loop_clock(h->loop)->mono(loop_clock(h->loop));

	for (size_t i = 0; i < GATE_HOOKS; i++)
		if (h->hook[i].pid > 0)
			look_at(h, &h->hook[i], now);
	if (gate_hooks_busy(h) > 0)
		loop_timer_set(h->timer, LOOK_MS);
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
		if (h->hook[i].pid > 0) {
			kill(-h->hook[i].pid, SIGKILL);
			(void)waitpid(h->hook[i].pid, NULL, 0);
		}
	loop_timer_free(h->timer);
	free(h);
}

/* --- the beginning of one --- */

static void
fact(struct gate_hooks *h, const char *name, const char *value)
{
	if (h->facts < FACTS)
		snprintf(h->fact[h->facts++], VALUE, "%s=%s", name, value);
}

static void
fact_number(struct gate_hooks *h, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	fact(h, name, text);
}

static void
facts_of(struct gate_hooks *h, const char *host, const char *reason, const json_t *ev)
{
	h->facts = 0;
	fact(h, "SEKIMORI_EVENT", "open");
	fact(h, "SEKIMORI_HOST", host);
	fact(h, "SEKIMORI_ADDR", tool_json_text(ev, "addr"));
	fact_number(h, "SEKIMORI_PORT", tool_json_int(ev, "port"));
	fact(h, "SEKIMORI_FORM", tool_json_text(ev, "form"));
	fact_number(h, "SEKIMORI_TAKEN", tool_json_int(ev, "taken"));
	fact_number(h, "SEKIMORI_TOLD", tool_json_int(ev, "told"));
	fact_number(h, "SEKIMORI_CLOSED_BEFORE", tool_json_int(ev, "closed_before"));
	fact(h, "SEKIMORI_GATE", tool_json_text(ev, "gate"));
	fact(h, "SEKIMORI_REASON", reason != NULL ? reason : "");
}

/* Ours first, then what there was but for names that are ours. */
static void
environment(struct gate_hooks *h, char *env[ENVIRONMENT])
{
	size_t n = 0;

	for (size_t i = 0; i < h->facts; i++)
		env[n++] = h->fact[i];
	for (char **e = environ; *e != NULL && n + 1 < ENVIRONMENT; e++)
		if (strncmp(*e, "SEKIMORI_", 9) != 0)
			env[n++] = *e;
	env[n] = NULL;
}

/* In the child.  What it writes goes where our messages go: the output may be
 * read by a program. */
static _Noreturn void
become(const char *command, char *const env[])
{
	char *argv[] = { (char *)(uintptr_t)command, NULL };
	int nothing = open("/dev/null", O_RDWR);
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (nothing >= 0)
		dup2(nothing, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execve(command, argv, env);
	_exit(127);
}

static struct hook *
place_for(struct gate_hooks *h, const char *addr)
{
	struct hook *free = NULL;

	for (size_t i = 0; i < GATE_HOOKS; i++) {
		struct hook *k = &h->hook[i];

		if (k->pid > 0 && strcmp(k->addr, addr) == 0)
			return NULL;
		if (k->pid == 0 && free == NULL)
			free = k;
	}
	return free;
}

void
gate_hooks_run(struct gate_hooks *h, const char *host, const char *reason,
    const json_t *ev)
{
	struct hook *k = place_for(h, tool_json_text(ev, "addr"));
	char *env[ENVIRONMENT];

	if (k == NULL)
		return;
	*k = (struct hook){ .start = loop_clock(h->loop)->mono(loop_clock(h->loop)) };
	snprintf(k->addr, sizeof(k->addr), "%s", tool_json_text(ev, "addr"));
	facts_of(h, host, reason, ev);
	environment(h, env);
	k->pid = fork();
	if (k->pid == 0)
		become(h->command, env);
	if (k->pid < 0) {
		k->pid = 0;
		say(h, k, _("--on-open: could not be started: %s"), strerror(errno));
		return;
	}
	setpgid(k->pid, k->pid);	/* whoever of us is first */
	loop_timer_set(h->timer, LOOK_MS);
}
