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

#include "../snapshot_make.h"
#include "base/i18n.h"
#include "tool/zone.h"
#include "tool/zone_file.h"

static char dir[] = "/tmp/sekimori-import.XXXXXX";
static char list[64], snap[64], half[64];

struct ran {
	int	 code;
	char	*out, *err;
};

static void
write_list(const char *text, size_t n)
{
	FILE *f = fopen(list, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Runs `zone import -s SNAP WORDS... LIST'; words are cut at blanks. */
static void
run(struct ran *r, const char *words)
{
	char room[400], *argv[40] = { "zone", "import", "-s", snap }, *save = NULL;
	size_t n_out = 0, n_err = 0;
	FILE *out = open_memstream(&r->out, &n_out);
	FILE *err = open_memstream(&r->err, &n_err);
	int argc = 4;

	snprintf(room, sizeof(room), "%s", words);
	for (char *w = strtok_r(room, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc++] = list;
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

/* What the snapshot holds, in words; free it. */
static char *
held(struct zone_file *z)
{
	struct snapshot s = { &z->base, NULL };
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_int_equal(zone_file_open(z, snap, NULL, stderr), 0);
	assert_int_equal(snapshot_each(&s, make_words, f), 0);
	fclose(f);
	return text;
}

static void
each_format_becomes_entries(void **state)
{
	static const struct { const char *name, *words, *in, *want; } cases[] = {
		{ "ip4set", "-f ip4set", "192.0.2.25\n# x\n\n198.51.100.0/24\n!198.51.100.7\r\n",
		  "+192.0.2.25=2 *198.51.100.0/24=2 -198.51.100.7=2 " },
		{ "values: default, of the entry, number", "-f ip4set",
		  ":127.0.0.3:x\n192.0.2.1\n192.0.2.2 :2:\n192.0.2.3 :127.0.0.9\n",
		  "+192.0.2.1=3 +192.0.2.2=2 +192.0.2.3=9 " },
		{ "no line feed at the end", "-f ip4set", "192.0.2.25", "+192.0.2.25=2 " },
		{ "an empty list", "-f ip4set", "", "" },
		{ "ip4trie: the longest prefix", "-f ip4trie",
		  "192.0.2.0/24\n!192.0.2.128/26\n192.0.2.160/32\n",
		  NULL },
		{ "ip4tset", "-f ip4tset", "192.0.2.25 whatever\n192.0.2.26\n", "+192.0.2.25=2 +192.0.2.26=2 " },
		{ "ip6trie", "-f ip6trie", "2001:db8::/64\n!2001:db8::25\n2001:db8:1::1\n",
		  "*2001:db8::/64=2 -2001:db8::25=2 +2001:db8:1::1=2 " },
		{ "ip6tset", "-f ip6tset", "2001:db8:0:1\n", "*2001:db8:0:1::/64=2 " },
		{ "combined: a set by itself", "-f combined",
		  "$TTL 60\n$DATASET ip4set @ in\n192.0.2.0/24\n!192.0.2.9\n$DATASET ip4set:three @\n"
		  ":3:\n192.0.2.9\n$DATASET ip6trie @\n2001:db8::1\n$DATASET generic @\nns A 192.0.2.53\n",
		  "*192.0.2.0/24=2 -192.0.2.9=2 +192.0.2.9=3 +2001:db8::1=2 " },
		{ "master: wildcards, exceptions, in.ZONE and test entries known", "-f master",
		  "$ORIGIN bl.example.\n$TTL 60\n@ SOA ns host 7 1 2 3 4\n NS ns\nns A 192.0.2.53\n"
		  "2.0.0.127 A 127.0.0.2\n25.2.0.192 A 127.0.0.2\n TXT x\n25.2.0.192.in A 127.0.0.2\n"
		  "*.100.51.198 A 127.0.0.2\n7.100.51.198 TXT \"Not listed: excluded from 198.51.100.0/24\"\n"
		  "*.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2 A 127.0.0.2\n",
		  "+192.0.2.25=2 *198.51.100.0/24=2 -198.51.100.7=2 *2001:db8::/64=2 " },
		{ "master: A and TXT apart", "-f master", "@ 60 SOA a. b. 7 1 2 3 4\n*.2.0.192 A 127.0.0.2\n25.2.0.192 TXT x\n"
		  "26.2.0.192 TXT x\n25.2.0.192 A 127.0.0.2\n", "*192.0.2.0/24=2 +192.0.2.25=2 -192.0.2.26=2 " },
		{ "master: exits inside, or as a zone", "-f master", "@ 60 SOA a. b. 7 1 2 3 4\n25.2.0.192.out A 127.0.0.3\n"
		  "out SOA a. b. 7 1 2 3 4\n*.100.51.198.out A 127.0.0.3\n", "+192.0.2.25=3 *198.51.100.0/24=3 " },
		{ "master: another code", "-f master --code 9=2", "@ 60 SOA a. b. 7 1 2 3 4\n25.2.0.192 A 127.0.0.9\n", "+192.0.2.25=2 " },
		{ "rpz: both triggers, the longest prefix", "-f rpz", "$TTL 60\nrpz.bl.example. SOA a. b. 7 1 2 3 4\n"
		  "$ORIGIN rpz.bl.example.\n24.0.2.0.192.rpz-client-ip CNAME .\n32.25.2.0.192.rpz-client-ip CNAME rpz-passthru.\n"
		  "64.zz.db8.2001.rpz-ip CNAME *.\n32.7.100.51.198.rpz-ip CNAME rpz-drop.\n",
		  "*192.0.2.0/24=2 -192.0.2.25=2 +198.51.100.7=2 *2001:db8::/64=2 " },
		{ "rpz: the exits'", "-f rpz", "rpz.out.bl.example. 60 SOA a. b. 7 1 2 3 4\n32.25.2.0.192.rpz-ip.rpz.out.bl.example. CNAME .\n", "+192.0.2.25=3 " },
		{ "csv: columns in any order, others too", "-f csv", "\xef\xbb\xbfIP,note,State\r\n192.0.2.25,\"a,\nb\",listed\r\n2001:db8::25,,\r\n",
		  "+192.0.2.25=2 +2001:db8::25=2 " },
		{ "csv: networks, exceptions, codes", "-f csv", "network,state,return_code\n192.0.2.0/24,listed,127.0.0.2\n192.0.2.9,excepted,\n198.51.100.7,listed,127.0.0.9\n",
		  "*192.0.2.0/24=2 -192.0.2.9=2 +198.51.100.7=9 " },
		{ "jsonl: other members, empty lines", "-f jsonl", "{\"ip\":\"192.0.2.25\",\"x\":[1]}\n\n{\"network\":\"2001:db8::/64\",\"serial\":9}\n",
		  "+192.0.2.25=2 *2001:db8::/64=2 " },
		{ "codes by rule", "-f ip4set --code 4=2 --code 192.0.2.1=out --code any=5",
		  "192.0.2.1 :4:\n192.0.2.2 :192.0.2.1:\n192.0.2.3 :8:\n", "+192.0.2.1=2 +192.0.2.3=5 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char words[200], *got;
		struct zone_file z;
		struct ran r;

		snprintf(words, sizeof(words), "--zone bl.example %s", cases[i].words);
		write_list(cases[i].in, strlen(cases[i].in));
		run(&r, words);
		if (r.code != 0)
			fail_msg("%s: %d %s", cases[i].name, r.code, r.err);
		got = held(&z);
		if (cases[i].want != NULL && strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].want);
		if (cases[i].want == NULL) {	/* 64 excepted, one of them listed again */
			assert_int_equal(strncmp(got, "*192.0.2.0/24=2 -192.0.2.128=2 ", 31), 0);
			assert_non_null(strstr(got, " +192.0.2.160=2 "));
			assert_null(strstr(got, "-192.0.2.160=2 "));
			assert_null(strstr(got, "-192.0.2.192=2 "));
		}
		free(got);
		zone_file_close(&z);
		ran_free(&r);
	}
}

static char *
text_of(const char *path)
{
	static char text[8192];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void
export_rbldnsd(void)
{
	struct ran r;
	char words[] = "zone", work[] = "export", s[] = "-s", o[] = "-o", form[] = "--format=rbldnsd";
	char *argv[] = { words, work, s, snap, o, list, form, NULL };

	r.code = zone_main(7, argv, stdout, stderr);
	assert_int_equal(r.code, 0);
}

/* Export, import, export: the same octets, every kind of entry. */
static void
an_export_comes_back_as_it_went(void **state)
{
	static const char text[] =
	    "$SOA 300 ns.bl.example host\\.master.bl.example 77 3600 600 86400 120\n"
	    "$NS 300 ns.bl.example ns.example.net\n$TIMESTAMP 2023:11:14:22:13:20 2027:01:15:08:00:00\n"
	    "$DATASET generic @\n_status TXT \"frozen expires=2027-01-15T08:00:00Z LAB\"\nns A 192.0.2.53\n"
	    "$DATASET ip4set @ in\n:2:LAB x https://bl.example/a$$b/ip/$\n"
	    "192.0.2.25\n198.51.100.0/24\n!198.51.100.7\n"
	    "$DATASET ip6trie @\n2001:db8::25\n2001:db8:1234:5678:9abc:def0:1234:5678\n"
	    "2001:db8:1::/64\n!2001:db8:1::7\n$DATASET ip4set out\n:3:x\n203.0.113.9\n";
	struct zone_file z;
	struct ran r;
	char *first;

	(void)state;
	write_list(text, sizeof(text) - 1);
	run(&r, "-f combined --zone bl.example");
	assert_int_equal(r.code, 0);
	ran_free(&r);
	export_rbldnsd();
	first = strdup(text_of(list));
	run(&r, "-f combined --zone bl.example");
	assert_string_equal(r.err, "");	/* nothing was passed over or lost */
	assert_int_equal(r.code, 0);
	ran_free(&r);
	free(held(&z));
	assert_int_equal(z.base.head.life, SNAPSHOT_FROZEN);
	assert_int_equal(z.base.head.flags, SNAPSHOT_LAB | SNAPSHOT_OUT);
	assert_int_equal(z.base.zone.n_hosts, 1);
	zone_file_close(&z);
	export_rbldnsd();
	assert_string_equal(text_of(list), first);
	assert_non_null(strstr(first, "\n:127.0.0.2:LAB Relays mail for strangers. https://bl.example/a$$b/ip/$\n"));
	free(first);
}

static bool
name_is(const struct dns_name *name, const char *text)
{
	struct dns_name want;

	return dns_name_parse(&want, str_of(text)) == 0 && dns_name_eq(name, &want);
}

static const char says_all[] =
	"$SOA 600 ns.bl.example host.master.example 77 1 2 3 60\n$NS 600 ns.bl.example -old.example ns2.example\n"
	"$TIMESTAMP 2023:11:14:22:13:20 2027:01:15:08:00:00\n$DATASET ip4set @\n:2:Open relay. https://bl.example/ip/$\n192.0.2.25\n";

static void
what_the_files_say_of_the_zone_is_kept(void **state)
{
	struct zone_file z;
	struct ran r;

	(void)state;
	write_list(says_all, sizeof(says_all) - 1);
	run(&r, "-f combined --zone bl.example");
	assert_string_equal(r.err, "");
	assert_int_equal(r.code, 0);
	free(held(&z));
	assert_int_equal(z.base.head.serial, 77);
	assert_int_equal(z.base.head.made_s, 1700000000);
	assert_int_equal(z.base.head.expiry_s, 1800000000);
	assert_int_equal(z.base.zone.ttl_s, 600);
	assert_int_equal(z.base.zone.refresh_s, 1);
	assert_int_equal(z.base.zone.negative_ttl_s, 60);
	assert_int_equal(z.base.zone.n_ns, 2);
	assert_true(name_is(&z.base.zone.ns[0], "ns.bl.example"));
	assert_true(name_is(&z.base.zone.ns[1], "ns2.example"));
	assert_true(name_is(&z.base.zone.hostmaster, "host.master.example"));
	assert_true(str_eq(z.base.zone.url, STR("https://bl.example/")));
	zone_file_close(&z);
	ran_free(&r);
}

static void
options_come_before_the_files(void **state)
{
	struct zone_file z;
	struct ran r;

	(void)state;
	write_list(says_all, sizeof(says_all) - 1);
	run(&r, "-f combined --zone bl.example --serial 9 --ttl 5m --negative-ttl 2m --lab --json "
	    "--ns ns3.example --hostmaster postmaster@bl.example --url https://list.example --code 2=3");
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.out, "\"serial\":9,\"lines\":6,\"entries\":1,\"left_out\":0,\"bad\":0}"));
	free(held(&z));
	assert_int_equal(z.base.head.serial, 9);
	assert_int_equal(z.base.head.flags, SNAPSHOT_LAB | SNAPSHOT_OUT);
	assert_int_equal(z.base.zone.ttl_s, 300);
	assert_int_equal(z.base.zone.negative_ttl_s, 120);
	assert_int_equal(z.base.zone.n_ns, 1);
	assert_true(name_is(&z.base.zone.ns[0], "ns3.example"));
	assert_true(name_is(&z.base.zone.hostmaster, "postmaster.bl.example"));
	assert_true(str_eq(z.base.zone.url, STR("https://list.example/")));
	zone_file_close(&z);
	ran_free(&r);
}

static void
a_bad_line_is_named_and_stops_or_is_skipped(void **state)
{
	static const char text[] = "192.0.2.25\n192.0.2.300\n198.0.0.0/7\n192.0.2.26 :192.0.2.1:\n192.0.2.27\n";
	struct zone_file z;
	struct stat st;
	struct ran r;
	char *got;

	(void)state;
	write_list(text, sizeof(text) - 1);
	unlink(snap);
	run(&r, "-f ip4set --zone bl.example");
	assert_int_equal(r.code, 65);
	assert_non_null(strstr(r.err, "/list:2: no address or range"));
	assert_non_null(strstr(r.err, "--bad skip"));
	assert_int_not_equal(stat(snap, &st), 0);
	assert_int_not_equal(stat(half, &st), 0);
	ran_free(&r);

	run(&r, "-f ip4set --zone bl.example --bad skip");
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.err, "/list:2: no address or range"));
	assert_non_null(strstr(r.err, "/list:3: the range is more than 65536 pieces"));
	assert_non_null(strstr(r.err, "/list:4: no code for the A value 192.0.2.1"));
	assert_non_null(strstr(r.out, "lines: 5, entries: 2, left out: 0, bad lines: 3\n"));
	got = held(&z);
	assert_string_equal(got, "+192.0.2.25=2 +192.0.2.27=2 ");
	free(got);
	zone_file_close(&z);
	ran_free(&r);
}

/* By file and line, in the words of its form. */
static void
bad_lines_of_each_form_are_named(void **state)
{
	static const struct { const char *form, *in, *want; } cases[] = {
		{ "master", "@ 60 SOA a. b. 7 1 2 3 4\n$INCLUDE other\n", "/list:2: $INCLUDE is not followed" },
		{ "master", "@ 60 SOA a. b. 7 1 2 3 4\n$GENERATE 1-9 $.2.0.192 A 127.0.0.2\n", "/list:2: $GENERATE is not carried out" },
		{ "master", "@ 60 SOA a. b. ( 7 1 2 3\n\n\n", "/list:3: the record that began above does not end" },
		{ "master", "@ 60 SOA a. b. 7 1 2 3 4\n@ 60 SOA a. b. 8 1 2 3 4\n", "/list:2: another serial" },
		{ "master", "@ 60 SOA a. b. 7 1 2 3 4\nx 60 SOA a. b. 7 1 2 3 4\n", "/list:2: an SOA of another zone" },
		{ "master", "@ 60 SOA a. b. 7 1 2 3 4\n\n*.192 A 127.0.0.2\n", "/list:3: a wildcard above a /24" },
		{ "master", "@ 60 SOA a. b. 7 1 2 3 4\n25.2.0.192 A 192.0.2.1\n", "/list:2: no code for the A value 192.0.2.1" },
		{ "rpz", "32.25.2.0.192.rpz-ip 60 CNAME .\n", "/list:1: a record before the SOA" },
		{ "rpz", "@ 60 SOA a. b. 7 1 2 3 4\n33.25.2.0.192.rpz-ip CNAME .\n", "/list:2: no address or prefix in front" },
		{ "rpz", "@ 60 SOA a. b. 7 1 2 3 4\nx SOA a. b. 7 1 2 3 4\n", "/list:2: a second zone" },
		{ "rpz", "@ 60 SOA a. b. 7 1 2 3 4\nx.example. CNAME .\n", "/list:2: a name of another zone" },
		{ "csv", "address\n192.0.2.25\n", "/list:1: the first line must name the columns" },
		{ "csv", "ip\n192.0.2.25\n192.0.2.1/24\n", "/list:3: neither ip nor network" },
		{ "csv", "ip,state\n192.0.2.25,gone\n", "/list:2: state is neither" },
		{ "csv", "ip\n\"192.0.2.25\"x\n", "/list:2: no CSV" },
		{ "csv", "ip,return_code\n192.0.2.25,2\n", "/list:2: return_code is no IPv4 address" },
		{ "csv", "ip,serial\n192.0.2.25,x\n", "/list:2: serial is no number" },
		{ "csv", "ip,timestamp\n192.0.2.25,today\n", "/list:2: timestamp is not like" },
		{ "jsonl", "{\"ip\":\"192.0.2.25\"}\n[]\n", "/list:2: no JSON object" },
		{ "jsonl", "{}\n", "/list:1: neither ip nor network" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char words[64];
		struct ran r;

		snprintf(words, sizeof(words), "-f %s --zone bl.example", cases[i].form);
		write_list(cases[i].in, strlen(cases[i].in));
		run(&r, words);
		if (r.code != 65 || strstr(r.err, cases[i].want) == NULL)
			fail_msg("%s %zu: got %d \"%s\", want \"%s\"", cases[i].form, i,
			    r.code, r.err, cases[i].want);
		ran_free(&r);
	}
}

/* Those of others: what no entry is is counted, and one text is enough to say. */
static void
what_is_passed_over_is_said(void **state)
{
	static const char text[] = "bl.example. 60 SOA a. b. 7 1 2 3 4\n@ MX 10 mx\nwww A 192.0.2.80\n"
	    "25.2.0.192 A 127.0.0.2\n TXT \"text of its own\"\n25.2.0.192.other.example. A 127.0.0.2\n";
	struct ran r;

	(void)state;
	write_list(text, sizeof(text) - 1);
	run(&r, "-f master --zone bl.example");
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.err, "1 entries have a text of their own"));
	assert_non_null(strstr(r.err, "2 lines are no entries"));
	assert_non_null(strstr(r.out, "entries: 1, "));
	ran_free(&r);
}

static void
a_line_may_be_so_long_and_no_longer(void **state)
{
	static char text[200000];
	struct ran r;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		memset(text, ' ', sizeof(text));
		memcpy(text + 65526 + i, "192.0.2.25\n198.51.100.7\n", 24);
		write_list(text, 65526 + i + 24);
		run(&r, "-f ip4set --zone bl.example");
		assert_int_equal(r.code, i == 0 ? 0 : 65);
		if (i == 1)
			assert_non_null(strstr(r.err, "/list:1: the line is too long"));
		ran_free(&r);
	}
}

static void
mistakes_are_named(void **state)
{
	static const struct { const char *name, *words; int code; const char *want; } cases[] = {
		{ "no zone", "-f ip4set", 64, "--zone: the files do not say" },
		{ "no format", "--zone bl.example", 64, "--from" },
		{ "no such format", "-f dnset --zone bl.example", 64, "dnset" },
		{ "no name", "-f ip4set --zone bl..example", 64, "--zone: no domain name" },
		{ "no mail address", "-f ip4set --zone bl.example --hostmaster x", 64, "--hostmaster: no mail address" },
		{ "no name server", "-f ip4set --zone bl.example --ns a..b", 64, "--ns: not 1 to 8 domain names" },
		{ "no code", "-f ip4set --zone bl.example --code 3=64", 64, "3=64: no rule for --code" },
		{ "no value", "-f ip4set --zone bl.example --code x=3", 64, "x=3: no rule for --code" },
		{ "no such file", "-f ip4set --zone bl.example /nowhere/list", 66, "/nowhere/list: No such file" },
	};
	struct ran r;

	(void)state;
	write_list("192.0.2.25\n", 11);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(&r, cases[i].words);
		if (r.code != cases[i].code || r.out[0] != '\0' ||
		    strstr(r.err, cases[i].want) == NULL)
			fail_msg("%s: got %d \"%s\", want %d \"%s\"", cases[i].name,
			    r.code, r.err, cases[i].code, cases[i].want);
		ran_free(&r);
	}
}

static void
what_dns_will_not_answer_is_said(void **state)
{
	static const char text[] = "192.0.2.1 :9:text of its own\n192.0.2.2\n";
	struct ran r;

	(void)state;
	write_list(text, sizeof(text) - 1);
	run(&r, "-f ip4set --zone bl.example");
	assert_int_equal(r.code, 0);
	assert_non_null(strstr(r.err, "1 entries have code 9, which DNS does not answer; --code 9=2"));
	assert_non_null(strstr(r.err, "1 entries have a text of their own"));
	ran_free(&r);
}

static void
an_older_snapshot_is_replaced_and_a_half_one_is_not(void **state)
{
	struct ran r;
	FILE *f;

	(void)state;
	write_list("192.0.2.25\n", 11);
	run(&r, "-f ip4set --zone bl.example");
	assert_int_equal(r.code, 0);
	ran_free(&r);
	run(&r, "-f ip4set --zone bl.example");
	assert_int_equal(r.code, 0);
	ran_free(&r);
	f = fopen(half, "w");
	fclose(f);
	run(&r, "-f ip4set --zone bl.example");
	assert_int_equal(r.code, 73);
	assert_non_null(strstr(r.err, "/list.snap.new: File exists"));
	ran_free(&r);
	unlink(half);
}

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(list, sizeof(list), "%s/list", dir);
	snprintf(snap, sizeof(snap), "%s/list.snap", dir);
	snprintf(half, sizeof(half), "%s/list.snap.new", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(list);
	unlink(snap);
	unlink(half);
	return rmdir(dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_becomes_entries),
		cmocka_unit_test(an_export_comes_back_as_it_went),
		cmocka_unit_test(what_the_files_say_of_the_zone_is_kept),
		cmocka_unit_test(options_come_before_the_files),
		cmocka_unit_test(a_bad_line_is_named_and_stops_or_is_skipped),
		cmocka_unit_test(bad_lines_of_each_form_are_named),
		cmocka_unit_test(what_is_passed_over_is_said),
		cmocka_unit_test(a_line_may_be_so_long_and_no_longer),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(what_dns_will_not_answer_is_said),
		cmocka_unit_test(an_older_snapshot_is_replaced_and_a_half_one_is_not),
	};

	if (argc != 2)
		return 2;
	i18n_setup("en", argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
