#include "tool/cause_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/words.h"
#include "web/text.h"

enum { LABEL_COLS = 14 };

static void
put_label(FILE *out, const char *label)
{
	fputs("  ", out);
	words_pad(out, label, LABEL_COLS);
	fputc(' ', out);
}

/* The catalogue translates this word to the code of its own language. */
static enum lang
language(void)
{
	return strcmp(_("en"), "ja") == 0 ? LANG_JA : LANG_EN;
}

/* The text of a tag, or the tag cleaned: it may be of a newer keeper. */
static void
put_tag(FILE *out, const char *family, const char *tag)
{
	char full[96], safe[WORDS_TEXT];
	const char *text;

	snprintf(full, sizeof(full), "%s.%s", family, tag);
	text = text_of(full, language());
	words_safe(safe, sizeof(safe), str_of(tag));
	fputs(text != NULL ? text : safe, out);
}

static void
put_list(FILE *out, const char *label, const char *family, const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		if (i == 0)
			put_label(out, label);
		else
			fputs(_("; "), out);
		put_tag(out, family, json_is_string(v) ? json_string_value(v) : "?");
	}
	if (json_array_size(list) > 0)
		fputc('\n', out);
}

static bool
put_part(FILE *out, bool begun, const char *label, const char *between,
    const char *word, const char *value)
{
	char safe[WORDS_TEXT];

	if (value[0] == '\0')
		return begun;
	if (!begun)
		put_label(out, label);
	else
		fputs(between, out);
	words_safe(safe, sizeof(safe), str_of(value));
	fprintf(out, "%s%s", word, safe);
	return true;
}

static void
put_seen(FILE *out, const json_t *o)
{
	const char *label = _("it saw");
	bool begun = put_part(out, false, label, "", "", tool_json_text(o, "seen_client"));

	begun = put_part(out, begun, label, ", ", _("name "), tool_json_text(o, "seen_name"));
	begun = put_part(out, begun, label, ", ", "HELO ", tool_json_text(o, "seen_helo"));
	if (begun)
		fputc('\n', out);
}

static void
put_next(FILE *out, const json_t *o)
{
	const char *label = _("host behind");
	bool begun = put_part(out, false, label, "", "", tool_json_text(o, "next_name"));

	begun = put_part(out, begun, label, " ", "", tool_json_text(o, "next_addr"));
	if (begun)
		fputc('\n', out);
}

static void
put_second(FILE *out, const json_t *o)
{
	const char *second = tool_json_text(o, "cause_second");
	const char *decide = tool_json_text(o, "cause_decide");
	char safe[WORDS_TEXT];

	if (second[0] == '\0')
		return;
	put_label(out, _("or else"));
	put_tag(out, "cause", second);
	words_safe(safe, sizeof(safe), str_of(decide));
	if (decide[0] != '\0')
		fprintf(out, _(" Form %s would tell."), safe);
	fputc('\n', out);
}

static void
put_fixes(FILE *out, const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		put_label(out, i == 0 ? _("to change") : "");
		put_tag(out, "fix", json_is_string(v) ? json_string_value(v) : "?");
		fputc('\n', out);
	}
}

void
cause_text_show(FILE *out, const json_t *o)
{
	const char *cause = tool_json_text(o, "cause");

	if (cause[0] == '\0')
		return;
	put_label(out, tool_json_bool(o, "cause_sure") ||
	    strcmp(cause, "undetermined") == 0 ? _("cause") : _("likely cause"));
	put_tag(out, "cause", cause);
	fputc('\n', out);
	put_seen(out, o);
	put_next(out, o);
	put_list(out, _("for it"), "sign", json_object_get(o, "cause_for"));
	put_list(out, _("against it"), "sign", json_object_get(o, "cause_against"));
	put_second(out, o);
	put_fixes(out, json_object_get(o, "fix"));
}
