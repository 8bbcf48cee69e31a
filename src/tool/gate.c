#include "tool/gate.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/log.h"
#include "sys/json_put.h"
#include "tool/gate_args.h"
#include "tool/gate_doc.h"
#include "tool/gate_hook.h"
#include "tool/gate_report.h"
#include "tool/gate_say.h"
#include "tool/gate_words.h"
#include "tool/house.h"
#include "tool/json.h"
#include "tool/render.h"

enum { EXIT_STOPPED = 130, CANCEL_IDS = 1000 };

struct gating {
	struct gate_args	 args;
	struct loop		*loop;
	struct house		*house;
	struct loop_watch	*watch;
	struct gate_hooks	*hooks;
	struct gate_say		 say;
	json_t			*doc;
	json_t			*open;		/* address -> true: the hook knows already */
	json_t			*over;		/* address -> true: it is being summed up */
	FILE			*out, *err;
	size_t			 under_way;	/* requests of hosts */
	uint64_t		 next_id;	/* of requests that cancel */
	unsigned		 stopped;	/* signals that came */
	int			 exit;		/* the gravest answer of a host, or -1 */
	int			 failed;	/* an exit code from 64 on, or 0 */
};

static int
exit_code(const struct gating *g)
{
	if (g->exit == 1)
		return 1;
	if (g->stopped > 0)
		return EXIT_STOPPED;
	if (g->failed != 0)
		return g->exit < 0 ? g->failed : 2;
	return g->exit < 0 ? 2 : g->exit;
}

static void
maybe_stop(void *ctx)
{
	struct gating *g = ctx;

	if (g->under_way == 0 && gate_hooks_busy(g->hooks) == 0)
		loop_stop(g->loop);
}

static void
lost(struct gating *g, const char *why)
{
	fprintf(g->err, "sekimori gate: %s\n", why);
	g->failed = EXIT_SOFTWARE;
	g->under_way = 0;
	loop_stop(g->loop);
}

/* ---- requests ---- */

static void
send_request(struct gating *g, uint64_t id, json_t *o)
{
	char *text = o == NULL ? NULL : json_put_text(o);
	int err = text == NULL ? SEK_ENOMEM : client_send(house_client(g->house), id,
	    str_of(text), (struct str){ 0 });

	free(text);
	json_decref(o);
	if (err != 0)
		lost(g, sek_strerror(err));
}

static json_t *
request_of(const struct gating *g, const struct gate_host *h)
{
	const struct gate_args *a = &g->args;
	json_t *o = json_pack("{ss ss si ss ss sI sI ss*}", "verb", "gate",
	    "target", h->name, "port", (int)h->port, "basis", "owner",
	    "reason", a->reason != NULL ? a->reason : "sekimori gate, run by hand",
	    "for_s", (json_int_t)a->for_s, "every_s", (json_int_t)a->every_s,
	    "depth", a->depth);

	if (o != NULL && a->all)
		json_object_set_new(o, "all", json_true());
	if (o != NULL && a->domains.n > 0)
		json_object_set_new(o, "domains",
		    tool_json_list(a->domains.v, a->domains.n));
	return o;
}

static void
ask_all(struct gating *g)
{
	for (size_t i = 0; i < g->args.n && g->failed == 0; i++) {
		g->under_way++;
		send_request(g, i + 1, request_of(g, &g->args.host[i]));
	}
}

/* Ends the gates of all addresses; each tells then what it has. */
static void
cancel_all(struct gating *g)
{
	const json_t *list = json_object_get(g->doc, "targets"), *t;
	size_t i;

	json_array_foreach(list, i, t) {
		const char *id = tool_json_text(json_object_get(t, "plan"), "gate");

		if (id[0] != '\0' && json_object_get(t, "end") == NULL)
			send_request(g, g->next_id++, json_pack("{ss ss}",
			    "verb", "gate-cancel", "gate", id));
	}
	if (json_array_size(list) == 0)
		loop_stop(g->loop);	/* none has begun */
}

/* ---- answers ---- */

/* The hook is for a server that opens: again only after it was closed. */
static void
mind_hook(struct gating *g, const char *host, const json_t *ev)
{
	const char *name = tool_json_text(ev, "event"), *addr = tool_json_text(ev, "addr");

	if (strcmp(name, "gate-round") == 0 &&
	    strcmp(tool_json_text(ev, "verdict"), "closed") == 0)
		json_object_del(g->open, addr);
	if (strcmp(name, "gate-open") != 0 || g->hooks == NULL ||
	    json_object_get(g->open, addr) != NULL)
		return;
	json_object_set_new(g->open, addr, json_true());
	gate_hooks_run(g->hooks, host, g->args.reason, ev);
}

static void
on_event(struct gating *g, const struct gate_host *h, const json_t *ev)
{
	const char *name = tool_json_text(ev, "event"), *addr = tool_json_text(ev, "addr");

	/* what follows the facts of a baseline was told before */
	if (strcmp(name, "gate-fact") == 0)
		json_object_set_new(g->over, addr, json_true());
	gate_doc_event(g->doc, h->name, ev);
	if (g->args.json || json_object_get(g->over, addr) == NULL)
		gate_say_event(&g->say, h->name, ev);
	mind_hook(g, h->name, ev);
}

static void
host_refused(struct gating *g, const struct gate_host *h, const json_t *done)
{
	struct render r = { .out = g->out,
	    .mode = g->args.json ? RENDER_JSON : RENDER_RESULTS };
	char command[300], why[GATE_WORDS];

	snprintf(command, sizeof(command), "gate: %s", h->name);
	if (!g->args.json && gate_words_refused(why, done))
		fprintf(g->err, "sekimori %s: %s\n", command, why);
	else
		render_failure(&r, g->err, command, done);
}

static void
host_done(struct gating *g, const struct gate_host *h, json_t *done)
{
	struct render r = { .out = g->out, .mode = RENDER_JSON };
	int64_t code = tool_json_int(done, "exit");

	g->under_way--;
	json_object_set_new(done, "target", json_string(h->name));
	if (code >= 0 && code < EXIT_USAGE) {
		if (g->exit < 0 || code == 1 || (code == 2 && g->exit == 0))
			g->exit = (int)code;
		if (g->args.json)
			render_answer(&r, "gate", done);
	} else {
		host_refused(g, h, done);
		g->failed = code > 0 && code < 256 ? (int)code : EXIT_SOFTWARE;
	}
	maybe_stop(g);
}

static void
on_line(struct gating *g, uint64_t id, json_t *o, bool done)
{
	if (id == 0 || id > g->args.n)
		return;		/* of a request that cancels */
	if (done)
		host_done(g, &g->args.host[id - 1], o);
	else
		on_event(g, &g->args.host[id - 1], o);
}

static void
on_ready(void *ctx, unsigned ready)
{
	struct gating *g = ctx;
	struct str line;
	uint64_t id;
	json_t *o;
	int err;

	(void)ready;
	while ((err = client_read(house_client(g->house), &id, &line, 0)) == 0 ||
	    err == CLIENT_DONE) {
		o = tool_json_read(line);
		if (o != NULL)
			on_line(g, id, o, err == CLIENT_DONE);
		json_decref(o);
	}
	if (err != CLIENT_TIME && err != CLIENT_STOP)
		lost(g, "the keeper is gone");
}

/* The first ends the watch and waits for what is known; the second does not
 * wait. */
static void
on_signal(void *ctx, int signo)
{
	struct gating *g = ctx;

	(void)signo;
	if (g->stopped++ == 0)
		cancel_all(g);
	else
		loop_stop(g->loop);
}

static void
hook_said(void *ctx, const char *addr, const char *text)
{
	struct gating *g = ctx;

	fprintf(g->err, "sekimori gate: %s: %s\n", addr, text);
}

/* ---- the whole ---- */

static int
open_house(struct gating *g, struct dialer *dialer)
{
	struct house_in in = { .loop = g->loop, .conf = g->args.conf,
	    .store = g->args.store, .dialer = dialer };
	struct house_why why = { .exit = EXIT_OSERR };
	int err;

	if (house_new(&g->house, &in, &why) != 0) {
		fprintf(g->err, "sekimori gate: %s\n", why.text);
		return why.exit;
	}
	err = loop_watch(&g->watch, g->loop, client_fd(house_client(g->house)),
	    LOOP_READ, on_ready, g);
	if (err == 0)
		err = loop_signal(g->loop, SIGINT, on_signal, g);
	if (err == 0)
		err = loop_signal(g->loop, SIGTERM, on_signal, g);
	if (err == 0 && g->args.on_open != NULL)
		err = gate_hooks_new(&g->hooks, g->loop, g->args.on_open, hook_said, g);
	if (err == 0) {
		if (g->hooks != NULL)
			gate_hooks_idle(g->hooks, maybe_stop, g);
		return 0;
	}
	fprintf(g->err, "sekimori gate: %s\n", sek_strerror(err));
	return EXIT_OSERR;
}

/* Reports are written whatever came; without a place for one the exit code
 * still says what was seen. */
static int
report(struct gating *g)
{
	int rc = exit_code(g), failed = 0;

	gate_doc_end(g->doc, clock_real.wall(&clock_real),
	    g->exit < 0 ? 2 : g->exit, g->stopped > 0);
	if (json_array_size(json_object_get(g->doc, "targets")) == 0)
		return rc;
	if (!g->args.json)
		gate_report_text(g->doc, g->out);
	fflush(g->out);
	for (size_t i = 0; i < g->args.report.n; i++)
		if (gate_report_write(g->doc, g->args.report.v[i], g->err) != 0)
			failed = EXIT_CANTCREAT;
	return rc == 0 ? failed : rc;
}

static int
watch_all(struct gating *g)
{
	struct gate_args *a = &g->args;

	g->say = (struct gate_say){ .out = g->out, .json = a->json,
	    .rounds = render_when(a->progress, isatty(fileno(g->out)) == 1),
	    .color = !a->json && render_color(g->out, a->color),
	    .verdicts = json_object() };
	g->doc = gate_doc_new(a->reason, clock_real.wall(&clock_real));
	g->open = json_object();
	g->over = json_object();
	if (g->doc == NULL || g->open == NULL || g->over == NULL || g->say.verdicts == NULL)
		return EXIT_OSERR;
	g->exit = -1;
	g->next_id = CANCEL_IDS;
	ask_all(g);
	if (g->under_way > 0)
		loop_run(g->loop, (struct mono){ -1 });
	return report(g);
}

/* What is left to do is short, and the exit code is still to be told: another Ctrl-C
 * would take it away when the loop's handlers are gone. */
static void
hold_signals(void)
{
	sigset_t both;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, NULL);
}

static int
work(struct gating *g, struct dialer *dialer)
{
	int rc;

	log_setup("gate", g->args.alone.verbose ? LOG_LV_INFO : (enum log_level)0, 0);
	g->loop = loop_new();
	if (g->loop == NULL)
		return EXIT_OSERR;
	rc = open_house(g, dialer);
	if (rc == 0)
		rc = watch_all(g);
	hold_signals();
	gate_hooks_free(g->hooks);
	json_decref(g->say.verdicts);
	json_decref(g->doc);
	json_decref(g->open);
	json_decref(g->over);
	loop_unwatch(g->watch);
	house_free(g->house);
	loop_free(g->loop);
	return rc;
}

int
gate_main(int argc, char **argv, struct dialer *dialer, FILE *out, FILE *err)
{
	struct gating *g = calloc(1, sizeof(*g));
	int rc;

	if (g == NULL)
		return EXIT_OSERR;
	g->out = out;
	g->err = err;
	signal(SIGPIPE, SIG_IGN);
	rc = gate_args_read(&g->args, argc, argv, out, err);
	if (rc == 0)
		rc = work(g, dialer);
	gate_args_free(&g->args);
	free(g);
	return rc < 0 ? 0 : rc;	/* -1: help was given */
}
