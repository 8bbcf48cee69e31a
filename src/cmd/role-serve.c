/* cmd/role-serve.c -- sekimori-role-serve: DNS over UDP, one process a core.
 *
 * No loop and no library: it cannot use sys/role, so it does by hand what
 * sys/role.h describes.  Sockets and snapshots come as descriptors before or
 * after MSG_READY; the sandbox is closed before the first of them is read. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "serve/worker.h"
#include "sys/conf.h"
#include "sys/frame.h"
#include "sys/policy.h"
#include "sys/sandbox.h"

enum { PARENT_FD = 3, BOX_TEXT = 80 };		/* as ROLE_FD of sys/role.h */

static bool
started_by_parent(void)
{
	socklen_t n = sizeof(int);
	int type = 0;

	if (getsockopt(PARENT_FD, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	    type == SOCK_SEQPACKET)
		return true;
	fprintf(stderr, "sekimori-role-serve: is started by sekimorid(8), "
	    "not by hand\n");
	return false;
}

static int
fail(const char *what, int err)
{
	log_event(LOG_LV_ERR, "role-failed", LOG_Z("what", what),
	    LOG_Z("why", sek_strerror(err)));
	return err == SEK_ENOMEM || err == SEK_ESYS ? EXIT_OSERR : EXIT_SOFTWARE;
}

/* Waits for the first message, which is the configuration.
 * Returns 0, FRAME_EOF when the parent died first, or negative. */
static int
read_conf(struct conf **out)
{
	struct pollfd p = { .fd = PARENT_FD, .events = POLLIN };
	struct conf_why why;
	struct msg_text m;
	struct frame f;
	int err;

	while ((err = frame_read(PARENT_FD, &f)) == FRAME_AGAIN)
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return SEK_ESYS;
	if (err != 0)
		return err;
	if (f.type != MSG_CONF || f.fd >= 0)
		return SEK_EPARSE;
	err = frame_decode(&m, sizeof(m), &f);
	return err != 0 ? err : conf_from_text(out, m.text, &why);
}

static int
enter(const struct conf *c)
{
	const struct sandbox box = { .role = "serve", .user = c->user };
	struct sandbox_reached reached;
	char text[BOX_TEXT];
	struct msg_text ready;
	int err = sandbox_enter(&box, &reached);

	if (err != 0) {
		log_event(LOG_LV_ERR, "sandbox-failed", LOG_Z("user", c->user),
		    LOG_Z("why", strerror(errno)));
		return err;
	}
	sandbox_text(text, sizeof(text), &reached);
	ready.text = str_of(text);
	err = frame_write(PARENT_FD, MSG_READY, &ready, -1);
	return err > 0 ? SEK_ESYS : err;
}

static struct worker *
make_worker(const struct conf *c)
{
	struct worker_setup setup = { .rate = c->dns_rate, .slip = c->dns_slip,
		.n_signers = c->n_transfer_from };

	_Static_assert((int)SIGNED_NETS == (int)CONF_NETS, "all of them");
	memcpy(setup.signers, c->transfer_from, sizeof(setup.signers));
	policy_of(&setup.policy, c);
	return worker_new(PARENT_FD, &clock_real, &setup);
}

int
main(void)
{
	struct conf *conf = NULL;
	struct worker *w;
	int err;

	if (!started_by_parent())
		return EXIT_USAGE;
	signal(SIGPIPE, SIG_IGN);
	log_setup("serve", LOG_LV_INFO, getenv("JOURNAL_STREAM") != NULL);
	err = read_conf(&conf);
	if (err == FRAME_EOF)
		return EXIT_TEMPFAIL;
	if (err != 0)
		return fail("no configuration from the parent", err);
	w = make_worker(conf);
	if (w == NULL)
		return fail("no memory", SEK_ENOMEM);
	err = enter(conf);
	conf_free(conf);
	if (err != 0)
		return fail("sandbox", err);
	err = worker_run(w);
	worker_free(w);
	return err == 0 ? 0 : fail("what the parent says", err);
}
