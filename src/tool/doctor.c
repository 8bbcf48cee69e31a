#include "tool/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/rand.h"
#include "tool/doctor_gather.h"
#include "tool/doctor_say.h"
#include "tool/json.h"
#include "tool/once.h"
#include "tool/option.h"
#include "tool/stop.h"

enum {
	EXIT_STOPPED = 130,	/* 128 + SIGINT, as shells say it */
	ASK_MS = 120 * 1000,
	GRACE_S = 30,		/* after probe.control_wait, for the keeper's own */
	RESOLVER_MS = 3000,	/* of the first try; a resolver that has to go far needs seconds */
	RESOLVER_TRIES = 2,
};

struct doctor_values {
	bool		 json;
	const char	*lang, *socket, *color, *progress;
};

#define V(field) offsetof(struct doctor_values, field)

static const char *const when_words[] = { "auto", "always", "never", NULL };
static const char *const lang_words[] = { "ja", "en", NULL };

static const struct option_row rows[] = {
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), lang_words, 0, 0, false },
	{ "socket", 0, OPTION_TEXT, V(socket), "PATH",
	  N_("control socket of the daemon; default: control in its state directory"), NULL, 0, 0, false },
	{ "color", 0, OPTION_TEXT, V(color), "WHEN",
	  N_("colour beside the words"), when_words, 0, 0, false },
	{ "progress", 0, OPTION_TEXT, V(progress), "WHEN",
	  N_("what is being looked at; auto: on a terminal only"), when_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"doctor", "",
	N_("Goes through the start-up checklist; public addresses are probed only while it holds."),
	rows, NULL, 0, 0
};

struct doctor {
	struct doctor_values	 v;
	struct view		 view;
	struct judged		 judged[CHECK_N];
	json_t			*facts;		/* texts of view.facts borrow from it */
	bool			 shows_progress;
	FILE			*out, *err;
};

static int
fail(struct doctor *d, int code, const char *why)
{
	fprintf(d->err, "sekimori doctor: %s\n", why);
	return code;
}

static void
doing(void *ctx, const char *text)
{
	struct doctor *d = ctx;

	if (d->shows_progress)
		fprintf(d->err, _("looking at: %s\n"), _(text));
}

/* --- the keeper's part --- */

static int
ask_facts(struct doctor *d)
{
	int rc = once_ask(&d->facts, d->v.socket, "doctor-facts", "doctor", d->err);

	if (rc != 0)
		return rc;
	if (doctor_facts_read(&d->view.facts, d->facts) != 0)
		return fail(d, EXIT_UNAVAILABLE, _("the daemon's answer cannot be read; "
		    "are both of the same version?"));
	return 0;
}

static void
read_control(struct view_control *c, const json_t *o)
{
	*c = (struct view_control){
		.ok = tool_json_bool(o, "ok"), .outside = tool_json_bool(o, "outside"),
		.canary = tool_json_bool(o, "canary"),
		.dated = json_is_integer(json_object_get(o, "ahead_s")),
		.ahead_s = tool_json_int(o, "ahead_s"),
		.took_ms = tool_json_int(o, "took_ms"),
	};
	str_clean(c->why, sizeof(c->why), str_of(tool_json_text(o, "why")));
	str_clean(c->mx, sizeof(c->mx), str_of(tool_json_text(o, "mx")));
}

static int
ask_control(struct doctor *d)
{
	json_t *request = json_pack("{ss}", "verb", "doctor-control"), *done = NULL;
	int64_t wait_s = d->view.facts.control_wait_s + GRACE_S;
	int rc;

	doing(d, N_("a letter of our own, which may take as long as probe.control_wait says"));
	rc = once_request(&done, d->v.socket, request, (int)(wait_s * 1000), "doctor", d->err);
	json_decref(request);
	if (rc == 0)
		read_control(&d->view.control, done);
	json_decref(done);
	return rc;
}

static int
hand_in(struct doctor *d, json_t **done)
{
	json_t *request = json_pack("{ss ss so*}", "verb", "doctor-result", "conf",
	    d->view.facts.conf, "results", doctor_say_results(d->judged));
	int rc;

	if (request == NULL)
		return fail(d, EXIT_OSERR, sek_strerror(SEK_ENOMEM));
	rc = once_request(done, d->v.socket, request, ASK_MS, "doctor", d->err);
	json_decref(request);
	return rc;
}

/* --- our own --- */

static int
look_with(struct doctor *d, struct loop *l, struct resolver *r, struct dialer *dialer)
{
	struct rand rand;
	struct gather g = { .view = &d->view, .loop = l, .resolver = r,
	    .dialer = dialer, .rand = &rand, .stop = stop_asked, .doing = doing, .ctx = d };
	int err;

	rand_real(&rand);
	d->view.n_own = own_addresses(d->view.own);
	err = doctor_gather(&g);
	if (err == GATHER_STOP)
		return EXIT_STOPPED;
	return err == 0 ? 0 : fail(d, EXIT_OSERR, sek_strerror(err));
}

static int
look(struct doctor *d, struct dialer *dialer)
{
	struct loop *l = loop_new();
	struct resolver *r;
	int err = l == NULL ? SEK_ENOMEM : resolver_new_timed(&r, l,
	    d->view.facts.resolver, RESOLVER_MS, RESOLVER_TRIES), rc;

	if (err != 0) {
		loop_free(l);
		return fail(d, err == SEK_EPARSE ? EXIT_CONFIG : EXIT_OSERR,
		    err == SEK_EPARSE ? _("probe.resolver is no list of addresses") :
		    sek_strerror(err));
	}
	rc = look_with(d, l, r, dialer);
	r->free(r);
	loop_free(l);
	return rc;
}

static int
show(struct doctor *d, json_t *done)
{
	int code = tool_json_bool(done, "pass") ? 0 : 1;
	struct render r;

	json_object_set_new(done, "exit", json_integer(code));
	render_init(&r, d->out, d->v.json, "never", d->v.color);
	doctor_say(&r, d->judged, done);
	render_end(&r);
	return code;
}

static int
work(struct doctor *d, struct dialer *dialer)
{
	json_t *done = NULL;
	int rc = ask_facts(d);

	if (rc == 0)
		rc = look(d, dialer);
	if (rc == 0)
		rc = ask_control(d);
	if (rc == 0) {
		doctor_judge(d->judged, &d->view);
		rc = hand_in(d, &done);
	}
	if (rc == 0)
		rc = show(d, done);
	json_decref(done);
	return rc;
}

int
doctor_main(int argc, char **argv, struct dialer *dialer, FILE *out, FILE *err)
{
	struct doctor *d = calloc(1, sizeof(*d));
	int at, rc;

	if (d == NULL)
		return EXIT_OSERR;
	d->out = out;
	d->err = err;
	rc = option_read(&usage, &d->v, argc, argv, &at, out, err);
	if (rc != 0) {
		free(d);
		return rc == OPTION_HELP ? 0 : EXIT_USAGE;
	}
	d->shows_progress = d->v.progress == NULL || strcmp(d->v.progress, "auto") == 0 ?
	    isatty(fileno(err)) == 1 : strcmp(d->v.progress, "always") == 0;
	stop_setup();
	rc = work(d, dialer);
	json_decref(d->facts);
	free(d);
	return rc;
}
