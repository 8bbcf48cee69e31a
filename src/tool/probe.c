#include "tool/probe.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/log.h"
#include "sys/json_put.h"
#include "tool/batch.h"
#include "tool/house.h"
#include "tool/json.h"
#include "tool/probe_args.h"
#include "tool/render.h"

enum { EXIT_STOPPED = 130 };

struct probe {
	struct probe_args	 args;
	struct loop		*loop;
	struct house		*house;
	struct loop_watch	*watch;
	struct render		 render;
	struct mono		 start;
	FILE			*out, *err;
	size_t			 next;		/* target to ask for */
	size_t			 under_way;
	int64_t			 control_ms;	/* when a control event was shown */
	bool			 open, undecided, judged, stopped;
	int			 failed;	/* an exit code from 64 on, or 0 */
};

static int
exit_code(const struct probe *p)
{
	if (p->stopped)
		return EXIT_STOPPED;
	if (p->open)
		return 1;
	if (!p->judged && p->failed != 0)
		return p->failed;
	return p->undecided || p->failed != 0 ? 2 : 0;
}

/* ---- requests, at most PROBE_AT_ONCE at a time ---- */

static char *
request_text(const struct probe *p, const struct probe_target *t)
{
	const struct probe_args *a = &p->args;
	json_t *o = json_pack("{ss ss si ss ss sb sI ss*}", "verb", "nominate",
	    "target", t->name, "port", (int)t->port, "basis", a->basis,
	    "reason", a->reason != NULL ? a->reason : "sekimori probe, run by hand",
	    "follow", 1, "wait_s", (json_int_t)a->wait_s, "depth", a->depth);
	char *text;

	if (o != NULL && a->every)
		json_object_set_new(o, "all", json_true());
	if (o != NULL && a->domains.n > 0)
		json_object_set_new(o, "domains",
		    tool_json_list(a->domains.v, a->domains.n));
	text = o == NULL ? NULL : json_put_text(o);
	json_decref(o);
	return text;
}

static void
lost(struct probe *p, const char *why)
{
	fprintf(p->err, "sekimori probe: %s\n", why);
	p->failed = EXIT_SOFTWARE;
	loop_stop(p->loop);
}

static void
ask_more(struct probe *p)
{
	while (p->under_way < PROBE_AT_ONCE && p->next < p->args.n) {
		char *text = request_text(p, &p->args.targets[p->next]);
		int err = text == NULL ? SEK_ENOMEM :
		    client_send(house_client(p->house), p->next + 1,
		    str_of(text), (struct str){ 0 });

		free(text);
		if (err != 0) {
			lost(p, sek_strerror(err));
			return;
		}
		p->next++;
		p->under_way++;
	}
	if (p->under_way == 0)
		loop_stop(p->loop);
}

/* ---- answers ---- */

static void
target_done(struct probe *p, struct probe_target *t, json_t *done)
{
	int64_t code = tool_json_int(done, "exit");
	char command[300];

	json_object_set_new(done, "target", json_string(t->name));
	if (code >= 0 && code < EXIT_USAGE) {
		p->judged = true;
		p->open = p->open || code == 1;
		p->undecided = p->undecided || code > 1;
		if (!t->judged)
			render_unjudged(&p->render, t->name, done);
		render_answer(&p->render, "probe", done);
		return;
	}
	snprintf(command, sizeof(command), "probe: %s", t->name);
	render_failure(&p->render, p->err, command, done);
	p->failed = code > 0 && code < 256 ? (int)code : EXIT_SOFTWARE;
}

/* The control letter is one for all targets: its event is told once. */
static bool
told_already(struct probe *p, const json_t *ev, int64_t at_ms)
{
	if (strcmp(tool_json_text(ev, "event"), "control") != 0)
		return false;
	if (p->control_ms >= 0 && at_ms - p->control_ms < 100)
		return true;
	p->control_ms = at_ms;
	return false;
}

static void
on_line(struct probe *p, uint64_t id, json_t *o, bool done)
{
	int64_t at_ms = clock_real.mono(&clock_real).ms - p->start.ms;

	if (id == 0 || id > p->args.n)
		return;
	if (!done) {
		if (strcmp(tool_json_text(o, "event"), "verdict") == 0)
			p->args.targets[id - 1].judged = true;
		if (!told_already(p, o, at_ms))
			render_event(&p->render, o, at_ms);
		return;
	}
	target_done(p, &p->args.targets[id - 1], o);
	p->under_way--;
	ask_more(p);
}

static void
on_ready(void *ctx, unsigned ready)
{
	struct probe *p = ctx;
	struct str line;
	uint64_t id;
	json_t *o;
	int err;

	(void)ready;
	while ((err = client_read(house_client(p->house), &id, &line, 0)) == 0 ||
	    err == CLIENT_DONE) {
		o = tool_json_read(line);
		if (o != NULL)
			on_line(p, id, o, err == CLIENT_DONE);
		json_decref(o);
	}
	if (err != CLIENT_TIME && err != CLIENT_STOP)
		lost(p, "the keeper is gone");
}

static void
on_signal(void *ctx, int signo)
{
	struct probe *p = ctx;

	(void)signo;
	p->stopped = true;
	loop_stop(p->loop);
}

/* ---- the whole ---- */

static int
open_house(struct probe *p, struct dialer *dialer)
{
	struct house_in in = { .loop = p->loop, .conf = p->args.conf,
	    .store = p->args.store, .dialer = dialer };
	struct house_why why = { .exit = EXIT_OSERR };

	if (house_new(&p->house, &in, &why) == 0)
		return 0;
	fprintf(p->err, "sekimori probe: %s\n", why.text);
	return why.exit;
}

static int
listen_to(struct probe *p)
{
	int err = loop_watch(&p->watch, p->loop, client_fd(house_client(p->house)),
	    LOOP_READ, on_ready, p);
	if (err == 0)
		err = loop_signal(p->loop, SIGINT, on_signal, p);
	if (err == 0)
		err = loop_signal(p->loop, SIGTERM, on_signal, p);
	if (err == 0)
		return 0;
	fprintf(p->err, "sekimori probe: %s\n", sek_strerror(err));
	return EXIT_OSERR;
}

static int
watch_tests(struct probe *p)
{
	int rc = listen_to(p);

	if (rc != 0)
		return rc;
	render_init(&p->render, p->out, p->args.json, p->args.progress,
	    p->args.color);
	p->render.local = p->render.followed = true;
	p->start = clock_real.mono(&clock_real);
	p->control_ms = -1;
	ask_more(p);
	if (p->under_way > 0)
		loop_run(p->loop, (struct mono){ -1 });
	if (p->stopped)
		render_cut(&p->render);
	else
		render_known(&p->render);
	rc = exit_code(p);
	render_end(&p->render);
	return rc;
}

static int
run_batch(struct probe *p)
{
	struct batch_in in = { p->loop, p->house, &p->args, p->out, p->err };

	return batch_run(&in);
}

static int
work(struct probe *p, struct dialer *dialer)
{
	int rc;

	log_setup("probe", p->args.alone.verbose ? LOG_LV_INFO : (enum log_level)0, 0);
	p->loop = loop_new();
	if (p->loop == NULL)
		return EXIT_OSERR;
	rc = open_house(p, dialer);
	if (rc == 0)
		rc = p->args.file != NULL ? run_batch(p) : watch_tests(p);
	loop_unwatch(p->watch);
	house_free(p->house);
	loop_free(p->loop);
	return rc;
}

int
probe_main(int argc, char **argv, struct dialer *dialer, FILE *out, FILE *err)
{
	struct probe *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return EXIT_OSERR;
	p->out = out;
	p->err = err;
	signal(SIGPIPE, SIG_IGN);
	rc = probe_args_read(&p->args, argc, argv, out, err);
	if (rc == 0)
		rc = work(p, dialer);
	probe_args_free(&p->args);
	free(p);
	return rc < 0 ? 0 : rc;	/* -1: help was given */
}
