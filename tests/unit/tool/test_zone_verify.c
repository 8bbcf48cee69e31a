#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "base/i18n.h"
#include "tool/zone.h"
#include "tool/zone_asker.h"
#include "tool/zone_record.h"

enum { MANY = 3000, SERIAL = 7 };

static char dir[] = "/tmp/sekimori-verify.XXXXXX";
static char snap[64], dump[64];

struct ran {
	int	 code;
	char	*out, *err;
};

/* Runs `zone WORDS... LAST'; words are cut at blanks. */
static void
run(struct ran *r, const char *words)
{
	char room[300], *argv[20] = { "zone" }, *save = NULL;
	size_t n_out = 0, n_err = 0;
	FILE *out = open_memstream(&r->out, &n_out), *err = open_memstream(&r->err, &n_err);
	int argc = 1;

	snprintf(room, sizeof(room), "%s", words);
	for (char *w = strtok_r(room, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(w, "SNAP") == 0 ? snap : strcmp(w, "DUMP") == 0 ? dump : w;
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
write_base(size_t n)
{
	static struct snapshot_entry e[MANY];
	uint8_t *octets;
	int64_t len;
	FILE *f;

	for (size_t i = 0; i < n; i++)
		e[i] = (struct snapshot_entry){ addr_v4(192, 0, (uint8_t)(i >> 8), (uint8_t)i), 2, SNAPSHOT_ADDRESS };
	len = make_base(&octets, SERIAL, SNAPSHOT_OUT, e, n);
	assert_true(len > 0);
	f = fopen(snap, "w");
	assert_int_equal(fwrite(octets, 1, (size_t)len, f), len);
	assert_int_equal(fclose(f), 0);
	free(octets);
}

static char *
exported(const char *zone)
{
	char words[100];
	struct ran r;

	snprintf(words, sizeof(words), "export -s SNAP --zone %s", zone);
	run(&r, words);
	assert_int_equal(r.code, 0);
	free(r.err);
	return r.out;
}

/* Writes text without its lines number i where drop(i) says so, then more. */
static void
write_dump(const char *text, bool (*drop)(size_t i), const char *more)
{
	FILE *f = fopen(dump, "w");
	struct str rest = str_of(text);

	for (size_t i = 0; rest.n > 0; i++) {
		struct str line = str_cut(&rest, '\n');

		if (drop == NULL || !drop(i))
			fprintf(f, "%.*s\n", (int)line.n, line.p);
	}
	fputs(more, f);
	assert_int_equal(fclose(f), 0);
}

static void
a_dump_in_any_order_and_form_agrees(void **state)
{
	struct ran r;
	char *text;
	const char *soa_end;

	(void)state;
	write_base(3);
	text = exported("main");
	soa_end = strchr(text, '\n');
	/* small and capital letters, a transfer's second SOA, other types */
	for (char *p = text; p < soa_end; p++)
		if (*p == 'b')
			*p = 'B';
	write_dump(text, NULL, "bl.example. 300 IN SOA ns.bl.example. hostmaster.bl.example. 7 1 1 1 1\n"
	    "bl.example. 300 IN DNSKEY ( 257 3 13\n\tAAAA )\n; the end\n");
	run(&r, "verify -s SNAP --dump DUMP");
	if (r.code != 0)
		fail_msg("%d %s%s", r.code, r.out, r.err);
	assert_non_null(strstr(r.out, "/dump: agrees (records: "));
	ran_free(&r);
	free(text);
	text = exported("out");
	write_dump(text, NULL, "");
	run(&r, "verify -s SNAP --dump DUMP");
	assert_int_equal(r.code, 0);
	ran_free(&r);
	free(text);
}

static bool
drop_one(size_t i)
{
	return i == 20;
}

static bool
drop_most(size_t i)
{
	return i > 20;
}

static void
what_differs_is_named_and_counted(void **state)
{
	struct ran r;
	char *text;

	(void)state;
	write_base(MANY);
	text = exported("main");
	write_dump(text, drop_one, "1.2.3.4.bl.example. 300 IN A 127.0.0.2\n1.2.3.4.bl.example. 300 IN A 127.0.0.2\n");
	run(&r, "verify -s SNAP --dump DUMP");
	assert_int_equal(r.code, 1);
	assert_non_null(strstr(r.out, "/dump: 1.2.3.4.bl.example A: in the dump alone\n"));
	assert_non_null(strstr(r.out, ": not in the dump\n"));
	assert_non_null(strstr(r.out, "/dump: DIFFERS: 3 differences (records: "));
	ran_free(&r);
	write_dump(text, drop_most, "");
	run(&r, "verify -s SNAP --dump DUMP");
	assert_int_equal(r.code, 1);
	assert_non_null(strstr(r.out, " differences and more (records: 21)"));
	ran_free(&r);
	free(text);
}

static void
another_dump_is_refused(void **state)
{
	static const struct { const char *name, *text, *want; int code; } cases[] = {
		{ "serial", "bl.example. 300 IN SOA a. b. 8 1 1 1 1\n", ":1: serial 8, and the snapshot has 7", 65 },
		{ "zone", "example. 300 IN SOA a. b. 7 1 1 1 1\n", ":1: the SOA is of another zone", 65 },
		{ "no SOA", "; nothing\n", "no SOA in it", 65 },
		{ "SOA later", "a. 300 A 127.0.0.2\n", ":1: a record before the SOA", 65 },
		{ "a bad line", "@ 300 IN SOA a. b. 7 1 1 1 1\n\nx A y\n", ":3: the data is not what", 65 },
		{ "an open end", "@ 300 IN SOA a. b. ( 7\n1 1\n", ":2: the record that began above", 65 },
	};
	struct ran r;

	(void)state;
	write_base(3);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_dump("", NULL, cases[i].text);
		run(&r, "verify -s SNAP --dump DUMP");
		if (r.code != cases[i].code || strstr(r.err, cases[i].want) == NULL)
			fail_msg("%s: got %d \"%s\", want \"%s\"", cases[i].name, r.code, r.err, cases[i].want);
		ran_free(&r);
	}
	run(&r, "verify -s SNAP --dump /nowhere/dump");
	assert_int_equal(r.code, 66);
	ran_free(&r);
	run(&r, "verify -s SNAP --server ns.example");
	assert_int_equal(r.code, 64);
	assert_non_null(strstr(r.err, "ns.example: an address is needed"));
	ran_free(&r);
}

/* Records ---------------------------------------------------------------- */

static void
what_makes_two_records_the_same(void **state)
{
	struct dns_record a = { .type = DNS_NS, .ttl_s = 300 }, b;
	uint8_t one[ZONE_RECORD], two[ZONE_RECORD];
	size_t n, m;

	(void)state;
	assert_int_equal(dns_name_parse(&a.owner, STR("bl.example")), 0);
	assert_int_equal(dns_name_parse(&a.name, STR("ns.example")), 0);
	b = a;
	assert_int_equal(dns_name_parse(&b.owner, STR("BL.example")), 0);
	assert_int_equal(dns_name_parse(&b.name, STR("NS.example")), 0);
	n = zone_record_octets(one, &a);
	m = zone_record_octets(two, &b);
	assert_true(n > 0 && n == m && memcmp(one, two, n) == 0);
	b.ttl_s = 299;
	m = zone_record_octets(two, &b);
	assert_true(n != m || memcmp(one, two, n) != 0);
	/* but not of what counts it down */
	assert_int_equal(dns_name_parse(&a.owner, STR("_status.bl.example")), 0);
	b.owner = a.owner;
	n = zone_record_octets(one, &a);
	m = zone_record_octets(two, &b);
	assert_true(n == m && memcmp(one, two, n) == 0);
	a.type = DNS_MX;
	assert_int_equal(zone_record_octets(one, &a), 0);
}

/* Asking ------------------------------------------------------------------ */

enum { QUESTIONS = 500, COOKIE = 24 };

struct server {
	int		 fd;
	unsigned	 cut, cookies;	/* answers; questions with our cookie */
};

/* Answers with TC until the cookie comes back; one octet ends it. */
static void *
serve(void *ctx)
{
	struct server *s = ctx;
	struct sockaddr_in from;
	uint8_t m[512];

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(s->fd, m, sizeof(m), 0, (struct sockaddr *)&from, &len);
		bool known = n > COOKIE && m[n - 1] == 0xcc && m[n - 2] == 0xcc;

		if (n < 12)
			break;
		m[2] = (uint8_t)(0x80 | (known ? 0 : 2));	/* QR, TC */
		m[3] = 3;					/* NXDOMAIN */
		if (!known) {	/* client's part is the end; ours behind it */
			memset(m + n, 0xcc, COOKIE - 8);
			m[n - 8 - 1] = COOKIE;
			m[n - 8 - 4 - 1] = COOKIE + 4;
			n += COOKIE - 8;
			s->cut++;
		} else {
			s->cookies++;
		}
		(void)!sendto(s->fd, m, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
	return NULL;
}

struct heard { unsigned n, lost; };

static void
hear(void *ctx, size_t tag, const struct dns_name *owner, uint16_t type, struct dns_reply *reply)
{
	struct heard *h = ctx;

	(void)tag;
	(void)owner;
	assert_int_equal(type, DNS_A);
	h->n++;
	h->lost += reply == NULL || reply->rcode != DNS_NXDOMAIN;
}

static void
the_cookie_of_the_first_answer_goes_with_the_rest(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct server s = { .fd = socket(AF_INET, SOCK_DGRAM, 0) };
	const struct addr to = addr_v4(127, 0, 0, 1);
	socklen_t len = sizeof(at);
	struct zone_asker *a;
	struct heard h = { 0, 0 };
	struct dns_name owner;
	pthread_t thread;

	(void)state;
	assert_int_equal(bind(s.fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(s.fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve, &s), 0);
	assert_int_equal(zone_asker_open(&a, &to, ntohs(at.sin_port), hear, &h), 0);
	assert_int_equal(dns_name_parse(&owner, STR("25.2.0.192.bl.example")), 0);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		size_t tag;

		assert_int_equal(zone_asker_room(a, &tag), 0);
		assert_true(tag < ZONE_ASKER_WINDOW);
		assert_int_equal(zone_asker_send(a, tag, &owner, DNS_A), 0);
	}
	assert_int_equal(zone_asker_finish(a), 0);
	zone_asker_close(a);
	assert_int_equal(sendto(s.fd, "", 1, 0, (struct sockaddr *)&at, len), 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close(s.fd);
	assert_true(h.n == QUESTIONS && h.lost == 0);
	assert_true(s.cut >= 1 && s.cookies >= QUESTIONS);	/* more: a slow machine */
}

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(snap, sizeof(snap), "%s/snap", dir);
	snprintf(dump, sizeof(dump), "%s/dump", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(snap);
	unlink(dump);
	return rmdir(dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_in_any_order_and_form_agrees),
		cmocka_unit_test(what_differs_is_named_and_counted),
		cmocka_unit_test(another_dump_is_refused),
		cmocka_unit_test(what_makes_two_records_the_same),
		cmocka_unit_test(the_cookie_of_the_first_answer_goes_with_the_rest),
	};

	if (argc != 2)
		return 2;
	i18n_setup("en", argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
