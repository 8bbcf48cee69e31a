/* cmd/role-serve.c -- sekimori-role-serve: DNS over UDP, one process a core.
 *
 * No loop and no library: it cannot use sys/role, so it does by hand what
 * sys/role.h describes.  Sockets and snapshots come as descriptors before or
 * after MSG_READY; the sandbox is closed before the first of them is read. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "serve/worker.h"
#include "sys/conf.h"
#include "sys/frame.h"
#include "sys/sandbox.h"

enum { PARENT_FD = 3 };		/* as ROLE_FD of sys/role.h */

static int
fail(const char *event, int err)
{
	log_event(LOG_LV_ERR, event, LOG_Z("why", sek_strerror(err)));
	return err == SEK_ENOMEM ? EXIT_OSERR : EXIT_SOFTWARE;
}

/* Waits for the first message, which is the configuration. */
static int
read_conf(struct conf **out, struct frame *f)
{
	struct pollfd p = { .fd = PARENT_FD, .events = POLLIN };
	struct conf_why why;
	struct msg_text m;
	int err;

	while ((err = frame_read(PARENT_FD, f)) == FRAME_AGAIN)
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return SEK_ESYS;
	if (err < 0)
		return err;
	if (err == FRAME_EOF || f->type != MSG_CONF || f->fd >= 0)
		return SEK_EPARSE;
	err = frame_decode(&m, sizeof(m), f);
	return err != 0 ? err : conf_from_text(out, m.text, &why);
}

static int
enter(const struct conf *c)
{
	const struct sandbox box = { .role = "serve", .user = c->user };
	struct sandbox_reached reached;
	char text[128];
	struct msg_text ready;
	int err = sandbox_enter(&box, &reached);

	if (err != 0)
		return err;
	sandbox_text(text, sizeof(text), &reached);
	ready.text = str_of(text);
	log_event(LOG_LV_INFO, "sandbox", LOG_T("reached", ready.text));
	err = frame_write(PARENT_FD, MSG_READY, &ready, -1);
	return err > 0 ? SEK_ESYS : err;
}

int
main(void)
{
	struct frame *f = malloc(sizeof(*f));
	struct conf *conf = NULL;
	struct worker *w;
	int err;

	log_setup("serve", LOG_LV_INFO, 0);
	w = worker_new(PARENT_FD, &clock_real);
	if (f == NULL || w == NULL)
		return fail("start-failed", SEK_ENOMEM);
	err = read_conf(&conf, f);
	free(f);
	if (err != 0)
		return fail("conf-failed", err);
	err = enter(conf);
	conf_free(conf);
	if (err != 0)
		return fail("sandbox-failed", err);
	err = worker_run(w);
	worker_free(w);
	return err == 0 ? 0 : fail("worker-failed", err);
}
