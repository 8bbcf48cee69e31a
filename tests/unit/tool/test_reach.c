/* tool/reach_smtp and tool/reach_soa: what is said of whoever answers. */
#include "doctor_rig.h"

#include <netinet/in.h>

#include "tool/reach_http.h"
#include "tool/reach_smtp.h"
#include "tool/reach_soa.h"
#include "wire/dns.h"

#define LONG "HTTP/1.1 200 and so on without an end, which is more than a line may be "

/* --- SMTP --- */

static const struct reply refuses_ehlo[] = { { "EHLO", "550 go away\r\n" }, { "", NULL } };
static const struct reply hangs_up[] = { { "MAIL", NULL }, { "", "250 ok\r\n" } };
static const struct reply garbage[] = { { "", "hello\r\n" } };
static const struct reply takes_all[] = { { "QUIT", "221 bye\r\n" }, { "", "250 ok\r\n" } };
static const struct reply hostile[] = { { "EHLO", "550 \x1b[31mred\x07\r\n" }, { "", NULL } };

static const struct {
	const char *name, *greeting;
	const struct reply *replies;
	bool connected;
	uint16_t codes[REACH_STEPS];
	const char *host, *heard;
} dialogues[] = {
	{ "our own", RIG_GREETING, rig_ours, true,
	    { 220, 250, 250, 250, 250, 250, 550, 250, 221 }, "relaytest.probe.example",
	    "EHLO me.example\nMAIL FROM:<>\nRCPT TO:<postmaster@probe.example>\n"
	    "RCPT TO:<abuse@probe.example>\nRCPT TO:<optout@probe.example>\n"
	    "RCPT TO:<nobody7@probe.example>\nRSET\nQUIT\n" },
	{ "one that takes all", "220 mx.example\r\n", takes_all, true,
	    { 220, 250, 250, 250, 250, 250, 250, 250, 221 }, "mx.example", NULL },
	{ "a greeting that refuses ends it", "554 no\r\n", rig_ours, true, { 554 }, "no", "" },
	{ "EHLO refused", "220 x\r\n", refuses_ehlo, true, { 220, 550 }, "x", "EHLO me.example\n" },
	{ "hangs up", "220 x\r\n", hangs_up, true, { 220, 250 }, "x", NULL },
	{ "no SMTP", "220 x\r\n", garbage, true, { 220 }, "x", NULL },
	{ "no greeting that is one", "SSH-2.0-x\r\n", rig_ours, true, { 0 }, "", "" },
	{ "silence", NULL, rig_ours, true, { 0 }, "", "" },
	{ "nobody", "", rig_ours, false, { 0 }, "", "" },
	{ "hostile words are cleaned", "220 x\r\n", hostile, true, { 220, 550 }, "x", NULL },
};

static void
check_dialogue(size_t i, const struct reach_smtp *got, const struct rig *rig)
{
	if (got->connected != dialogues[i].connected ||
	    strcmp(got->host, dialogues[i].host) != 0)
		fail_msg("%s: connected %d, host \"%s\"", dialogues[i].name,
		    got->connected, got->host);
	for (size_t s = 0; s < REACH_STEPS; s++)
		if (got->code[s] != dialogues[i].codes[s])
			fail_msg("%s: step %zu: want %u, got %u", dialogues[i].name, s,
			    dialogues[i].codes[s], got->code[s]);
	if (dialogues[i].heard != NULL && strcmp(rig->heard, dialogues[i].heard) != 0)
		fail_msg("%s: heard \"%s\"", dialogues[i].name, rig->heard);
	for (size_t s = 0; s < REACH_STEPS; s++)
		for (const char *p = got->said[s]; *p != '\0'; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void
receivers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++) {
		struct clock_fake clock;
		struct reach_smtp got = { .stranger = "nobody7" };
		struct addr to = addr_v4(192, 0, 2, 25);
		struct loop *l;
		struct rig rig;

		clock_fake_init(&clock, (struct wall){ 1795000000 });
		l = loop_new_fake(&clock);
		rig_init(&rig, l, dialogues[i].greeting, dialogues[i].replies);
		assert_int_equal(reach_smtp(&got, l, &rig.dialer, &to, 25, "me.example",
		    "probe.example"), 0);
		check_dialogue(i, &got, &rig);
		rig_end(&rig);
		loop_free(l);
	}
}

/* --- HTTP --- */

static const struct reply page[] = { { "GET", "HTTP/1.1 200 OK\r\n" }, { "", "" } };
static const struct reply slow_page[] = { { "GET", "HTTP/1." }, { "Host", "0 404" }, { "", " Not Found\r\n" } };
static const struct reply no_http[] = { { "GET", "220 hello\r\n" }, { "", "" } };
static const struct reply no_line[] = { { "GET", LONG LONG LONG LONG LONG }, { "", "" } };
static const struct reply big_code[] = { { "GET", "HTTP/1.1 99999 x\r\n" }, { "", "" } };
static const struct reply leaves[] = { { "", NULL } };
static const struct reply mute[] = { { "", "" } };

static const struct {
	const char *name, *greeting;
	const struct reply *replies;
	bool connected;
	uint16_t code;
} gets[] = {
	{ "a page", NULL, page, true, 200 }, { "in pieces", NULL, slow_page, true, 404 },
	{ "no HTTP", NULL, no_http, true, 0 }, { "no line's end", NULL, no_line, true, 0 },
	{ "no code", NULL, big_code, true, 0 }, { "it leaves", NULL, leaves, true, 0 },
	{ "it says nothing", NULL, mute, true, 0 }, { "nobody", "", page, false, 0 },
};

static void
pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(gets) / sizeof(gets[0]); i++) {
		struct clock_fake clock;
		struct reach_http got = { .asked = false };
		struct addr to = addr_v4(192, 0, 2, 80);
		struct loop *l;
		struct rig rig;

		clock_fake_init(&clock, (struct wall){ 1795000000 });
		l = loop_new_fake(&clock);
		rig_init(&rig, l, gets[i].greeting, gets[i].replies);
		assert_int_equal(reach_http(&got, l, &rig.dialer, &to, 80, "bl.example", "/x"), 0);
		if (!got.asked || got.connected != gets[i].connected || got.code != gets[i].code)
			fail_msg("%s: connected %d, code %u", gets[i].name, got.connected, got.code);
		if (i == 0)
			assert_string_equal(rig.heard, "GET /x HTTP/1.0\nHost: bl.example\n"
			    "User-Agent: sekimori-doctor\n\n");
		rig_end(&rig);
		loop_free(l);
	}
}

/* --- DNS --- */

enum answer { SOA_AA, SOA_LAME, REFUSES, NXDOMAIN_AA, SILENT, STRANGE_ID, NO_DNS };

struct server {
	struct loop		*loop;
	struct loop_watch	*watch, *accepted;
	int			 fd, peer;
	enum answer		 answer;
	bool			 tcp;
	unsigned		 asked;
};

static void
put_name(struct wbuf *w, const char *name)
{
	struct dns_name n;

	assert_int_equal(dns_name_parse(&n, str_of(name)), 0);
	dns_name_write(w, &n);
}

static void
put_soa(struct wbuf *w)
{
	struct wbuf d;
	uint8_t rdata[256];

	d = wbuf_of(rdata, sizeof(rdata));
	put_name(&d, "ns.bl.example");
	put_name(&d, "hostmaster.bl.example");
	wbuf_u32(&d, 4711);
	for (int i = 0; i < 4; i++)
		wbuf_u32(&d, 60);
	wbuf_u16(w, 0xc00c);
	wbuf_u16(w, DNS_SOA);
	wbuf_u16(w, DNS_IN);
	wbuf_u32(w, 60);
	wbuf_u16(w, (uint16_t)d.len);
	wbuf_bytes(w, rdata, d.len);
}

static size_t
make_reply(struct server *s, uint8_t *out, size_t cap, const uint8_t *msg, size_t n)
{
	struct wbuf w = wbuf_of(out, cap);
	struct dns_query q;
	struct dns_head h = { .flags = DNS_QR, .qd = 1 };

	assert_int_equal(dns_query_read(&q, msg, n), 0);
	assert_int_equal(q.type, DNS_SOA);
	assert_int_equal(q.head.flags & DNS_RD, 0);	/* its own word */
	s->asked++;
	h.id = (uint16_t)(q.head.id ^ (s->answer == STRANGE_ID));
	h.an = s->answer == SOA_AA || s->answer == SOA_LAME || s->answer == STRANGE_ID;
	if (s->answer != SOA_LAME)
		h.flags |= DNS_AA;
	if (s->answer == REFUSES)
		h.flags = DNS_QR | DNS_REFUSED;
	if (s->answer == NXDOMAIN_AA)
		h.flags |= DNS_NXDOMAIN;
	dns_head_write(&w, &h);
	dns_name_write(&w, &q.name);
	wbuf_u16(&w, DNS_SOA);
	wbuf_u16(&w, DNS_IN);
	if (h.an > 0)
		put_soa(&w);
	return w.len;
}

static void
udp_asked(void *ctx, unsigned ready)
{
	struct server *s = ctx;
	uint8_t msg[1024], out[1024];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(s->fd, msg, sizeof(msg), 0, (struct sockaddr *)&from, &len);
	size_t octets;

	(void)ready;
	if (n <= 0)
		return;
	octets = make_reply(s, out, sizeof(out), msg, (size_t)n);
	if (s->answer == NO_DNS)
		memset(out, 'x', octets);
	if (s->answer != SILENT)
		(void)!sendto(s->fd, out, octets, 0, (struct sockaddr *)&from, len);
}

/* In pieces, as a slow peer may send. */
static void
tcp_asked(void *ctx, unsigned ready)
{
	struct server *s = ctx;
	uint8_t msg[1024], out[1024];
	ssize_t n = recv(s->peer, msg, sizeof(msg), 0);
	size_t octets;

	(void)ready;
	if (n <= 2)
		return;
	octets = make_reply(s, out + 2, sizeof(out) - 2, msg + 2, (size_t)n - 2);
	out[0] = s->answer == NO_DNS ? 0xff : (uint8_t)(octets >> 8);
	out[1] = (uint8_t)octets;
	if (s->answer == SILENT)
		return;
	(void)!send(s->peer, out, 1, MSG_NOSIGNAL);
	(void)!send(s->peer, out + 1, octets + 1, MSG_NOSIGNAL);
}

static void
tcp_accept(void *ctx, unsigned ready)
{
	struct server *s = ctx;

	(void)ready;
	s->peer = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(s->peer >= 0);
	assert_int_equal(loop_watch(&s->accepted, s->loop, s->peer, LOOP_READ, tcp_asked, s), 0);
}

static uint16_t
server_open(struct server *s, struct loop *l, enum answer answer, bool tcp)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);

	*s = (struct server){ .loop = l, .answer = answer, .tcp = tcp, .peer = -1 };
	s->fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&in, len), 0);
	if (tcp)
		assert_int_equal(listen(s->fd, 4), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&in, &len), 0);
	assert_int_equal(loop_watch(&s->watch, l, s->fd, LOOP_READ,
	    tcp ? tcp_accept : udp_asked, s), 0);
	return ntohs(in.sin_port);
}

static void
server_close(struct server *s)
{
	loop_unwatch(s->watch);
	loop_unwatch(s->accepted);
	close(s->fd);
	if (s->peer >= 0)
		close(s->peer);
}

static const struct { const char *name; enum answer answer; bool answered, authority; } soas[] = {
	{ "with authority", SOA_AA, true, true },
	{ "a resolver's answer", SOA_LAME, true, false },
	{ "refused", REFUSES, true, false },
	{ "no such zone", NXDOMAIN_AA, true, false },
	{ "silence", SILENT, false, false },
	{ "another's answer", STRANGE_ID, false, false },
	{ "no DNS", NO_DNS, false, false },
};

static void
name_servers(void **state)
{
	struct addr here = addr_v4(127, 0, 0, 1);

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(soas) / sizeof(soas[0]); i++) {
		bool tcp = i % 2 == 1;
		struct reach_soa got = { .asked = false };
		struct clock_fake clock;
		struct server s;
		struct loop *l;
		uint16_t port;

		clock_fake_init(&clock, (struct wall){ 1795000000 });
		l = loop_new_fake(&clock);
		port = server_open(&s, l, soas[i / 2].answer, tcp);
		assert_int_equal(reach_soa(&got, l, &here, port, tcp, STR("bl.example")), 0);
		if (!got.asked || got.answered != soas[i / 2].answered ||
		    got.authority != soas[i / 2].authority ||
		    got.serial != (soas[i / 2].authority ? 4711 : 0))
			fail_msg("%s, TCP %d: answered %d, authority %d, serial %u",
			    soas[i / 2].name, tcp, got.answered, got.authority, got.serial);
		if (!tcp && !got.answered)	/* datagrams get lost */
			assert_int_equal(s.asked, REACH_SOA_TRIES);
		server_close(&s);
		loop_free(l);
	}
}

static void
nobody_is_found_at_once(void **state)
{
	struct addr here = addr_v4(127, 0, 0, 1);
	struct loop *l = loop_new();
	struct server s;
	uint16_t port;

	(void)state;
	for (int tcp = 0; tcp < 2; tcp++) {
		struct reach_soa got = { .asked = false };

		port = server_open(&s, l, SILENT, tcp == 1);
		server_close(&s);	/* a port that was free a moment ago */
		assert_int_equal(reach_soa(&got, l, &here, port, tcp == 1, STR("bl.example")), 0);
		assert_true(got.asked && !got.answered);
	}
	assert_int_equal(reach_soa(&(struct reach_soa){ .asked = false }, l, &here, 53, false,
	    STR("no..name")), SEK_EPARSE);
	loop_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(receivers),
		cmocka_unit_test(pages),
		cmocka_unit_test(name_servers),
		cmocka_unit_test(nobody_is_found_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
