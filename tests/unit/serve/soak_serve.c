/* soak_serve ROLE COUNT [SEED] -- the real role in its sandbox, and COUNT
 * datagrams of every make: whole, cut, twisted, random.  TAP.
 *
 * What has a header and is no response must get one answer with its id, all else
 * none, nothing two.  Datagrams go in lots that fit into the socket's buffer and
 * end in a question whose answer is waited for: one worker answers in order, so
 * that an answer too many would have come before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../amplify.h"
#include "../snapshot_make.h"
#include "base/rand.h"
#include "sys/conf.h"
#include "sys/counters.h"
#include "sys/frame.h"
#include "wire/dns.h"

enum { LOT = 200, OCTETS = 700, PUBLISH_EVERY = 5000, PATIENCE_MS = 60000 };

static const char *role;
static uint64_t count = 20000, seed = 4;

struct soak {
	struct rand		chance;
	pid_t			pid;
	int			parent, client;
	struct sockaddr_in	at;
	struct shared		counters;
	uint32_t		serial;
	uint16_t		id;
	bool			wanted[65536];	/* answers that have to come */
	uint16_t		asked[65536];	/* octets of the query; with a cookie 0 */
	uint64_t		sent, answered;
	uint8_t			cookie[24];	/* that the server gave last */
	size_t			cookie_len;
};

static size_t
draw(struct soak *s, size_t n)
{
	return (size_t)(rand_u64(&s->chance) % n);
}

/* The parent's part ------------------------------------------------------- */

static void
tell(struct soak *s, unsigned type, const void *msg, int fd)
{
	struct pollfd p = { .fd = s->parent, .events = POLLOUT };
	int rc;

	while ((rc = frame_write(s->parent, type, msg, fd)) == FRAME_AGAIN)
		(void)poll(&p, 1, PATIENCE_MS);
	assert_int_equal(rc, 0);
	if (fd >= 0)
		close(fd);
}

static void
tell_conf(struct soak *s)
{
	static char text[CONF_TEXT_MAX];
	struct wbuf w = wbuf_of(text, sizeof(text));
	struct msg_text m = { { text, 0 } };
	struct conf_why why;
	struct conf *c;

	assert_int_equal(conf_default(&c), 0);
	assert_int_equal(conf_set(c, "dns.rate", STR("1000000"), &why), 0);
	assert_int_equal(conf_set(c, "role.user", str_of(geteuid() == 0 ? "nobody" : ""), &why), 0);
	assert_int_equal(conf_set(c, "dns.cookie_secret", STR("000102030405060708090a0b0c0d0e0f"), &why), 0);
	assert_int_equal(conf_to_text(&w, c), 0);
	m.text.n = w.len;
	tell(s, MSG_CONF, &m, -1);
	conf_free(c);
}

static void
tell_shared(struct soak *s, const char *name, size_t octets, struct shared *view)
{
	const struct msg_shared m = { str_of(name), 0, octets };
	int fd = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)octets), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	if (view != NULL)
		assert_int_equal(shared_take(view, &m, dup(fd), octets, false), 0);
	tell(s, MSG_SHARED, &m, fd);
}

static void
publish(struct soak *s)
{
	struct snapshot_entry e[] = {
		{ .addr = addr_v4(192, 0, 2, (uint8_t)s->serial), .code = 2 },
		{ .addr = addr_v4(198, 51, 100, 7), .code = 2 },
		{ .addr = { { 0x20, 1, 0xd, 0xb8, [15] = 9 } }, .code = 2 },
	};
	uint8_t *b;
	int64_t n = make_base(&b, ++s->serial, 0, e, make_sort(e, 3));
	struct msg_publish m = { PUBLISH_BASE, s->serial, (uint64_t)n };
	int fd = memfd_create("base", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_true(n > 0 && fd >= 0);
	assert_int_equal(write(fd, b, (size_t)n), n);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
	tell(s, MSG_PUBLISH, &m, fd);
	free(b);
}

static int
bound(struct sockaddr_in *at)
{
	const int room = 4 * 1024 * 1024;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t n = sizeof(*at);

	*at = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_true(fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof(*at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &n), 0);
	return fd;
}

static void
begin(struct soak *s)
{
	const struct msg_socket udp = { STR("dns-udp") };
	struct sockaddr_in mine;
	int pair[2];

	rand_seeded(&s->chance, seed);
	assert_int_equal(frame_pair(pair), 0);
	s->parent = pair[0];
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		if (pair[1] == 3 ? fcntl(3, F_SETFD, 0) != 0 : dup2(pair[1], 3) < 0)
			_exit(99);
		execl(role, role, (char *)NULL);
		_exit(98);
	}
	close(pair[1]);
	tell_conf(s);
	tell_shared(s, "dns-counters", sizeof(struct counters_slot), &s->counters);
	tell_shared(s, "dns-limit", SHARED_LIMIT, NULL);
	publish(s);
	tell(s, MSG_SOCKET, &udp, bound(&s->at));
	s->client = bound(&mine);
}

/* Datagrams ---------------------------------------------------------------- */

static const char *const names[] = {
	"7.100.51.198.bl.example", "1.2.0.192.bl.example", "2.0.0.127.bl.example",
	"9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example",
	"bl.example", "_status.bl.example", "192.bl.example", "www.example.net", "8.100.51.198.in.bl.example",
};

static void
add_cookie(struct soak *s, uint8_t *q, size_t *n)
{
	size_t len = s->cookie_len > 0 && draw(s, 2) == 0 ? s->cookie_len : 8;
	const uint8_t head[4] = { 0, 10, 0, (uint8_t)len };

	q[*n - 2] = 0;
	q[*n - 1] = (uint8_t)(4 + len);
	memcpy(q + *n, head, 4);
	memcpy(q + *n + 4, s->cookie_len > 0 ? s->cookie : (const uint8_t *)"clientco", len);
	*n += 4 + len;
}

/* A query that makes sense. */
static size_t
draw_whole(struct soak *s, uint8_t q[OCTETS])
{
	static const uint16_t types[] = { DNS_A, DNS_A, DNS_TXT, DNS_AAAA, DNS_SOA, DNS_ANY, DNS_NS };
	struct dns_name name;
	size_t n;

	assert_int_equal(dns_name_parse(&name, str_of(names[draw(s, sizeof(names) / sizeof(names[0]))])), 0);
	n = dns_query_build(q, s->id, &name, types[draw(s, sizeof(types) / sizeof(types[0]))]);
	if (draw(s, 3) == 0) {
		n -= 11;
		q[11] = 0;
	} else if (draw(s, 2) == 0) {
		add_cookie(s, q, &n);
	}
	return n;
}

static size_t
draw_datagram(struct soak *s, uint8_t q[OCTETS])
{
	size_t n = draw_whole(s, q), way = draw(s, 8);

	if (way == 0) {			/* cut */
		n = draw(s, n + 1);
	} else if (way == 1) {		/* twisted, but for its id */
		for (size_t i = 1 + draw(s, 4); i > 0; i--)
			q[2 + draw(s, n - 2)] ^= (uint8_t)(1 << draw(s, 8));
	} else if (way == 2) {		/* nothing but chance */
		n = draw(s, OCTETS);
		rand_fill(&s->chance, q, n);
		if (n >= 2) {
			q[0] = (uint8_t)(s->id >> 8);
			q[1] = (uint8_t)s->id;
		}
	}
	return n;
}

/* Of the server: who has it is there. */
static bool
has_cookie(const struct soak *s, const uint8_t *q, size_t n)
{
	return s->cookie_len > 0 && n > s->cookie_len &&
	    memcmp(q + n - s->cookie_len, s->cookie, s->cookie_len) == 0;
}

static void
send_one(struct soak *s, const uint8_t *q, size_t n)
{
	assert_int_equal(sendto(s->client, q, n, 0, (struct sockaddr *)&s->at, sizeof(s->at)), n);
	assert_false(s->wanted[s->id]);
	s->wanted[s->id] = n >= DNS_HEAD && (q[2] & 0x80) == 0;
	s->asked[s->id] = has_cookie(s, q, n) ? 0 : (uint16_t)n;
	s->id++;
	s->sent++;
}

/* Takes one answer; returns its id. */
static uint16_t
take_one(struct soak *s)
{
	struct pollfd p = { .fd = s->client, .events = POLLIN };
	uint8_t a[DNS_EDNS + 1];
	uint16_t id;
	ssize_t n;

	while ((n = recv(s->client, a, sizeof(a), 0)) < 0)
		if (poll(&p, 1, PATIENCE_MS) <= 0)
			fail_msg("no answer after %ju datagrams, seed %ju",
			    (uintmax_t)s->sent, (uintmax_t)seed);
	assert_in_range(n, DNS_HEAD, DNS_EDNS);
	assert_int_equal(a[2] & 0x80, 0x80);
	id = (uint16_t)(a[0] << 8 | a[1]);
	if (!s->wanted[id])
		fail_msg("an answer that nobody asked for, or a second one: id %u "
		    "after %ju datagrams, seed %ju", id, (uintmax_t)s->sent, (uintmax_t)seed);
	s->wanted[id] = false;
	s->answered++;
	if (s->asked[id] != 0)
		amplify(s->asked[id], (size_t)n);
	if (n > 40 && a[n - 28] == 0 && a[n - 27] == 10 && a[n - 26] == 0 && a[n - 25] == 24) {
		memcpy(s->cookie, a + n - 24, 24);
		s->cookie_len = 24;
	}
	return id;
}

static void
one_lot(struct soak *s)
{
	uint8_t q[OCTETS];
	uint16_t first = s->id, last;

	for (size_t i = 0; i < LOT; i++)
		send_one(s, q, draw_datagram(s, q));
	last = s->id;
	send_one(s, q, draw_whole(s, q));
	while (take_one(s) != last)
		;
	for (uint16_t id = first; id != s->id; id++)
		if (s->wanted[id])
			fail_msg("no answer to datagram %ju, seed %ju", (uintmax_t)s->sent, (uintmax_t)seed);
}

static void
every_query_has_one_answer(void **state)
{
	const struct msg_empty none = { 0 };
	struct soak *s = calloc(1, sizeof(*s));
	const struct counters_slot *slot;
	uint64_t next = PUBLISH_EVERY;
	int status;

	(void)state;
	assert_non_null(s);
	begin(s);
	while (s->sent < count) {
		one_lot(s);
		if (s->sent >= next)
			publish(s);
		next += s->sent >= next ? PUBLISH_EVERY : 0;
	}
	tell(s, MSG_STOP, &none, -1);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_int_equal(status, 0);
	slot = counters_slot(&s->counters, 0);
	assert_int_equal(counters_get(slot, COUNTER_QUERIES), s->sent);
	assert_int_equal(counters_get(slot, COUNTER_NO_QUERY), s->sent - s->answered);
	assert_int_equal(counters_get(slot, COUNTER_OVERFLOWN), 0);
	assert_true(counters_get(slot, COUNTER_COOKIE_VALID) > 0);
	print_message("# %ju datagrams, %ju answers, %u snapshots\n", (uintmax_t)s->sent,
	    (uintmax_t)s->answered, (unsigned)s->serial);
	shared_close(&s->counters);
	close(s->parent);
	close(s->client);
	free(s);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_query_has_one_answer),
	};

	if (argc < 3)
		return EXIT_USAGE;
	role = argv[1];
	count = strtoull(argv[2], NULL, 10);
	if (argc > 3)
		seed = strtoull(argv[3], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
