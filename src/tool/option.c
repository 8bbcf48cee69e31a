#include "tool/option.h"

#include <getopt.h>
#include <string.h>

#include "base/i18n.h"
#include "base/str.h"

enum { ROWS_MAX = 48, FIRST_VAL = 256, LINE_OCTETS = 500, SHOWN = 120 };

struct reading {
	const struct option_usage	*u;
	const struct option_row		*rows[ROWS_MAX];
	struct option			 longs[ROWS_MAX + 2];
	char				 letters[3 + 2 * ROWS_MAX + 1];
	bool				 given[ROWS_MAX];
	size_t				 n;
	char				*values;
	FILE				*err;
};

static void
collect(struct reading *r, const struct option_row *row)
{
	size_t l = strlen(r->letters);

	for (; row != NULL && row->name != NULL && r->n < ROWS_MAX; row++) {
		bool flag = row->type == OPTION_FLAG;

		r->rows[r->n] = row;
		r->longs[r->n] = (struct option){ row->name,
		    flag ? no_argument : required_argument, NULL,
		    FIRST_VAL + (int)r->n };
		if (row->letter != 0) {
			r->letters[l++] = row->letter;
			if (!flag)
				r->letters[l++] = ':';
		}
		r->n++;
	}
}

/* Begins one message: "sekimori nominate: ". */
static FILE *
say(struct reading *r)
{
	fprintf(r->err, "sekimori %s: ", r->u->command);
	return r->err;
}

bool
option_is_line(const char *text)
{
	/* str_clean leaves harmless text alone but for \ and " */
	char out[2 * LINE_OCTETS + 8];
	size_t n = strlen(text), extra = 0;

	for (size_t i = 0; i < n; i++)
		extra += text[i] == '\\' || text[i] == '"';
	if (n + extra >= sizeof(out))
		return false;
	return str_clean(out, sizeof(out), str_of(text)) == n + extra;
}

int
option_seconds(uint32_t *out, const char *text)
{
	static const struct { char unit; uint32_t s; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	};
	struct str s = str_of(text);
	uint32_t times = 1;
	uint64_t v;

	for (size_t i = 0; s.n > 0 && i < sizeof(units) / sizeof(units[0]); i++)
		if (s.p[s.n - 1] == units[i].unit) {
			times = units[i].s;
			s.n--;
			break;
		}
	if (str_u64(&v, s, UINT32_MAX / times) != 0)
		return SEK_EPARSE;
	*out = (uint32_t)v * times;
	return 0;
}

static int
bad_word(struct reading *r, const struct option_row *row, const char *arg)
{
	char shown[SHOWN];

	str_clean(shown, sizeof(shown), str_of(arg));
	fprintf(say(r), _("--%s %s: no such word; one of"), row->name, shown);
	for (const char *const *w = row->words; *w != NULL; w++)
		fprintf(r->err, " %s", *w);
	fputc('\n', r->err);
	return SEK_EPARSE;
}

static int
bad_number(struct reading *r, const struct option_row *row, const char *arg)
{
	char shown[SHOWN];

	str_clean(shown, sizeof(shown), str_of(arg));
	if (row->type == OPTION_SECONDS)
		fprintf(say(r), _("--%s %s: not a time from %us to %us "
		    "(write 90, 5m, 2h or 1d)\n"),
		    row->name, shown, row->min, row->max);
	else
		fprintf(say(r), _("--%s %s: not a number from %u to %u\n"),
		    row->name, shown, row->min, row->max);
	return SEK_EPARSE;
}

static int
set_number(struct reading *r, const struct option_row *row, const char *arg)
{
	uint32_t v = 0;
	uint64_t wide = 0;
	int err;

	if (row->type == OPTION_SECONDS) {
		err = option_seconds(&v, arg);
	} else {
		err = str_u64(&wide, str_of(arg), UINT32_MAX);
		v = (uint32_t)wide;
	}
	if (err != 0 || v < row->min || v > row->max)
		return bad_number(r, row, arg);
	memcpy(r->values + row->offset, &v, sizeof(v));
	return 0;
}

static bool
is_allowed(const struct option_row *row, const char *arg)
{
	const char *const *w = row->words;

	while (w != NULL && *w != NULL && strcmp(*w, arg) != 0)
		w++;
	return w == NULL || *w != NULL;
}

static int
set_text(struct reading *r, const struct option_row *row, const char *arg)
{
	if (!is_allowed(row, arg))
		return bad_word(r, row, arg);
	if (row->type == OPTION_LINE && (arg[0] == '\0' ||
	    strlen(arg) > LINE_OCTETS || !option_is_line(arg))) {
		fprintf(say(r), _("--%s: write one line of 1 to %d octets of "
		    "UTF-8 without control characters\n"),
		    row->name, (int)LINE_OCTETS);
		return SEK_EPARSE;
	}
	memcpy(r->values + row->offset, &arg, sizeof(arg));
	return 0;
}

static int
set_list(struct reading *r, const struct option_row *row, const char *arg)
{
	struct option_list *list = (void *)(r->values + row->offset);

	if (list->n == OPTION_LIST_MAX) {
		fprintf(say(r), _("--%s: given more than %d times\n"),
		    row->name, (int)OPTION_LIST_MAX);
		return SEK_EPARSE;
	}
	list->v[list->n++] = arg;
	return 0;
}

static int
set(struct reading *r, size_t i, const char *arg)
{
	const struct option_row *row = r->rows[i];
	bool yes = true;

	r->given[i] = true;
	switch (row->type) {
	case OPTION_FLAG:
		memcpy(r->values + row->offset, &yes, sizeof(yes));
		return 0;
	case OPTION_COUNT:
	case OPTION_SECONDS:
		return set_number(r, row, arg);
	case OPTION_LIST:
		return set_list(r, row, arg);
	default:
		return set_text(r, row, arg);
	}
}

static void
help_rows(FILE *out, const struct option_row *row)
{
	char left[80];

	for (; row != NULL && row->name != NULL; row++) {
		bool letter = row->letter != 0;

		snprintf(left, sizeof(left), "%s%c%s--%s%s%s",
		    letter ? "-" : " ", letter ? row->letter : ' ',
		    letter ? ", " : "  ", row->name,
		    row->arg != NULL ? " " : "",
		    row->arg != NULL ? row->arg : "");
		fprintf(out, "  %-26s %s", left, _(row->help));
		for (size_t i = 0; row->words != NULL && row->words[i] != NULL; i++)
			fprintf(out, "%s%s%s", i > 0 ? "|" : " (", row->words[i],
			    row->words[i + 1] == NULL ? ")" : "");
		fputs(row->required ? _(" [required]\n") : "\n", out);
	}
}

static int
help(const struct option_usage *u, FILE *out)
{
	fprintf(out, _("Usage: sekimori %s [OPTION]... %s\n"), u->command,
	    u->operands);
	fprintf(out, "%s\n\n", _(u->does));
	help_rows(out, u->rows);
	help_rows(out, u->common);
	fprintf(out, "  %-26s %s\n", "-h, --help", _("this text"));
	fprintf(out, _("Manual: man sekimori-%.*s\n"),	/* "zone export": of zone */
	    (int)strcspn(u->command, " "), u->command);
	return OPTION_HELP;
}

static int
check_required(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct option_row *row = r->rows[i];

		if (!row->required || r->given[i])
			continue;
		fprintf(say(r), _("--%s %s is missing: %s"), row->name,
		    row->arg, _(row->help));
		for (size_t w = 0; row->words != NULL && row->words[w] != NULL; w++)
			fprintf(r->err, "%s%s", w > 0 ? ", " : ": ", row->words[w]);
		fputc('\n', r->err);
		return SEK_EPARSE;
	}
	return 0;
}

static int
check_operands(struct reading *r, int n)
{
	if (n < r->u->min)
		fprintf(say(r), _("an operand is missing: %s\n"), r->u->operands);
	else if (r->u->max == 0 && n > 0)
		fprintf(say(r), _("takes no operand\n"));
	else if (r->u->max >= 0 && n > r->u->max)
		fprintf(say(r), _("too many operands; wanted: %s\n"),
		    r->u->operands);
	else
		return 0;
	return SEK_EPARSE;
}

/* What getopt refused, in our words. */
static int
bad_option(struct reading *r, int c, char **argv)
{
	char shown[SHOWN];

	str_clean(shown, sizeof(shown), str_of(argv[optind - 1]));
	if (c == ':')
		fprintf(say(r), _("%s wants a value after it\n"), shown);
	else
		fprintf(say(r), _("%s: no such option\n"), shown);
	return SEK_EPARSE;
}

static int
read_options(struct reading *r, int argc, char **argv, FILE *out)
{
	int c, err = 0;

	optind = 0;	/* glibc: start anew, also in a test's second call */
	while (err == 0 && (c = getopt_long(argc, argv, r->letters, r->longs,
	    NULL)) != -1) {
		if (c == 'h')
			return help(r->u, out);
		if (c == '?' || c == ':') {
			err = bad_option(r, c, argv);
			break;
		}
		for (size_t i = 0; err == 0 && i < r->n; i++)
			if (c == FIRST_VAL + (int)i ||
			    (c < FIRST_VAL && c == r->rows[i]->letter))
				err = set(r, i, optarg);
	}
	return err;
}

int
option_read(const struct option_usage *u, void *values, int argc, char **argv,
    int *operands, FILE *out, FILE *err)
{
	struct reading r = { .u = u, .letters = ":h", .values = values,
	    .err = err };
	int rc;

	opterr = 0;
	collect(&r, u->rows);
	collect(&r, u->common);
	r.longs[r.n] = (struct option){ "help", no_argument, NULL, 'h' };
	rc = read_options(&r, argc, argv, out);
	if (rc == 0)
		rc = check_operands(&r, argc - optind);
	if (rc == 0)
		rc = check_required(&r);
	*operands = optind;
	if (rc < 0)
		fprintf(err, _("Try: sekimori %s --help\n"), u->command);
	return rc;
}

const char *
option_lang(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			break;
		if (strncmp(argv[i], "--lang=", 7) == 0)
			return argv[i] + 7;
		if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}
