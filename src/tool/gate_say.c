#include "tool/gate_say.h"

#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/str.h"
#include "tool/gate_words.h"
#include "tool/json.h"
#include "tool/words.h"

#define RED "31"

enum { LINE = 1400 };

/* "05:20:31  192.0.2.25  ". */
static void
begin(struct gate_say *s, const char *addr)
{
	time_t now = time(NULL);
	char clock[16] = "", safe[64];
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL)
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	words_safe(safe, sizeof(safe), str_of(addr));
	fprintf(s->out, "%s  %s  ", clock, safe);
}

void
gate_say_line(struct gate_say *s, const char *addr, const char *text)
{
	if (s->json)
		return;
	begin(s, addr);
	fprintf(s->out, "%s\n", text);
	fflush(s->out);
}

static void
say_plan(struct gate_say *s, const char *host, const json_t *ev)
{
	const char *addr = tool_json_text(ev, "addr");
	char plan[GATE_WORDS], safe[256], line[LINE];

	gate_words_plan(plan, ev);
	words_safe(safe, sizeof(safe), str_of(host));
	if (json_object_get(s->verdicts, addr) != NULL)		/* after the baseline */
		snprintf(line, sizeof(line), _("a round takes longer here; %s"), plan);
	else if (strcmp(host, addr) == 0)
		snprintf(line, sizeof(line), "%s", plan);
	else
		snprintf(line, sizeof(line), "%s: %s", safe, plan);
	gate_say_line(s, addr, line);
}

/* Is the verdict another than that of the round before? */
static bool
is_news(struct gate_say *s, const json_t *ev)
{
	const char *addr = tool_json_text(ev, "addr"), *v = tool_json_text(ev, "verdict");
	bool news = strcmp(tool_json_text(s->verdicts, addr), v) != 0;

	json_object_set_new(s->verdicts, addr, json_string(v));
	return news;
}

static void
say_round(struct gate_say *s, const char *host, const json_t *ev)
{
	long long n = (long long)tool_json_int(ev, "round");
	char line[LINE], why[LINE / 2], which[80];
	bool news = is_news(s, ev);

	(void)host;
	if (!news && !s->rounds)
		return;
	words_safe(why, sizeof(why), str_of(words_why(tool_json_text(ev, "why"))));
	if (n == 0)
		snprintf(which, sizeof(which), "%s", _("baseline"));
	else
		snprintf(which, sizeof(which), _("round %lld of %lld"), n,
		    (long long)tool_json_int(ev, "of"));
	snprintf(line, sizeof(line), _("%s: %s (%s), %lld of %lld forms"), which,
	    words_verdict(tool_json_text(ev, "verdict")), why,
	    (long long)tool_json_int(ev, "done"), (long long)tool_json_int(ev, "total"));
	gate_say_line(s, tool_json_text(ev, "addr"), line);
}

static void
say_open(struct gate_say *s, const char *host, const json_t *ev)
{
	char line[LINE], when[WORDS_TIME], form[16];

	(void)host;
	words_time(when, tool_json_int(ev, "taken"));
	words_safe(form, sizeof(form), str_of(tool_json_text(ev, "form")));
	begin(s, tool_json_text(ev, "addr"));
	snprintf(line, sizeof(line), _("OPEN: a letter that it took at %s came back; form %s, "
	    "port %lld"), when, form, (long long)tool_json_int(ev, "port"));
	if (s->color)
		fprintf(s->out, "\033[%sm%s\033[0m\n", RED, line);
	else
		fprintf(s->out, "%s\n", line);
	fflush(s->out);
}

static void
say_change(struct gate_say *s, const char *host, const json_t *ev)
{
	char line[LINE], place[GATE_WORDS], text[LINE / 2];

	(void)host;
	gate_words_place(place, ev);
	if (tool_json_bool(ev, "back"))
		snprintf(line, sizeof(line), _("%s: as in the baseline again"), place);
	else {
		gate_words_change(text, sizeof(text), ev);
		snprintf(line, sizeof(line), _("%s differs from the baseline: %s"), place, text);
	}
	gate_say_line(s, tool_json_text(ev, "addr"), line);
}

static const struct {
	const char	*event;
	void		(*say)(struct gate_say *s, const char *host, const json_t *ev);
} rows[] = {
	{ "gate-plan", say_plan }, { "gate-round", say_round },
	{ "gate-open", say_open }, { "gate-change", say_change },
};

void
gate_say_event(struct gate_say *s, const char *host, const json_t *ev)
{
	const char *name = tool_json_text(ev, "event");

	if (s->json) {
		tool_json_line(s->out, ev);
		fflush(s->out);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].event, name) == 0)
			rows[i].say(s, host, ev);
}
