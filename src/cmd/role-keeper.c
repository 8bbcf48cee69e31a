/* cmd/role-keeper.c -- the role that holds the store and decides everything. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "keep/keeper.h"
#include "sys/control_socket.h"
#include "sys/own.h"
#include "sys/role.h"

struct keeper_role {
	struct keep	*keep;
	struct rand	 rand;
	struct addr	 own[OWN_MAX];
	size_t		 n_own;
	uint64_t	 boot;
	int		 control;	/* listening, until start() takes it over */
};

static int
prepare(struct role *r)
{
	struct keeper_role *kr = r->ctx;

	rand_real(&kr->rand);
	kr->n_own = own_addresses(kr->own);
	kr->boot = own_boot();
	kr->control = control_listen_at(r->conf);
	if (kr->control >= 0)
		return 0;
	log_event(LOG_LV_ERR, "control-socket", LOG_Z("why", errno == EADDRINUSE ?
	    "another sekimorid runs on this state directory" : strerror(errno)),
	    LOG_Z("state", r->conf->state));
	r->exit = EXIT_CANTCREAT;
	return SEK_ESYS;
}

static int
start(struct role *r)
{
	struct keeper_role *kr = r->ctx;
	struct keeper_in in = {
		.loop = r->loop, .rand = &kr->rand, .conf = r->conf,
		.store = "", .own = kr->own, .n_own = kr->n_own,
		.boot = kr->boot,
	};
	char url[512], why[256] = "";
	int err;

	if (r->conf->store[0] == '\0') {
		snprintf(url, sizeof(url), "sqlite:%s/sekimori.db", r->conf->state);
		in.store = url;
	}
	err = keeper_new(&kr->keep, &in, why);
	if (err != 0) {
		log_event(LOG_LV_ERR, "store-closed", LOG_Z("why",
		    why[0] != '\0' ? why : sek_strerror(err)));
		r->exit = err == SEK_EPARSE ? EXIT_DATA : EXIT_IOERR;
		return err;
	}
	kr->keep->parent = r->parent;
	err = keeper_publish(kr->keep);
	if (err == 0)
		err = keeper_control(kr->keep, kr->control);
	return err;
}

/* MSG_PEER: a channel to another role. */
static void
peer(struct role *r, struct frame *f)
{
	struct keeper_role *kr = r->ctx;
	struct msg_peer m;
	int fd = f->fd, err;

	if (f->type != MSG_PEER || fd < 0 || frame_decode(&m, sizeof(m), f) != 0) {
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "parent"),
		    LOG_N("type", f->type));
		return;
	}
	f->fd = -1;
	if (str_eq(m.name, STR("probe")))
		err = keeper_probe(kr->keep, m.nth, fd);
	else if (str_eq(m.name, STR("receive")))
		err = keeper_receive(kr->keep, fd);
	else if (str_eq(m.name, STR("web")))
		err = keeper_web(kr->keep, fd);
	else {
		close(fd);
		return;
	}
	if (err != 0)
		log_event(LOG_LV_ERR, "peer-lost", LOG_T("peer", m.name),
		    LOG_Z("why", sek_strerror(err)));
}

static void
stop(struct role *r)
{
	struct keeper_role *kr = r->ctx;

	keeper_free(kr->keep);
	kr->keep = NULL;
	loop_stop(r->loop);
}

int
main(void)
{
	static struct keeper_role kr = { .control = -1 };
	static const struct role_events ev = {
		.prepare = prepare, .start = start, .parent_message = peer,
		.stop = stop,
	};
	static const struct sandbox box = {
		.role = "keeper", .may = MAY_ACCEPT | MAY_FILES | MAY_MEMFD | MAY_FORK,
	};

	return role_main("keeper", &box, &ev, &kr);
}
