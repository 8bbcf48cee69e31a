#pragma once
/* tests/unit/wire/mtaconf_rig.h -- files in, facts as one line out. */

#include "wire/mtaconf.h"

enum { RIG_FILES = 6, RIG_TEXT = 4000 };

struct mtaconf_case {
	const char	*name;
	struct { const char *name, *text; } file[RIG_FILES];
	const char	*want;		/* facts, each with "; " behind; NONE */
};

struct rig_got {
	char		 text[RIG_TEXT];
	size_t		 len;
	const char	*quiet;		/* settings that are not written down */
	bool		 where;		/* every fact that is not a default has its line */
};

static const char *const rig_words[MTACONF_KIND_N] = { "net", "any-net", "here", "behind", "any-domain",
	"nets?", "domains?", "self", "set" };

static bool
rig_quiet(const struct rig_got *got, struct str name)
{
	struct str words = str_of(got->quiet), word;

	while (words.n > 0) {
		word = str_cut(&words, ' ');
		if (str_eq(word, name))
			return true;
	}
	return false;
}

static int
rig_fact(void *ctx, const struct mtaconf_fact *f)
{
	struct rig_got *got = ctx;
	char net[NET_TEXT] = "";
	struct str text = f->text;

	if (f->kind == MTACONF_SETTING && rig_quiet(got, f->text))
		return 0;
	if (f->kind == MTACONF_NET) {
		net_text(net, &f->net);
		text = str_of(net);
	}
	if (f->kind == MTACONF_NET_ANY || f->kind == MTACONF_DOMAIN_ANY)
		text = STR("");
	got->where &= (f->file == NULL) == (f->line == 0);
	got->len += (size_t)snprintf(got->text + got->len, sizeof(got->text) - got->len, "%s%s%s%.*s",
	    rig_words[f->kind], text.n > 0 ? " " : "", f->below ? "." : "", (int)text.n, text.p);
	if (f->kind == MTACONF_SETTING)
		got->len += (size_t)snprintf(got->text + got->len, sizeof(got->text) - got->len,
		    "=%.*s", (int)f->value.n, f->value.p);
	got->len += (size_t)snprintf(got->text + got->len, sizeof(got->text) - got->len, "; ");
	assert_true(got->len < sizeof(got->text));
	return 0;
}

typedef int rig_reader(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn, void *ctx);

static bool
rig_case(const struct mtaconf_case *c, rig_reader *reader, const char *quiet)
{
	static char room[MTACONF_ROOM];
	struct mtaconf_file file[RIG_FILES];
	struct mtaconf_in in = { file, 0 };
	struct rig_got got = { .quiet = quiet, .where = true };
	int err;

	for (; in.n < RIG_FILES && c->file[in.n].name != NULL; in.n++)
		file[in.n] = (struct mtaconf_file){ str_of(c->file[in.n].name), str_of(c->file[in.n].text) };
	err = reader(&in, room, rig_fact, &got);
	if (err == MTACONF_NONE)
		strcpy(got.text, "NONE");
	if (strcmp(got.text, c->want) != 0 || (err != 0 && err != MTACONF_NONE) || !got.where)
		print_error("%s:\nwant %s\ngot  %s (%d)\n", c->name, c->want, got.text, err);
	return strcmp(got.text, c->want) == 0 && (err == 0 || err == MTACONF_NONE) && got.where;
}

static int
rig_stop(void *ctx, const struct mtaconf_fact *f)
{
	(void)f;
	++*(unsigned *)ctx;
	return SEK_ENOMEM;
}

/* What the caller refuses ends it, and comes back. */
static void
rig_stops(const struct mtaconf_case *c, rig_reader *reader)
{
	static char room[MTACONF_ROOM];
	struct mtaconf_file file[RIG_FILES];
	struct mtaconf_in in = { file, 0 };
	unsigned calls = 0;

	for (; in.n < RIG_FILES && c->file[in.n].name != NULL; in.n++)
		file[in.n] = (struct mtaconf_file){ str_of(c->file[in.n].name), str_of(c->file[in.n].text) };
	if (strcmp(c->want, "NONE") == 0 || c->want[0] == '\0')
		return;
	assert_int_equal(reader(&in, room, rig_stop, &calls), SEK_ENOMEM);
	assert_int_equal(calls, 1);
}

#define MTACONF_TEST(reader, quiet) \
static void \
facts(void **state) \
{ \
	bool good = true; \
\
	(void)state; \
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) \
		good &= rig_case(&cases[i], reader, quiet); \
	assert_true(good); \
} \
\
static void \
who_is_told_may_stop(void **state) \
{ \
	(void)state; \
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) \
		rig_stops(&cases[i], reader); \
} \
\
int \
main(void) \
{ \
	const struct CMUnitTest tests[] = { \
		cmocka_unit_test(facts), \
		cmocka_unit_test(who_is_told_may_stop), \
	}; \
 \
	return cmocka_run_group_tests(tests, NULL, NULL); \
}
