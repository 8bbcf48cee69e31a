#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "peer.h"
#include "sys/resolve.h"
#include "wire/dns.h"

/* A DNS server in the same loop, UDP and TCP on one port of 127.0.0.1. */

enum mode {
	PLAIN, SERVFAIL, REFUSED, SILENT, WRONG_ID, LATE, GARBAGE, TRUNCATED,
	OTHER_NAME, CUT, MODES
};

static const struct { const char *name; enum mode mode; } modes[] = {
	{ "servfail.example", SERVFAIL }, { "refused.example", REFUSED },
	{ "silent.example", SILENT }, { "wrongid.example", WRONG_ID },
	{ "late.example", LATE }, { "garbage.example", GARBAGE },
	{ "big.example", TRUNCATED }, { "other.example", OTHER_NAME },
	{ "cut.example", CUT }, { "long.example", TRUNCATED },
};

static const struct { const char *owner; uint16_t type, pref; const char *value; } zone[] = {
	{ "mx.example", DNS_AAAA, 0, "2001:db8::25" },
	{ "mx.example", DNS_A, 0, "192.0.2.25" },
	{ "mx.example", DNS_A, 0, "192.0.2.26" },
	{ "six.example", DNS_AAAA, 0, "2001:db8::6" },
	{ "2.0.0.127.bl.example", DNS_A, 0, "127.0.0.2" },
	{ "late.example", DNS_A, 0, "192.0.2.27" },
	{ "wrongid.example", DNS_A, 0, "192.0.2.66" },
	{ "other.example", DNS_A, 0, "192.0.2.66" },
	{ "cut.example", DNS_A, 0, "192.0.2.66" },
	{ "big.example", DNS_A, 0, "192.0.2.28" },
	{ "alias.example", DNS_CNAME, 0, "alias2.example" },
	{ "alias2.example", DNS_CNAME, 0, "mx.example" },
	{ "dangling.example", DNS_CNAME, 0, "nowhere.invalid" },
	{ "round.example", DNS_CNAME, 0, "round2.example" },
	{ "round2.example", DNS_CNAME, 0, "round.example" },
	{ "example", DNS_MX, 20, "B.Backup.Example" },
	{ "example", DNS_MX, 10, "mx.example" },
	{ "example", DNS_MX, 10, "mx2.example" },
	{ "null.example", DNS_MX, 0, "." },
	{ "notnull.example", DNS_MX, 0, "." },
	{ "notnull.example", DNS_MX, 5, "mx.example" },
	{ "odd.example", DNS_MX, 1, "a b.example" },
	{ "odd.example", DNS_MX, 2, "fine.example" },
	{ "25.2.0.192.in-addr.arpa", DNS_PTR, 0, "mx.example" },
	{ "25.2.0.192.in-addr.arpa", DNS_PTR, 0, "Also.Example" },
	{ ".", DNS_NS, 0, "ns.example" },
	{ "example", DNS_NS, 0, "NS.example" },
	{ "example", DNS_NS, 0, "ns2.example" },
	{ "signed.example", DNS_MX, 0, "mx.example" },
	{ "signed.example", DNS_A, 0, "192.0.2.27" },
	{ "text.example", DNS_TXT, 0, "Hello, |wor|ld" },
	{ "text.example", DNS_TXT, 0, "" },
	{ "text.example", DNS_TXT, 0, "two\twords" },
	{ "empty.example", DNS_TXT, 0, "" },
	{ "textalias.example", DNS_CNAME, 0, "text.example" },
	{ "_x.25.2.0.192.in-addr.arpa", DNS_TXT, 0, "below a number" },
	{ "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	    DNS_PTR, 0, "six.example" },
};
enum { ZONE_N = sizeof(zone) / sizeof(zone[0]) };

struct server {
	struct rig	*rig;
	int		 udp, tcp;
	uint16_t	 port;
	struct loop_watch *udp_watch, *tcp_watch;
	struct stream	*stream;	/* one TCP asker at a time */
	size_t		 by_tcp;
	size_t		 held;		/* questions for *.hold.example */
	uint16_t	 ids[2000];
	char		 servers[32];
};

/* text: the strings with | between. */
static void
put_strings(struct wbuf *d, const char *text)
{
	struct str rest = str_of(text);

	do {
		struct str s = str_cut(&rest, '|');

		wbuf_u8(d, (uint8_t)s.n);
		wbuf_bytes(d, s.p, s.n);
	} while (rest.n > 0);
}

static void
put_record(struct wbuf *w, size_t i)
{
	uint8_t rdata[300];
	struct wbuf d = wbuf_of(rdata, sizeof(rdata));
	struct dns_name name;
	struct addr a;

	assert_int_equal(dns_name_parse(&name, str_of(zone[i].owner)), 0);
	dns_name_write(w, &name);
	wbuf_u16(w, zone[i].type);
	wbuf_u16(w, DNS_IN);
	wbuf_u32(w, 300);
	if (zone[i].type == DNS_TXT) {
		put_strings(&d, zone[i].value);
	} else if (zone[i].type == DNS_A || zone[i].type == DNS_AAAA) {
		assert_int_equal(addr_parse(&a, str_of(zone[i].value)), 0);
		wbuf_bytes(&d, zone[i].type == DNS_A ? a.o + 12 : a.o,
		    zone[i].type == DNS_A ? 4 : 16);
	} else {
		if (zone[i].type == DNS_MX)
			wbuf_u16(&d, zone[i].pref);
		assert_int_equal(dns_name_parse(&name, str_of(zone[i].value)), 0);
		dns_name_write(&d, &name);
	}
	wbuf_u16(w, (uint16_t)d.len);
	wbuf_bytes(w, rdata, d.len);
}

/* Writes the records that answer; counts them; sets *known. */
static uint16_t
put_answers(struct wbuf *w, const char *name, uint16_t type, bool *known)
{
	uint16_t n = 0;

	for (int hops = 0; hops < 4 && name != NULL; hops++) {
		const char *next = NULL;

		*known = false;
		for (size_t i = 0; i < ZONE_N; i++) {
			if (strcmp(zone[i].owner, name) != 0)
				continue;
			*known = true;
			if (zone[i].type == DNS_CNAME)
				next = zone[i].value;
			if (zone[i].type != type && zone[i].type != DNS_CNAME)
				continue;
			put_record(w, i);
			n++;
		}
		name = next;
	}
	return n;
}

/* Twenty texts of a letter each, of n octets. */
static uint16_t
put_many_texts(struct wbuf *w, uint8_t n)
{
	for (int i = 0; i < 20; i++) {
		wbuf_u16(w, 0xc00c);
		wbuf_u16(w, DNS_TXT);
		wbuf_u16(w, DNS_IN);
		wbuf_u32(w, 300);
		wbuf_u16(w, (uint16_t)(n + 1));
		wbuf_u8(w, n);
		for (int k = 0; k < n; k++)
			wbuf_u8(w, (uint8_t)('a' + i));
	}
	return 20;
}

/* Twenty MX, worst first. */
static uint16_t
put_many(struct wbuf *w)
{
	char text[32];
	struct dns_name name;

	for (int i = 20; i > 0; i--) {
		wbuf_u16(w, 0xc00c);
		wbuf_u16(w, DNS_MX);
		wbuf_u16(w, DNS_IN);
		wbuf_u32(w, 300);
		snprintf(text, sizeof(text), "m%02d.example", i);
		assert_int_equal(dns_name_parse(&name, str_of(text)), 0);
		wbuf_u16(w, (uint16_t)(name.len + 2));
		wbuf_u16(w, (uint16_t)i);
		dns_name_write(w, &name);
	}
	return 20;
}

static enum mode
mode_of(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, name) == 0)
			return modes[i].mode;
	return PLAIN;
}

/* Makes a reply.  Returns its octets; 0: none. */
static size_t
reply_to(uint8_t *out, size_t cap, const uint8_t *msg, size_t n, bool tcp,
    enum mode mode)
{
	struct dns_query q;
	struct dns_head h = { .flags = DNS_QR | DNS_RD | DNS_RA, .qd = 1 };
	struct wbuf w = wbuf_of(out, cap), head;
	char text[DNS_NAME_TEXT];
	bool known = true;

	assert_int_equal(dns_query_read(&q, msg, n), 0);
	dns_name_text(text, &q.name);
	h.id = q.head.id;
	if (mode == WRONG_ID)
		h.id = (uint16_t)(h.id ^ 1);
	if (mode == SERVFAIL)
		h.flags |= DNS_SERVFAIL;
	if (mode == REFUSED)
		h.flags |= DNS_REFUSED;
	if (mode == TRUNCATED && !tcp)
		h.flags |= DNS_TC;
	if (strcmp(text, "signed.example") == 0 && q.type != DNS_AAAA)
		h.flags |= DNS_AD;
	dns_head_write(&w, &h);
	if (mode == OTHER_NAME)
		assert_int_equal(dns_name_parse(&q.name, STR("mx.example")), 0);
	dns_name_write(&w, &q.name);
	wbuf_u16(&w, q.type);
	wbuf_u16(&w, DNS_IN);
	if (mode != SERVFAIL && mode != REFUSED && (mode != TRUNCATED || tcp))
		h.an = strcmp(text, "many.example") == 0 ? put_many(&w) :
		    strcmp(text, "texts.example") == 0 ? put_many_texts(&w, 1) :
		    strcmp(text, "long.example") == 0 ? put_many_texts(&w, 255) :
		    put_answers(&w, text, q.type, &known);
	if (!known)
		h.flags |= DNS_NXDOMAIN;
	head = wbuf_of(out, DNS_HEAD);
	dns_head_write(&head, &h);
	return mode == CUT && h.an > 0 ? w.len - 3 : w.len;
}

static void
send_reply(struct server *s, const uint8_t *msg, size_t n, enum mode mode,
    const struct sockaddr_in *to)
{
	uint8_t out[8192];
	size_t len = reply_to(out, sizeof(out), msg, n, false, mode);

	if (mode == GARBAGE)
		memset(out + 2, 0xc0, len - 2);
	(void)sendto(s->udp, out, len, 0, (const struct sockaddr *)to, sizeof(*to));
}

static void
udp_ready(void *ctx, unsigned ready)
{
	struct server *s = ctx;
	struct sockaddr_in from;
	socklen_t n = sizeof(from);
	uint8_t msg[512];
	ssize_t len = recvfrom(s->udp, msg, sizeof(msg), 0,
	    (struct sockaddr *)&from, &n);
	struct dns_query q;
	char text[DNS_NAME_TEXT];
	enum mode mode;

	(void)ready;
	assert_true(len > 0);
	assert_int_equal(dns_query_read(&q, msg, (size_t)len), 0);
	assert_true(q.edns);
	assert_int_equal(q.head.flags & (DNS_RD | DNS_AD), DNS_RD | DNS_AD);
	if (str_iends((struct str){ text, dns_name_text(text, &q.name) },
	    STR(".hold.example"))) {
		assert_true(s->held < 2000);
		s->ids[s->held++] = q.head.id;
		return;
	}
	mode = mode_of(text);
	if (mode == SILENT)
		return;
	if (mode == LATE) {
		send_reply(s, msg, (size_t)len, WRONG_ID, &from);
		send_reply(s, msg, (size_t)len, OTHER_NAME, &from);
		mode = PLAIN;
	}
	send_reply(s, msg, (size_t)len, mode, &from);
}

/* c-ares writes whole questions, perhaps two of them at once. */
static void
tcp_data(void *ctx, const uint8_t *p, size_t n)
{
	struct server *s = ctx;
	struct rbuf in = rbuf_of(p, n);
	uint8_t out[8192];

	while (rbuf_left(&in) > 0) {
		size_t len = rbuf_u16(&in);
		const uint8_t *msg = rbuf_bytes(&in, len);

		assert_non_null(msg);
		len = reply_to(out + 2, sizeof(out) - 2, msg, len, true, PLAIN);
		out[0] = (uint8_t)(len >> 8);
		out[1] = (uint8_t)len;
		s->by_tcp++;
		assert_int_equal(stream_write(s->stream, out, len + 2), 0);
	}
}

static void
tcp_down(void *ctx, int why)
{
	struct server *s = ctx;

	(void)why;
	stream_close(s->stream, false);
	s->stream = NULL;
}

static const struct stream_events tcp_events = { .data = tcp_data, .down = tcp_down };

static void
tcp_ready(void *ctx, unsigned ready)
{
	struct server *s = ctx;

	(void)ready;
	stream_close(s->stream, false);
	assert_int_equal(stream_adopt(&s->stream, s->rig->loop,
	    accept(s->tcp, NULL, NULL), &tcp_events, s), 0);
}

static void
server_open(struct server *s, struct rig *r)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	int big = 4 << 20;

	memset(s, 0, sizeof(*s));
	s->rig = r;
	s->tcp = local_port(&s->port, true);
	s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(s->udp, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	(void)setsockopt(s->udp, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	name.sin_port = htons(s->port);
	assert_int_equal(bind(s->udp, (struct sockaddr *)&name, sizeof(name)), 0);
	snprintf(s->servers, sizeof(s->servers), "127.0.0.1:%u", s->port);
	assert_int_equal(loop_watch(&s->udp_watch, r->loop, s->udp, LOOP_READ,
	    udp_ready, s), 0);
	assert_int_equal(loop_watch(&s->tcp_watch, r->loop, s->tcp, LOOP_READ,
	    tcp_ready, s), 0);
}

static void
server_close(struct server *s)
{
	stream_close(s->stream, false);
	loop_unwatch(s->udp_watch);
	loop_unwatch(s->tcp_watch);
	close(s->udp);
	close(s->tcp);
}

/* An asker --------------------------------------------------------------- */

struct asking {
	struct rig	*rig;
	struct resolver	*resolver;
	char		 said[RESOLVE_TEXTS + 600];
	size_t		 answers;
	size_t		 stop_at;
	bool		 frees;		/* the resolver, in the answer */
	bool		 again;		/* asks once more in the answer */
};

static bool inside_ask;

static void
answered(void *ctx, const struct resolve_answer *a)
{
	struct asking *q = ctx;
	struct wbuf w = wbuf_of(q->said, sizeof(q->said) - 1);
	char text[ADDR_TEXT];

	assert_false(inside_ask);
	wbuf_printf(&w, "%d%s%s", a->err, a->alias ? " alias" : "",
	    a->ad ? " ad" : "");
	if (a->left_out > 0)
		wbuf_printf(&w, " -%zu", a->left_out);
	for (size_t i = 0; i < a->n_addrs; i++) {
		addr_text(text, &a->addrs[i]);
		wbuf_printf(&w, " %s", text);
	}
	for (size_t i = 0; i < a->n_names; i++)
		wbuf_printf(&w, " %.*s", (int)a->names[i].n, a->names[i].p);
	for (size_t i = 0; i < a->n_texts; i++)
		wbuf_printf(&w, " <%.*s>", (int)a->texts[i].n, a->texts[i].p);
	assert_int_equal(w.err, 0);
	q->said[w.len] = '\0';
	q->answers++;
	if (q->again && q->answers == 1)
		assert_int_equal(q->resolver->ask(q->resolver, RESOLVE_ADDR,
		    STR("mx.example"), answered, q), 0);
	if (q->frees) {
		q->resolver->free(q->resolver);
		q->resolver = NULL;
	}
	if (q->answers == q->stop_at)
		loop_stop(q->rig->loop);
}

static int
ask(struct asking *q, unsigned kind, const char *name)
{
	int rc;

	inside_ask = true;
	rc = q->resolver->ask(q->resolver, kind, str_of(name), answered, q);
	inside_ask = false;
	return rc;
}

/* Runs until q has all it waits for, at most so long. */
static void
ask_run(struct asking *q, int64_t ms)
{
	loop_timer_set(q->rig->guard, ms);
	loop_run(q->rig->loop, (struct mono){ q->rig->clock.mono.ms + ms });
	loop_timer_stop(q->rig->guard);
}

struct expect { unsigned kind; const char *name, *want; };

static void
expect_all(struct rig *r, struct resolver *res, const struct expect *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct asking q = { .rig = r, .resolver = res, .stop_at = 1 };
		int rc = ask(&q, cases[i].kind, cases[i].name);

		if (rc == 0)
			ask_run(&q, 5000);
		else
			snprintf(q.said, sizeof(q.said), "rc %d", rc);
		if (strcmp(q.said, cases[i].want) != 0)
			fail_msg("%s: want \"%s\", got \"%s\"", cases[i].name,
			    cases[i].want, q.said);
	}
}

#define PARSE "rc -4"	/* SEK_EPARSE */

static const struct expect common[] = {
	{ RESOLVE_ADDR, "mx.example", "0 192.0.2.25 192.0.2.26 2001:db8::25" },
	{ RESOLVE_ADDR, "MX.Example.", "0 192.0.2.25 192.0.2.26 2001:db8::25" },
	{ RESOLVE_ADDR, "six.example", "0 2001:db8::6" },
	{ RESOLVE_A, "mx.example", "0 192.0.2.25 192.0.2.26" },
	{ RESOLVE_A, "six.example", "2" },
	{ RESOLVE_A, "2.0.0.127.bl.example", "0 127.0.0.2" },
	{ RESOLVE_A, "alias.example", "0 alias 192.0.2.25 192.0.2.26" },
	{ RESOLVE_A, "192.0.2.25", PARSE },
	{ RESOLVE_ADDR, "alias.example", "0 alias 192.0.2.25 192.0.2.26 2001:db8::25" },
	{ RESOLVE_ADDR, "nx.example", "1" },
	{ RESOLVE_ADDR, "example", "2" },
	{ RESOLVE_ADDR, "servfail.example", "4" },
	{ RESOLVE_ADDR, "round.example", "4" },
	{ RESOLVE_MX, "example", "0 mx.example mx2.example b.backup.example" },
	{ RESOLVE_MX, "mx.example", "2" },
	{ RESOLVE_MX, "nx.example", "1" },
	{ RESOLVE_MX, "null.example", "3" },
	{ RESOLVE_MX, "notnull.example", "0 mx.example" },
	{ RESOLVE_PTR, "192.0.2.25", "0 mx.example also.example" },
	{ RESOLVE_PTR, "2001:db8::25", "0 six.example" },
	{ RESOLVE_PTR, "192.0.2.99", "1" },
	{ RESOLVE_TXT, "text.example", "0 <Hello, world> <two\twords>" },
	{ RESOLVE_TXT, "textalias.example", "0 alias <Hello, world> <two\twords>" },
	{ RESOLVE_TXT, "_x.25.2.0.192.in-addr.arpa", "0 <below a number>" },
	{ RESOLVE_TXT, "mx.example", "2" },
	{ RESOLVE_TXT, "nx.example", "1" },
	{ RESOLVE_TXT, "servfail.example", "4" },
	{ RESOLVE_TXT, "192.0.2.25", PARSE },
	{ RESOLVE_NS, ".", "0 ns.example" },
	{ RESOLVE_NS, "example", "0 ns.example ns2.example" },
	{ RESOLVE_NS, "mx.example", "2" },
	{ RESOLVE_NS, "", PARSE },
	{ RESOLVE_CNAME, "alias.example", "0 alias2.example" },
	{ RESOLVE_CNAME, "mx.example", "2" },
	{ RESOLVE_CNAME, "nx.example", "1" },
	{ RESOLVE_CNAME, ".", PARSE },
	{ RESOLVE_MX, "signed.example", "0 ad mx.example" },
	{ RESOLVE_ADDR, "", PARSE },
	{ RESOLVE_ADDR, ".", PARSE },
	{ RESOLVE_ADDR, "a..example", PARSE },
	{ RESOLVE_ADDR, "192.0.2.25", PARSE },
	{ RESOLVE_ADDR, "a b.example", PARSE },
	{ RESOLVE_MX, "a\\.example", PARSE },
	{ RESOLVE_MX, "b\xc3\xa4r.example", PARSE },
	{ RESOLVE_PTR, "mx.example", PARSE },
	{ 9, "mx.example", PARSE },
};

/* These wait for the last try to run out. */
static const struct expect impatient[] = {
	{ RESOLVE_ADDR, "silent.example", "4" },
	{ RESOLVE_ADDR, "wrongid.example", "4" },
	{ RESOLVE_ADDR, "other.example", "4" },
	{ RESOLVE_ADDR, "garbage.example", "4" },
};

static const struct expect wire_only[] = {
	{ RESOLVE_ADDR, "refused.example", "4" },
	{ RESOLVE_ADDR, "cut.example", "4" },
	{ RESOLVE_ADDR, "late.example", "0 192.0.2.27" },
	{ RESOLVE_ADDR, "dangling.example", "1 alias" },
	{ RESOLVE_MX, "odd.example", "0 -1 fine.example" },
	/* one of two answers is not validated */
	{ RESOLVE_ADDR, "signed.example", "0 192.0.2.27" },
	{ RESOLVE_TXT, "empty.example", "2" },
	{ RESOLVE_TXT, "texts.example", "0 -4 <a> <b> <c> <d> <e> <f> <g> <h> <i> "
	    "<j> <k> <l> <m> <n> <o> <p>" },
	{ RESOLVE_MX, "many.example", "0 -4 m01.example m02.example m03.example "
	    "m04.example m05.example m06.example m07.example m08.example "
	    "m09.example m10.example m11.example m12.example m13.example "
	    "m14.example m15.example m16.example" },
};

static void
real_answers(void **state)
{
	struct rig r;
	struct server s;
	struct resolver *res;
	size_t before;

	(void)state;
	rig_open(&r, false);
	before = open_descriptors();
	server_open(&s, &r);
	assert_int_equal(resolver_new(&res, r.loop, s.servers), 0);
	expect_all(&r, res, common, sizeof(common) / sizeof(common[0]));
	expect_all(&r, res, wire_only, sizeof(wire_only) / sizeof(wire_only[0]));
	res->free(res);
	assert_int_equal(resolver_new_timed(&res, r.loop, s.servers, 100, 2), 0);
	expect_all(&r, res, impatient, sizeof(impatient) / sizeof(impatient[0]));
	res->free(res);
	server_close(&s);
	assert_int_equal(open_descriptors(), before);
	rig_close(&r);
}

static void
truncated_goes_to_tcp(void **state)
{
	static const struct expect big = { RESOLVE_ADDR, "big.example", "0 192.0.2.28" };
	struct rig r;
	struct server s;
	struct resolver *res;

	(void)state;
	rig_open(&r, false);
	server_open(&s, &r);
	assert_int_equal(resolver_new_timed(&res, r.loop, s.servers, 1000, 2), 0);
	expect_all(&r, res, &big, 1);
	assert_true(s.by_tcp >= 1);
	res->free(res);
	server_close(&s);
	rig_close(&r);
}

/* 20 texts of 255 octets: those that fit into RESOLVE_TEXTS. */
static void
texts_are_bounded(void **state)
{
	static const char letters[] = "abcdefghijklmno";
	struct rig r;
	struct server s;
	struct asking q = { .rig = &r, .stop_at = 1 };

	(void)state;
	rig_open(&r, false);
	server_open(&s, &r);
	assert_int_equal(resolver_new_timed(&q.resolver, r.loop, s.servers, 1000, 2), 0);
	assert_int_equal(ask(&q, RESOLVE_TXT, "long.example"), 0);
	ask_run(&q, 5000);
	assert_int_equal(strlen(q.said), strlen("0 -5") + strlen(letters) * (255 + 3));
	for (size_t i = 0; i < strlen(letters); i++)
		assert_int_equal(q.said[strlen("0 -5 <") + i * (255 + 3)], letters[i]);
	q.resolver->free(q.resolver);
	server_close(&s);
	rig_close(&r);
}

static void
stopped_resolver_is_temporary(void **state)
{
	static const struct expect one = { RESOLVE_ADDR, "mx.example", "4" };
	struct rig r;
	struct server s;
	struct resolver *res;

	(void)state;
	rig_open(&r, false);
	server_open(&s, &r);
	server_close(&s);
	assert_int_equal(resolver_new_timed(&res, r.loop, s.servers, 100, 2), 0);
	expect_all(&r, res, &one, 1);
	res->free(res);
	rig_close(&r);
}

static void
window_is_kept(void **state)
{
	struct rig r;
	struct server s;
	struct asking q = { .rig = &r };
	char name[32];

	(void)state;
	rig_open(&r, false);
	server_open(&s, &r);
	assert_int_equal(resolver_new_timed(&q.resolver, r.loop, s.servers, 60000, 1), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d.hold.example", i);
		assert_int_equal(ask(&q, RESOLVE_MX, name), 0);
	}
	ask_run(&q, 200);
	assert_in_range(s.held, 100, 500);
	for (size_t i = 0; i < s.held; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(s.ids[i], s.ids[k]);
	assert_int_equal(q.answers, 0);
	q.resolver->free(q.resolver);	/* open questions: no answer, no leak */
	loop_timer_set(r.guard, 10);
	loop_run(r.loop, (struct mono){ -1 });
	assert_int_equal(q.answers, 0);
	server_close(&s);
	rig_close(&r);
}

static void
many_at_once(void **state)
{
	struct rig r;
	struct server s;
	struct asking q = { .rig = &r, .stop_at = 1500 };

	(void)state;
	rig_open(&r, false);
	server_open(&s, &r);
	assert_int_equal(resolver_new_timed(&q.resolver, r.loop, s.servers, 300, 6), 0);
	for (int i = 0; i < 1500; i++)
		assert_int_equal(ask(&q, RESOLVE_ADDR, "mx.example"), 0);
	ask_run(&q, 15000);
	assert_int_equal(q.answers, 1500);
	assert_string_equal(q.said, "0 192.0.2.25 192.0.2.26 2001:db8::25");
	q.resolver->free(q.resolver);
	server_close(&s);
	rig_close(&r);
}

static const char table[] =
	"# a comment\n"
	"mx.example aaaa 2001:db8::25\n"
	"MX.example\ta\t192.0.2.25  # the first\n"
	"mx.example a 192.0.2.26\n\n"
	"six.example aaaa 2001:db8::6\n"
	"2.0.0.127.bl.example a 127.0.0.2\n"
	"alias.example cname alias2.example\n"
	"alias2.example cname mx.example\n"
	"round.example cname round2.example\n"
	"round2.example cname round.example\n"
	"servfail.example fail\n"
	"example mx 20 B.Backup.Example\n"
	"example mx 10 mx.example\n"
	"example mx 10 mx2.example\n"
	"null.example mx 0 .\n"
	"notnull.example mx 0 .\n"
	"notnull.example mx 5 mx.example\n"
	"text.example txt Hello, world\n"
	"text.example txt  two\twords  # of an answer\n"
	"textalias.example cname text.example\n"
	"_x.25.2.0.192.in-addr.arpa txt below a number\n"
	". ns ns.example\n"
	"example ns NS.example\n"
	"example ns ns2.example\n"
	"signed.example mx 0 mx.example\n"
	"signed.example ad\n"
	"192.0.2.25 ptr mx.example\n"
	"192.0.2.25 ptr Also.Example\n"
	"2001:db8:0::25 ptr six.example";

static void
fake_answers(void **state)
{
	struct rig r;
	struct resolver *res;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(resolver_new_fake(&res, r.loop, table), 0);
	expect_all(&r, res, common, sizeof(common) / sizeof(common[0]));
	res->free(res);
	rig_close(&r);
}

static const struct expect wild[] = {
	{ RESOLVE_MX, "x.wild.example", "0 mx.example" },
	{ RESOLVE_MX, "x.y.WILD.example", "0 mx.example" },
	{ RESOLVE_ADDR, "x.wild.example", "2" },
	{ RESOLVE_MX, "own.wild.example", "2" },
	{ RESOLVE_MX, "wild.example", "1" },
	{ RESOLVE_MX, "xwild.example", "1" },
};

static void
fake_wildcards(void **state)
{
	struct rig r;
	struct resolver *res;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(resolver_new_fake(&res, r.loop, "*.wild.example mx 10 mx.example\n"
	    "own.wild.example a 192.0.2.1\n"), 0);
	expect_all(&r, res, wild, sizeof(wild) / sizeof(wild[0]));
	res->free(res);
	rig_close(&r);
}

static void
fake_tables_that_are_none(void **state)
{
	static const char *const cases[] = {
		"mx.example", "mx.example a", "mx.example a mx.example",
		"mx.example a 2001:db8::1", "mx.example aaaa 192.0.2.1",
		"example mx mx.example", "example mx x mx.example",
		"example mx 10 a b", "example mx 65536 mx.example",
		"mx.example ptr mx.example", "192.0.2.1 ptr",
		"x.example fail now", "x.example ad now", "x.example txt", "x.example ns", "x.example hinfo hello",
	};
	struct rig r;
	struct resolver *res;

	(void)state;
	rig_open(&r, true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (resolver_new_fake(&res, r.loop, cases[i]) != SEK_EPARSE)
			fail_msg("taken: %s", cases[i]);
	assert_int_equal(resolver_new_fake(&res, r.loop, ""), 0);
	res->free(res);
	rig_close(&r);
}

/* Freeing in an answer, with others open; asking in an answer. */
static void
answers_may_free_and_ask(void **state)
{
	(void)state;
	for (int fake = 0; fake < 2; fake++)
		for (int frees = 0; frees < 2; frees++) {
			struct rig r;
			struct server s;
			struct asking q = { .rig = &r, .frees = frees, .again = !frees,
			    .stop_at = frees ? 1 : 4 };

			rig_open(&r, fake);
			server_open(&s, &r);
			assert_int_equal(fake ?
			    resolver_new_fake(&q.resolver, r.loop, table) :
			    resolver_new_timed(&q.resolver, r.loop, s.servers, 1000, 2), 0);
			for (int i = 0; i < 3; i++)
				assert_int_equal(ask(&q, RESOLVE_ADDR, "mx.example"), 0);
			ask_run(&q, 3000);
			assert_int_equal(q.answers, frees ? 1 : 4);
			if (q.resolver != NULL)
				q.resolver->free(q.resolver);
			server_close(&s);
			rig_close(&r);
		}
}

static void
bad_servers(void **state)
{
	struct rig r;
	struct resolver *res;

	(void)state;
	rig_open(&r, false);
	assert_int_equal(resolver_new(&res, r.loop, "not an address"), SEK_EPARSE);
	assert_int_equal(resolver_new(&res, r.loop, "127.0.0.1:5300,[::1]:53"), 0);
	res->free(res);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_answers),
		cmocka_unit_test(truncated_goes_to_tcp),
		cmocka_unit_test(texts_are_bounded),
		cmocka_unit_test(stopped_resolver_is_temporary),
		cmocka_unit_test(window_is_kept),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(fake_answers),
		cmocka_unit_test(fake_wildcards),
		cmocka_unit_test(fake_tables_that_are_none),
		cmocka_unit_test(answers_may_free_and_ask),
		cmocka_unit_test(bad_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
