#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/conf.h"

static char path[64];

static void
write_file(const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* A refused file: its exact message without "PATH:", as LINE: TEXT. */
static const struct {
	const char	*name, *file;
	size_t		 n;
	const char	*want;
} bad[] = {
#define FILE_(s) s, sizeof(s) - 1
	{ "value out of range", FILE_("\nprobe {\n\tper_net = 9\n}\n"),
	    "3: probe.per_net: 9 is not within 1..2" },
	{ "second item of a list", FILE_("dns {\n listen = {192.0.2.1:53,\n  foo}\n}\n"),
	    "3: dns.listen: \"foo\" is not ADDRESS:PORT, as 192.0.2.1:53 or [2001:db8::1]:53" },
	{ "unknown key", FILE_("probe {\n per_nett = 1\n}\n"),
	    "2: probe.per_nett: no such key; did you mean probe.per_net?" },
	{ "unknown key, nothing near", FILE_("probe {\n colour_of_the_sky = 1\n}\n"),
	    "2: probe.colour_of_the_sky: no such key" },
	{ "unknown section", FILE_("colours {\n x = 1\n}\n"),
	    "1: colours: no such section" },
	{ "key outside its section", FILE_("dns.ttl = 5m\n"),
	    "1: dns.ttl: write it inside its section: dns { ttl = ... }" },
	{ "section not closed", FILE_("dns {\n ttl = 5m\n"),
	    "2: section dns is not closed: } is missing" },
	{ "one brace too many", FILE_("dns {\n}\n}\n"), "3: unexpected closing brace" },
	{ "no equal sign", FILE_("dns {\n ttl 5m\n}\n"),
	    "2: missing equal sign after option 'ttl'" },
	{ "quotation not closed", FILE_("dns {\n zone = \"bl.example\n}\n"),
	    "3: premature end of file" },
	{ "list where one value belongs", FILE_("dns {\n ttl = {5m, 6m}\n}\n"),
	    "2: unexpected token '{'" },
	{ "include is not a way to read other files", FILE_("include(\"/etc/passwd\")\n"),
	    "1: include: no such section" },
	{ "control character in a text", FILE_("operator {\n name = \"a\\nb\"\n}\n"),
	    "2: operator.name: octet 2 is a control character" },
	{ "laboratory on public addresses", FILE_("lab {\n range = 203.0.112.0/23\n}\n"),
	    "2: lab.range: \"203.0.112.0/23\" is not a range wholly inside 127.0.0.0/8, ::1, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 198.18.0.0/15, fc00::/7 or documentation space (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, 3fff::/20)" },
	{ "zeros", FILE_("dns {\n ttl\0 = 5m\n}\n"), " is not text" },
};

static void
each_bad_file_is_explained_with_its_line(void **state)
{
	char want[600];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct conf *c = NULL;
		struct conf_why why = { "" };
		int rc;

		write_file(bad[i].file, bad[i].n);
		rc = conf_load(&c, path, &why);
		snprintf(want, sizeof(want), "%s:%s", path, bad[i].want);
		if (rc != SEK_EPARSE || c != NULL || strcmp(why.text, want) != 0)
			fail_msg("%s: want \"%s\", got %d \"%s\"", bad[i].name,
			    want, rc, why.text);
	}
}

static void
what_is_not_a_file_is_unreadable_and_ends_nothing(void **state)
{
	struct conf *c = NULL;
	struct conf_why why;

	(void)state;
	assert_int_equal(conf_load(&c, "/nonexistent/x.conf", &why), SEK_ESYS);
	assert_string_equal(why.text, "/nonexistent/x.conf: No such file or directory");
	assert_int_equal(conf_load(&c, "/", &why), SEK_ESYS);
	assert_string_equal(why.text, "/: Is a directory");
	assert_int_equal(conf_load(&c, "/dev/zero", &why), SEK_EPARSE);
	assert_string_equal(why.text, "/dev/zero: is not text");
	assert_null(c);
}

static void
too_long_a_file_is_refused(void **state)
{
	char *big = malloc(CONF_FILE_MAX + 1);
	struct conf *c = NULL;
	struct conf_why why;

	(void)state;
	memset(big, '\n', CONF_FILE_MAX + 1);
	write_file(big, CONF_FILE_MAX + 1);
	free(big);
	assert_int_equal(conf_load(&c, path, &why), SEK_EPARSE);
	assert_non_null(strstr(why.text, "is longer than 1 MiB"));
}

static void
lists_in_braces_repeated_and_empty(void **state)
{
	static const char text[] =
	    "dns {\n listen = {192.0.2.1:53, \"[2001:db8::1]:53\"}\n}\n"
	    "lab {\n range = 198.18.0.0/15\n range = 127.0.0.0/8\n"
	    " range += fd00::/8\n}\n"
	    "receive {\n listen = {}\n}\n"
	    "dns {\n ttl = 61 # the section again\n}\n";
	struct conf *c;
	struct conf_why why;

	(void)state;
	write_file(text, sizeof(text) - 1);
	if (conf_load(&c, path, &why) != 0)
		fail_msg("%s", why.text);
	assert_int_equal(c->n_dns, 2);
	assert_int_equal(c->n_lab, 3);
	assert_int_equal(c->n_smtp, 0);
	assert_int_equal(c->ttl_s, 61);
	conf_free(c);
}

static void
printed_and_sample_files_are_read_back(void **state)
{
	static char first[CONF_TEXT_MAX], second[CONF_TEXT_MAX];
	struct wbuf a = wbuf_of(first, sizeof(first));
	struct wbuf b = wbuf_of(second, sizeof(second));
	struct conf *c, *d;
	struct conf_why why;
	FILE *f = fopen(path, "w");

	(void)state;
	assert_int_equal(conf_default(&c), 0);
	assert_int_equal(conf_set(c, "operator.name",
	    STR("O'Neil \"$HOME ${HOME}\" \\ {x}, #1 // /* */"), &why), 0);
	assert_int_equal(conf_set(c, "lab.range", STR("198.18.0.0/15"), &why), 0);
	conf_print(f, c);
	fclose(f);
	if (conf_load(&d, path, &why) != 0)
		fail_msg("%s", why.text);
	assert_int_equal(conf_to_text(&a, c), 0);
	assert_int_equal(conf_to_text(&b, d), 0);
	first[a.len] = second[b.len] = '\0';
	assert_string_equal(first, second);
	conf_free(c);
	conf_free(d);

	f = fopen(path, "w");
	conf_sample(f);
	fclose(f);
	if (conf_load(&d, path, &why) != 0)
		fail_msg("%s", why.text);
	for (size_t i = 0; i < conf_n_keys; i++)
		assert_false(d->given[i]);	/* all commented out */
	conf_free(d);
}

/* What is printed ends in tickets and logs, and so does what was wrong. */
static void
secrets_are_not_shown(void **state)
{
	static const char text[] = "dns { cookie_secret = \"0011223344556677c0ffee8899aabbZZ\" }\n";
	char all[32768];
	struct conf_why why;
	struct conf *c;
	FILE *f;
	size_t n;

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_int_equal(conf_load(&c, path, &why), SEK_EPARSE);
	assert_non_null(strstr(why.text, "dns.cookie_secret: is not 32 hexadecimal"));
	assert_null(strstr(why.text, "c0ffee"));

	assert_int_equal(conf_default(&c), 0);
	assert_int_equal(conf_set(c, "dns.cookie_secret",
	    STR("0011223344556677c0ffee8899aabbcc"), &why), 0);
	f = fopen(path, "w+");
	conf_print(f, c);
	rewind(f);
	n = fread(all, 1, sizeof(all) - 1, f);
	fclose(f);
	all[n] = '\0';
	assert_null(strstr(all, "c0ffee"));
	assert_non_null(strstr(all, "# cookie_secret is set; its value is not shown\n"));
	conf_free(c);
	if (conf_load(&c, path, &why) != 0)	/* still a configuration */
		fail_msg("%s", why.text);
	assert_string_equal(c->cookie_secret, "");
	conf_free(c);
}

/* argv[1] is the tree's conf/sekimori.conf.sample. */
static const char *sample;

static void
sample_in_the_tree_is_what_the_program_prints(void **state)
{
	static char want[65536], got[65536];
	FILE *f = fopen(path, "w+");
	size_t n, m;

	(void)state;
	conf_sample(f);
	rewind(f);
	n = fread(want, 1, sizeof(want) - 1, f);
	fclose(f);
	f = fopen(sample, "r");
	assert_non_null(f);
	m = fread(got, 1, sizeof(got) - 1, f);
	fclose(f);
	want[n] = got[m] = '\0';
	assert_string_equal(got, want);	/* else: sekimorid --sample > conf/... */
}

static int
setup(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/sekimori-conf.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bad_file_is_explained_with_its_line),
		cmocka_unit_test(what_is_not_a_file_is_unreadable_and_ends_nothing),
		cmocka_unit_test(too_long_a_file_is_refused),
		cmocka_unit_test(lists_in_braces_repeated_and_empty),
		cmocka_unit_test(printed_and_sample_files_are_read_back),
		cmocka_unit_test(secrets_are_not_shown),
		cmocka_unit_test(sample_in_the_tree_is_what_the_program_prints),
	};

	if (argc < 2)
		return 2;
	sample = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
