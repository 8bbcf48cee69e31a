#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "web/template_body.h"

enum { PARTIALS = 8, TURNS = PARTIALS * TEMPLATE_DEPTH, JST_S = 9 * 3600 };

struct render {
	struct gbuf	*out;
	enum lang	 lang;
	const json_t	*turns[TURNS + 1];	/* what names are looked up in; the last one first */
	size_t		 n_turns;
	unsigned	 depth;			/* of templates in each other */
	unsigned	 steps;
	bool		 plain;			/* a text without markup */
};

static int run(struct render *r, const struct template *t);

static int
put(struct render *r, const char *s)
{
	return gbuf_add(r->out, s, strlen(s));
}

/* --- escaping --- */

static const char *
entity(uint8_t c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

static bool
is_plain(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' &&
	    c != '"' && c != '\'') || c == '\n' || c == '\t';
}

/* One piece that is not plain: an entity, a character, or U+FFFD. */
static int
put_odd(struct render *r, const uint8_t *p, size_t n, size_t *took)
{
	const char *e = entity(p[0]);
	size_t len = e != NULL ? 0 : str_utf8_safe(p, n);

	*took = 1;
	if (e != NULL)
		return put(r, e);
	if (len > 0) {
		*took = len;
		return gbuf_add(r->out, p, len);
	}
	while (*took < n && (p[*took] & 0xc0) == 0x80)
		++*took;
	return put(r, "\357\277\275");
}

static int
put_escaped(struct render *r, const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t i = 0, from, took;
	int err = 0;

	while (i < len && err == 0) {
		for (from = i; i < len && is_plain(p[i]); i++)
			;
		if (i > from)
			err = gbuf_add(r->out, p + from, i - from);
		if (i < len && err == 0) {
			err = put_odd(r, p + i, len - i, &took);
			i += took;
		}
	}
	return err;
}

/* --- values --- */

static const json_t *
find(const struct render *r, const struct op *op)
{
	const json_t *v = NULL;

	if (op->n_keys == 0)
		return r->turns[r->n_turns - 1];
	for (size_t i = r->n_turns; i > 0 && v == NULL; i--)
		v = json_object_get(r->turns[i - 1], op->keys[0]);
	for (size_t k = 1; k < op->n_keys; k++)
		v = json_object_get(v, op->keys[k]);
	return v;
}

static int
put_value(struct render *r, const json_t *v)
{
	char text[32];

	if (json_is_string(v))
		return put_escaped(r, json_string_value(v), json_string_length(v));
	if (json_is_integer(v))
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		snprintf(text, sizeof(text), "%.6g", json_real_value(v));
	else
		return 0;
	return put(r, text);
}

/* A value within a text: a stranger's right-to-left letters end with it. */
static int
put_isolated(struct render *r, const json_t *v)
{
	int err;

	if (r->plain)
		return put_value(r, v);
	err = put(r, "<bdi>");
	if (err == 0)
		err = put_value(r, v);
	return err != 0 ? err : put(r, "</bdi>");
}

/* --- times: written by hand, since a page has twenty of them --- */

struct civil { int64_t year; unsigned month, day, hour, minute, second; };

/* The proleptic Gregorian calendar, from 0 to 9999: eras of 400 years that begin
 * on 1 March. */
static bool
civil_of(struct civil *out, int64_t s)
{
	int64_t days, era, year;
	unsigned of_day, of_era, of_year, month;

	if (s < -62167219200 || s > 253402300799)
		return false;
	days = (s >= 0 ? s : s - 86399) / 86400;
	of_day = (unsigned)(s - days * 86400);
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	of_era = (unsigned)(days - era * 146097);
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (unsigned)(365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;	/* March is 0 */
	*out = (struct civil){ year + era * 400 + (month >= 10), month < 10 ? month + 3 : month - 9,
		of_year - (153 * month + 2) / 5 + 1, of_day / 3600, of_day / 60 % 60, of_day % 60 };
	return true;
}

/* At least `digits` digits of n; what follows them is literal. */
static void
put_number(struct wbuf *w, uint64_t n, unsigned digits, const char *follows)
{
	char text[20];
	unsigned at = sizeof(text);

	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0 || sizeof(text) - at < digits);
	wbuf_bytes(w, text + at, sizeof(text) - at);
	wbuf_str(w, follows);
}

static void
put_clock(struct wbuf *w, const struct civil *c, bool seconds)
{
	put_number(w, c->hour, 2, ":");
	put_number(w, c->minute, 2, seconds ? ":" : "");
	if (seconds)
		put_number(w, c->second, 2, "");
}

static void
put_iso(struct wbuf *w, const struct civil *c, const char *between)
{
	put_number(w, (uint64_t)c->year, 4, "-");
	put_number(w, c->month, 2, "-");
	put_number(w, c->day, 2, between);
	put_clock(w, c, true);
}

/* 27 November 2026; 2026年11月27日 */
static void
put_date(struct wbuf *w, const struct civil *c, enum lang lang)
{
	static const char *const months[12] = { " January ", " February ", " March ",
		" April ", " May ", " June ", " July ", " August ", " September ",
		" October ", " November ", " December " };

	if (lang == LANG_JA) {
		put_number(w, (uint64_t)c->year, 4, "年");
		put_number(w, c->month, 1, "月");
		put_number(w, c->day, 1, "日");
	} else {
		put_number(w, c->day, 1, months[c->month - 1]);
		put_number(w, (uint64_t)c->year, 4, "");
	}
}

/* 27 November 2026, 10:20 UTC; 2026年11月27日 19:20 JST */
static void
put_local(struct wbuf *w, const struct civil *c, enum lang lang, bool seconds)
{
	put_date(w, c, lang);
	wbuf_str(w, lang == LANG_JA ? " " : ", ");
	put_clock(w, c, seconds);
	wbuf_str(w, lang == LANG_JA ? " JST" : " UTC");
}

static int
put_time(struct render *r, const json_t *v, bool seconds)
{
	char all[256];
	struct wbuf w = wbuf_of(all, sizeof(all));
	int64_t s = json_integer_value(v);
	struct civil utc, local;

	if (!json_is_integer(v) || !civil_of(&utc, s) ||
	    !civil_of(&local, s + (r->lang == LANG_JA ? JST_S : 0)))
		return 0;
	if (!r->plain) {
		wbuf_str(&w, "<time datetime=\"");
		put_iso(&w, &utc, "T");
		wbuf_str(&w, "Z\" title=\"");
		put_iso(&w, &utc, " ");
		wbuf_str(&w, " UTC\">");
	}
	put_local(&w, &local, r->lang, seconds);
	if (!r->plain)
		wbuf_str(&w, "</time>");
	assert(w.err == 0);
	return gbuf_add(r->out, all, w.len);
}

/* A day is the same everywhere: that of UTC. */
static int
put_day(struct render *r, const json_t *v)
{
	char all[128];
	struct wbuf w = wbuf_of(all, sizeof(all));
	struct civil c;

	if (!json_is_integer(v) || !civil_of(&c, json_integer_value(v)))
		return 0;
	if (!r->plain) {
		wbuf_str(&w, "<time datetime=\"");
		put_number(&w, (uint64_t)c.year, 4, "-");
		put_number(&w, c.month, 2, "-");
		put_number(&w, c.day, 2, "\">");
	}
	put_date(&w, &c, r->lang);
	if (!r->plain)
		wbuf_str(&w, "</time>");
	assert(w.err == 0);
	return gbuf_add(r->out, all, w.len);
}

/* The largest unit that leaves a whole number of at least one; minutes and
 * hours may have one below them: "2 hours 5 minutes". */
static int
put_unit(struct render *r, int64_t n, const char *one, const char *many)
{
	const char *text = text_of(n == 1 ? one : many, r->lang);
	char all[96];
	struct wbuf w = wbuf_of(all, sizeof(all));

	put_number(&w, (uint64_t)n, 1, " ");
	wbuf_str(&w, text != NULL ? text : "");
	return w.err != 0 ? w.err : gbuf_add(r->out, all, w.len);
}

static int
put_span(struct render *r, const json_t *v)
{
	static const struct { int64_t s; const char *one, *many; } units[] = {
		{ 86400, "unit.day", "unit.days" }, { 3600, "unit.hour", "unit.hours" },
		{ 60, "unit.minute", "unit.minutes" }, { 1, "unit.second", "unit.seconds" },
	};
	int64_t left = json_integer_value(v);
	size_t i = 0;
	int err;

	if (!json_is_integer(v))
		return 0;
	if (left < 0)
		left = 0;
	while (i < 3 && left < units[i].s)
		i++;
	err = put_unit(r, left / units[i].s, units[i].one, units[i].many);
	left %= units[i].s;
	if (err != 0 || i == 3 || left < units[i + 1].s)
		return err;
	err = put(r, " ");
	return err != 0 ? err : put_unit(r, left / units[i + 1].s, units[i + 1].one, units[i + 1].many);
}

/* --- sections, texts, templates in each other --- */

static bool
is_true(const json_t *v)
{
	if (json_is_array(v))
		return json_array_size(v) > 0;
	if (json_is_string(v))
		return json_string_length(v) > 0;
	if (json_is_integer(v))
		return json_integer_value(v) != 0;
	return json_is_true(v) || json_is_object(v) || json_is_real(v);
}

static int run_range(struct render *r, const struct template *t, size_t at, size_t end);

static int
turn(struct render *r, const json_t *v, const struct template *t, size_t at, size_t end)
{
	int err;

	if (r->n_turns == TURNS)
		return SEK_ELIMIT;
	r->turns[r->n_turns++] = v;
	err = run_range(r, t, at, end);
	r->n_turns--;
	return err;
}

static int
section(struct render *r, const struct template *t, size_t at)
{
	const struct op *op = &t->ops[at];
	const json_t *v = find(r, op);
	size_t n = json_array_size(v);
	int err = 0;

	if (is_true(v) != (op->kind == OP_EACH))
		return 0;
	if (op->kind == OP_NOT || !json_is_array(v))
		return turn(r, op->kind == OP_NOT ? r->turns[r->n_turns - 1] : v,
		    t, at + 1, op->n - 1);
	for (size_t i = 0; i < n && err == 0; i++)
		err = turn(r, json_array_get(v, i), t, at + 1, op->n - 1);
	return err;
}

static int
text(struct render *r, size_t i, bool plain)
{
	bool before = r->plain;
	int err;

	r->plain = plain;
	err = run(r, template_texts[r->lang][i]);
	r->plain = before;
	return err;
}

static int
text_by(struct render *r, const json_t *tag)
{
	ptrdiff_t i = text_index((struct str){ json_string_value(tag), json_string_length(tag) });

	return i < 0 ? 0 : text(r, (size_t)i, false);
}

static int
partial(struct render *r, size_t i)
{
	int err;

	if (r->depth == PARTIALS)
		return SEK_ELIMIT;
	r->depth++;
	err = run(r, template_pages[i]);
	r->depth--;
	return err;
}

/* Takes the op at *at and moves on. */
static int
step(struct render *r, const struct template *t, size_t *at)
{
	const struct op *op = &t->ops[*at];
	size_t here = *at;

	*at = op->kind == OP_EACH || op->kind == OP_NOT ? op->n : here + 1;
	if (++r->steps > TEMPLATE_STEPS)
		return SEK_ELIMIT;
	switch (op->kind) {
	case OP_OCTETS:		return gbuf_add(r->out, op->p, op->n);
	case OP_VALUE:		return put_value(r, find(r, op));
	case OP_ISOLATED:	return put_isolated(r, find(r, op));
	case OP_MINUTE:		return put_time(r, find(r, op), false);
	case OP_SECOND:		return put_time(r, find(r, op), true);
	case OP_DAY:		return put_day(r, find(r, op));
	case OP_SPAN:		return put_span(r, find(r, op));
	case OP_EACH:
	case OP_NOT:		return section(r, t, here);
	case OP_PARTIAL:	return partial(r, op->n);
	case OP_TEXT:		return text(r, op->n, true);
	case OP_ELEMENT:	return text(r, op->n, false);
	case OP_ELEMENT_BY:	return text_by(r, find(r, op));
	case OP_END:		return 0;
	}
	abort();	/* an op that is none */
}

static int
run_range(struct render *r, const struct template *t, size_t at, size_t end)
{
	int err = 0;

	while (at < end && err == 0)
		err = step(r, t, &at);
	return err;
}

static int
run(struct render *r, const struct template *t)
{
	return run_range(r, t, 0, t->n);
}

int
template_render(struct gbuf *out, const struct template *t, const json_t *view,
    enum lang lang)
{
	struct render r = { .out = out, .lang = lang, .turns = { view }, .n_turns = 1 };

	return run(&r, t);
}
