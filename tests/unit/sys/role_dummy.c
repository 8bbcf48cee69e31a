/* A role for test_parent.c: it says on standard error what it is given, and
 * does harm when a file in state.dir tells it to. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <poll.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/role.h"
#include "sys/shared.h"

static char name[32];

/* Is there a file WHAT-NAME in state.dir?  Asked before the sandbox. */
static bool
told(const struct role *r, const char *what)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s-%s", r->conf->state, what, name);
	return access(path, F_OK) == 0;
}

static bool garbage, mute, silent, unsealed;

static int
prepare(struct role *r)
{
	garbage = told(r, "garbage");
	mute = told(r, "mute");
	silent = told(r, "silent");
	unsealed = told(r, "unsealed");
	if (!told(r, "refuse"))
		return 0;
	r->exit = EXIT_CONFIG;
	return SEK_ESYS;
}

static int
publish(struct role *r)
{
	struct msg_publish m = { PUBLISH_BASE, 7, 4096 };
	int fd = memfd_create("base", MFD_CLOEXEC | MFD_ALLOW_SEALING), rc;

	if (fd < 0 || ftruncate(fd, 4096) != 0 || (!unsealed && fcntl(fd,
	    F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0))
		return SEK_ESYS;
	rc = channel_send(r->parent, MSG_PUBLISH, &m, fd);
	close(fd);
	return rc;
}

static int
start(struct role *r)
{
	struct msg_id m = { 1 };

	if (garbage)
		return channel_send(r->parent, MSG_ASK, &m, -1);
	return strcmp(name, "keeper") == 0 && !silent ? publish(r) : 0;
}

static void
take_socket(struct role *r, struct str what, int fd)
{
	(void)r;
	log_event(LOG_LV_INFO, "socket", LOG_T("name", what),
	    LOG_N("mine", getpid()), LOG_N("fd", fd));
}

static void
up(struct role *r)
{
	struct msg_id m = { (uint64_t)getpid() };

	if (channel_send(r->keeper, MSG_ASK, &m, -1) != 0)
		exit(EXIT_SOFTWARE);
}

static void
down(struct role *r)
{
	(void)r;
	log_event(LOG_LV_INFO, "keeper-down", LOG_N("mine", getpid()));
}

static void
heard(struct role *r, struct frame *f)
{
	(void)r;
	log_event(LOG_LV_INFO, "answered", LOG_N("type", f->type),
	    LOG_N("mine", getpid()));
}

/* keeper's end of a channel: answers MSG_ASK with MSG_GRANT. */
static void
peer_message(void *ctx, struct channel *c, struct frame *f)
{
	struct msg_grant m = { 1, 1, 0, { "", 0 } };

	(void)ctx;
	if (f->type != MSG_ASK || channel_send(c, MSG_GRANT, &m, -1) != 0)
		exit(EXIT_SOFTWARE);
}

static void
peer_gone(void *ctx, struct channel *c)
{
	(void)ctx;
	channel_free(c);
}

static void
take_shared(const struct role *r, struct frame *f)
{
	struct msg_shared m;
	struct shared s = { NULL, 0 };
	int fd = f->fd, can;

	f->fd = -1;
	if (frame_decode(&m, sizeof(m), f) != 0 ||
	    shared_take(&s, &m, dup(fd), 1, false) != 0)
		exit(EXIT_SOFTWARE);
	can = shared_take(&s, &m, fd, 1, true);
	log_event(LOG_LV_INFO, "shared", LOG_T("name", m.name),
	    LOG_N("index", m.index), LOG_N("octets", m.octets),
	    LOG_N("write", can == 0),
	    LOG_N("secret", strlen(r->conf->cookie_secret)));
	shared_close(&s);
}

static void
parent_message(struct role *r, struct frame *f)
{
	static const struct channel_events ev = { peer_message, NULL, peer_gone };
	struct channel *c;
	struct msg_publish p;

	if (f->type == MSG_PUBLISH && frame_decode(&p, sizeof(p), f) == 0) {
		log_event(LOG_LV_INFO, "published", LOG_N("kind", p.kind),
		    LOG_N("serial", p.serial), LOG_N("mine", getpid()));
		return;
	}
	if (f->type == MSG_SHARED) {
		take_shared(r, f);
		return;
	}
	if (f->type != MSG_PEER || channel_new(&c, r->loop, f->fd, &ev, r) != 0)
		exit(EXIT_SOFTWARE);
	f->fd = -1;
}

static void
stop(struct role *r)
{
	if (mute)
		for (;;)
			poll(NULL, 0, -1);	/* pause(2) is not in the sandbox */
	loop_stop(r->loop);
}

int
main(int argc, char **argv)
{
	static const struct role_events ev = { prepare, start, take_socket, up,
	    down, heard, parent_message, stop };
	struct sandbox box = { .may = MAY_ACCEPT };

	(void)argc;
	snprintf(name, sizeof(name), "%s", strrchr(argv[0], '-') + 1);
	if (strcmp(name, "keeper") == 0)
		box.may = MAY_FILES | MAY_MEMFD;
	return role_main(name, &box, &ev, NULL);
}
