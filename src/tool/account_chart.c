#include "tool/account_chart.h"

#include <inttypes.h>

#include "base/i18n.h"
#include "tool/account_text.h"
#include "tool/account_words.h"
#include "tool/html_put.h"

enum {	/* in the units of a chart */
	WIDE = 960, TALL = 300,
	LEFT = 92, RIGHT = 8, TOP = 12, BOTTOM = 52,
	LABELS = 8,		/* at most, below the bars */
	LINES = 4,		/* across */
	ROW_WIDE = 200, ROW_TALL = 14,
};

/* Dark for what strangers did, light for ordinary work. */
static const char *const fills[ACCOUNT_CLASS_N] = {
	[ACCOUNT_RELAYED] = "#8f1018", [ACCOUNT_UNNAMED] = "url(#f-unnamed)",
	[ACCOUNT_SUBMITTED] = "url(#f-submitted)",
	[ACCOUNT_INSIDE_OUT] = "#7fa3c7", [ACCOUNT_SCRIPTED] = "url(#f-scripted)",
	[ACCOUNT_FORWARDED] = "url(#f-forwarded)", [ACCOUNT_NOTICED] = "url(#f-noticed)",
	[ACCOUNT_RECEIVED] = "#cfd4d9", [ACCOUNT_UNTOLD] = "url(#f-untold)",
};

void
account_chart_fills(FILE *out)
{
	static const struct { const char *id, *ground, *ink, *path; } patterns[] = {
		{ "unnamed", "#e8b9bc", "#8f1018", "M0 0L8 8M-1 7L1 9M7 -1L9 1" },
		{ "submitted", "#f3c98b", "#6b3a00", "M-1 1L1 -1M0 8L8 0M7 9L9 7" },
		{ "scripted", "#d9c8ec", "#4a2178", "M0 4H8M4 0V8" },
		{ "forwarded", "#d5ead2", "#2c6b2f", "M2 0V8M6 0V8" },
		{ "noticed", "#f5ecc0", "#6b5900", "M0 2H8M0 6H8" },
		{ "untold", "#ffffff", "#777777", "M-1 7L1 9M0 0L8 8M7 -1L9 1" },
	};

	fputs("<svg width=\"0\" height=\"0\" aria-hidden=\"true\" class=\"fills\"><defs>\n", out);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		fprintf(out, "<pattern id=\"f-%s\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
		    "<rect width=\"8\" height=\"8\" fill=\"%s\"/><path d=\"%s\" stroke=\"%s\" "
		    "stroke-width=\"2\" fill=\"none\"/></pattern>\n", patterns[i].id,
		    patterns[i].ground, patterns[i].path, patterns[i].ink);
	fputs("</defs></svg>\n", out);
}

void
account_chart_legend(FILE *out, const struct account_count n[ACCOUNT_CLASS_N])
{
	fputs("<ul class=\"legend\">\n", out);
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
		if (n[c].messages == 0 && n[c].recipients == 0)
			continue;
		fprintf(out, "<li><svg width=\"16\" height=\"16\" aria-hidden=\"true\"><rect x=\"1\" "
		    "y=\"1\" width=\"14\" height=\"14\" stroke=\"#555\" fill=\"%s\"/></svg> ", fills[c]);
		html_put_element(out, "b", "", account_words_name(ACCOUNT_WORDS_CLASS, c));
		html_put_element(out, "span", "", account_words_long(ACCOUNT_WORDS_CLASS, c));
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

/* A round number of at least n: 1, 2 or 5 times a power of ten. */
static uint64_t
round_up(uint64_t n)
{
	static const uint64_t steps[] = { 1, 2, 5 };

	for (uint64_t ten = 1; ten <= UINT64_MAX / 50; ten *= 10)
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
			if (ten * steps[i] >= n)
				return ten * steps[i];
	return n;
}

static double
scaled(uint64_t n, uint64_t most, double room)
{
	return most == 0 ? 0 : (double)n * room / (double)most;
}

static void
put_axis(FILE *out, uint64_t top)
{
	for (uint64_t i = 0; i <= LINES; i++) {
		double y = TOP + (TALL - TOP - BOTTOM) * (1 - (double)i / LINES);
		char number[32];

		if (i > 0 && top * i % LINES != 0)
			continue;
		account_text_number(number, top / LINES * i + top % LINES * i / LINES);
		fprintf(out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>"
		    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", LEFT, WIDE - RIGHT,
		    y, y, i == 0 ? "#333" : "#ddd", LEFT - 6, y + 4, number);
	}
}

static void
put_bar(FILE *out, const struct account_bar *bar, double x, double width, uint64_t top)
{
	double y = TALL - BOTTOM, room = TALL - TOP - BOTTOM;

	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
		double h = scaled(bar->messages[c], top, room);

		if (bar->messages[c] == 0)
			continue;
		h = h < 1 ? 1 : h;	/* something is to be seen */
		y -= h;
		fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		    "fill=\"%s\"/>\n", x, y, width, h, fills[c]);
	}
}

/* Date below time where there is one; the last does not reach over the edge. */
static void
put_label(FILE *out, const struct account_bars *b, size_t i, double x)
{
	const char *anchor = x > WIDE - 40 ? "end" : "middle";
	char label[ACCOUNT_BARS_LABEL], *time;

	account_bars_label(label, b, i);
	time = label + 10;
	if (b->unit < ACCOUNT_BARS_DAY && label[10] == ' ')
		*time++ = '\0';
	else
		time = NULL;
	fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>", x,
	    TALL - BOTTOM + 18, anchor, time != NULL ? time : label);
	if (time != NULL)
		fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>", x,
		    TALL - BOTTOM + 35, anchor, label);
	fputc('\n', out);
}

/* In words what is to be seen: from when to when, and the most. */
static void
put_description(FILE *out, const struct account_bars *b, const char *id)
{
	char from[ACCOUNT_BARS_LABEL], to[ACCOUNT_BARS_LABEL], peak[ACCOUNT_BARS_LABEL];
	char number[32], text[ACCOUNT_TEXT];
	size_t highest = 0;

	for (size_t i = 1; i < b->n; i++)
		if (b->bar[i].all > b->bar[highest].all)
			highest = i;
	account_bars_label(from, b, 0);
	account_bars_label(to, b, b->n - 1);
	account_bars_label(peak, b, highest);
	account_text_number(number, b->most);
	snprintf(text, sizeof(text), _("%s, from %s to %s; the most, %s, from %s"),
	    account_bars_unit_words(b->unit), from, to, number, peak);
	fprintf(out, "<desc id=\"%s-d\">", id);
	html_put(out, text);
	fputs("</desc>\n", out);
}

void
account_chart_bars(FILE *out, const struct account_bars *b, const char *id,
    const char *title)
{
	double step = b->n == 0 ? 1 : (double)(WIDE - LEFT - RIGHT) / (double)b->n;
	uint64_t top = round_up(b->most > LINES ? b->most : LINES);
	size_t every = (b->n + LABELS - 1) / LABELS;

	if (b->n == 0)
		return;
	fprintf(out, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">", WIDE, TALL, id, id, id);
	html_put(out, title);
	fputs("</title>", out);
	put_description(out, b, id);
	put_axis(out, top);
	for (size_t i = 0; i < b->n; i++) {
		double x = LEFT + step * (double)i;

		put_bar(out, &b->bar[i], x + step * 0.08, step * 0.84, top);
		if (i % every == 0)
			put_label(out, b, i, x + step / 2);
	}
	fputs("</svg>\n", out);
}

void
account_chart_row(FILE *out, const struct account_count n[ACCOUNT_CLASS_N], uint64_t most)
{
	double x = 0;

	fprintf(out, "<svg class=\"bar\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
	    "aria-hidden=\"true\">", ROW_WIDE, ROW_TALL);
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
		double w = scaled(n[c].recipients, most, ROW_WIDE);

		if (n[c].recipients == 0)
			continue;
		w = w < 1 ? 1 : w;
		fprintf(out, "<rect x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
		    x, w, ROW_TALL, fills[c]);
		x += w;
	}
	fputs("</svg>", out);
}
