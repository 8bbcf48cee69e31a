#include "tool/gate_words.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/str.h"
#include "tool/json.h"
#include "tool/words.h"

static const struct {
	const char	*what, *words;
} kinds[] = {
	{ "verdict", N_("verdict") },
	{ "port", N_("port") },
	{ "banner", N_("banner") },
	{ "offer", N_("offer after EHLO") },
	{ "offer-tls", N_("offer after EHLO within TLS") },
	{ "tls", N_("TLS") },
	{ "reply", N_("reply to form") },
};

static const char *
kind_of(const char *what)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].what, what) == 0)
			return _(kinds[i].words);
	return "?";
}

void
gate_words_place(char out[GATE_WORDS], const json_t *o)
{
	const char *what = tool_json_text(o, "what");
	long long port = (long long)tool_json_int(o, "port");
	char form[16];

	words_safe(form, sizeof(form), str_of(tool_json_text(o, "form")));
	if (strcmp(what, "port") == 0)
		snprintf(out, GATE_WORDS, _("port %lld"), port);
	else if (form[0] != '\0')
		snprintf(out, GATE_WORDS, _("%s %s, port %lld"), kind_of(what), form, port);
	else if (port > 0)
		snprintf(out, GATE_WORDS, _("%s, port %lld"), kind_of(what), port);
	else
		snprintf(out, GATE_WORDS, "%s", kind_of(what));
}

/* "refused 554 5.7.1": the finding, then what the server said. */
static const char *
reply_words(char out[GATE_WORDS], const char *value)
{
	struct str rest = str_of(value);
	char tag[32];

	if (str_copy(tag, sizeof(tag), str_cut(&rest, ' ')) != 0)
		return value;
	snprintf(out, GATE_WORDS, "%s%s%.*s", words_finding(tag), rest.n > 0 ? " " : "",
	    (int)rest.n, rest.n > 0 ? rest.p : "");
	return out;
}

void
gate_words_value(char *out, size_t cap, const char *what, const char *value)
{
	char reply[GATE_WORDS];
	const char *words = value;

	if (strcmp(what, "verdict") == 0)
		words = words_verdict(value);
	else if (strcmp(what, "reply") == 0)
		words = reply_words(reply, value);
	else if (strcmp(value, "answers") == 0)
		words = _("answers");
	else if (strcmp(value, "no-answer") == 0)
		words = _("no answer");
	else if (value[0] == '\0')
		words = _("(nothing)");
	words_safe(out, cap, str_of(words));
}

/* Has the list, with "; " between, that word? */
static bool
has_word(struct str list, struct str word)
{
	while (list.n > 0)
		if (str_eq(str_trim(str_cut(&list, ';')), word))
			return true;
	return false;
}

/* The words of a that b has not. */
static void
only_in(char *out, size_t cap, const char *a, const char *b)
{
	struct str list = str_of(a);
	size_t len = 0;

	out[0] = '\0';
	while (list.n > 0 && len + 3 < cap) {
		struct str w = str_trim(str_cut(&list, ';'));
		char safe[GATE_WORDS];

		if (w.n == 0 || has_word(str_of(b), w))
			continue;
		words_safe(safe, sizeof(safe), w);
		len += (size_t)snprintf(out + len, cap - len, "%s%s", len > 0 ? "; " : "", safe);
	}
}

static void
change_of_list(char *out, size_t cap, const char *was, const char *is)
{
	char news[GATE_WORDS], gone[GATE_WORDS];

	only_in(news, sizeof(news), is, was);
	only_in(gone, sizeof(gone), was, is);
	if (news[0] != '\0' && gone[0] != '\0')
		snprintf(out, cap, _("new: %s; gone: %s"), news, gone);
	else if (news[0] != '\0')
		snprintf(out, cap, _("new: %s"), news);
	else
		snprintf(out, cap, _("gone: %s"), gone);
}

void
gate_words_change(char *out, size_t cap, const json_t *change)
{
	const char *what = tool_json_text(change, "what");
	const char *was = tool_json_text(change, "was"), *is = tool_json_text(change, "is");
	char a[GATE_WORDS], b[GATE_WORDS];

	if (strncmp(what, "offer", 5) == 0) {
		change_of_list(out, cap, was, is);
		return;
	}
	gate_words_value(a, sizeof(a), what, was);
	gate_words_value(b, sizeof(b), what, is);
	snprintf(out, cap, _("%s; then %s"), a, b);
}

void
gate_words_plan(char out[GATE_WORDS], const json_t *plan)
{
	long long left = (long long)tool_json_int(plan, "left");
	long long sessions = (long long)tool_json_int(plan, "sessions");
	long long rounds = (long long)tool_json_int(plan, "rounds");
	int n = snprintf(out, GATE_WORDS, _("depth %s, pace %s: the baseline, then a round "
	    "every %lld s, %lld of them, sessions in each: %lld"),
	    tool_json_text(plan, "depth"), tool_json_text(plan, "pace"),
	    (long long)tool_json_int(plan, "every_s"), rounds - 1, sessions);

	if (json_is_integer(json_object_get(plan, "left")) && n > 0 && n < GATE_WORDS)
		snprintf(out + n, (size_t)(GATE_WORDS - n), _("; %lld s apart; %lld of the "
		    "%lld sessions that are left of today"),
		    (long long)tool_json_int(plan, "between_s"), rounds * sessions, left);
}

/* --- refusals --- */

static void
refused_every(char out[GATE_WORDS], const json_t *p)
{
	snprintf(out, GATE_WORDS, _("a round takes %lld s at least: sessions of a round: %lld, "
	    "and the pace class asks for time between them; take --every %llds, or a --depth "
	    "with fewer forms"), (long long)tool_json_int(p, "least_s"),
	    (long long)tool_json_int(p, "sessions"), (long long)tool_json_int(p, "least_s"));
}

static void
refused_day(char out[GATE_WORDS], const json_t *p)
{
	snprintf(out, GATE_WORDS, _("%lld rounds of %lld sessions are more than the %lld "
	    "sessions that the pace class still allows today: take --every %llds, or a "
	    "shorter --for"), (long long)tool_json_int(p, "rounds"),
	    (long long)tool_json_int(p, "sessions"), (long long)tool_json_int(p, "left"),
	    (long long)tool_json_int(p, "fits_s"));
}

static void
refused_day_over(char out[GATE_WORDS], const json_t *p)
{
	snprintf(out, GATE_WORDS, _("the pace class allows %lld more sessions today, and one "
	    "round takes %lld: try again tomorrow, or a --depth with fewer forms"),
	    (long long)tool_json_int(p, "left"), (long long)tool_json_int(p, "sessions"));
}

static const struct {
	const char	*tag;
	void		(*say)(char out[GATE_WORDS], const json_t *plan);
	const char	*text;		/* without numbers */
} refusals[] = {
	{ "gate-every", refused_every, NULL },
	{ "gate-day", refused_day, NULL },
	{ "gate-day-over", refused_day_over, NULL },
	{ "gate-busy", NULL, N_("that address is watched already") },
	{ "gate-rounds", NULL, N_("more rounds than a gate may have (20000): watch for a shorter time, or less often") },
};

bool
gate_words_refused(char out[GATE_WORDS], const json_t *answer)
{
	const char *tag = tool_json_text(answer, "error");

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strcmp(refusals[i].tag, tag) != 0)
			continue;
		if (refusals[i].say != NULL)
			refusals[i].say(out, json_object_get(answer, "plan"));
		else
			snprintf(out, GATE_WORDS, "%s", _(refusals[i].text));
		return true;
	}
	return false;
}
