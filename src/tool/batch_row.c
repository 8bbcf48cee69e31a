#include "tool/batch_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/words.h"

enum { LABEL = 300 };

void
batch_rows_init(struct batch_rows *b, FILE *out, enum batch_form form, const char *color)
{
	*b = (struct batch_rows){ .form = form };
	render_init(&b->render, out, form == BATCH_JSON, "never", color);
	b->render.local = b->render.followed = true;
}

static enum verdict
verdict_read(const json_t *v)
{
	const char *tag = tool_json_text(v, "verdict");

	for (enum verdict is = VERDICT_OPEN; is <= VERDICT_UNTESTED; is++)
		if (strcmp(verdict_name(is), tag) == 0)
			return is;
	return VERDICT_INCONCLUSIVE;
}

/* The address as it is written in a list; port 25 goes without saying. */
static void
label(char out[LABEL], const struct batch_target *t)
{
	char addr[ADDR_TEXT], name[LABEL - 10];
	bool v6 = t->addr != NULL && !addr_is_v4(t->addr);

	if (t->addr != NULL)
		addr_text(addr, t->addr);
	words_safe(name, sizeof(name), str_of(t->addr != NULL ? addr : t->name));
	if (t->port == 25)
		snprintf(out, LABEL, "%s", name);
	else
		snprintf(out, LABEL, v6 ? "[%s]:%u" : "%s:%u", name, t->port);
}

/* ---- the three forms ---- */

static void
put_or_dash(FILE *out, const char *text, char end)
{
	char safe[WORDS_TEXT];

	words_safe(safe, sizeof(safe), str_of(text));
	fprintf(out, "%s%c", safe[0] != '\0' ? safe : "-", end);
}

static void
row_tsv(const struct batch_rows *b, const char *target, enum verdict is, const json_t *v)
{
	bool open = is == VERDICT_OPEN;

	fprintf(b->render.out, "%s\t%s\t", target, verdict_name(is));
	put_or_dash(b->render.out, open ? tool_json_text(v, "output") : "", '\t');
	put_or_dash(b->render.out, open ? tool_json_text(v, "form") : "", '\n');
}

static void
row_json(const struct batch_rows *b, const struct batch_target *t, const json_t *v)
{
	json_t *o = json_pack("{ss ss si}", "event", "verdict", "target", t->name,
	    "port", t->port), *member;
	char addr[ADDR_TEXT];
	const char *key;

	if (t->line > 0)
		json_object_set_new(o, "line", json_integer(t->line));
	if (t->addr != NULL) {
		addr_text(addr, t->addr);
		json_object_set_new(o, "addr", json_string(addr));
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, member)
		if (json_object_get(o, key) == NULL)
			json_object_set(o, key, member);
	tool_json_line(b->render.out, o);
	json_decref(o);
}

static void
row_text(struct batch_rows *b, const char *target, const json_t *v)
{
	json_t *named = json_copy((json_t *)(uintptr_t)v);

	json_object_set_new(named, "addr", json_string(target));
	render_result(&b->render, named);
	json_decref(named);
}

static int
row_done(struct batch_rows *b, enum verdict is)
{
	b->n[is]++;
	b->rows++;
	return fflush(b->render.out) == 0 ? 0 : SEK_ESYS;
}

int
batch_row(struct batch_rows *b, const struct batch_target *t, const json_t *v)
{
	enum verdict is = verdict_read(v);
	char target[LABEL];

	label(target, t);
	if (b->form == BATCH_TSV)
		row_tsv(b, target, is, v);
	else if (b->form == BATCH_JSON)
		row_json(b, t, v);
	else
		row_text(b, target, v);
	return row_done(b, is);
}

/* ---- refused ---- */

static void
refused_text(const struct batch_rows *b, const char *target, const json_t *error)
{
	const char *words = words_error(tool_json_text(error, "error"));
	char safe[WORDS_TEXT];

	words_safe(safe, sizeof(safe), str_of(words != NULL ? words :
	    tool_json_text(error, "text")));
	fprintf(b->render.out, "%s: ", target);
	render_paint(&b->render, "33", words_verdict(verdict_name(VERDICT_UNTESTED)));
	fprintf(b->render.out, ": %s\n", safe);
}

int
batch_row_refused(struct batch_rows *b, const struct batch_target *t, const json_t *error)
{
	int64_t code = tool_json_int(error, "exit");
	json_t *v = json_pack("{ss ss sb si si ss}", "verdict",
	    verdict_name(VERDICT_UNTESTED), "why", tool_json_text(error, "error"),
	    "provisional", 0, "done", 0, "total", 0,
	    "text", tool_json_text(error, "text"));
	char target[LABEL];

	label(target, t);
	if (b->form == BATCH_TSV)
		row_tsv(b, target, VERDICT_UNTESTED, v);
	else if (b->form == BATCH_JSON)
		row_json(b, t, v);
	else
		refused_text(b, target, error);
	json_decref(v);
	b->failed = code > 0 && code < 256 ? (int)code : EXIT_SOFTWARE;
	return row_done(b, VERDICT_UNTESTED);
}

/* ---- all of them ---- */

void
batch_rows_count(FILE *out, const struct batch_rows *b)
{
	for (enum verdict is = VERDICT_OPEN; is <= VERDICT_UNTESTED; is++)
		fprintf(out, "%s%s %zu", is == VERDICT_OPEN ? "" : ", ",
		    words_verdict(verdict_name(is)), b->n[is]);
}

int
batch_rows_exit(const struct batch_rows *b)
{
	size_t judged = b->rows - b->n[VERDICT_UNTESTED];

	if (b->n[VERDICT_OPEN] > 0)
		return 1;
	if (judged == 0 && b->failed != 0)
		return b->failed;
	return b->n[VERDICT_CLOSED] == b->rows ? 0 : 2;
}

void
batch_rows_end(struct batch_rows *b, int exit)
{
	json_t *o;

	if (b->form == BATCH_JSON) {
		o = json_pack("{ss si sI}", "event", "done", "exit", exit,
		    "targets", (json_int_t)b->rows);
		for (enum verdict is = VERDICT_OPEN; is <= VERDICT_UNTESTED; is++)
			json_object_set_new(o, verdict_name(is),
			    json_integer((json_int_t)b->n[is]));
		tool_json_line(b->render.out, o);
		json_decref(o);
	}
	fflush(b->render.out);
	render_end(&b->render);
}
