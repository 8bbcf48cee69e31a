#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "account/config.h"
#include "account/config_dir.h"

/* One file; a network and domains that must be ours or not ("-" before it). */
static const struct {
	const char	*name, *file, *text;
	const char	*ours;
	bool		 nets, domains;		/* known */
	const char	*said;
} cases[] = {
	{ "nets and domains", "main.cf", "compatibility_level=2\nmynetworks=192.0.2.0/24\n"
	    "mydestination=example.org\nrelay_domains=example.net\n",
	    "192.0.2.9 -198.51.100.1 example.org -www.example.org www.example.net localhost 127.0.0.1",
	    true, true, "postfix, /etc/x" },
	{ "no domain at all is known too", "main.cf", "compatibility_level=2\nmynetworks=192.0.2.7\n"
	    "mydestination=\n", "192.0.2.7 -example.org", true, true, "postfix, /etc/x" },
	{ "4.35: a database", "main.cf", "compatibility_level=2\nmynetworks=192.0.2.7\n"
	    "mydestination=mysql:/etc/m.cf\n", "192.0.2.7", true, false,
	    "postfix, /etc/x; ?: mysql:/etc/m.cf" },
	{ "4.31: everybody is not ours", "main.cf", "compatibility_level=2\nmynetworks=0.0.0.0/0 192.0.2.0/24\n"
	    "mydestination=example.org\n", "192.0.2.7 -198.51.100.7 -10.0.0.1", false, true,
	    "postfix, /etc/x; ?: 0.0.0.0/0" },
	{ "4.31: public space by a slip, the private part of it ours", "main.cf",
	    "compatibility_level=2\nmynetworks=172.0.0.0/8\nmydestination=example.org\n",
	    "172.16.3.4 -172.104.1.1", false, true, "postfix, /etc/x; ?: 172.0.0.0/8" },
	{ "a provider's /9 is", "main.cf", "compatibility_level=2\nmynetworks=203.0.0.0/9\nmydestination=\n",
	    "203.0.113.7", true, true, "postfix, /etc/x" },
	{ "10/8 is", "main.cf", "compatibility_level=2\nmynetworks=10.0.0.0/8 fd00::/8\nmydestination=\n",
	    "10.200.0.1 fd00:18::1", true, true, "postfix, /etc/x" },
	{ "all domains", "main.cf", "compatibility_level=2\nmynetworks=\nmydestination=a.example\n"
	    "relay_domains=static:all\n", "a.example -b.example", true, false, "postfix, /etc/x; ?: *" },
	{ "more than there is room to tell", "main.cf", "compatibility_level=2\nmynetworks=ldap:a,ldap:b\n"
	    "mydestination=ldap:c,ldap:d\n", "", false, false, "postfix, /etc/x; ?: ldap:a, ldap:b, ldap:c" },
};

static bool
is_ours(const struct account_own *o, struct str what)
{
	struct addr a;

	return addr_parse(&a, what) == 0 ? account_own_has_addr(o, &a) : account_own_has_domain(o, what);
}

static void
what_is_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mtaconf_file file = { str_of(cases[i].file), str_of(cases[i].text) };
		struct account_own *o = account_own_new();
		char text[ACCOUNT_CONFIG_TEXT] = "";
		struct str words = str_of(cases[i].ours);

		assert_int_equal(account_config_own(o, &(struct mtaconf_in){ &file, 1 }, STR("/etc/x"), text), 0);
		while (words.n > 0) {
			struct str word = str_cut(&words, ' ');
			bool not = word.p[0] == '-';

			if (is_ours(o, not ? (struct str){ word.p + 1, word.n - 1 } : word) == not)
				fail_msg("%s: want %.*s", cases[i].name, (int)word.n, word.p);
		}
		if (account_own_knows_nets(o) != cases[i].nets || account_own_knows_domains(o) != cases[i].domains)
			fail_msg("%s: knows %d %d", cases[i].name, account_own_knows_nets(o),
			    account_own_knows_domains(o));
		if (strcmp(text, cases[i].said) != 0)
			fail_msg("%s: want %s, got %s", cases[i].name, cases[i].said, text);
		account_own_free(o);
	}
}

static void
no_server_or_two(void **state)
{
	struct mtaconf_file file[] = { { STR("readme"), STR("mynetworks = 0.0.0.0/0\n") } };
	struct account_own *o = account_own_new();
	char text[ACCOUNT_CONFIG_TEXT] = "";

	(void)state;
	assert_int_equal(account_config_own(o, &(struct mtaconf_in){ file, 1 }, STR("/etc"), text),
	    MTACONF_NONE);
	assert_string_equal(text, "");
	assert_false(account_own_knows_domains(o));
	file[0] = (struct mtaconf_file){ STR("main.cf"), STR("mydestination=a.example\nmynetworks=\n") };
	assert_int_equal(account_config_own(o, &(struct mtaconf_in){ file, 1 }, STR("/a"), text), 0);
	assert_int_equal(account_config_own(o, &(struct mtaconf_in){ file, 1 }, STR("/b"), text), 0);
	assert_string_equal(text, "postfix, /a; postfix, /b");
	account_own_free(o);
}

static void
put(const char *dir, const char *name, const char *text, size_t n)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static void
files_of_a_directory(void **state)
{
	char dir[] = "/tmp/config.XXXXXX", path[300];
	static const char *const want[] = { "conf.d/a", "conf.d/b", "main.cf", "to-main" };
	struct account_config_dir d;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/conf.d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put(dir, "main.cf", "x", 1);
	put(dir, "conf.d/b", "", 0);
	put(dir, "conf.d/a", "aa", 2);
	put(dir, "virtual.db", "xx", 2);
	put(dir, "binary", "a\0b", 3);
	put(dir, ".hidden", "x", 1);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/to-main", dir);
	assert_int_equal(symlink("main.cf", path), 0);
	snprintf(path, sizeof(path), "%s/conf.d/loop", dir);
	assert_int_equal(symlink("..", path), 0);
	assert_int_equal(account_config_dir_read(&d, dir), 0);
	assert_int_equal(d.in.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(d.in.file[i].name.p, want[i]);
	assert_true(str_eq(d.in.file[0].text, STR("aa")));
	assert_false(d.part);
	account_config_dir_free(&d);

	snprintf(path, sizeof(path), "%s/main.cf", dir);
	assert_int_equal(account_config_dir_read(&d, path), 0);
	assert_int_equal(d.in.n, 1);
	assert_string_equal(d.in.file[0].name.p, "main.cf");
	account_config_dir_free(&d);
	assert_int_equal(truncate(path, ACCOUNT_CONFIG_FILE_MAX + 1), 0);
	assert_int_equal(account_config_dir_read(&d, dir), 0);
	assert_true(d.part);
	account_config_dir_free(&d);
	snprintf(path, sizeof(path), "rm -r %s", dir);
	assert_int_equal(system(path), 0);
	assert_int_equal(account_config_dir_read(&d, dir), SEK_ESYS);
	account_config_dir_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_ours),
		cmocka_unit_test(no_server_or_two),
		cmocka_unit_test(files_of_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
