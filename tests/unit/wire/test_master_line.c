#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/master_line.h"

static const char *
name_text(const struct dns_name *n)
{
	static char room[4][DNS_NAME_TEXT];
	static size_t turn;
	char *text = room[turn++ % 4];

	dns_name_text(text, n);
	return text;
}

static void
put_txt(FILE *f, const struct dns_record *r)
{
	for (size_t i = 0; i < r->len; ) {
		size_t n = r->data[i++];

		fprintf(f, " [%.*s]", (int)n, (const char *)r->data + i);
		i += n;
	}
}

/* What was read, in words. */
static void
put(FILE *f, const struct master_line *l)
{
	const struct dns_record *r = &l->r;
	char addr[ADDR_TEXT];

	if (l->kind == MASTER_EMPTY)
		return;
	fprintf(f, "%s %u ", name_text(&r->owner), r->ttl_s);
	if (l->kind == MASTER_OTHER) {
		fputs("other", f);
	} else if (r->type == DNS_A || r->type == DNS_AAAA) {
		addr_text(addr, &r->addr);
		fprintf(f, "%u %s", r->type, addr);
	} else if (r->type == DNS_TXT) {
		fputs("16", f);
		put_txt(f, r);
	} else {
		fprintf(f, "%u %s", r->type, name_text(&r->name));
	}
	if (l->kind == MASTER_RECORD && r->type == DNS_SOA)
		fprintf(f, " %s %u %u %u %u %u", name_text(&r->mbox), r->soa[0],
		    r->soa[1], r->soa[2], r->soa[3], r->soa[4]);
	fputc('\n', f);
}

/* Reads a file of text as an import does; "!" stands for a bad entry. */
static char *
read_all(const char *text, const char **why)
{
	struct str all = str_of(text), entry = { NULL, 0 };
	struct master_state s = { .ttl_s = 0 };
	struct master_line l;
	size_t n = 0;
	char *got;
	FILE *f = open_memstream(&got, &n);

	while (all.n > 0) {
		struct str line = str_cut(&all, '\n');
		int rc;

		entry = entry.p == NULL ? line :
		    (struct str){ entry.p, (size_t)(line.p + line.n - entry.p) };
		rc = master_line_read(&l, &s, entry, why);
		if (rc == MASTER_MORE)
			continue;
		entry.p = NULL;
		if (rc == 0)
			put(f, &l);
		else
			fputs("!\n", f);
	}
	if (entry.p != NULL)
		fputs("open\n", f);
	fclose(f);
	return got;
}

#define HEAD "$ORIGIN bl.example.\n$TTL 300\n"

static const struct { const char *name, *in, *want; } cases[] = {
	{ "as our exports write", "bl.example.\t300\tIN\tNS\tns.example.\n", "bl.example 300 2 ns.example\n" },
	{ "an SOA in lines, with comments and units", HEAD
	  "@ IN SOA ns host (\n\t7 ; serial\n\t1h ; refresh\n\t600 1w\n\t2m )\n",
	  "bl.example 300 6 ns.bl.example host.bl.example 7 3600 600 604800 120\n" },
	{ "named-compilezone -s relative", "$ORIGIN .\n$TTL 300\nbl.example\tIN NS ns.example.\n$ORIGIN 0.192.bl.example.\n1.2\tA 127.0.0.2\n",
	  "bl.example 300 2 ns.example\n1.2.0.192.bl.example 300 1 127.0.0.2\n" },
	{ "the owner of the record before", HEAD "a A 127.0.0.2\n  TXT x\n\tIN TXT y\n",
	  "a.bl.example 300 1 127.0.0.2\na.bl.example 300 16 [x]\na.bl.example 300 16 [y]\n" },
	{ "no owner before it", HEAD " A 127.0.0.2\n", "!\n" },
	{ "a bad owner's lines go to nobody else", HEAD "a A 127.0.0.2\na..b A 127.0.0.2\n A 127.0.0.3\n", "a.bl.example 300 1 127.0.0.2\n!\n!\n" },
	{ "class and TTL in either order", HEAD "a IN 5 A 127.0.0.2\nb 6 IN A 127.0.0.2\nc in a 127.0.0.2\n",
	  "a.bl.example 5 1 127.0.0.2\nb.bl.example 6 1 127.0.0.2\nc.bl.example 300 1 127.0.0.2\n" },
	{ "another class", HEAD "a CH TXT x\n", "!\n" },
	{ "TTL of the record before", "a. 9 A 127.0.0.2\nb. A 127.0.0.2\n", "a 9 1 127.0.0.2\nb 9 1 127.0.0.2\n" },
	{ "no TTL anywhere", "a. A 127.0.0.2\n", "!\n" },
	{ "an SOA without TTL has its minimum", "a. SOA b. c. 1 2 3 4 5\n", "a 5 6 b c 1 2 3 4 5\n" },
	{ "a TTL above 2^31 - 1", "a. 2147483648 A 127.0.0.2\n", "!\n" },
	{ "a relative name without an origin", "a 5 A 127.0.0.2\n", "!\n" },
	{ "comments, empty lines, CR", HEAD "\r\n; x\n   ; y\na A 127.0.0.2 ; z\r\n", "a.bl.example 300 1 127.0.0.2\n" },
	{ "a ; in quotes is none", HEAD "a TXT \"x;y\" \"(\"\n", "a.bl.example 300 16 [x;y] [(]\n" },
	{ "escapes in text", HEAD "a TXT \"\\034\\\\\\\"\" x\\;y\\ z\n", "a.bl.example 300 16 [\"\\\"] [x;y z]\n" },
	{ "escapes in a name", HEAD "a\\.b\\046c A 127.0.0.2\n", "a\\046b\\046c.bl.example 300 1 127.0.0.2\n" },
	{ "an escape above 255", HEAD "a TXT \\256\n", "!\n" },
	{ "an escape that ends", HEAD "a TXT x\\\n", "!\n" },
	{ "a quote that does not end", HEAD "a TXT \"x\n", "!\n" },
	{ "a text of nothing", HEAD "a TXT \"\"\n", "a.bl.example 300 16 []\n" },
	{ "no text at all", HEAD "a TXT\n", "!\n" },
	{ "a ) that nothing opened", HEAD "a A 127.0.0.2 )\n", "!\n" },
	{ "a ( that nothing closes", HEAD "a TXT ( x\ny\n", "open\n" },
	{ "lines inside ( )", HEAD "a ( TXT\n x\n; )\n y )\n", "a.bl.example 300 16 [x] [y]\n" },
	{ "too many words", HEAD "a A 127.0.0.2 127.0.0.3\n", "!\n" },
	{ "an A of IPv6", HEAD "a A ::1\n", "!\n" },
	{ "an AAAA of IPv4", HEAD "a AAAA 127.0.0.2\n", "!\n" },
	{ "AAAA, CNAME, PTR", HEAD "a AAAA 2001:db8::1\nb CNAME .\nc PTR *.\n",
	  "a.bl.example 300 28 2001:db8::1\nb.bl.example 300 5 .\nc.bl.example 300 12 *\n" },
	{ "other types are passed over", HEAD "a MX 10 mx\nb TYPE65280 \\# 2 abcd\nc DNSKEY 257 3 8 ( AwE\nAAc= ) ; k\n",
	  "a.bl.example 300 other\nb.bl.example 300 other\nc.bl.example 300 other\n" },
	{ "RFC 3597: types and data by number", HEAD "a TYPE1 \\# 4 7f000002\nb CLASS1 A 127.0.0.2\nb CLASS3 A 127.0.0.2\nc TXT \\# 3 02 78 79\nd TYPE16 z\n",
	  "a.bl.example 300 1 127.0.0.2\nb.bl.example 300 1 127.0.0.2\n!\nc.bl.example 300 16 [xy]\nd.bl.example 300 16 [z]\n" },
	{ "names and SOA as octets", HEAD "a NS \\# 4 02 6e73 00\nb SOA \\# 24 016100 016200 00000007 00000001 00000002 0000\n 0003 00000004\n",
	  "a.bl.example 300 2 ns\n!\n!\n" },
	{ "an SOA as octets", HEAD "b SOA \\# 26 016100 016200 ( 00000007 00000001 00000002\n 00000003 00000004 )\n",
	  "b.bl.example 300 6 a b 7 1 2 3 4\n" },
	{ "octets that are not as many as they say", HEAD "a A \\# 4 7f0000\nb A \\# 3 7f0000\nc A \\# 4 7f0000021\n", "!\n!\n!\n" },
	{ "a pointer in a name as octets", HEAD "a NS \\# 2 c000\n", "!\n" },
	{ "strings as octets that do not fit", HEAD "a TXT \\# 2 0278\n", "!\n" },
	{ "a quoted mark is text", HEAD "a TXT \"\\#\" 1\n", "a.bl.example 300 16 [#] [1]\n" },
	{ "$INCLUDE", "$INCLUDE other\n", "!\n" },
	{ "$GENERATE", HEAD "$GENERATE 1-9 $ A 127.0.0.2\n", "!\n" },
	{ "what follows a bad $ORIGIN is not guessed", HEAD "$ORIGIN a..b\nc A 127.0.0.2\n", "!\n!\n" },
	{ "$ORIGIN below another", HEAD "$ORIGIN in\na A 127.0.0.2\n", "a.in.bl.example 300 1 127.0.0.2\n" },
	{ "a record without a type", HEAD "a\n", "!\n" },
	{ "a record without data", HEAD "a A\n", "!\n" },
};

static void
entries_become_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;
		char *got = read_all(cases[i].in, &why);

		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\" (%s)", cases[i].name,
			    got, cases[i].want, why == NULL ? "-" : why);
		if (strchr(got, '!') != NULL && why == NULL)
			fail_msg("%s: no reason", cases[i].name);
		free(got);
	}
}

static void
a_text_is_of_so_many_octets_at_most(void **state)
{
	static const struct { size_t words, octets; int want; } lengths[] = {
		{ 1, 255, 0 }, { 1, 256, SEK_EPARSE }, { 4, 255, 0 }, { 5, 255, SEK_EPARSE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct master_state s = { .ttl_s = 0 };
		char line[2000] = "a. 5 TXT";
		size_t n = strlen(line);
		struct master_line l;
		const char *why;

		for (size_t w = 0; w < lengths[i].words; w++) {
			line[n++] = ' ';
			memset(line + n, 'x', lengths[i].octets);
			n += lengths[i].octets;
		}
		assert_int_equal(master_line_read(&l, &s, (struct str){ line, n }, &why),
		    lengths[i].want);
	}
}

static void
why_names_what_to_do(void **state)
{
	static const struct { const char *in, *want; } whys[] = {
		{ "$INCLUDE x", "$INCLUDE is not followed: have the server write" }, { "$generate 1-2 x", "have the server write the zone out" },
		{ "$SOA x", "no such $-line" }, { "$TTL x", "no TTL" }, { "a. 5 A \"", "does not fit" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++) {
		struct master_state s = { .ttl_s = 0 };
		struct master_line l;
		const char *why = "";

		assert_int_equal(master_line_read(&l, &s, str_of(whys[i].in), &why), SEK_EPARSE);
		if (strstr(why, whys[i].want) == NULL)
			fail_msg("%s: got \"%s\", want \"%s\"", whys[i].in, why, whys[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_become_records),
		cmocka_unit_test(a_text_is_of_so_many_octets_at_most),
		cmocka_unit_test(why_names_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
