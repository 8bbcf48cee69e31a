#include "tool/account_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"

#define V(field) offsetof(struct account_args, field)

enum { JOBS_MAX = 64, JOBS_DEFAULT = 8, YEAR_MIN = 1990, YEAR_MAX = 2199, SHOWN = 120 };

static const char *const when_words[] = { "auto", "always", "never", NULL };
static const char *const lang_words[] = { "ja", "en", NULL };

static const struct option_row rows[] = {
	{ "journal", 0, OPTION_FLAG, V(journal), NULL,
	  N_("read the mail servers' lines of the system's journal"), NULL, 0, 0, false },
	{ "journal-dir", 0, OPTION_TEXT, V(journal_dir), "DIR",
	  N_("the same of a journal that was copied from elsewhere"), NULL, 0, 0, false },
	{ "follow", 'f', OPTION_FLAG, V(follow), NULL,
	  N_("go on reading what is added; tell at once when abuse begins"), NULL, 0, 0, false },
	{ "own-net", 0, OPTION_LIST, V(own_net), "NET",
	  N_("a network of ours, whose clients may send; may be given often"), NULL, 0, 0, false },
	{ "own-domain", 0, OPTION_LIST, V(own_domain), "DOMAIN",
	  N_("a mail domain of ours (.DOMAIN: with all below it); may be given often"), NULL, 0, 0, false },
	{ "from-config", 0, OPTION_LIST, V(from_config), "DIR",
	  N_("take both from the mail server's configuration; may be given often"), NULL, 0, 0, false },
	{ "timezone", 'z', OPTION_TEXT, V(timezone), "ZONE",
	  N_("of stamps without one: Asia/Tokyo, +09:00; default: the system's"), NULL, 0, 0, false },
	{ "year", 'y', OPTION_COUNT, V(year), "YEAR",
	  N_("of the newest line, where stamps have no year; default: worked out"), NULL, YEAR_MIN, YEAR_MAX, false },
	{ "since", 's', OPTION_TEXT, V(since), "TIME",
	  N_("count no line before: 2026-11-22, \"2026-11-22 06:30\", or with an offset"), NULL, 0, 0, false },
	{ "until", 'u', OPTION_TEXT, V(until), "TIME",
	  N_("count no line from then on"), NULL, 0, 0, false },
	{ "country-db", 0, OPTION_TEXT, V(country_db), "FILE",
	  N_("countries of addresses: a file in MaxMind's format"), NULL, 0, 0, false },
	{ "jobs", 0, OPTION_COUNT, V(jobs), "N",
	  N_("threads that read; default: one a processor, at most 8"), NULL, 1, JOBS_MAX, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("everything as one JSON object"), NULL, 0, 0, false },
	{ "csv", 0, OPTION_TEXT, V(csv), "DIR",
	  N_("write the tables as CSV files into this directory"), NULL, 0, 0, false },
	{ "html", 0, OPTION_TEXT, V(html), "FILE",
	  N_("write a page with charts, to print or send"), NULL, 0, 0, false },
	{ "report", 0, OPTION_TEXT, V(report), "LANG",
	  N_("write a draft of the first report, in this language"), lang_words, 0, 0, false },
	{ "report-file", 0, OPTION_TEXT, V(report_file), "FILE",
	  N_("where it goes (.html: to print); default: standard output"), NULL, 0, 0, false },
	{ "on-alert", 0, OPTION_TEXT, V(on_alert), "COMMAND",
	  N_("with --follow: run this program when abuse begins"), NULL, 0, 0, false },
	{ "metrics", 0, OPTION_TEXT, V(metrics), "FILE",
	  N_("with --follow: keep the counts in this file, for Prometheus"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), lang_words, 0, 0, false },
	{ "color", 0, OPTION_TEXT, V(color), "WHEN",
	  N_("colour beside the words"), when_words, 0, 0, false },
	{ "progress", 0, OPTION_TEXT, V(progress), "WHEN",
	  N_("how far the reading is; auto: on a terminal only"), when_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"account", "LOG|DIRECTORY|-...",
	N_("Counts what a mail server's log shows: was it used by strangers, when, for how much?"),
	rows, NULL, 0, -1
};

static int
refuse(FILE *err, const char *option, const char *value, const char *why)
{
	char shown[SHOWN];

	str_clean(shown, sizeof(shown), str_of(value));
	fprintf(err, "sekimori account: %s %s: %s\n", option, shown, why);
	return EXIT_USAGE;
}

/* --- times --- */

/* "2026-11-22 06:30:00" with any of its end missing, as if it were UTC. */
static int
wall_clock(int64_t *out, struct str s)
{
	static const char whole[] = "0000-00-00T00:00:00Z";
	char text[sizeof(whole)];
	struct wall w;

	if (s.n != 10 && s.n != 16 && s.n != 19)
		return SEK_EPARSE;
	memcpy(text, whole, sizeof(whole));
	memcpy(text, s.p, s.n);
	if (s.n > 10 && text[10] == ' ')
		text[10] = 'T';
	if (wall_parse(&w, str_of(text)) != 0)
		return SEK_EPARSE;
	*out = w.s;
	return 0;
}

int
account_args_time(int64_t *out, const char *text, const struct account_zone *z)
{
	int64_t wall, both[2];
	struct wall w;

	if (wall_clock(&wall, str_of(text)) == 0) {
		account_zone_utc(z, wall, both, NULL, NULL);
		*out = both[0];
		return 0;
	}
	if (wall_parse(&w, str_of(text)) != 0)
		return SEK_EPARSE;
	*out = w.s;
	return 0;
}

static int
read_times(struct account_args *a, int64_t now_s, FILE *err)
{
	const char *const why = _("write 2026-11-22, \"2026-11-22 06:30\" or "
	    "2026-11-22T06:30:00+09:00");

	if (account_zone_load(&a->zone, a->timezone, now_s) != 0)
		return refuse(err, "--timezone", a->timezone, _("there is no such zone; write a "
		    "name as Asia/Tokyo or an offset as +09:00"));
	if (a->since != NULL && account_args_time(&a->since_s, a->since, &a->zone) != 0)
		return refuse(err, "--since", a->since, why);
	if (a->until != NULL && account_args_time(&a->until_s, a->until, &a->zone) != 0)
		return refuse(err, "--until", a->until, why);
	if (a->since_s != 0 && a->until_s != 0 && a->until_s <= a->since_s)
		return refuse(err, "--until", a->until, _("that is not after --since"));
	return 0;
}

/* --- what is ours --- */

static int
no_memory(FILE *err)
{
	fprintf(err, "sekimori account: %s\n", sek_strerror(SEK_ENOMEM));
	return EXIT_OSERR;
}

static int
read_own(struct account_args *a, FILE *err)
{
	int rc = 0;

	a->own = account_own_new();
	if (a->own == NULL)
		return no_memory(err);
	for (size_t i = 0; rc == 0 && i < a->own_net.n; i++) {
		struct net n;

		if (net_parse(&n, str_of(a->own_net.v[i])) != 0)
			return refuse(err, "--own-net", a->own_net.v[i],
			    _("not a network (192.0.2.0/24, or one address)"));
		rc = account_own_add_net(a->own, &n, ACCOUNT_OWN_BY_OPTION);
	}
	for (size_t i = 0; rc == 0 && i < a->own_domain.n; i++) {
		const struct str d = str_of(a->own_domain.v[i]);

		if (d.n == 0 || str_find(d, '@') >= 0 || !option_is_line(d.p))
			return refuse(err, "--own-domain", d.p,
			    _("a domain alone, without the part before the @"));
		rc = account_own_add_domain(a->own, d, ACCOUNT_OWN_BY_OPTION);
	}
	return rc == 0 ? 0 : no_memory(err);
}

/* --- files --- */

static int
open_countries(struct account_args *a, FILE *err)
{
	int rc;

	if (a->country_db == NULL)
		return 0;
	rc = account_country_open(&a->country, a->country_db);
	if (rc == 0)
		return 0;
	refuse(err, "--country-db", a->country_db, rc == SEK_ESYS ? strerror(errno) :
	    rc == SEK_EPARSE ? _("not a file in MaxMind's format") : sek_strerror(rc));
	return rc == SEK_ENOMEM ? EXIT_OSERR : EXIT_NOINPUT;
}

static int
check_command(const char *path, FILE *err)
{
	if (path == NULL)
		return 0;
	if (path[0] != '/')
		return refuse(err, "--on-alert", path, _("name the program by its whole path; it "
		    "gets no arguments and no shell"));
	if (access(path, X_OK) == 0)
		return 0;
	refuse(err, "--on-alert", path, strerror(errno));
	return EXIT_NOINPUT;
}

static int
check_together(const struct account_args *a, FILE *err)
{
	if (a->n_operands == 0 && !a->journal && a->journal_dir == NULL) {
		fprintf(err, "sekimori account: %s\n", _("nothing to read: name logs or "
		    "directories, - for standard input, or --journal"));
		return EXIT_USAGE;
	}
	if (!a->follow && (a->on_alert != NULL || a->metrics != NULL))
		return refuse(err, a->on_alert != NULL ? "--on-alert" : "--metrics",
		    a->on_alert != NULL ? a->on_alert : a->metrics, _("goes with --follow"));
	if (a->json && a->report != NULL && a->report_file == NULL)
		return refuse(err, "--report", a->report, _("not with --json on standard output; "
		    "name a --report-file"));
	if (a->report_file != NULL && a->report == NULL)
		return refuse(err, "--report-file", a->report_file, _("goes with --report"));
	return 0;
}

static uint32_t
jobs_here(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > JOBS_DEFAULT ? JOBS_DEFAULT : (uint32_t)n;
}

int
account_args_read(struct account_args *a, int argc, char **argv, int64_t now_s, FILE *out,
    FILE *err)
{
	int at, rc;

	*a = (struct account_args){ .jobs = 0 };
	rc = option_read(&usage, a, argc, argv, &at, out, err);
	if (rc != 0)
		return rc == OPTION_HELP ? -1 : EXIT_USAGE;
	a->operand = argv + at;
	a->n_operands = (size_t)(argc - at);
	if (a->jobs == 0)
		a->jobs = jobs_here();
	if ((rc = check_together(a, err)) != 0 || (rc = read_times(a, now_s, err)) != 0 ||
	    (rc = read_own(a, err)) != 0 || (rc = check_command(a->on_alert, err)) != 0)
		return rc;
	return open_countries(a, err);
}

void
account_args_free(struct account_args *a)
{
	account_own_free(a->own);
	account_country_free(a->country);
}
