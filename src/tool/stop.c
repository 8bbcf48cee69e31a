#include "tool/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

static void
note(int signo)
{
	(void)signo;
	asked = 1;
}

void
stop_setup(void)
{
	struct sigaction sa = { .sa_handler = note };	/* no SA_RESTART */

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

bool
stop_asked(void)
{
	return asked != 0;
}
