#include "tool/hook.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/i18n.h"

enum { ENVIRONMENT = 1024 };

extern char **environ;

void
hook_fact(struct hook_facts *f, const char *name, const char *value)
{
	if (f->n < HOOK_FACTS)
		snprintf(f->at[f->n++], HOOK_VALUE, "%s=%s", name, value);
}

void
hook_fact_number(struct hook_facts *f, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	hook_fact(f, name, text);
}

/* Ours first, then what there was but for names that are ours. */
static void
environment(const struct hook_facts *f, char *env[ENVIRONMENT])
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		env[n++] = (char *)(uintptr_t)f->at[i];
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

int
hook_start(struct hook *h, const char *command, const struct hook_facts *f, struct mono now)
{
	char *env[ENVIRONMENT];
	pid_t pid;

	environment(f, env);
	pid = fork();
	if (pid == 0)
		become(command, env);
	if (pid < 0)
		return SEK_ESYS;
	*h = (struct hook){ .pid = pid, .start = now };
	setpgid(pid, pid);	/* whoever of us is first */
	return 0;
}

static void
ended(const struct hook *h, int status, const char *option, char said[HOOK_SAID])
{
	if (h->killed)
		snprintf(said, HOOK_SAID, _("%s: killed after %d s"), option, (int)HOOK_S);
	else if (WIFSIGNALED(status))
		snprintf(said, HOOK_SAID, _("%s: ended by signal %d"), option, WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127)
		snprintf(said, HOOK_SAID, _("%s: could not be started"), option);
	else if (WEXITSTATUS(status) != 0)
		snprintf(said, HOOK_SAID, _("%s: ended with %d"), option, WEXITSTATUS(status));
}

void
hook_look(struct hook *h, struct mono now, const char *option, char said[HOOK_SAID])
{
	int status;
	pid_t got = h->pid > 0 ? waitpid(h->pid, &status, WNOHANG) : 0;

	said[0] = '\0';
	if (got > 0)
		ended(h, status, option, said);
	if (got != 0)			/* < 0: not ours any more */
		h->pid = 0;
	else if (h->pid > 0 && !h->killed && now.ms - h->start.ms >= HOOK_S * 1000) {
		h->killed = true;
		kill(-h->pid, SIGKILL);	/* it leads a group of its own */
	}
}

void
hook_stop(struct hook *h)
{
	if (h->pid <= 0)
		return;
	kill(-h->pid, SIGKILL);
	(void)waitpid(h->pid, NULL, 0);
	h->pid = 0;
}
