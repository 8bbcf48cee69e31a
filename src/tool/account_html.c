#include "tool/account_html.h"

#include <inttypes.h>
#include <string.h>

#include "account/row.h"
#include "base/i18n.h"
#include "tool/account_chart.h"
#include "tool/account_text.h"
#include "tool/account_words.h"
#include "tool/html_put.h"

enum { ROWS = 20, BARS = 72, INCIDENT_BARS = 48 };

static const char style[] =
    ":root{color-scheme:light}"
    "body{font:15px/1.55 sans-serif;max-width:66em;margin:1.5em auto;padding:0 1em;"
    "color:#111;background:#fff;overflow-wrap:anywhere}"
    "h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #999}"
    "h3{font-size:1em;margin:1.2em 0 .3em}"
    ".answer{font-size:1.15em;font-weight:bold;padding:.5em .8em;border:3px solid #555}"
    ".bad{border:6px solid #8f1018}.good{border-color:#1a6b2f}.doubt{border-color:#8a6100;"
    "border-style:dashed}"
    "dl{display:grid;grid-template-columns:minmax(7em,15em) 1fr;gap:.2em 1.5em;margin:.5em 0}"
    "dl.files{display:block}dl.files dd{margin:0 0 .5em 1.5em}"
    "dt{color:#444}dd{margin:0}"
    "ul.why{list-style:none;padding:0;margin:.3em 0}"
    "ul.why>li{padding-left:1.6em;text-indent:-1.6em;margin:.3em 0}"
    ".line{display:block;text-indent:0;font:13px/1.4 monospace;border-left:4px solid #bbb;"
    "padding:.2em .6em;margin:.3em 0;background:#f4f4f4}"
    ".chart{width:100%;min-width:44em;height:auto}.chart text{font:13px sans-serif;fill:#333}"
    ".fills{position:absolute}.bar{width:9em;height:1em;vertical-align:-2px}"
    ".legend{list-style:none;padding:0;margin:.5em 0}.legend li{margin:.1em 0}"
    ".legend svg{vertical-align:-3px}.legend span{color:#444}.legend span::before{content:\"\\2014\\20\"}"
    ".wide{overflow-x:auto}"
    "table{border-collapse:collapse;margin:.5em 0;font-size:.87em}"
    "th,td{border:1px solid #aaa;padding:.2em .5em;text-align:left;vertical-align:top;"
    "overflow-wrap:normal}"
    "th[scope=row]{min-width:11em;overflow-wrap:anywhere;font-weight:normal}th small{margin-left:.5em}"
    ".n{text-align:right!important}td.n,.w{white-space:nowrap}thead th{background:#eee;word-break:keep-all}"
    "@page{size:A4;margin:14mm}"
    "@media(max-width:40em){dl{display:block}dd{margin:0 0 .3em 1em}}"
    "@media print{body{margin:0;padding:0;max-width:none;font-size:9.5pt}.wide{overflow:visible}"
    "table{font-size:7.5pt}th,td{padding:.15em .3em}.bar{width:6em}th[scope=row]{min-width:8em}"
    ".chart{min-width:0}details{display:none}h2,h3{break-after:avoid}"
    "tr,dd,li,.chart,.answer{break-inside:avoid}thead{display:table-header-group}"
    "*{print-color-adjust:exact}}";

struct page {
	FILE				*out;
	const struct account_result	*r;
};

static void
pair(const struct page *p, const char *label, const char *text)
{
	html_put_element(p->out, "dt", "", label);
	html_put_element(p->out, "dd", "", text);
}

static void
pair_when(const struct page *p, const char *label, struct account_when w)
{
	char text[ACCOUNT_TEXT];

	if (w.where.line == 0)
		return;
	account_text_when(text, p->r, w);
	pair(p, label, text);
}

static void
pair_counts(const struct page *p, const struct account_count *n)
{
	char text[ACCOUNT_TEXT];

	for (size_t i = 0; i < ACCOUNT_WORDS_COUNTS; i++)
		if (account_text_count(text, n, i, p->r->at_least))
			pair(p, _(account_words_count[i].words), text);
}

/* --- head --- */

static void
head(const struct page *p)
{
	const char *title = _("Account of mail logs: was this server used by strangers?");

	fprintf(p->out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n", i18n_language());
	html_put_element(p->out, "title", "", title);
	fprintf(p->out, "<style>%s</style></head>\n<body><main>\n", style);
	account_chart_fills(p->out);
	html_put_element(p->out, "h1", "", title);
}

/* --- verdicts --- */

static void
reason(const struct page *p, const struct account_reason *why)
{
	static const char *const marks[] = { "+ ", "- ", "? " };
	char text[ACCOUNT_TEXT * 2], safe[ACCOUNT_QUOTE * 4 + 4];

	account_text_reason(text, p->r, why);
	fputs("<li>", p->out);
	html_put(p->out, marks[why->side]);
	html_put(p->out, text);
	if (why->line.n > 0) {
		words_safe(safe, sizeof(safe), why->line);
		html_put_element(p->out, "code", "class=\"line\"", safe);
	}
	fputs("</li>\n", p->out);
}

static void
reasons(const struct page *p, const struct account_verdict *v, enum account_side side)
{
	bool any = false;

	for (size_t i = 0; i < v->n_reasons; i++) {
		if (v->reason[i].side != side)
			continue;
		if (!any) {
			html_put_element(p->out, "h3", "", account_words_name(ACCOUNT_WORDS_SIDE, side));
			fputs("<ul class=\"why\">\n", p->out);
		}
		any = true;
		reason(p, &v->reason[i]);
	}
	if (any)
		fputs("</ul>\n", p->out);
}

static void
verdict(const struct page *p, const struct account_verdict *v)
{
	char who[ACCOUNT_TEXT], during[64];
	const char *tone = account_words_is_abuse(v->cause) ? "class=\"answer bad\"" :
	    v->cause == ACCOUNT_UNDECIDED ? "class=\"answer doubt\"" : "class=\"answer good\"";

	html_put_element(p->out, "h2", "", account_words_name(ACCOUNT_WORDS_CAUSE, v->cause));
	html_put_element(p->out, "p", tone, account_words_long(ACCOUNT_WORDS_CAUSE, v->cause));
	fputs("<dl>\n", p->out);
	pair_when(p, _("first"), v->first);
	pair_when(p, _("last"), v->last);
	account_text_span(during, v->last.s - v->first.s);
	if (v->last.s > v->first.s && v->first.where.line > 0)
		pair(p, _("during"), during);
	pair_when(p, _("refused since"), v->refused_first);
	if (v->n.recipients > 0)
		pair_counts(p, &v->n);
	account_text_who(who, v);
	if (who[0] != '\0')
		pair(p, account_words_who(v->cause), who);
	fputs("</dl>\n", p->out);
	reasons(p, v, ACCOUNT_FOR);
	reasons(p, v, ACCOUNT_AGAINST);
	reasons(p, v, ACCOUNT_MISSING);
}

/* --- listed where --- */

static void
listing(const struct page *p, const struct account_listing *l)
{
	char safe[WORDS_TEXT], ours[ADDR_TEXT] = "", number[32];

	words_safe(safe, sizeof(safe), l->list);
	html_put_element(p->out, "h3", "", safe[0] != '\0' ? safe : _("(no list was named)"));
	fputs("<dl>\n", p->out);
	if (l->has_ours)
		addr_text(ours, &l->ours);
	if (l->has_ours)
		pair(p, _("address"), ours);
	account_text_number(number, l->replies);
	pair(p, _("refusals"), number);
	account_text_number(number, l->domains);
	pair(p, _("destination domains"), number);
	pair_when(p, _("first"), l->first);
	pair_when(p, _("last"), l->last);
	fputs("</dl>\n", p->out);
	words_safe(safe, sizeof(safe), l->reply);
	if (safe[0] != '\0')
		html_put_element(p->out, "code", "class=\"line\"", safe);
}

static void
listings(const struct page *p)
{
	if (p->r->n_listings == 0)
		return;
	html_put_element(p->out, "h2", "", _("Destinations that refused us and named a blocklist"));
	for (size_t i = 0; i < p->r->n_listings && i < ROWS; i++)
		listing(p, &p->r->listing[i]);
}

/* --- charts --- */

/* The same in numbers. */
static void
bars_table(const struct page *p, const struct account_bars *b, const char *title)
{
	fputs("<details><summary>", p->out);
	html_put(p->out, _("The same as a table"));
	fputs("</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", p->out);
	html_put(p->out, title);
	fputs("\"><table><thead><tr>", p->out);
	html_put_element(p->out, "th", "scope=\"col\"", _("from"));
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
		if (p->r->n[c].messages > 0)
			html_put_element(p->out, "th", "scope=\"col\" class=\"n\"",
			    account_words_name(ACCOUNT_WORDS_CLASS, c));
	html_put_element(p->out, "th", "scope=\"col\" class=\"n\"", _("refused at the door"));
	fputs("</tr></thead><tbody>\n", p->out);
	for (size_t i = 0; i < b->n; i++) {
		char label[ACCOUNT_BARS_LABEL], number[32];

		account_bars_label(label, b, i);
		fputs("<tr>", p->out);
		html_put_element(p->out, "th", "scope=\"row\"", label);
		for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
			if (p->r->n[c].messages == 0)
				continue;
			account_text_number(number, b->bar[i].messages[c]);
			html_put_element(p->out, "td", "class=\"n\"", number);
		}
		account_text_number(number, b->bar[i].refused);
		html_put_element(p->out, "td", "class=\"n\"", number);
		fputs("</tr>\n", p->out);
	}
	fputs("</tbody></table></div></details>\n", p->out);
}

static void
chart(const struct page *p, const char *id, const char *name, int64_t from_s, int64_t to_s,
    size_t wanted)
{
	struct account_bars b;
	char title[ACCOUNT_TEXT];

	account_bars_make(&b, p->r, from_s, to_s, wanted);
	if (b.n == 0)
		return;
	snprintf(title, sizeof(title), "%s: %s", name, account_bars_unit_words(b.unit));
	html_put_element(p->out, "h3", "", title);
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", p->out);
	html_put(p->out, name);
	fputs("\">\n", p->out);
	account_chart_bars(p->out, &b, id, title);
	fputs("</div>\n", p->out);
	bars_table(p, &b, title);
}

static void
timeline(const struct page *p)
{
	int64_t from_s, to_s;

	if (p->r->n_hours == 0)
		return;
	html_put_element(p->out, "h2", "", _("When"));
	account_chart_legend(p->out, p->r->n);
	if (account_bars_incident(p->r, &from_s, &to_s))
		chart(p, "incident", _("When it happened"), from_s, to_s, INCIDENT_BARS);
	chart(p, "all", _("All of the logs"), p->r->first.s, p->r->last.s, BARS);
}

/* --- tables --- */

static const size_t shown[] = { 0, 1, 2, 3, 4, 9 };	/* of account_words_count */

static void
table_head(const struct page *p, const char *title)
{
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", p->out);
	html_put(p->out, title);
	fputs("\"><table><thead><tr>", p->out);
	html_put_element(p->out, "th", "scope=\"col\"", _("name"));
	html_put_element(p->out, "th", "scope=\"col\"", _("recipients by class"));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		html_put_element(p->out, "th", "scope=\"col\" class=\"n\"",
		    _(account_words_count[shown[i]].words));
	html_put_element(p->out, "th", "scope=\"col\"", _("first"));
	html_put_element(p->out, "th", "scope=\"col\"", _("last"));
	fputs("</tr></thead><tbody>\n", p->out);
}

static void
numbers(const struct page *p, const struct account_count n[ACCOUNT_CLASS_N], uint64_t most)
{
	struct account_count sum = account_words_sum(n);
	char number[32];

	fputs("<td>", p->out);
	account_chart_row(p->out, n, most);
	fputs("</td>", p->out);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		account_text_number(number, account_words_count_of(&sum, shown[i]));
		html_put_element(p->out, "td", "class=\"n\"", number);
	}
}

/* A moment in a narrow cell: broken between date and time alone. */
static void
cell_when(const struct page *p, struct account_when w)
{
	char when[WORDS_TIME], *time;

	words_time(when, w.where.line > 0 ? w.s : 0);
	time = strchr(when, ' ');
	if (time != NULL)
		*time++ = '\0';
	fputs("<td>", p->out);
	html_put_element(p->out, "span", "class=\"w\"", when);
	if (time != NULL)
		html_put_element(p->out, "span", "class=\"w\"", time);
	fputs("</td>\n", p->out);
}

static void
table_row(const struct page *p, enum account_axis a, const struct account_row *row, uint64_t most)
{
	struct account_count n[ACCOUNT_CLASS_N] = { 0 };
	char name[ACCOUNT_TEXT];

	account_text_name(name, a, row->name);
	fputs("<tr><th scope=\"row\">", p->out);
	html_put(p->out, name);
	if (row->own && row->name.n > 0)	/* what has no name is nobody's */
		html_put_element(p->out, "small", "", _("[ours]"));
	if (row->burst)
		html_put_element(p->out, "small", "", _("[unlike before]"));
	fputs("</th>", p->out);
	account_row_add(n, row);
	numbers(p, n, most);
	cell_when(p, row->first);
	cell_when(p, row->last);
	fputs("</tr>\n", p->out);
}

/* What stands in no row of its own here. */
static void
table_rest(const struct page *p, const struct account_table *t)
{
	uint64_t names = t->beyond + (t->n > ROWS ? t->n - ROWS : 0);
	struct account_count n[ACCOUNT_CLASS_N];
	char text[64], number[32];

	if (names == 0)
		return;
	memcpy(n, t->rest, sizeof(n));
	for (size_t i = ROWS; i < t->n; i++)
		account_row_add(n, &t->row[i]);
	account_text_number(number, names);
	snprintf(text, sizeof(text), _("and %s more"), number);
	fputs("<tr>", p->out);
	html_put_element(p->out, "th", "scope=\"row\"", text);
	numbers(p, n, 0);
	fputs("<td></td><td></td></tr>\n", p->out);
}

static void
table(const struct page *p, enum account_axis a)
{
	const struct account_table *t = &p->r->table[a];
	const char *title = account_words_name(ACCOUNT_WORDS_AXIS, a);
	uint64_t most = 0;

	if (t->n == 0)
		return;
	for (size_t i = 0; i < t->n && i < ROWS; i++) {
		uint64_t n = account_row_sum(&t->row[i]).recipients;

		most = n > most ? n : most;
	}
	html_put_element(p->out, "h2", "", title);
	table_head(p, title);
	for (size_t i = 0; i < t->n && i < ROWS; i++)
		table_row(p, a, &t->row[i], most);
	table_rest(p, t);
	fputs("</tbody></table></div>\n", p->out);
}

/* --- what it rests on --- */

static void
gaps(const struct page *p)
{
	if (!p->r->at_least)
		return;
	html_put_element(p->out, "h2", "", _("Why the numbers are \"at least\""));
	fputs("<dl>\n", p->out);
	for (size_t g = 0; g < ACCOUNT_GAP_N; g++) {
		char number[32], when[ACCOUNT_TEXT], text[ACCOUNT_TEXT * 2];

		if (p->r->gap_n[g] == 0 && p->r->gap[g].where.line == 0)
			continue;
		account_text_number(number, p->r->gap_n[g]);
		account_text_when(when, p->r, p->r->gap[g]);
		snprintf(text, sizeof(text), p->r->gap[g].where.line > 0 ? _("%s; first %s") : "%s",
		    number, when);
		pair(p, account_words_name(ACCOUNT_WORDS_GAP, g), text);
	}
	fputs("</dl>\n", p->out);
}

static void
own_list(const struct page *p, const char *label, const struct str *v, size_t n, unsigned from)
{
	html_put_element(p->out, "dt", "", label);
	fputs("<dd>", p->out);
	for (size_t i = 0; i < n; i++) {
		char name[WORDS_TEXT];

		words_safe(name, sizeof(name), v[i]);
		html_put(p->out, name);
		fputs(i + 1 < n ? ", " : " ", p->out);
	}
	fputc('(', p->out);
	html_put(p->out, account_words_name(ACCOUNT_WORDS_OWN, from));
	fputs(")</dd>\n", p->out);
}

static void
own(const struct page *p)
{
	const struct account_result *r = p->r;
	char text[ACCOUNT_TEXT];

	html_put_element(p->out, "h2", "", _("What was taken for ours"));
	fputs("<dl>\n", p->out);
	own_list(p, _("networks"), r->own_net, r->n_own_nets, r->own_nets_from);
	own_list(p, _("domains"), r->own_domain, r->n_own_domains, r->own_domains_from);
	words_safe(text, sizeof(text), r->own_config);
	if (text[0] != '\0')
		pair(p, _("configuration"), text);
	fputs("</dl>\n", p->out);
}

static void
file(const struct page *p, const struct account_file *f)
{
	char name[WORDS_TEXT], lines[32], volume[32], first[WORDS_TIME], last[WORDS_TIME];
	char text[WORDS_TEXT + ACCOUNT_TEXT];

	words_safe(name, sizeof(name), f->name);
	account_text_number(lines, f->lines);
	account_text_octets(volume, f->octets);
	words_time(first, f->first_s);
	words_time(last, f->last_s);
	html_put_element(p->out, "dt", "", name);
	snprintf(text, sizeof(text), _("%s lines, %s; %s to %s"), lines, volume, first, last);
	fputs("<dd>", p->out);
	html_put(p->out, text);
	if (f->trouble != NULL) {
		words_safe(name, sizeof(name), str_of(f->trouble_text));
		snprintf(text, sizeof(text), name[0] != '\0' ? "%s: %s" : "%s",
		    account_words_trouble(f->trouble), name);
		fputs("<br>\n", p->out);
		html_put_element(p->out, "strong", "", text);
	}
	fputs("</dd>\n", p->out);
}

static void
files(const struct page *p)
{
	char zone[128], text[ACCOUNT_TEXT];

	html_put_element(p->out, "h2", "", _("What was read"));
	fputs("<dl class=\"files\">\n", p->out);
	for (size_t i = 0; i < p->r->n_files; i++)
		file(p, &p->r->file[i]);
	fputs("</dl>\n", p->out);
	words_safe(zone, sizeof(zone), p->r->zone);
	snprintf(text, sizeof(text), _("times without a zone were read in %s"), zone);
	if (zone[0] != '\0')
		html_put_element(p->out, "p", "", text);
	if (p->r->year_inferred)
		html_put_element(p->out, "p", "", _("the year is not written in these logs; it was inferred (--year says it)"));
}

static void
everything(const struct page *p)
{
	html_put_element(p->out, "h2", "", _("Everything"));
	fputs("<dl>\n", p->out);
	pair_when(p, _("first"), p->r->first);
	pair_when(p, _("last"), p->r->last);
	pair_counts(p, &p->r->total);
	fputs("</dl>\n", p->out);
}

int
account_html(FILE *out, const struct account_result *r)
{
	struct page p = { out, r };

	head(&p);
	for (size_t i = 0; i < r->n_verdicts; i++)
		verdict(&p, &r->verdict[i]);
	listings(&p);
	timeline(&p);
	everything(&p);
	for (size_t a = 0; a < ACCOUNT_AXIS_N; a++)
		table(&p, (enum account_axis)a);
	gaps(&p);
	own(&p);
	files(&p);
	fputs("</main></body></html>\n", out);
	return ferror(out) != 0 ? SEK_ESYS : 0;
}
