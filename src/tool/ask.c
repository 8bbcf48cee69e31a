#include "tool/ask.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "sys/json_put.h"
#include "tool/ask_rows.h"
#include "tool/client.h"
#include "tool/file.h"
#include "tool/json.h"
#include "tool/once.h"
#include "tool/render.h"
#include "tool/stop.h"
#include "tool/target.h"

enum {
	EXIT_STOPPED = 130,	/* 128 + SIGINT, as shells say it */
	WAIT_DEFAULT_S = 300,
	GRACE_S = 10,		/* after --wait, for the keeper's last word */
	ANSWER_S = 120,		/* without --follow; a long chain takes its time */
	REQUEST_ID = 1,
	KEY_NAME = 100,		/* octets, as the keeper's */
};

struct ask {
	const struct ask_row	*row;
	char			 verb[16];	/* as sent */
	const char		*name;		/* of key add, or NULL */
	const char		*step;		/* of sunset, or NULL */
	struct wall		 day;		/* of sunset announce, or 0 */
	uint64_t		 number;	/* of key revoke, or 0 */
	struct ask_values	 v;
	struct gbuf		 evidence;
	struct client		*client;
	struct render		 render;
	struct mono		 start;
	FILE			*out, *err;
};

/* "sekimori nominate: ", to be followed by one sentence. */
static FILE *
say(const struct ask *a)
{
	fprintf(a->err, "sekimori %s: ", a->row->usage.command);
	return a->err;
}

static int
bad_operand(const struct ask *a, const char *text, const char *why)
{
	char shown[120];

	str_clean(shown, sizeof(shown), str_of(text));
	fprintf(say(a), "%s: %s\n", shown, why);
	return EXIT_USAGE;
}

static int
read_host(struct ask *a, const char *text)
{
	struct target target;
	const char *why = "";

	if (target_read(&target, text, &why) != 0)
		return bad_operand(a, text, why);
	if (a->row->operand == ASK_ADDR && !target.is_addr)
		return bad_operand(a, text, _("not an address; a name may lead to "
		    "several, so write 192.0.2.25 or 2001:db8::25"));
	if (a->row->operand == ASK_ADDR && target.port != 0)
		return bad_operand(a, text, _("takes no port"));
	if (target.port != 0)
		a->v.port = target.port;
	memcpy(a->v.target, target.name, sizeof(a->v.target));
	return 0;
}

static int
bad_key(const struct ask *a, const char *why)
{
	fprintf(say(a), "%s\n", why);
	return EXIT_USAGE;
}

/* add NAME, list, revoke NUMBER. */
static int
read_key(struct ask *a, int n, char **words)
{
	const char *what = words[0], *arg = n > 1 ? words[1] : NULL;
	bool add = strcmp(what, "add") == 0, revoke = strcmp(what, "revoke") == 0;

	if (!add && !revoke && strcmp(what, "list") != 0)
		return bad_operand(a, what, _("no such work; only: add NAME, list, "
		    "revoke NUMBER"));
	if (!add && !revoke && arg != NULL)
		return bad_operand(a, arg, _("key list takes no operand"));
	if (add && (arg == NULL || !option_is_line(arg) || strlen(arg) > KEY_NAME))
		return bad_key(a, _("key add needs a name of at most 100 octets: who "
		    "will hold the key"));
	if (revoke && (arg == NULL || str_u64(&a->number, str_of(arg), INT64_MAX) != 0 ||
	    a->number == 0))
		return bad_key(a, _("key revoke needs the key's number: see key list"));
	if (revoke && a->v.reason == NULL)
		return bad_key(a, _("key revoke needs --reason TEXT: it is kept with "
		    "the record"));
	a->name = add ? arg : NULL;
	snprintf(a->verb, sizeof(a->verb), "key-%s", what);
	return 0;
}

static int
bad_sunset(const struct ask *a, const char *why)
{
	fprintf(say(a), "%s: %s\n", a->step, why);
	return EXIT_USAGE;
}

/* Every step has a reason, announce has a day, and nothing else has any. */
static int
read_sunset(struct ask *a, const char *step)
{
	static const char *const steps[] = { "status", "announce", "freeze", "empty",
		"end", "cancel", NULL };
	bool asks = strcmp(step, "status") == 0, announces = strcmp(step, "announce") == 0;
	size_t i = 0;

	while (steps[i] != NULL && strcmp(steps[i], step) != 0)
		i++;
	if (steps[i] == NULL)
		return bad_operand(a, step, _("no such step; only: status, announce, freeze, "
		    "empty, end, cancel"));
	a->step = steps[i];
	if (!asks && a->v.reason == NULL)
		return bad_sunset(a, _("needs --reason TEXT: it is kept with the record"));
	if (asks && (a->v.reason != NULL || a->v.dry_run))
		return bad_sunset(a, _("takes neither --reason nor --dry-run"));
	if (announces != (a->v.on != NULL))
		return bad_sunset(a, announces ? _("needs --on DATE: the day on which the list "
		    "will be emptied, 183 days from now at least") : _("takes no --on"));
	if (announces && wall_parse(&a->day, str_of(a->v.on)) != 0)
		return bad_sunset(a, _("--on is neither a date (2027-06-01) nor a time with "
		    "its zone (2027-06-01T09:00:00+09:00)"));
	return 0;
}

/* --also is looked at before anything is sent, too. */
static int
read_optout(struct ask *a, const char *text)
{
	const char *why = "";
	char other[256];

	if (target_optout(a->v.target, text, &why) != 0)
		return bad_operand(a, text, why);
	for (size_t i = 0; i < a->v.also.n; i++)
		if (target_optout(other, a->v.also.v[i], &why) != 0)
			return bad_operand(a, a->v.also.v[i], why);
	return 0;
}

static int
read_operand(struct ask *a, const char *text)
{
	const char *why = "";

	switch (a->row->operand) {
	case ASK_NONE:
		return 0;
	case ASK_VERIFY:
		if (strcmp(text, "verify") == 0)
			return 0;
		return bad_operand(a, text, _("no such work; only: verify"));
	case ASK_OPTOUT:
		return read_optout(a, text);
	case ASK_NET:
		if (target_net(a->v.target, text, &why) != 0)
			return bad_operand(a, text, why);
		return 0;
	default:
		return read_host(a, text);
	}
}

/* The name in the records: who typed it, also behind sudo. */
static const char *
who_asks(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw;

	if (geteuid() == 0 && sudo != NULL && sudo[0] != '\0' &&
	    strlen(sudo) < 64 && option_is_line(sudo))
		return sudo;
	pw = getpwuid(getuid());
	return pw != NULL ? pw->pw_name : "-";
}

static int
read_evidence(struct ask *a)
{
	const char *path = a->v.evidence;
	bool wanted = a->v.basis != NULL && (strcmp(a->v.basis, "evidence") == 0 ||
	    strcmp(a->v.basis, "log") == 0);

	if (path == NULL && !wanted)
		return 0;
	if (path == NULL) {
		fprintf(say(a), _("--basis %s needs --evidence FILE: the mail or "
		    "log line that shows that address as client\n"), a->v.basis);
		return EXIT_USAGE;
	}
	if (!wanted) {
		fprintf(say(a), _("--evidence goes with --basis evidence or log "
		    "only\n"));
		return EXIT_USAGE;
	}
	return file_read(&a->evidence, path, ASK_EVIDENCE_MAX,
	    a->row->usage.command, a->err);
}

static int
read_command(struct ask *a, int argc, char **argv)
{
	int at, rc;

	a->v.wait_s = WAIT_DEFAULT_S;
	a->v.port = 25;
	rc = option_read(&a->row->usage, &a->v, argc, argv, &at, a->out, a->err);
	if (rc != 0)
		return rc == OPTION_HELP ? -1 : EXIT_USAGE;
	if (a->row->follows)
		a->v.follow = true;
	snprintf(a->verb, sizeof(a->verb), "%s", a->row->verb);
	if (a->row->operand == ASK_KEY)
		return read_key(a, argc - at, argv + at);
	if (a->row->operand == ASK_SUNSET)
		return read_sunset(a, argv[at]);
	rc = at < argc ? read_operand(a, argv[at]) : 0;
	return rc != 0 ? rc : read_evidence(a);
}

static void
put(json_t *o, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_object_set_new(o, key, json_string(text));
}

/* The request in JSON; NULL: out of memory. */
static char *
request_text(const struct ask *a)
{
	json_t *o = json_pack("{s:s}", "verb", a->verb);
	char *text;

	if (o == NULL)
		return NULL;
	put(o, "target", a->v.target);
	put(o, "basis", a->v.basis);
	put(o, "depth", a->v.depth);
	put(o, "reason", a->v.reason);
	put(o, "proof", a->v.proof);
	put(o, "name", a->name);
	put(o, "step", a->step);
	if (a->day.s > 0)
		json_object_set_new(o, "day", json_integer((json_int_t)a->day.s));
	if (a->v.dry_run)
		json_object_set_new(o, "dry_run", json_true());
	if (a->number > 0)
		json_object_set_new(o, "id", json_integer((json_int_t)a->number));
	if (a->v.for_s > 0)
		json_object_set_new(o, "until", json_integer((json_int_t)a->v.for_s +
		    clock_real.wall(&clock_real).s));
	if (a->v.reason != NULL)
		put(o, "who", a->v.who != NULL ? a->v.who : who_asks());
	if (a->row->operand == ASK_HOST)
		json_object_set_new(o, "port", json_integer(a->v.port));
	if (a->v.every)
		json_object_set_new(o, "all", json_true());
	if (a->v.domain.n > 0)
		json_object_set_new(o, "domains",
		    tool_json_list(a->v.domain.v, a->v.domain.n));
	put(o, "operator", a->v.operator);
	if (a->v.also.n > 0)
		json_object_set_new(o, "also", tool_json_list(a->v.also.v, a->v.also.n));
	if (a->v.end)
		json_object_set_new(o, "end", json_true());
	if (a->v.follow) {
		json_object_set_new(o, "follow", json_true());
		json_object_set_new(o, "wait_s", json_integer(a->v.wait_s));
	}
	text = json_put_text(o);
	json_decref(o);
	return text;
}

static int
send_request(struct ask *a)
{
	char *text = request_text(a);
	int err = SEK_ENOMEM;

	if (text != NULL)
		err = client_send(a->client, REQUEST_ID, str_of(text),
		    (struct str){ (const char *)a->evidence.p, a->evidence.len });
	free(text);
	if (err == 0 || err == CLIENT_GONE)
		return 0;	/* if it is gone it may have said why */
	fprintf(say(a), _("cannot send the request: %s\n"), sek_strerror(err));
	return err == SEK_ENOMEM ? EXIT_OSERR : EXIT_UNAVAILABLE;
}

/* A broken chain is an answer with exit code 65, not a refusal. */
static int
finish(struct ask *a, const json_t *done)
{
	int64_t code = tool_json_int(done, "exit");

	if (code < 0 || code > 255 || json_object_get(done, "exit") == NULL)
		code = EXIT_SOFTWARE;
	if (code >= EXIT_USAGE && json_object_get(done, "ok") == NULL) {
		render_failure(&a->render, a->err, a->row->usage.command, done);
		return (int)code;
	}
	render_known(&a->render);
	if (a->v.follow && !render_judged(&a->render))
		render_unjudged(&a->render, a->v.target, done);
	render_answer(&a->render, a->verb, done);
	return (int)code;
}

static int
broken(struct ask *a, int err)
{
	render_cut(&a->render);
	if (err == CLIENT_STOP)
		return EXIT_STOPPED;
	if (err == CLIENT_TIME)
		fprintf(say(a), _("the daemon took the request and says nothing; "
		    "see its log\n"));
	else if (err == CLIENT_GONE)
		fprintf(say(a), _("the daemon went away before the end; what it "
		    "said to have taken stands (sekimori show)\n"));
	else
		fprintf(say(a), _("the daemon's answer cannot be read: %s; are "
		    "both of the same version?\n"), sek_strerror(err));
	return EXIT_UNAVAILABLE;
}

static int64_t
passed_ms(const struct ask *a)
{
	return clock_real.mono(&clock_real).ms - a->start.ms;
}

static int
listen_to(struct ask *a)
{
	int64_t s = a->v.follow ? (int64_t)a->v.wait_s + GRACE_S : ANSWER_S;
	struct str line;
	uint64_t id;
	json_t *o;
	int err, rc = -1;

	while (rc < 0) {
		if (stop_asked())
			return broken(a, CLIENT_STOP);
		err = client_read(a->client, &id, &line, (int)(s * 1000));
		if (err == CLIENT_STOP && !stop_asked())
			continue;	/* another signal, a window's size perhaps */
		if (err != 0 && err != CLIENT_DONE)
			return broken(a, err);
		o = tool_json_read(line);
		if (o == NULL)
			return broken(a, SEK_EPARSE);
		if (err == CLIENT_DONE)
			rc = finish(a, o);
		else
			render_event(&a->render, o, passed_ms(a));
		json_decref(o);
	}
	return rc;
}

static int
talk(struct ask *a)
{
	int rc;

	render_init(&a->render, a->out, a->v.json, a->v.progress, a->v.color);
	a->render.followed = a->v.follow;
	if (a->row->operand == ASK_ADDR && strlen(a->v.target) < ADDR_TEXT)
		memcpy(a->render.addr, a->v.target, strlen(a->v.target) + 1);
	a->start = clock_real.mono(&clock_real);
	stop_setup();
	rc = once_connect(&a->client, a->v.socket, a->row->usage.command, a->err);
	if (rc == 0)
		rc = send_request(a);
	if (rc == 0)
		rc = listen_to(a);
	render_end(&a->render);
	return rc;
}

int
ask_main(const char *command, int argc, char **argv, FILE *out, FILE *err)
{
	struct ask a = { .row = ask_row_find(command), .out = out, .err = err,
	    .evidence = { .max = ASK_EVIDENCE_MAX + 1 } };
	int rc;

	if (a.row == NULL)
		return EXIT_SOFTWARE;
	rc = read_command(&a, argc, argv);
	if (rc == 0)
		rc = talk(&a);
	client_close(a.client);
	gbuf_free(&a.evidence);
	return rc < 0 ? 0 : rc;	/* -1: help was given */
}
