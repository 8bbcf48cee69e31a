#include "tool/sunset_say.h"

#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/words.h"

static const struct {
	const char	*state;
	const char	*means;
	const char	*to_do;		/* NULL: nothing */
} says[] = {
	{ "alive", N_("listings are made and published"), NULL },
	{ "frozen", N_("no new listings; retests, removals and opt-outs work"), NULL },
	{ "announced", N_("works as ever until its day"),
	  N_("tell everybody who may use the list, then freeze it about a month before its day") },
	{ "closing", N_("no new listings; retests, removals and opt-outs work"),
	  N_("empty it on its day") },
	{ "empty", N_("answers, and lists nothing, not even the test entry"),
	  N_("leave everything running until its day at least, then end it") },
	{ "ended", N_("answers, and lists nothing; the delegation may go"), NULL },
};

static void
say_day(FILE *out, const char *state, int64_t day)
{
	char text[WORDS_TIME];

	words_time(text, day);
	if (day == 0)
		return;
	if (strcmp(state, "empty") == 0 || strcmp(state, "ended") == 0)
		fprintf(out, _("its day, before which it must not end: %s\n"), text);
	else
		fprintf(out, _("its day, from which on it may be emptied: %s\n"), text);
}

static void
say_next(FILE *out, const json_t *done)
{
	const json_t *step;
	char safe[32];
	size_t i;

	json_array_foreach(json_object_get(done, "next"), i, step) {
		const char *name = json_string_value(step);

		words_safe(safe, sizeof(safe), str_of(name == NULL ? "" : name));
		fprintf(out, i == 0 ? _("what may follow: %s") : ", %s", safe);
	}
	if (i > 0)
		fputc('\n', out);
}

/* What to write where the zone is delegated. */
static void
say_parent(FILE *out, const json_t *done, const char *zone)
{
	const json_t *line;
	char safe[WORDS_TEXT];
	size_t i;

	if (json_array_size(json_object_get(done, "parent")) == 0)
		return;
	fprintf(out, _("\nIn the zone that delegates %s, write in place of its NS records and "
	    "their addresses:\n\n"), zone);
	json_array_foreach(json_object_get(done, "parent"), i, line) {
		const char *text = json_string_value(line);

		words_safe(safe, sizeof(safe), str_of(text == NULL ? "" : text));
		fprintf(out, "%s\n", safe);
	}
	fputs(_("\nThese are documentation addresses: nobody answers there, so who still asks "
	    "waits for a\ntime-out and accepts the mail.\n"
	    "- Never a wildcard: it lists everybody.\n"
	    "- Keep the domain for good: who has it next can list everybody.\n"
	    "- Leave the daemon running until the old NS records have run out of all caches "
	    "(their TTL,\n  two days at least); then stop it.\n"), out);
}

static void
say_state(FILE *out, const json_t *done, const char *zone, const char *state)
{
	char until[WORDS_TIME], life[32];

	words_time(until, tool_json_int(done, "expires"));
	words_safe(life, sizeof(life), str_of(tool_json_text(done, "life")));
	fprintf(out, "%s: %s", zone, words_state(state));
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
		if (strcmp(says[i].state, state) == 0)
			fprintf(out, ": %s\n", _(says[i].means));
	if (tool_json_int(done, "expires") > 0)
		fprintf(out, _("_status.%s says \"%s\" until %s; serial %lld\n"), zone, life,
		    until, (long long)tool_json_int(done, "serial"));
	say_day(out, state, tool_json_int(done, "day"));
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
		if (strcmp(says[i].state, state) == 0 && says[i].to_do != NULL)
			fprintf(out, _("to do: %s\n"), _(says[i].to_do));
}

void
sunset_say(FILE *out, const json_t *done)
{
	char zone[WORDS_TEXT], state[32];

	words_safe(zone, sizeof(zone), str_of(tool_json_text(done, "zone")));
	words_safe(state, sizeof(state), str_of(tool_json_text(done, "state")));
	if (tool_json_bool(done, "dry_run"))
		fputs(_("nothing was written; it would be:\n"), out);
	say_state(out, done, zone, state);
	if (tool_json_bool(done, "rehearsal"))
		fputs(_("only laboratory ranges are probed: the waits are not kept, which is "
		    "a rehearsal\n"), out);
	say_next(out, done);
	say_parent(out, done, zone);
}
