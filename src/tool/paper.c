#include "tool/paper.h"

#include "base/i18n.h"
#include "tool/html_put.h"
#include "tool/words.h"

enum { LABEL_COLS = 36, CELL_COLS = 24 };

static const char *const tones[] = { "plain", "good", "bad", "doubt" };

/* One file for a ticket: what it looks like stands in it. */
static const char style[] =
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#111}"
    "h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #999}"
    "h3{font-size:1em;margin-bottom:.3em}"
    ".answer{font-size:1.2em;padding:.5em .8em;border:3px solid #555}"
    ".good{border-color:#1a6b2f}.bad{border-color:#a4161a;border-width:6px}"
    ".doubt{border-color:#8a6100;border-style:dashed}"
    "dl{display:grid;grid-template-columns:minmax(6em,16em) 1fr;gap:.2em 1.5em;margin:.5em 0}"
    "dt{color:#444}dd{margin:0}body{overflow-wrap:anywhere}"
    "table{border-collapse:collapse;margin:.5em 0}"
    "th,td{border:1px solid #999;padding:.2em .6em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}"
    "tr.bad td{font-weight:bold}"
    "@media(max-width:40em){dl{display:block}dd{margin:0 0 .3em 1em}}"
    "@media print{body{margin:0;max-width:none;font-size:11pt}h2{break-after:avoid}"
    "tr,dd{break-inside:avoid}}";

static void
shut(struct paper *p)
{
	if (p->html && p->in_list)
		fputs("</dl>\n", p->out);
	if (p->html && p->in_table)
		fputs("</tbody></table>\n", p->out);
	p->in_list = p->in_table = false;
}

void
paper_begin(struct paper *p, const char *title)
{
	if (!p->html) {
		fprintf(p->out, "%s\n", title);
		for (size_t n = words_width(title); n > 0; n--)
			fputc('=', p->out);
		fputs("\n\n", p->out);
		return;
	}
	fprintf(p->out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'\">\n", i18n_language());
	html_put_element(p->out, "title", "", title);
	fprintf(p->out, "<style>%s</style></head>\n<body>\n", style);
	html_put_element(p->out, "h1", "", title);
}

void
paper_end(struct paper *p)
{
	shut(p);
	if (p->html)
		fputs("</body></html>\n", p->out);
}

void
paper_answer(struct paper *p, enum paper_tone tone, const char *text)
{
	shut(p);
	if (!p->html) {
		fprintf(p->out, "%s\n\n", text);
		return;
	}
	fprintf(p->out, "<p class=\"answer %s\">", tones[tone]);
	html_put(p->out, text);
	fputs("</p>\n", p->out);
}

void
paper_heading(struct paper *p, const char *text)
{
	shut(p);
	if (p->html)
		html_put_element(p->out, "h2", "", text);
	else
		fprintf(p->out, "\n%s\n", text);
}

void
paper_section(struct paper *p, const char *text)
{
	shut(p);
	if (p->html)
		html_put_element(p->out, "h3", "", text);
	else
		fprintf(p->out, "\n  %s\n", text);
}

void
paper_pair(struct paper *p, const char *label, const char *text)
{
	if (!p->in_list) {
		shut(p);
		if (p->html)
			fputs("<dl>\n", p->out);
		p->in_list = true;
	}
	if (p->html) {
		html_put_element(p->out, "dt", "", label);
		html_put_element(p->out, "dd", "", text);
		return;
	}
	fputs("  ", p->out);
	words_pad(p->out, label, LABEL_COLS);
	fprintf(p->out, " %s\n", text);
}

static void
text_cells(struct paper *p, const char *const *cells, size_t n)
{
	fputs("    ", p->out);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n)
			words_pad(p->out, cells[i], CELL_COLS);
		else
			fputs(cells[i], p->out);
		fputs(i + 1 < n ? "  " : "\n", p->out);
	}
}

static void
html_cells(struct paper *p, const char *kind, const char *const *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		html_put_element(p->out, kind, "", cells[i]);
	fputs("</tr>\n", p->out);
}

void
paper_columns(struct paper *p, const char *const *cells, size_t n)
{
	shut(p);
	p->in_table = true;
	if (!p->html) {
		text_cells(p, cells, n);
		return;
	}
	fputs("<table><thead><tr>\n", p->out);
	html_cells(p, "th", cells, n);
	fputs("</thead><tbody>\n", p->out);
}

void
paper_row(struct paper *p, enum paper_tone tone, const char *const *cells, size_t n)
{
	if (!p->html) {
		text_cells(p, cells, n);
		return;
	}
	fprintf(p->out, "<tr class=\"%s\">\n", tones[tone]);
	html_cells(p, "td", cells, n);
}

void
paper_line(struct paper *p, const char *text)
{
	shut(p);
	if (p->html)
		html_put_element(p->out, "p", "", text);
	else
		fprintf(p->out, "  %s\n", text);
}
