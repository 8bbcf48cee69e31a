#include "tool/account_say.h"

#include <string.h>

#include "account/row.h"
#include "base/i18n.h"
#include "tool/account_bars.h"
#include "tool/account_words.h"
#include "tool/wrap.h"

#define RED "1;31"
#define GREEN "32"
#define YELLOW "33"

enum {
	COLS = 80,
	LABEL = 14,		/* columns of a label, after two spaces */
	ROWS = 8,		/* of a table */
	NAMES = 45,		/* column at which its names begin */
	REASONS_QUOTED = 3,	/* lines of the log that a verdict shows */
	BARS = 24,
	BAR_COLS = 40,
	LULL = 4,		/* so many empty bars are one line */
	FILES = 12,
};

struct say {
	FILE				*out;
	const struct account_result	*r;
	const struct account_look	*look;
};

static void
paint(const struct say *s, const char *color, const char *text)
{
	if (s->look->color)
		fprintf(s->out, "\033[%sm", color);
	wrap_text(s->out, text, 0, 2, COLS, NULL);
	if (s->look->color)
		fputs("\033[0m", s->out);
}

/* "  label         text", in as many lines as it takes. */
static void
line(const struct say *s, const char *label, const char *text)
{
	fputs("  ", s->out);
	words_pad(s->out, label, LABEL);
	wrap_text(s->out, text, LABEL + 2, LABEL + 2, COLS, NULL);
}

static void
heading(const struct say *s, const char *text)
{
	fprintf(s->out, "\n%s\n", text);
}

/* --- verdicts --- */

static const char *
color_of(enum account_cause c)
{
	return account_words_is_abuse(c) ? RED : c == ACCOUNT_NOTHING_FOUND ? GREEN : YELLOW;
}

static void
say_when(const struct say *s, const char *label, struct account_when w)
{
	char text[ACCOUNT_TEXT];

	if (w.where.line == 0)
		return;
	account_text_when(text, s->r, w);
	line(s, label, text);
}

static void
say_counts(const struct say *s, const struct account_count *n)
{
	char messages[64], recipients[64], ends[ACCOUNT_TEXT], volume[32], text[ACCOUNT_TEXT * 2];

	if (n->messages == 0 && n->recipients == 0)
		return;
	account_text_least(messages, n->messages, s->r->at_least);
	account_text_least(recipients, n->recipients, s->r->at_least);
	account_text_octets(volume, n->octets);
	account_text_ends(ends, n);
	line(s, _("messages"), messages);
	snprintf(text, sizeof(text), ends[0] != '\0' ? "%s (%s)" : "%s", recipients, ends);
	line(s, _("recipients"), text);
	if (n->octets > 0)
		line(s, _("volume"), volume);
}

/* The line of the log, as evidence: whole, cleaned, marked. */
static void
quote(const struct say *s, struct str text)
{
	char safe[ACCOUNT_QUOTE * 4 + 4];

	words_safe(safe, sizeof(safe), text);
	fputs("        | ", s->out);
	wrap_text(s->out, safe, 10, 10, COLS, "| ");
}

static void
say_reasons(const struct say *s, const struct account_verdict *v, enum account_side side)
{
	static const char *const marks[] = { "+", "-", "?" };
	size_t quoted = 0;
	bool any = false;

	for (size_t i = 0; i < v->n_reasons; i++) {
		const struct account_reason *reason = &v->reason[i];
		char text[ACCOUNT_TEXT * 2];

		if (reason->side != side)
			continue;
		if (!any)
			fprintf(s->out, "  %s:\n", account_words_name(ACCOUNT_WORDS_SIDE, side));
		any = true;
		account_text_reason(text, s->r, reason);
		fprintf(s->out, "    %s ", marks[side]);
		wrap_text(s->out, text, 6, 6, COLS, NULL);
		if (reason->line.n > 0 && quoted++ < REASONS_QUOTED)
			quote(s, reason->line);
	}
}

static void
say_period(const struct say *s, const struct account_verdict *v)
{
	char text[64];

	say_when(s, _("first"), v->first);
	say_when(s, _("last"), v->last);
	if (v->first.where.line != 0 && v->last.where.line != 0 && v->last.s > v->first.s) {
		account_text_span(text, v->last.s - v->first.s);
		line(s, _("during"), text);
	}
	say_when(s, _("refused since"), v->refused_first);
}

static void
say_verdict(const struct say *s, const struct account_verdict *v)
{
	char who[ACCOUNT_TEXT];

	paint(s, color_of(v->cause), account_words_long(ACCOUNT_WORDS_CAUSE, v->cause));
	fputc('\n', s->out);
	if (v->cause != ACCOUNT_NOTHING_FOUND) {	/* that is everything, see below */
		say_period(s, v);
		say_counts(s, &v->n);
	}
	account_text_who(who, v);
	if (who[0] != '\0')
		line(s, account_words_who(v->cause), who);
	say_reasons(s, v, ACCOUNT_FOR);
	say_reasons(s, v, ACCOUNT_AGAINST);
	say_reasons(s, v, ACCOUNT_MISSING);
	fputc('\n', s->out);
}

/* --- listed where --- */

static void
say_listing(const struct say *s, const struct account_listing *l)
{
	char list[200], ours[ADDR_TEXT] = "", when[ACCOUNT_TEXT], text[ACCOUNT_TEXT * 2];
	char replies[32], domains[32];

	words_safe(list, sizeof(list), l->list);
	if (l->has_ours)
		addr_text(ours, &l->ours);
	fprintf(s->out, "  ");
	wrap_text(s->out, list[0] != '\0' ? list : _("(no list was named)"), 2, 4, COLS, NULL);
	account_text_number(replies, l->replies);
	account_text_number(domains, l->domains);
	snprintf(text, sizeof(text), _("refusals: %s, by destination domains: %s"), replies, domains);
	line(s, "", text);
	if (l->has_ours)
		line(s, _("address"), ours);
	account_text_when(when, s->r, l->first);
	line(s, _("first"), when);
	account_text_when(when, s->r, l->last);
	line(s, _("last"), when);
	if (l->reply.n > 0)
		quote(s, l->reply);
}

static void
say_listings(const struct say *s)
{
	char text[64], number[32];

	if (s->r->n_listings == 0)
		return;
	heading(s, _("Destinations that refused us and named a blocklist"));
	for (size_t i = 0; i < s->r->n_listings && i < ROWS; i++)
		say_listing(s, &s->r->listing[i]);
	if (s->r->n_listings <= ROWS)
		return;
	account_text_number(number, s->r->n_listings - ROWS);
	snprintf(text, sizeof(text), _("and %s more"), number);
	line(s, "", text);
}

/* --- timeline --- */

/* How many of room cells n of most takes: something is at least one. */
static size_t
cells(uint64_t n, uint64_t most, size_t room)
{
	size_t c = most == 0 ? 0 : (size_t)((double)n * (double)room / (double)most);

	return n > 0 && c == 0 ? 1 : c > room ? room : c;
}

static void
repeat(FILE *out, const char *what, size_t n)
{
	for (; n > 0; n--)
		fputs(what, out);
}

static void
say_bar(const struct say *s, const struct account_bars *b, size_t i, enum account_class marked)
{
	const struct account_bar *bar = &b->bar[i];
	uint64_t abuse = marked < ACCOUNT_CLASS_N ? bar->messages[marked] : 0;
	size_t all = cells(bar->all, b->most, BAR_COLS), dark = cells(abuse, b->most, BAR_COLS);
	char label[ACCOUNT_BARS_LABEL], number[32];

	if (dark > all)
		all = dark;
	account_bars_label(label, b, i);
	account_text_number(number, bar->all);
	fprintf(s->out, "  %-16s %12s ", label, number);
	repeat(s->out, s->look->ascii ? "#" : "█", dark);
	repeat(s->out, s->look->ascii ? "." : "░", all - dark);
	fputc('\n', s->out);
}

static void
say_bars(const struct say *s, const char *title, int64_t from_s, int64_t to_s,
    enum account_class marked)
{
	struct account_bars b;
	char text[ACCOUNT_TEXT];

	account_bars_make(&b, s->r, from_s, to_s, BARS);
	if (b.n == 0)
		return;
	snprintf(text, sizeof(text), "%s: %s", title, account_bars_unit_words(b.unit));
	heading(s, text);
	if (marked < ACCOUNT_CLASS_N) {
		snprintf(text, sizeof(text), s->look->ascii ? "# %s   . %s" : "█ %s   ░ %s",
		    account_words_name(ACCOUNT_WORDS_CLASS, marked), _("all the others"));
		fprintf(s->out, "  %s\n", text);
	}
	for (size_t i = 0; i < b.n; i++) {
		size_t empty = 0;

		while (i + empty < b.n && b.bar[i + empty].all == 0)
			empty++;
		if (empty >= LULL) {
			fprintf(s->out, "  %-16s %12s\n", "...", "0");
			i += empty - 1;
		} else
			say_bar(s, &b, i, marked);
	}
}

static void
say_timeline(const struct say *s)
{
	const struct account_verdict *v = s->r->n_verdicts > 0 ? &s->r->verdict[0] : NULL;
	enum account_class marked = v != NULL ? account_words_class_of(v->cause) : ACCOUNT_CLASS_N;
	int64_t from_s, to_s;

	if (s->r->n_hours == 0)
		return;
	if (account_bars_incident(s->r, &from_s, &to_s))
		say_bars(s, _("When it happened"), from_s, to_s, marked);
	say_bars(s, _("All of the logs"), s->r->first.s, s->r->last.s, marked);
}

/* --- tables --- */

/* The class that a table shows beside the sums. */
static enum account_class
class_of(const struct say *s, enum account_axis a)
{
	enum account_class c = s->r->n_verdicts == 0 ? ACCOUNT_RELAYED :
	    account_words_class_of(s->r->verdict[0].cause);

	return a == ACCOUNT_BY_ACCOUNT ? ACCOUNT_SUBMITTED : a == ACCOUNT_BY_USER ?
	    ACCOUNT_SCRIPTED : c < ACCOUNT_CLASS_N ? c : ACCOUNT_RELAYED;
}

static void
say_row(const struct say *s, enum account_axis a, const struct account_row *row)
{
	struct account_count n = account_row_sum(row);
	char name[ACCOUNT_TEXT], text[ACCOUNT_TEXT * 2], messages[32], recipients[32], of[32];
	bool ours = row->own && row->name.n > 0;	/* what has no name is nobody's */

	account_text_name(name, a, row->name);
	account_text_number(messages, n.messages);
	account_text_number(recipients, n.recipients);
	account_text_number(of, account_row_n(row, class_of(s, a))->recipients);
	fprintf(s->out, "  %13s %13s %13s  ", messages, recipients, of);
	snprintf(text, sizeof(text), "%s%s%s%s%s", ours ? _("[ours]") : "", ours ? " " : "",
	    row->burst ? _("[unlike before]") : "", row->burst ? " " : "", name);
	wrap_text(s->out, text, NAMES, NAMES, COLS, NULL);
}

static void
say_more(const struct say *s, bool beyond, uint64_t n)
{
	char number[32];

	if (n == 0)
		return;
	account_text_number(number, n);
	fprintf(s->out, "%*s", NAMES, "");
	fprintf(s->out, beyond ? _("and %s beyond the table") : _("and %s more"), number);
	fputc('\n', s->out);
}

static void
put_right(const struct say *s, const char *text, size_t cols)
{
	for (size_t w = words_width(text); w < cols; w++)
		fputc(' ', s->out);
	fprintf(s->out, "%s", text);
}

static void
table_head(const struct say *s, enum account_axis a)
{
	heading(s, account_words_name(ACCOUNT_WORDS_AXIS, a));
	fputs("  ", s->out);
	put_right(s, _("messages"), 13);
	put_right(s, _("recipients"), 14);
	put_right(s, account_words_name(ACCOUNT_WORDS_CLASS, class_of(s, a)), 14);
	fputc('\n', s->out);
}

static void
say_table(const struct say *s, enum account_axis a)
{
	const struct account_table *t = &s->r->table[a];
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (account_row_sum(&t->row[i]).recipients == 0)
			continue;	/* only refused: CSV, JSON and the page have it */
		if (n == 0)
			table_head(s, a);
		if (n++ < ROWS)
			say_row(s, a, &t->row[i]);
	}
	say_more(s, false, n > ROWS ? n - ROWS : 0);
	say_more(s, true, t->beyond);
}

/* --- what it rests on --- */

static void
say_gaps(const struct say *s)
{
	bool any = false;

	for (size_t g = 0; g < ACCOUNT_GAP_N; g++) {
		char number[32], when[ACCOUNT_TEXT], text[ACCOUNT_TEXT * 2];

		if (s->r->gap_n[g] == 0 && s->r->gap[g].where.line == 0)
			continue;
		if (!any)
			heading(s, _("Why the numbers are \"at least\""));
		any = true;
		account_text_number(number, s->r->gap_n[g]);
		account_text_when(when, s->r, s->r->gap[g]);
		snprintf(text, sizeof(text), s->r->gap[g].where.line != 0 ? _("%s: %s; first %s") :
		    "%s: %s", account_words_name(ACCOUNT_WORDS_GAP, g), number, when);
		fputs("  ", s->out);
		wrap_text(s->out, text, 2, 4, COLS, NULL);
	}
}

static void
say_own_list(const struct say *s, const char *label, const struct str *v, size_t n, unsigned from)
{
	char text[ACCOUNT_TEXT * 2], name[120];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && i < ROWS && len + sizeof(name) + 64 < sizeof(text); i++) {
		words_safe(name, sizeof(name), v[i]);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? ", " : "", name);
	}
	snprintf(text + len, sizeof(text) - len, "%s(%s)", n > ROWS ? ", ... " : n > 0 ? " " : "",
	    account_words_name(ACCOUNT_WORDS_OWN, from));
	line(s, label, text);
}

static void
say_own(const struct say *s)
{
	const struct account_result *r = s->r;
	char text[ACCOUNT_TEXT];

	heading(s, _("What was taken for ours"));
	say_own_list(s, _("networks"), r->own_net, r->n_own_nets, r->own_nets_from);
	say_own_list(s, _("domains"), r->own_domain, r->n_own_domains, r->own_domains_from);
	if (r->own_config.n == 0)
		return;
	words_safe(text, sizeof(text), r->own_config);
	line(s, _("configuration"), text);
}

static void
say_file(const struct say *s, const struct account_file *f)
{
	char name[400], lines[32], volume[32], first[WORDS_TIME], last[WORDS_TIME];
	char text[ACCOUNT_TEXT * 2];

	words_safe(name, sizeof(name), f->name);
	fputs("  ", s->out);
	wrap_text(s->out, name, 2, 4, COLS, NULL);
	account_text_number(lines, f->lines);
	account_text_octets(volume, f->octets);
	words_time(first, f->first_s);
	words_time(last, f->last_s);
	snprintf(text, sizeof(text), _("%s lines, %s; %s to %s"), lines, volume, first, last);
	fputs("    ", s->out);
	wrap_text(s->out, text, 4, 4, COLS, NULL);
	if (f->trouble == NULL)
		return;
	words_safe(name, sizeof(name), str_of(f->trouble_text));
	snprintf(text, sizeof(text), name[0] != '\0' ? "%s: %s" : "%s",
	    account_words_trouble(f->trouble), name);
	fputs("    ! ", s->out);
	wrap_text(s->out, text, 6, 6, COLS, NULL);
}

/* Those with a trouble always, of the others the first few. */
static void
say_files(const struct say *s)
{
	size_t left_out = 0, said = 0;
	char number[32], text[64];

	heading(s, _("What was read"));
	for (size_t i = 0; i < s->r->n_files; i++) {
		const struct account_file *f = &s->r->file[i];

		if (f->trouble == NULL && said++ >= FILES)
			left_out++;
		else
			say_file(s, f);
	}
	account_text_number(number, left_out);
	snprintf(text, sizeof(text), _("and %s more"), number);
	if (left_out > 0)
		fprintf(s->out, "  %s\n", text);
}

static void
say_reading(const struct say *s)
{
	const struct account_result *r = s->r;
	char lines[32], mail[32], zone[80], text[ACCOUNT_TEXT * 2];
	size_t len;

	account_text_number(lines, r->lines);
	account_text_number(mail, r->lines_mail);
	snprintf(text, sizeof(text), _("lines: %s, of mail servers: %s"), lines, mail);
	len = strlen(text);
	for (size_t m = MAIL_NO_MTA + 1; m < MAIL_MTA_N; m++)
		if (r->by_mta[m] > 0) {
			account_text_number(mail, r->by_mta[m]);
			len += (size_t)snprintf(text + len, sizeof(text) - len, _(", %s %s"),
			    account_words_name(ACCOUNT_WORDS_MTA, m), mail);
		}
	fputs("  ", s->out);
	wrap_text(s->out, text, 2, 4, COLS, NULL);
	if (r->zone.n > 0) {
		words_safe(zone, sizeof(zone), r->zone);
		snprintf(text, sizeof(text), _("times without a zone were read in %s"), zone);
		fputs("  ", s->out);
		wrap_text(s->out, text, 2, 4, COLS, NULL);
	}
	if (r->year_inferred) {
		fputs("  ", s->out);
		wrap_text(s->out, _("the year is not written in these logs; it was inferred (--year says it)"),
		    2, 4, COLS, NULL);
	}
}

/* --- all --- */

static void
say_whole(const struct say *s)
{
	char number[32], when[ACCOUNT_TEXT], text[ACCOUNT_TEXT * 2];

	if (s->r->first.where.line == 0)
		return;
	heading(s, _("Everything"));
	say_when(s, _("first"), s->r->first);
	say_when(s, _("last"), s->r->last);
	say_counts(s, &s->r->total);
	if (s->r->relay_refused == 0)
		return;
	account_text_number(number, s->r->relay_refused);
	account_text_when(when, s->r, s->r->relay_refused_first);
	snprintf(text, sizeof(text), _("relay attempts: %s, the first %s"), number, when);
	line(s, _("refused"), text);
}

int
account_say(FILE *out, const struct account_result *r, const struct account_look *look)
{
	struct say s = { out, r, look };

	for (size_t i = 0; i < r->n_verdicts; i++)
		say_verdict(&s, &r->verdict[i]);
	say_listings(&s);
	say_timeline(&s);
	say_whole(&s);
	for (size_t a = 0; a < ACCOUNT_AXIS_N; a++)
		say_table(&s, (enum account_axis)a);
	say_gaps(&s);
	say_own(&s);
	say_files(&s);
	say_reading(&s);
	return ferror(out) != 0 ? SEK_ESYS : 0;
}
