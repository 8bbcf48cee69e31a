#include "tool/check_report.h"

#include <stddef.h>
#include <string.h>

#include "base/i18n.h"

enum { STOPPED = 130, NAGIOS_OK = 0, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

void
check_report_begin(struct check_report *r)
{
	r->format->begin(r);
}

static void
count(struct check_report *r, const struct check_item *it)
{
	struct check_totals *t = &r->totals;
	uint64_t listed = 0;

	for (size_t k = 0; k < CHECK_KINDS; k++)
		listed += t->listed[k];
	t->n[it->name.kind]++;
	t->undecided += it->result == CHECK_UNDECIDED;
	t->no_name += (it->faults & CHECK_NO_NAME) != 0;
	t->no_server += it->result == CHECK_NO_SERVER;
	if (it->result != CHECK_IS_LISTED)
		return;
	t->listed[it->name.kind]++;
	if (listed < CHECK_NAMED)
		memcpy(r->named[listed], it->name.name, sizeof(r->named[0]));
}

void
check_report_item(struct check_report *r, const struct check_item *it)
{
	count(r, it);
	if (!r->quiet || it->result == CHECK_IS_LISTED || it->result == CHECK_UNDECIDED)
		r->format->item(r, it);
}

void
check_report_end(struct check_report *r)
{
	r->format->end(r);
}

static uint64_t
listed_of(const struct check_totals *t)
{
	return t->listed[CHECK_ADDR] + t->listed[CHECK_DOMAIN] + t->listed[CHECK_HOST];
}

static bool
undecided(const struct check_report *r)
{
	return r->totals.undecided > 0 || !check_lists_good(r->lists);
}

static int
exit_nagios(const struct check_report *r)
{
	uint64_t listed = listed_of(&r->totals);

	if (listed >= r->critical)
		return NAGIOS_CRITICAL;
	if (listed >= r->warning)
		return NAGIOS_WARNING;
	return undecided(r) || r->totals.bad_lines > 0 || r->totals.stopped ?
	    NAGIOS_UNKNOWN : NAGIOS_OK;
}

int
check_report_exit(const struct check_report *r)
{
	if (r->format == &check_format_nagios)
		return exit_nagios(r);
	if (r->totals.stopped)
		return STOPPED;
	if (r->totals.bad_lines > 0)
		return EXIT_DATA;
	return listed_of(&r->totals) > 0 ? 1 : undecided(r) ? 2 : 0;
}

void
check_code_text(char out[CHECK_CODE_TEXT], uint32_t code)
{
	snprintf(out, CHECK_CODE_TEXT, "%u.%u.%u.%u", code >> 24, code >> 16 & 255,
	    code >> 8 & 255, code & 255);
}

static void
put_total(FILE *out, enum check_kind k, unsigned long long listed, unsigned long long all)
{
	switch (k) {
	case CHECK_DOMAIN:
		fprintf(out, listed == 1 ? _("%llu of %llu domains has a listed mail server") :
		    _("%llu of %llu domains have a listed mail server"), listed, all);
		break;
	case CHECK_HOST:
		fprintf(out, listed == 1 ? _("%llu of %llu hosts is listed") :
		    _("%llu of %llu hosts are listed"), listed, all);
		break;
	default:
		fprintf(out, listed == 1 ? _("%llu of %llu addresses is listed") :
		    _("%llu of %llu addresses are listed"), listed, all);
		break;
	}
}

void
check_report_totals(FILE *out, const struct check_totals *t, const char *between)
{
	static const enum check_kind order[] = { CHECK_DOMAIN, CHECK_HOST, CHECK_ADDR };
	const char *before = "";

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (t->n[order[i]] == 0)
			continue;
		fputs(before, out);
		put_total(out, order[i], t->listed[order[i]], t->n[order[i]]);
		before = between;
	}
}

static const struct { size_t offset; const char *words; } rests[] = {
	{ offsetof(struct check_totals, undecided), N_("undecided") },
	{ offsetof(struct check_totals, no_name), N_("of these, names that do not exist") },
	{ offsetof(struct check_totals, no_server), N_("without a mail server") },
	{ offsetof(struct check_totals, bad_lines), N_("lines that were skipped") },
};

void
check_report_rests(FILE *out, const struct check_totals *t, const char *before)
{
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		uint64_t n;

		memcpy(&n, (const char *)t + rests[i].offset, sizeof(n));
		if (n > 0)
			fprintf(out, "%s%s: %llu", before, _(rests[i].words),
			    (unsigned long long)n);
	}
	if (t->stopped)
		fprintf(out, "%s%s", before, _("stopped before the end"));
}

void
check_report_health(FILE *out, const struct check_belief *b)
{
	char code[CHECK_CODE_TEXT];

	fputs(_(check_health_words(b->health)), out);
	if (b->why != CHECK_WHY_NONE)
		fprintf(out, ": %s", _(check_why_words(b->why)));
	if (b->code == 0)
		return;
	check_code_text(code, b->code);
	fprintf(out, " (%s", code);
	if (b->why == CHECK_WHY_ERROR)
		fprintf(out, ": %s", _(check_error_words(b->code)));
	fputc(')', out);
}

/* --- for monitors: one line, and numbers behind a bar --- */

static void
nagios_begin(struct check_report *r)
{
	(void)r;
}

static void
nagios_item(struct check_report *r, const struct check_item *it)
{
	(void)r;
	(void)it;
}

static void
nagios_level(FILE *out, const char *name, uint64_t v, uint32_t warning, uint32_t critical,
    uint64_t max)
{
	fprintf(out, " %s=%llu;", name, (unsigned long long)v);
	if (warning != UINT32_MAX)
		fprintf(out, "%u", warning);
	fputc(';', out);
	if (critical != UINT32_MAX)
		fprintf(out, "%u", critical);
	fprintf(out, ";0;%llu", (unsigned long long)max);
}

static void
nagios_broken(const struct check_report *r)
{
	for (size_t i = 0; i < r->lists->n; i++) {
		const struct check_list *l = &r->lists->at[i];

		if (!check_lists_bad(r->lists, l))
			continue;
		fprintf(r->out, "; %s: ", l->zone);
		check_report_health(r->out, l->v4.health != CHECK_OK ? &l->v4 : &l->v6);
	}
}

static void
nagios_end(struct check_report *r)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	const struct check_totals *t = &r->totals;
	uint64_t listed = listed_of(t), all = 0;

	for (size_t k = 0; k < CHECK_KINDS; k++)
		all += t->n[k];
	fprintf(r->out, "SEKIMORI %s - ", words[exit_nagios(r)]);
	check_report_totals(r->out, t, ", ");
	for (size_t i = 0; i < listed && i < CHECK_NAMED; i++)
		fprintf(r->out, "%s%s", i == 0 ? ": " : ", ", r->named[i]);
	if (listed > CHECK_NAMED)
		fputs(", ...", r->out);
	check_report_rests(r->out, t, "; ");
	nagios_broken(r);
	fputs(" |", r->out);
	nagios_level(r->out, "listed", listed, r->warning, r->critical, all);
	nagios_level(r->out, "undecided", t->undecided, UINT32_MAX, UINT32_MAX, all);
	fprintf(r->out, " time=%lld.%03llds\n", (long long)(t->took_ms / 1000),
	    (long long)(t->took_ms % 1000));
}

const struct check_format check_format_nagios = { nagios_begin, nagios_item, nagios_end };
