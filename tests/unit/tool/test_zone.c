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

#include "base/i18n.h"
#include "fact/returncode.h"
#include "tool/zone.h"
#include "wire/snapshot_build.h"

static char dir[] = "/tmp/sekimori-zone.XXXXXX";

static const char *const listed[] = {	/* in order */
	"192.0.2.25", "198.51.100.7", "2001:db8::25",
};
enum { LISTED = sizeof(listed) / sizeof(listed[0]) };

static int
source_rewind(void *ctx)
{
	*(size_t *)ctx = 0;
	return 0;
}

static int
source_next(void *ctx, struct snapshot_entry *out)
{
	size_t *at = ctx;
	struct addr v4[LISTED];

	for (size_t i = 0; i < LISTED; i++)
		assert_int_equal(addr_parse(&v4[i], str_of(listed[i])), 0);
	if (*at == LISTED)
		return SNAPSHOT_END;
	out->addr = v4[(*at)++];
	out->code = RETURNCODE_ENTRY;
	out->form = SNAPSHOT_ADDRESS;
	return 0;
}

static char *
path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
write_base(const char *name, size_t cut, uint8_t life)
{
	static uint8_t octets[2 * 1024 * 1024];	/* an index is 256 KiB a family */
	char url[SNAPSHOT_URL + 2];
	struct snapshot_memory mem = { octets, sizeof(octets), 0 };
	struct snapshot_sink sink = { snapshot_memory_put, &mem };
	struct snapshot_head head = { .serial = 7, .base_serial = 7,
	    .made_s = 1795000000, .expiry_s = 4000000000, .life = life };
	struct snapshot_builder *room = malloc(snapshot_builder_size());
	struct snapshot_zone zone;
	struct addr ns_addr = addr_v4(192, 0, 2, 53);
	size_t at = 0;
	struct snapshot_source source = { source_rewind, source_next, &at };
	uint64_t len = 0;
	FILE *f;

	assert_int_equal(snapshot_zone_set(&zone, url, STR("bl.example"),
	    STR("ns.bl.example ns2.example"), STR("host.master@example"),
	    STR("https://bl.example/")), 0);
	assert_int_equal(snapshot_zone_host(&zone, 0, &ns_addr), 0);
	assert_int_equal(snapshot_write_base(&sink, &head, &zone, &source, room,
	    &len), 0);
	free(room);
	f = fopen(path_of(name), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(octets, 1, (size_t)len - cut, f), (size_t)len - cut);
	fclose(f);
}

struct ran {
	int	 code;
	char	*out, *err;
};

static void
run(struct ran *r, const char *a, const char *b, const char *c, const char *d)
{
	char args[5][160] = { "zone" }, *argv[7];
	const char *given[] = { a, b, c, d };
	size_t n_out = 0, n_err = 0;
	FILE *out = open_memstream(&r->out, &n_out);
	FILE *err = open_memstream(&r->err, &n_err);
	int argc = 1;

	argv[0] = args[0];
	for (size_t i = 0; i < 4 && given[i] != NULL; i++) {
		snprintf(args[argc], sizeof(args[argc]), "%s%s",
		    given[i][0] == '@' ? dir : "",
		    given[i][0] == '@' ? given[i] + 1 : given[i]);
		argv[argc] = args[argc];
		argc++;
	}
	argv[argc] = NULL;
	r->code = zone_main(argc, argv, out, err);
	fclose(out);
	fclose(err);
}

static void
ran_free(struct ran *r)
{
	free(r->out);
	free(r->err);
}

static void
expect_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (at == NULL || (at != text && at[-1] != '\n'))
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

/* What an answer to a query says, the master file says. */
static void
every_entry_has_its_address_and_text(void **state)
{
	struct ran r;

	(void)state;
	run(&r, "export", "--snapshot", "@/base.snap", NULL);
	assert_int_equal(r.code, 0);
	assert_string_equal(r.err, "");
	assert_true(strncmp(r.out, "bl.example.\t", 12) == 0);
	expect_line(r.out, "bl.example.\t300\tIN\tSOA\tns.bl.example. host\\046master.example. 7 ");
	expect_line(r.out, "bl.example.\t300\tIN\tNS\tns.bl.example.\n");
	expect_line(r.out, "bl.example.\t300\tIN\tNS\tns2.example.\n");
	expect_line(r.out, "ns.bl.example.\t300\tIN\tA\t192.0.2.53\n");
	expect_line(r.out, "2.0.0.127.bl.example.\t300\tIN\tA\t127.0.0.2\n");
	assert_null(strstr(r.out, "\n1.0.0.127.bl.example."));
	expect_line(r.out, "_status.bl.example.\t");
	for (size_t i = 0; i < LISTED; i++) {
		char labels[ADDR_LABELS], text[RETURNCODE_TEXT], line[256];
		struct addr a;
		size_t n;

		assert_int_equal(addr_parse(&a, str_of(listed[i])), 0);
		addr_labels(labels, &a);
		n = returncode_write(text, RETURNCODE_ENTRY, &a,
		    STR("https://bl.example/"), false);
		snprintf(line, sizeof(line), "%s.bl.example.\t300\tIN\tA\t127.0.0.2\n",
		    labels);
		expect_line(r.out, line);
		snprintf(line, sizeof(line), "%s.bl.example.\t300\tIN\tTXT\t\"%.*s\"\n",
		    labels, (int)n, text);
		expect_line(r.out, line);
	}
	ran_free(&r);
}

static void
a_file_is_whole_or_not_there(void **state)
{
	char snapshot[160];
	struct ran r;
	struct stat st;
	FILE *f;

	(void)state;
	snprintf(snapshot, sizeof(snapshot), "--snapshot=%s", path_of("cut.snap"));
	run(&r, "export", snapshot, "-o", "@/zone");
	assert_int_equal(r.code, 65);
	ran_free(&r);
	assert_int_not_equal(stat(path_of("zone"), &st), 0);

	/* somebody else's half file is not written over */
	f = fopen(path_of("zone.new"), "w");
	fclose(f);
	snprintf(snapshot, sizeof(snapshot), "--snapshot=%s", path_of("base.snap"));
	run(&r, "export", snapshot, "-o", "@/zone");
	assert_int_equal(r.code, 73);
	ran_free(&r);
	unlink(path_of("zone.new"));
	run(&r, "export", snapshot, "-o", "@/zone");
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, "");
	ran_free(&r);
	assert_int_equal(stat(path_of("zone"), &st), 0);
	assert_true(st.st_size > 500);
	assert_int_not_equal(stat(path_of("zone.new"), &st), 0);
}

static void
verify_says_what_it_holds(void **state)
{
	struct ran r;
	char want[200];

	(void)state;
	run(&r, "verify", "--snapshot", "@/base.snap", NULL);
	snprintf(want, sizeof(want), "%s: whole; serial 7, entries: 3\n",
	    path_of("base.snap"));
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, want);
	ran_free(&r);
	run(&r, "verify", "--json", "--snapshot", "@/base.snap");
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.out, "\"serial\":7,\"entries\":3}"));
	ran_free(&r);
}

/* RFC 4180: quotes, CR LF. */
static void
rows_have_the_same_members_in_both_forms(void **state)
{
	static const char row[] = "2026-11-18T11:06:40Z,192.0.2.25,192.0.2.25,listed,127.0.0.2,address,"
	    "\"Relays mail for strangers. https://bl.example/ip/192.0.2.25\","
	    "https://bl.example/ip/192.0.2.25,bl.example,7\r\n";
	static const char object[] = "{\"timestamp\":\"2026-11-18T11:06:40Z\",\"ip\":\"2001:db8::25\","
	    "\"network\":\"2001:db8::25\",\"state\":\"listed\",\"return_code\":\"127.0.0.2\","
	    "\"kind\":\"address\",\"text\":\"Relays mail for strangers. https://bl.example/ip/2001:db8::25\","
	    "\"page\":\"https://bl.example/ip/2001:db8::25\",\"zone\":\"bl.example\",\"serial\":7}\n";
	struct ran r;

	(void)state;
	run(&r, "export", "--format=csv", "--snapshot", "@/base.snap");
	assert_int_equal(r.code, 0);
	expect_line(r.out, "timestamp,ip,network,state,return_code,kind,text,page,zone,serial\r\n");
	expect_line(r.out, row);
	ran_free(&r);
	run(&r, "export", "--format=jsonl", "--snapshot", "@/base.snap");
	assert_int_equal(r.code, 0);
	expect_line(r.out, object);
	ran_free(&r);
}

/* draft-vixie-dnsop-dns-rpz 3 and 4.1. */
static void
a_policy_has_a_name_and_an_action_for_each_entry(void **state)
{
	struct ran r;

	(void)state;
	run(&r, "export", "--format=rpz", "--snapshot", "@/base.snap");
	assert_int_equal(r.code, 0);
	expect_line(r.out, "rpz.bl.example.\t300\tIN\tSOA\tns.bl.example. host\\046master.example. 7 ");
	expect_line(r.out, "rpz.bl.example.\t300\tIN\tNS\tns2.example.\n");
	expect_line(r.out, "rpz.bl.example.\t300\tIN\tTXT\t\"alive expires=");
	expect_line(r.out, "32.25.2.0.192.rpz-client-ip.rpz.bl.example.\t300\tIN\tCNAME\t.\n");
	expect_line(r.out, "128.25.zz.db8.2001.rpz-client-ip.rpz.bl.example.\t300\tIN\tCNAME\t.\n");
	ran_free(&r);
}

/* Whatever the file still holds. */
static void
an_emptied_list_is_exported_without_entries(void **state)
{
	static const char *const forms[] = { "master", "rbldnsd", "csv", "jsonl", "rpz" };
	static const char *const never[] = { "192.0.2.25", "25.2.0.192", "2001:db8::25",
		"\n127.0.0.2", "2.0.0.127", "7f00:2" };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char form[32];
		struct ran r;

		snprintf(form, sizeof(form), "--format=%s", forms[i]);
		run(&r, "export", form, "--snapshot", "@/emptied.snap");
		assert_int_equal(r.code, 0);
		for (size_t k = 0; k < 6; k++)
			if (strstr(r.out, never[k]) != NULL)
				fail_msg("%s has %s:\n%s", forms[i], never[k], r.out);
		if (i < 2 || i == 4)
			assert_non_null(strstr(r.out, "empty expires="));
		ran_free(&r);
	}
}

static void
mistakes_are_named(void **state)
{
	static const struct { const char *name, *a, *b, *c, *d; int code; const char *want; } cases[] = {
		{ "no such work", "mend", "--snapshot", "@/base.snap", NULL, 64, "mend: no such work; one of export import secondary verify" },
		{ "no work at all", "--json", NULL, NULL, NULL, 64, "say what to do; one of export import secondary verify" },
		{ "the value of an option is no work", "--socket", "export", NULL, NULL, 64, "one of export import secondary verify" },
		{ "two works", "export", "verify", NULL, NULL, 64, "takes no operand" },
		{ "no such file", "verify", "--snapshot", "@/none", NULL, 66, "/none: No such file" },
		{ "a directory", "verify", "--snapshot", "@/", NULL, 66, "not a plain file" },
		{ "cut short", "verify", "--snapshot", "@/cut.snap", NULL, 65, "not a snapshot, or damaged (" },
		{ "empty", "export", "--snapshot", "@/empty.snap", NULL, 65, "not a snapshot, or damaged (" },
		{ "unknown format", "export", "--format", "dnset", NULL, 64, "--format dnset: no such word; one of master rbldnsd rpz csv jsonl" },
		{ "a trigger of no policy", "export", "--trigger=ip", "--snapshot", "@/base.snap", 64, "--trigger: for --format rpz alone" },
		{ "an action of no policy", "export", "--action=drop", "--snapshot", "@/base.snap", 64, "--action: for --format rpz alone" },
		{ "no daemon to ask", "export", "--socket", "@/none", NULL, 69, "the daemon does not answer at" },
		{ "no zone of exits", "export", "--zone=out", "--snapshot", "@/base.snap", 65, "has no zone of exits" },
	};
	struct ran r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(&r, cases[i].a, cases[i].b, cases[i].c, cases[i].d);
		if (r.code != cases[i].code || r.out[0] != '\0' ||
		    strstr(r.err, cases[i].want) == NULL)
			fail_msg("%s: got %d \"%s\", want %d \"%s\"", cases[i].name,
			    r.code, r.err, cases[i].code, cases[i].want);
		ran_free(&r);
	}
}

static int
setup(void **state)
{
	FILE *f;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	write_base("base.snap", 0, SNAPSHOT_ALIVE);
	write_base("cut.snap", 1, SNAPSHOT_ALIVE);
	write_base("emptied.snap", 0, SNAPSHOT_EMPTY);
	f = fopen(path_of("empty.snap"), "w");
	return f == NULL ? -1 : fclose(f);
}

static int
teardown(void **state)
{
	static const char *const names[] = {
		"base.snap", "cut.snap", "emptied.snap", "empty.snap", "zone", "zone.new",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_has_its_address_and_text),
		cmocka_unit_test(a_file_is_whole_or_not_there),
		cmocka_unit_test(verify_says_what_it_holds),
		cmocka_unit_test(rows_have_the_same_members_in_both_forms),
		cmocka_unit_test(a_policy_has_a_name_and_an_action_for_each_entry),
		cmocka_unit_test(an_emptied_list_is_exported_without_entries),
		cmocka_unit_test(mistakes_are_named),
	};

	if (argc != 2)
		return 2;
	i18n_setup("en", argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
