/* tool/check_text.c -- tool/check_report.h for people: what is not listed takes
 * one line, what is takes as many as it needs. */

#include "base/i18n.h"
#include "tool/check_report.h"
#include "tool/words.h"

enum { ADDR_COLS = 16 };

#define RED "31"
#define GREEN "32"
#define YELLOW "33"

static void
paint(const struct check_report *r, const char *color, const char *text)
{
	if (r->color && color[0] != '\0')
		fprintf(r->out, "\033[%sm%s\033[0m", color, text);
	else
		fputs(text, r->out);
}

static void
put_faults(const struct check_report *r, unsigned faults, const char *indent)
{
	for (unsigned i = 0; i < CHECK_FAULTS; i++)
		if (faults & 1u << i)
			fprintf(r->out, "%s%s\n", indent, _(check_fault_words(i)));
}

/* --- lines of an address: what was found begins in one column --- */

struct line {
	const struct check_report *r;
	size_t	cols;		/* before what was found */
	bool	first;		/* the address stands there already */
};

static void
line_begin(struct line *l)
{
	if (!l->first)
		words_pad(l->r->out, "", l->cols);
	l->first = false;
}

static void
put_since(struct line *l, const struct check_cell *c)
{
	char since[WORDS_TIME], until[WORDS_TIME], gone[WORDS_TIME];

	if (c->since.s == 0)
		return;
	words_time(since, c->since.s);
	words_time(until, c->until.s);
	words_time(gone, c->gone.s);
	line_begin(l);
	fprintf(l->r->out, _("since %s, until %s"), since, until);
	if (c->gone.s != 0)
		fprintf(l->r->out, c->retracted ?
		    _("; taken back on %s: it had been listed in error") :
		    _("; removed on %s"), gone);
	fputc('\n', l->r->out);
}

static void
put_codes(FILE *out, const struct check_cell *c)
{
	char code[CHECK_CODE_TEXT];

	for (size_t i = 0; i < c->n_codes; i++) {
		check_code_text(code, c->codes[i]);
		fprintf(out, "%s%s", i > 0 ? "," : " ", code);
	}
}

static void
put_listed(struct line *l, const char *zone, const struct check_cell *c)
{
	FILE *out = l->r->out;

	line_begin(l);
	paint(l->r, RED, _(check_state_words(c->state)));
	fprintf(out, ": %s", zone);
	put_codes(out, c);
	if (c->text != NULL)
		fprintf(out, " (%s)", c->text);
	fputc('\n', out);
	put_since(l, c);
}

/* Not listed, but there is something to say of it. */
static void
put_but(struct line *l, const char *zone, const struct check_cell *c)
{
	line_begin(l);
	paint(l->r, GREEN, _(check_state_words(c->state)));
	fprintf(l->r->out, ": %s", zone);
	put_codes(l->r->out, c);
	fprintf(l->r->out, " (%s)\n", _(check_why_words(c->why)));
}

/* The lists of one state in one line: why they are so stands at the end. */
static void
put_open(struct line *l, const struct check_item *it, size_t addr, enum check_state state)
{
	const struct check_lists *ls = l->r->lists;
	const char *before = ": ";

	for (size_t i = 0; i < ls->n; i++) {
		const struct check_cell *c = check_item_cell(it, addr, i);

		if (c->state != state)
			continue;
		if (before[0] == ':') {
			line_begin(l);
			paint(l->r, state == CHECK_NO_V6 ? "" : YELLOW, _(check_state_words(state)));
		}
		fprintf(l->r->out, "%s%s", before, ls->at[i].zone);
		if (c->why == CHECK_WHY_BEFORE)
			fprintf(l->r->out, " (%s)", _(check_why_words(c->why)));
		before = ", ";
	}
	if (before[0] == ',')
		fputc('\n', l->r->out);
}

static void
put_not_listed(struct line *l, size_t n)
{
	if (n == 0)
		return;
	line_begin(l);
	paint(l->r, GREEN, _("not listed"));
	if (l->r->lists->n > 1)
		fprintf(l->r->out, _(" (lists: %zu)"), n);
	fputc('\n', l->r->out);
}

static void
put_cells(struct line *l, const struct check_item *it, size_t addr)
{
	const struct check_lists *ls = l->r->lists;
	size_t clean = 0;

	for (size_t i = 0; i < ls->n; i++) {
		const struct check_cell *c = check_item_cell(it, addr, i);

		if (c->state == CHECK_LISTED)
			put_listed(l, ls->at[i].zone, c);
	}
	for (size_t i = 0; i < ls->n; i++) {
		const struct check_cell *c = check_item_cell(it, addr, i);

		if (c->why == CHECK_WHY_OTHER_CODE)
			put_but(l, ls->at[i].zone, c);
		else
			clean += c->state == CHECK_NOT_LISTED;
	}
	put_open(l, it, addr, CHECK_NO_ANSWER);
	put_open(l, it, addr, CHECK_BROKEN);
	put_open(l, it, addr, CHECK_NO_V6);
	put_not_listed(l, clean);
}

static void
put_addr(const struct check_report *r, const struct check_item *it, size_t addr,
    size_t indent)
{
	struct line l = { r, indent + ADDR_COLS, true };
	char text[ADDR_TEXT];

	addr_text(text, &it->addrs[addr]);
	words_pad(r->out, "", indent);
	words_pad(r->out, text, ADDR_COLS - 1);
	fputc(' ', r->out);
	if (words_width(text) >= ADDR_COLS) {	/* IPv6: below it */
		fputc('\n', r->out);
		l.first = false;
	}
	put_faults(r, it->addr_faults[addr], l.first ? "" : "      ");
	l.first = l.first && it->addr_faults[addr] == 0;
	if (it->cells != NULL && (it->addr_faults[addr] & CHECK_LOCAL) == 0)
		put_cells(&l, it, addr);
	if (l.first)
		fputc('\n', r->out);
}

static void
put_host(const struct check_report *r, const struct check_item *it,
    const struct check_host *h)
{
	bool named = it->name.kind == CHECK_DOMAIN && (it->faults & CHECK_NO_MX) == 0;

	if (named)
		fprintf(r->out, "  %s\n", h->name);
	put_faults(r, h->faults, named ? "    " : "  ");
	for (size_t i = 0; i < h->n; i++)
		put_addr(r, it, h->addrs[i], named ? 4 : 2);
}

static void
text_item(struct check_report *r, const struct check_item *it)
{
	static const char *const colors[CHECK_RESULTS] = {
		[CHECK_SHOWN_ONLY] = "", [CHECK_IS_LISTED] = RED, [CHECK_IS_CLEAN] = GREEN,
		[CHECK_UNDECIDED] = YELLOW, [CHECK_NO_SERVER] = "",
	};

	if (it->name.shown[0] != '\0')
		fprintf(r->out, "%s (%s): ", it->name.shown, it->name.name);
	else
		fprintf(r->out, "%s: ", it->name.name);
	paint(r, colors[it->result], _(check_result_words(it->result)));
	fputc('\n', r->out);
	put_faults(r, it->faults, "  ");
	for (size_t i = 0; i < it->n_hosts; i++)
		put_host(r, it, &it->hosts[i]);
}

static void
text_begin(struct check_report *r)
{
	char when[WORDS_TIME];

	if (r->at.s == 0)
		return;
	words_time(when, r->at.s);
	fprintf(r->out, _("as of %s, by the journal of %s\n"), when, r->lists->at[0].zone);
}

static void
put_health(FILE *out, const struct check_list *l, bool v6)
{
	bool differs = l->v6.health != l->v4.health &&
	    (l->v4.health == CHECK_OK || l->v6.health == CHECK_OK);
	char day[WALL_TEXT];

	fprintf(out, _("list %s: "), l->zone);
	check_report_health(out, &l->v4);
	if (v6 && differs) {
		fputs("; IPv6: ", out);
		check_report_health(out, &l->v6);
	}
	if (check_lists_life(l) != NULL)
		fprintf(out, "; %s", _(check_lists_life(l)));
	if (check_lists_life(l) != NULL && l->life.empties.s > 0) {
		wall_text(day, l->life.empties);
		fprintf(out, _(" (it will be emptied on %.10s)"), day);
	}
	fputc('\n', out);
}

static void
text_end(struct check_report *r)
{
	for (size_t i = 0; i < r->lists->n && r->at.s == 0; i++)
		put_health(r->out, &r->lists->at[i], r->lists->v6);
	check_report_totals(r->out, &r->totals, "\n");
	check_report_rests(r->out, &r->totals, "\n");
	fputc('\n', r->out);
}

const struct check_format check_format_text = { text_begin, text_item, text_end };
