#include "tool/account_desk.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/log.h"
#include "tool/json.h"
#include "tool/words.h"

static const char option[] = "--on-alert";

/* --- an alert --- */

static void
say_json(struct account_desk *d, const struct account_alert *a)
{
	char first[WALL_TEXT], last[WALL_TEXT], now[WALL_TEXT];
	json_t *o;

	wall_text(first, (struct wall){ a->first_s });
	wall_text(last, (struct wall){ a->last_s });
	wall_text(now, (struct wall){ a->now_s });
	o = json_pack("{ss ss ss ss ss ss sI sI sI sI}", "event", account_alert_tag(a), "at", now,
	    "first", first, "last", last, "who", a->who, "file", a->file, "line", (json_int_t)a->line,
	    "after_s", (json_int_t)account_alert_after_s(a), "messages", (json_int_t)a->messages,
	    "recipients", (json_int_t)a->recipients);
	if (o == NULL) {
		fprintf(d->err, "sekimori account: %s\n", sek_strerror(SEK_ENOMEM));
		return;
	}
	tool_json_line(d->out, o);
	json_decref(o);
}

static void
say(struct account_desk *d, const struct account_alert *a)
{
	char text[ACCOUNT_ALERT_TEXT], when[WORDS_TIME];

	if (d->json)
		say_json(d, a);
	else {
		account_alert_text(text, a);
		words_time(when, a->now_s);
		fprintf(d->out, "%s  %s\n", when, text);
	}
	fflush(d->out);
}

static void
log_it(const struct account_alert *a)
{
	const char *kind = account_alert_kind_tag(a->kind);

	if (a->over)
		log_event(LOG_LV_NOTICE, "abuse-ends", LOG_Z("kind", kind), LOG_Z("who", a->who),
		    LOG_N("first", a->first_s), LOG_N("last", a->last_s),
		    LOG_N("messages", a->messages), LOG_N("recipients", a->recipients));
	else
		log_event(LOG_LV_WARN, "abuse-begins", LOG_Z("kind", kind), LOG_Z("who", a->who),
		    LOG_N("first", a->first_s), LOG_N("after_s", account_alert_after_s(a)),
		    LOG_N("messages", a->messages), LOG_N("recipients", a->recipients),
		    LOG_Z("file", a->file), LOG_N("line", a->line));
}

static void
facts_of(struct hook_facts *f, const struct account_alert *a)
{
	f->n = 0;
	hook_fact(f, "SEKIMORI_EVENT", account_alert_tag(a));
	hook_fact(f, "SEKIMORI_WHO", a->who);
	hook_fact_number(f, "SEKIMORI_FIRST", a->first_s);
	hook_fact_number(f, "SEKIMORI_LAST", a->last_s);
	hook_fact_number(f, "SEKIMORI_TOLD", a->now_s);
	hook_fact_number(f, "SEKIMORI_AFTER", account_alert_after_s(a));
	hook_fact_number(f, "SEKIMORI_MESSAGES", (int64_t)(a->messages & INT64_MAX));
	hook_fact_number(f, "SEKIMORI_RECIPIENTS", (int64_t)(a->recipients & INT64_MAX));
	hook_fact(f, "SEKIMORI_FILE", a->file);
	hook_fact_number(f, "SEKIMORI_LINE", (int64_t)(a->line & INT64_MAX));
}

static void
run(struct account_desk *d, const struct account_alert *a, struct mono now)
{
	struct hook_facts facts;
	size_t i = 0;

	while (i < ACCOUNT_DESK_HOOKS && d->hook[i].pid > 0)
		i++;
	if (i == ACCOUNT_DESK_HOOKS) {
		fprintf(d->err, _("sekimori account: %s: too many run already\n"), option);
		return;
	}
	facts_of(&facts, a);
	if (hook_start(&d->hook[i], d->on_alert, &facts, now) == 0)
		return;
	fputs("sekimori account: ", d->err);
	fprintf(d->err, _("%s: could not be started: %s"), option, strerror(errno));
	fputc('\n', d->err);
}

static void
alert(struct account_desk *d, const struct account_alert *a, struct mono now)
{
	say(d, a);
	if (d->log)
		log_it(a);
	if (d->on_alert != NULL && !a->over)
		run(d, a, now);
}

/* --- metrics --- */

/* Beside its place first: a reader never sees half of it. */
static int
write_file(const char *path, struct str text)
{
	char part[PATH_MAX];
	FILE *f;
	int rc;

	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return SEK_ESYS;
	}
	f = fopen(part, "we");
	if (f == NULL)
		return SEK_ESYS;
	rc = fwrite(text.p, 1, text.n, f) == text.n ? 0 : SEK_ESYS;
	if (fclose(f) != 0 || (rc == 0 && rename(part, path) != 0))
		rc = SEK_ESYS;
	if (rc != 0) {
		int why = errno;

		unlink(part);
		errno = why;
	}
	return rc;
}

static void
metrics(struct account_desk *d, struct str text)
{
	bool failed;

	if (d->metrics == NULL)
		return;
	failed = write_file(d->metrics, text) != 0;
	if (failed && !d->metrics_failed) {
		char safe[WORDS_TEXT];

		words_safe(safe, sizeof(safe), str_of(d->metrics));
		fprintf(d->err, _("sekimori account: %s: cannot be written: %s\n"), safe,
		    strerror(errno));
	}
	d->metrics_failed = failed;
}

/* --- */

int
account_desk_read(struct account_desk *d, int fd, struct mono now)
{
	for (;;) {
		struct account_told told;
		int rc = account_tell_read(&told, fd, d->room);

		if (rc != 0)
			return rc == ACCOUNT_TELL_NONE ? 0 : rc;
		if (told.kind == ACCOUNT_TELL_ALERT)
			alert(d, &told.alert, now);
		else
			metrics(d, told.metrics);
	}
}

void
account_desk_tick(struct account_desk *d, struct mono now)
{
	for (size_t i = 0; i < ACCOUNT_DESK_HOOKS; i++) {
		char said[HOOK_SAID];

		if (d->hook[i].pid <= 0)
			continue;
		hook_look(&d->hook[i], now, option, said);
		if (said[0] != '\0')
			fprintf(d->err, "sekimori account: %s\n", said);
	}
}

bool
account_desk_busy(const struct account_desk *d)
{
	for (size_t i = 0; i < ACCOUNT_DESK_HOOKS; i++)
		if (d->hook[i].pid > 0)
			return true;
	return false;
}

void
account_desk_stop(struct account_desk *d)
{
	for (size_t i = 0; i < ACCOUNT_DESK_HOOKS; i++)
		hook_stop(&d->hook[i]);
}
