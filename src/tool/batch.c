#include "tool/batch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "sys/resolve.h"
#include "tool/batch_ask.h"
#include "tool/batch_began.h"
#include "tool/batch_progress.h"
#include "tool/batch_row.h"
#include "tool/json.h"

enum {
	EXIT_STOPPED = 130,
	BUCKETS = 4096,
	PROGRESS_MS = 500,
};

/* One address and port. */
struct item {
	struct batch	*batch;
	uint32_t	 line;		/* index into the list */
	uint16_t	 port;
	bool		 named;		/* by its host */
	bool		 heard, sending;
	struct addr	 addr;
	json_t		*verdict;	/* the last one; owned */
	struct item	*next;		/* of its bucket, or of those held */
};

struct lookup {
	struct batch	*batch;		/* NULL: free */
	uint32_t	 line;
};

struct batch {
	struct batch_in		 in;
	const struct probe_list	*list;
	struct client		*client;
	struct loop_watch	*watch;
	struct loop_timer	*turn, *tick;
	struct batch_rows	 rows;
	struct batch_progress	 progress;
	int64_t			 since;		/* when the list was begun, to go on with it; or 0 */
	size_t			 next;		/* line */
	size_t			 done;		/* lines */
	uint8_t			*left;		/* of each line: addresses not done */
	struct item		*slot[BATCH_MOST];	/* under way; its request is i + 1 */
	uint16_t		 unused[BATCH_MOST];	/* slots */
	size_t			 n_unused;
	struct item		*busy[BUCKETS];	/* the same, by address */
	struct item		*held, **held_end;
	size_t			 n_held;
	struct lookup		 lookup[BATCH_LOOKUPS];
	size_t			 n_lookups, n_sending, n_unheard;
	char			 control[32];	/* why the control letter failed, or "" */
	bool			 stopped;
	int			 failed;	/* exit code; nothing can go on */
};

static void
lost(struct batch *b, int code, const char *why)
{
	batch_progress_clear(&b->progress);
	fprintf(b->in.err, "sekimori probe: %s\n", why);
	b->failed = code;
	loop_stop(b->in.loop);
}

/* ---- lines done ---- */

static void
address_done(struct batch *b, uint32_t line)
{
	if (--b->left[line] == 0)
		b->done++;
}

static struct batch_target
target_of(const struct batch *b, const struct item *it)
{
	return (struct batch_target){ probe_list_name(b->list, it->line), &it->addr,
	    it->port, b->list->v[it->line].line };
}

static void
written(struct batch *b, int err)
{
	if (err != 0 && b->failed == 0)
		lost(b, EXIT_IOERR, _("the results cannot be written"));
}

static void
line_failed(struct batch *b, uint32_t line, int exit, const char *tag)
{
	const struct probe_line *l = &b->list->v[line];
	struct batch_target t = { probe_list_name(b->list, line), NULL, l->port, l->line };
	json_t *error = json_pack("{si ss}", "exit", exit, "error", tag);

	batch_progress_clear(&b->progress);
	written(b, batch_row_refused(&b->rows, &t, error));
	json_decref(error);
	b->left[line] = 1;
	address_done(b, line);
}

/* ---- those under way, by address ---- */

static struct item **
bucket(struct batch *b, const struct addr *a)
{
	unsigned h = 0;

	for (size_t i = 0; i < sizeof(a->o); i++)
		h = h * 31 + a->o[i];
	return &b->busy[h % BUCKETS];
}

static bool
is_busy(struct batch *b, const struct addr *a)
{
	for (const struct item *it = *bucket(b, a); it != NULL; it = it->next)
		if (addr_eq(&it->addr, a))
			return true;
	return false;
}

static void
sending_is(struct batch *b, struct item *it, bool now)
{
	if (it->sending != now)
		b->n_sending = now ? b->n_sending + 1 : b->n_sending - 1;
	it->sending = now;
}

static void
heard(struct batch *b, struct item *it)
{
	if (!it->heard)
		b->n_unheard--;
	it->heard = true;
}

static void
item_free(struct item *it)
{
	json_decref(it->verdict);
	free(it);
}

static void
item_end(struct batch *b, size_t slot)
{
	struct item *it = b->slot[slot], **at = bucket(b, &it->addr);

	while (*at != it)
		at = &(*at)->next;
	*at = it->next;
	heard(b, it);
	sending_is(b, it, false);
	b->slot[slot] = NULL;
	b->unused[b->n_unused++] = (uint16_t)slot;
	address_done(b, it->line);
	item_free(it);
}

/* ---- requests ---- */

/* Takes over it. */
static void
item_start(struct batch *b, struct item *it)
{
	size_t slot = b->unused[--b->n_unused];
	struct item **at = bucket(b, &it->addr);
	char *text = batch_ask(b->in.args, probe_list_name(b->list, it->line), it->named,
	    &it->addr, it->port, b->since);
	int err = text == NULL ? SEK_ENOMEM : client_send(b->client, slot + 1,
	    str_of(text), (struct str){ 0 });

	free(text);
	it->next = *at;
	*at = it;
	b->slot[slot] = it;
	b->n_unheard++;
	sending_is(b, it, true);
	if (err != 0)
		lost(b, EXIT_SOFTWARE, sek_strerror(err));
}

/* ---- which is next ---- */

static void
hold(struct batch *b, struct item *it)
{
	it->next = NULL;
	*b->held_end = it;
	b->held_end = &it->next;
	b->n_held++;
}

/* The first of those held whose address is free, or NULL. */
static struct item *
take_held(struct batch *b)
{
	for (struct item **at = &b->held, *it; (it = *at) != NULL; at = &it->next) {
		if (is_busy(b, &it->addr))
			continue;
		*at = it->next;
		if (b->held_end == &it->next)
			b->held_end = at;
		b->n_held--;
		return it;
	}
	return NULL;
}

static void
add_item(struct batch *b, uint32_t line, const struct addr *a, bool named)
{
	struct item *it = calloc(1, sizeof(*it));

	if (it == NULL) {
		lost(b, EXIT_OSERR, sek_strerror(SEK_ENOMEM));
		return;
	}
	it->batch = b;
	it->line = line;
	it->port = b->list->v[line].port;
	it->addr = *a;
	it->named = named;
	b->left[line]++;
	hold(b, it);
}

static void
resolved(void *ctx, const struct resolve_answer *a)
{
	struct lookup *l = ctx;
	struct batch *b = l->batch;
	uint32_t line = l->line;

	l->batch = NULL;
	b->n_lookups--;
	if (a->err == RESOLVE_NO_NAME)
		line_failed(b, line, EXIT_NOHOST, "no-such-name");
	else if (a->err == RESOLVE_TEMPORARY)
		line_failed(b, line, EXIT_TEMPFAIL, "resolver");
	else if (a->err != 0 || a->n_addrs == 0)
		line_failed(b, line, EXIT_NOHOST, "no-address");
	else
		for (size_t i = 0; i < a->n_addrs; i++)
			add_item(b, line, &a->addrs[i], true);
	loop_timer_set(b->turn, 0);
}

static void
look_up(struct batch *b, uint32_t line)
{
	struct resolver *r = house_resolver(b->in.house);
	struct lookup *l = b->lookup;

	while (l->batch != NULL)
		l++;
	if (r->ask(r, RESOLVE_ADDR, str_of(probe_list_name(b->list, line)), resolved,
	    l) != 0) {
		line_failed(b, line, EXIT_NOHOST, "no-such-name");
		return;
	}
	*l = (struct lookup){ b, line };
	b->n_lookups++;
}

static bool
may_take_line(const struct batch *b)
{
	return b->next < b->list->n && b->n_lookups < BATCH_LOOKUPS &&
	    b->n_held < BATCH_AHEAD;
}

static void
take_line(struct batch *b)
{
	uint32_t line = (uint32_t)b->next++;
	struct addr a;

	if (addr_parse(&a, str_of(probe_list_name(b->list, line))) == 0)
		add_item(b, line, &a, false);
	else
		look_up(b, line);
}

static bool
has_place(const struct batch *b)
{
	return b->failed == 0 && b->n_unused > 0 && b->n_unheard < BATCH_UNHEARD &&
	    b->n_sending < b->in.args->conf->probe_sessions;
}

static void
turn(void *ctx)
{
	struct batch *b = ctx;
	struct item *it;

	while (has_place(b)) {
		it = take_held(b);
		if (it != NULL)
			item_start(b, it);
		else if (may_take_line(b))
			take_line(b);
		else
			break;
	}
	if (b->done == b->list->n)
		loop_stop(b->in.loop);
}

/* ---- answers ---- */

static void
note_verdict(struct item *it, json_t *v)
{
	json_decref(it->verdict);
	it->verdict = json_incref(v);
}

/* What was said last, or what the end says: a verdict for the time being. */
static void
end_verdict(struct item *it, json_t *done)
{
	const char *was = tool_json_text(it->verdict, "verdict");

	if (tool_json_bool(done, "reused")) {
		note_verdict(it, json_object_get(done, "last"));
		json_object_set_new(it->verdict, "reused", json_true());
		it->batch->progress.known++;
	} else if (strcmp(was, tool_json_text(done, "verdict")) != 0 ||
	    tool_json_bool(done, "provisional"))
		note_verdict(it, done);
}

static void
item_done(struct batch *b, size_t slot, json_t *done)
{
	struct item *it = b->slot[slot];
	struct batch_target t = target_of(b, it);
	int64_t code = tool_json_int(done, "exit");

	batch_progress_clear(&b->progress);
	if (code >= EXIT_USAGE) {
		written(b, batch_row_refused(&b->rows, &t, done));
		if (code == EXIT_IOERR || code == EXIT_OSERR || code == EXIT_SOFTWARE)
			lost(b, (int)code, tool_json_text(done, "text"));
	} else {
		end_verdict(it, done);
		written(b, batch_row(&b->rows, &t, it->verdict));
	}
	item_end(b, slot);
}

static void
note_control(struct batch *b, const json_t *ev)
{
	snprintf(b->control, sizeof(b->control), "%s",
	    tool_json_bool(ev, "ok") ? "" : tool_json_text(ev, "why"));
}

static void
item_event(struct batch *b, struct item *it, json_t *ev)
{
	const char *name = tool_json_text(ev, "event"), *why = tool_json_text(ev, "why");

	heard(b, it);
	if (strcmp(name, "verdict") == 0)
		note_verdict(it, ev);
	else if (strcmp(name, "control") == 0)
		note_control(b, ev);
	else if (strcmp(name, "connecting") == 0)
		sending_is(b, it, true);
	else if (strcmp(name, "waiting") == 0 && strcmp(why, "control") != 0 &&
	    strcmp(why, "queue") != 0)
		sending_is(b, it, false);
}

static void
on_ready(void *ctx, unsigned ready)
{
	struct batch *b = ctx;
	struct str line;
	uint64_t id;
	json_t *o;
	int err;

	(void)ready;
	while ((err = client_read(b->client, &id, &line, 0)) == 0 || err == CLIENT_DONE) {
		o = id == 0 || id > BATCH_MOST || b->slot[id - 1] == NULL ? NULL :
		    tool_json_read(line);
		if (o != NULL && err == CLIENT_DONE)
			item_done(b, id - 1, o);
		else if (o != NULL)
			item_event(b, b->slot[id - 1], o);
		json_decref(o);
	}
	if (err != CLIENT_TIME && err != CLIENT_STOP)
		lost(b, EXIT_SOFTWARE, "the keeper is gone");
	loop_timer_set(b->turn, 0);
}

static void
on_signal(void *ctx, int signo)
{
	struct batch *b = ctx;

	(void)signo;
	b->stopped = true;
	loop_stop(b->in.loop);
}

static void
on_tick(void *ctx)
{
	struct batch *b = ctx;

	batch_progress_show(&b->progress, b->done, b->list->n,
	    b->rows.n[VERDICT_OPEN], clock_real.mono(&clock_real));
	loop_timer_set(b->tick, PROGRESS_MS);
}

/* ---- the end ---- */

/* Of those that only wait something is known, which is not the last word. */
static void
say_waiting(struct batch *b)
{
	for (size_t i = 0; i < BATCH_MOST; i++) {
		struct item *it = b->slot[i];

		if (it == NULL || it->verdict == NULL)
			continue;
		struct batch_target t = target_of(b, it);
		written(b, batch_row(&b->rows, &t, it->verdict));
	}
}

static void
say_control(const struct batch *b)
{
	char safe[300];

	str_clean(safe, sizeof(safe), str_of(b->control));
	fprintf(b->in.err, _("sekimori probe: a letter of our own did not come back (%s): "
	    "nothing but \"open\" can be said of what was tested without it; see that "
	    "the MX of %s leads to --receive, and repeat\n"), safe,
	    b->in.args->conf->probe_domain);
}

static void
say_end(struct batch *b)
{
	int64_t ms = clock_real.mono(&clock_real).ms - b->progress.start.ms;
	size_t known = b->progress.known;
	uint64_t rate = batch_progress_rate(b->done > known ? b->done - known : 0, ms);

	if (b->control[0] != '\0')
		say_control(b);
	if (b->stopped)
		fprintf(b->in.err, b->in.args->alone.no_ledger ?
		    _("sekimori probe: stopped: %zu of %zu targets are done\n") :
		    _("sekimori probe: stopped: %zu of %zu targets are done; the same "
		    "command with --resume goes on\n"), b->done, b->list->n);
	if (!b->progress.on)
		return;
	batch_rows_count(b->in.err, &b->rows);
	fprintf(b->in.err, _("; %lld.%lld s, %llu.%llu a second\n"), (long long)(ms / 1000),
	    (long long)(ms % 1000 / 100), (unsigned long long)(rate / 10),
	    (unsigned long long)(rate % 10));
}

static int
finish(struct batch *b)
{
	int rc;

	batch_progress_clear(&b->progress);
	if (b->stopped)
		say_waiting(b);
	rc = b->failed != 0 ? b->failed : b->stopped ? EXIT_STOPPED :
	    batch_rows_exit(&b->rows);
	batch_rows_end(&b->rows, rc);
	say_end(b);
	return rc;
}

/* ---- the whole ---- */

static int
open_batch(struct batch *b)
{
	int err;

	b->left = calloc(b->list->n, sizeof(*b->left));
	if (b->left == NULL)
		return SEK_ENOMEM;
	err = loop_timer(&b->turn, b->in.loop, turn, b);
	if (err == 0)
		err = loop_timer(&b->tick, b->in.loop, on_tick, b);
	if (err == 0)
		err = loop_watch(&b->watch, b->in.loop, client_fd(b->client), LOOP_READ,
		    on_ready, b);
	if (err == 0)
		err = loop_signal(b->in.loop, SIGINT, on_signal, b);
	return err != 0 ? err : loop_signal(b->in.loop, SIGTERM, on_signal, b);
}

/* Returns 0 or an exit code. */
static int
begin(struct batch *b)
{
	const struct probe_args *a = b->in.args;

	if (a->alone.no_ledger)
		return 0;
	return a->resume ? batch_began_read(&b->since, a->conf->state, b->in.err) :
	    batch_began_write(a->conf->state, clock_real.wall(&clock_real).s, b->in.err);
}

static struct batch *
batch_new(const struct batch_in *in)
{
	const struct probe_args *a = in->args;
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->in = *in;
	b->list = &a->list;
	b->client = house_client(in->house);
	b->held_end = &b->held;
	while (b->n_unused < BATCH_MOST) {
		b->unused[b->n_unused] = (uint16_t)(BATCH_MOST - 1 - b->n_unused);
		b->n_unused++;
	}
	batch_rows_init(&b->rows, in->out, a->json ? BATCH_JSON : a->tsv ? BATCH_TSV :
	    BATCH_TEXT, a->color);
	b->progress = (struct batch_progress){ .out = in->err,
	    .on = render_when(a->progress, isatty(fileno(in->err)) == 1),
	    .start = clock_real.mono(&clock_real) };
	return b;
}

static void
batch_free(struct batch *b)
{
	struct item *it;

	for (size_t i = 0; i < BATCH_MOST; i++)
		if (b->slot[i] != NULL)
			item_free(b->slot[i]);
	while ((it = b->held) != NULL) {
		b->held = it->next;
		item_free(it);
	}
	loop_unwatch(b->watch);
	loop_timer_free(b->turn);
	loop_timer_free(b->tick);
	free(b->left);
	free(b);
}

int
batch_run(const struct batch_in *in)
{
	struct batch *b = batch_new(in);
	int err, rc;

	if (b == NULL)
		return EXIT_OSERR;
	rc = begin(b);
	err = rc != 0 ? 0 : open_batch(b);
	if (err != 0)
		lost(b, EXIT_OSERR, sek_strerror(err));
	else if (rc == 0) {
		loop_timer_set(b->turn, 0);
		loop_timer_set(b->tick, PROGRESS_MS);
		loop_run(in->loop, (struct mono){ -1 });
	}
	if (rc == 0)
		rc = finish(b);
	else
		render_end(&b->rows.render);
	batch_free(b);
	return rc;
}
