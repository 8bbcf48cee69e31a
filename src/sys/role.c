#include "sys/role.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum { STOP_MS = 5000, BOX_TEXT = 80 };

struct role_run {
	struct role		 role;	/* first: what events see */
	struct sandbox_reached	 reached;
	struct loop_timer	*last_call;
	bool			 stopping;
};

static void
last_call(void *ctx)
{
	struct role_run *run = ctx;

	loop_stop(run->role.loop);
}

static void
stop(struct role_run *run)
{
	if (run->stopping)
		return;
	run->stopping = true;
	loop_timer_set(run->last_call, STOP_MS);
	if (run->role.ev->stop != NULL)
		run->role.ev->stop(&run->role);
	else
		loop_stop(run->role.loop);
}

static void
fail(struct role_run *run, const char *what)
{
	log_event(LOG_LV_ERR, "role-failed", LOG_Z("what", what));
	run->role.exit = EXIT_SOFTWARE;
	loop_stop(run->role.loop);
}

static void
keeper_message(void *ctx, struct channel *c, struct frame *f)
{
	struct role_run *run = ctx;

	(void)c;
	if (run->role.ev->keeper_message != NULL)
		run->role.ev->keeper_message(&run->role, f);
}

static void
keeper_gone(void *ctx, struct channel *c)
{
	struct role_run *run = ctx;

	if (channel_err(c) != 0)
		log_event(LOG_LV_ERR, "channel-broken", LOG_Z("peer", "keeper"),
		    LOG_Z("why", sek_strerror(channel_err(c))));
	run->role.keeper = NULL;
	channel_free(c);
	if (run->role.ev->keeper_down != NULL)
		run->role.ev->keeper_down(&run->role);
}

static void
new_keeper(struct role_run *run, struct frame *f)
{
	static const struct channel_events ev = {
		.message = keeper_message, .gone = keeper_gone,
	};
	int fd = f->fd;

	f->fd = -1;
	if (run->role.keeper != NULL)
		keeper_gone(run, run->role.keeper);
	if (channel_new(&run->role.keeper, run->role.loop, fd, &ev, run) != 0) {
		run->role.keeper = NULL;
		fail(run, "no memory for a channel to keeper");
	} else if (run->role.ev->keeper_up != NULL) {
		run->role.ev->keeper_up(&run->role);
	}
}

static void
new_socket(struct role_run *run, struct frame *f)
{
	struct msg_socket m;

	if (frame_decode(&m, sizeof(m), f) != 0 || f->fd < 0 ||
	    run->role.ev->socket == NULL) {
		fail(run, "a socket that cannot be taken");
		return;
	}
	run->role.ev->socket(&run->role, m.name, f->fd);
	f->fd = -1;
}

static void
parent_message(void *ctx, struct channel *c, struct frame *f)
{
	struct role_run *run = ctx;
	struct msg_empty none;

	(void)c;
	if (f->type == MSG_SOCKET)
		new_socket(run, f);
	else if (f->type == MSG_KEEPER && f->fd >= 0 &&
	    frame_decode(&none, sizeof(none), f) == 0)
		new_keeper(run, f);
	else if (f->type == MSG_STOP &&
	    frame_decode(&none, sizeof(none), f) == 0)
		stop(run);
	else if ((f->type == MSG_PEER || f->type == MSG_PUBLISH ||
	    f->type == MSG_SHARED) && run->role.ev->parent_message != NULL)
		run->role.ev->parent_message(&run->role, f);
	else
		fail(run, "a message of the parent that is not for this role");
}

static void
parent_gone(void *ctx, struct channel *c)
{
	struct role_run *run = ctx;
	int err = channel_err(c);

	run->role.parent = NULL;
	channel_free(c);
	if (err == SEK_EPARSE) {
		fail(run, "garbage from the parent");
		return;
	}
	if (!run->stopping)
		log_event(LOG_LV_WARN, "parent-gone", LOG_NONE);
	stop(run);
}

/* Waits for the first frame, which must be MSG_CONF.  Returns an exit code. */
static int
read_conf(struct role *r)
{
	struct pollfd p = { .fd = ROLE_FD, .events = POLLIN };
	struct conf_why why;
	struct msg_text m;
	struct frame f;
	int rc;

	do {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return EXIT_OSERR;
		rc = frame_read(ROLE_FD, &f);
	} while (rc == FRAME_AGAIN);
	if (rc == FRAME_EOF)
		return EXIT_TEMPFAIL;	/* the parent died first */
	if (rc != 0 || f.type != MSG_CONF || f.fd >= 0 ||
	    frame_decode(&m, sizeof(m), &f) != 0) {
		log_event(LOG_LV_ERR, "role-failed",
		    LOG_Z("what", "no configuration from the parent"));
		return EXIT_SOFTWARE;
	}
	rc = conf_from_text(&r->conf, m.text, &why);
	if (rc == 0)
		return 0;
	log_event(LOG_LV_ERR, "role-failed", LOG_Z("what", rc == SEK_ENOMEM ?
	    sek_strerror(rc) : why.text));
	return rc == SEK_ENOMEM ? EXIT_OSERR : EXIT_SOFTWARE;
}

static int
failed(const struct role *r)
{
	return r->exit != 0 ? r->exit : EXIT_OSERR;
}

static int
enter(struct role_run *run, const struct sandbox *given)
{
	const char *dirs[] = { run->role.conf->state, NULL };
	struct sandbox box = *given;

	if (box.user == NULL)
		box.user = run->role.conf->user;
	if ((box.may & MAY_FILES) != 0 && box.dirs == NULL)
		box.dirs = dirs;
	if (sandbox_enter(&box, &run->reached) == 0)
		return 0;
	log_event(LOG_LV_ERR, "sandbox-failed", LOG_Z("user", box.user),
	    LOG_Z("why", strerror(errno)));
	return EXIT_OSERR;
}

static int
say_ready(struct role_run *run)
{
	char text[BOX_TEXT];
	struct msg_text m;

	sandbox_text(text, sizeof(text), &run->reached);
	m.text = str_of(text);
	return channel_send(run->role.parent, MSG_READY, &m, -1);
}

/* From the configuration to the end.  Returns an exit code. */
static int
serve_role(struct role_run *run, const struct sandbox *box)
{
	static const struct channel_events ev = {
		.message = parent_message, .gone = parent_gone,
	};
	struct role *r = &run->role;
	int rc;

	if (r->ev->prepare != NULL && r->ev->prepare(r) != 0)
		return failed(r);
	if ((rc = enter(run, box)) != 0)
		return rc;
	if (loop_timer(&run->last_call, r->loop, last_call, run) != 0 ||
	    channel_new(&r->parent, r->loop, ROLE_FD, &ev, run) != 0)
		return EXIT_OSERR;
	if (r->ev->start != NULL && r->ev->start(r) != 0)
		return failed(r);
	if (say_ready(run) != 0)
		return EXIT_OSERR;
	loop_run(r->loop, (struct mono){ -1 });
	return r->exit;
}

static bool
started_by_parent(const char *name)
{
	int type = 0;
	socklen_t n = sizeof(type);

	if (getsockopt(ROLE_FD, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	    type == SOCK_SEQPACKET)
		return true;
	fprintf(stderr, "sekimori-role-%s: is started by sekimorid(8), "
	    "not by hand\n", name);
	return false;
}

int
role_main(const char *name, const struct sandbox *box,
    const struct role_events *ev, void *ctx)
{
	static struct role_run run;	/* one role a process; what it leaves is reachable */
	int rc;

	if (!started_by_parent(name))
		return EXIT_USAGE;
	run.role = (struct role){ .name = name, .ctx = ctx, .ev = ev };
	signal(SIGPIPE, SIG_IGN);
	log_setup(name, LOG_LV_INFO, getenv("JOURNAL_STREAM") != NULL);
	rc = read_conf(&run.role);
	if (rc != 0)
		return rc;
	run.role.loop = loop_new();
	rc = run.role.loop == NULL ? EXIT_OSERR : serve_role(&run, box);
	channel_free(run.role.keeper);
	channel_free(run.role.parent);
	conf_free(run.role.conf);
	return rc;
}
