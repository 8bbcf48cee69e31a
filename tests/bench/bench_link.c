/* tests/bench/bench_link.c -- both ends of bench_xdp.
 *
 *	bench_link load ADDR PORT SECONDS	asks; prints answers and losses
 *	bench_link sockets|xdp floor|answer ADDR PORT INTERFACE
 *						answers until SIGTERM; prints
 *						answers and processor time
 *
 * "floor" turns the QR bit of the query and sends it back with an answer's
 * length: the same system calls, no look-up.  "answer" is fact/answer over a
 * million entries. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "fact/answer.h"
#include "serve/xdp.h"
#include "sys/xdp.h"
#include "wire/snapshot_build.h"
#include "wire/udp_frame.h"

enum {
	ENTRIES = 1000000, BATCH = XDP_BATCH, SOCKETS = 8, WAIT_MS = 20,
	ASKED = 65536,
	FLOOR_OCTETS = 69, QUERY_ROOM = 512,
};

static volatile sig_atomic_t ended;

static void
on_term(int n)
{
	(void)n;
	ended = 1;
}

static _Noreturn void
fail(const char *what)
{
	perror(what);
	exit(EXIT_OSERR);
}

/* What is asked for ------------------------------------------------------- */

/* Every 7th address from 11.0.0.0 on is listed: half of the questions hit. */
static struct addr
nth(uint32_t i)
{
	uint32_t a = 0x0b000000 + i * 7;

	return addr_v4((uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8),
	    (uint8_t)a);
}

static uint32_t made;

static int
rewind_all(void *ctx)
{
	(void)ctx;
	made = 0;
	return 0;
}

static int
next_entry(void *ctx, struct snapshot_entry *out)
{
	(void)ctx;
	if (made == ENTRIES)
		return SNAPSHOT_END;
	*out = (struct snapshot_entry){ .addr = nth(made++), .code = 2 };
	return 0;
}

static const struct snapshot *
snapshot_make(void)
{
	static struct snapshot_view view;
	static const struct snapshot s = { &view, NULL };
	const struct snapshot_source source = { rewind_all, next_entry, NULL };
	const struct snapshot_head head = { .serial = 1, .base_serial = 1,
		.life = SNAPSHOT_ALIVE };
	struct snapshot_memory m = { .cap = ENTRIES * 2 + (1 << 20) };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_builder *room = malloc(snapshot_builder_size());
	struct snapshot_zone zone;
	char url[SNAPSHOT_URL + 1];
	const char *part = "";
	uint64_t n;

	m.p = malloc(m.cap);
	if (m.p == NULL || room == NULL ||
	    snapshot_zone_set(&zone, url, STR("bl.example"), STR("ns.example.net"),
	    STR("hostmaster@bl.example"), STR("https://bl.example/")) != 0)
		fail("zone");
	zone.ttl_s = zone.negative_ttl_s = 300;
	if (snapshot_write_base(&sink, &head, &zone, &source, room, &n) != 0 ||
	    snapshot_open(&view, m.p, m.len, &part) != 0)
		fail(part);
	return &s;
}

/* Answering --------------------------------------------------------------- */

static const struct snapshot *list;	/* NULL: floor */

static size_t
reply(const uint8_t *q, size_t n, uint8_t *out, size_t cap)
{
	const struct answer_asker who = { .tcp = false };

	if (list != NULL)
		return answer_make(list, q, n, &who, out, cap, NULL);
	if (n > QUERY_ROOM)
		n = QUERY_ROOM;
	memset(out, 0, FLOOR_OCTETS);
	memcpy(out, q, n);
	out[2] |= 0x80;
	return n > FLOOR_OCTETS ? n : FLOOR_OCTETS;
}

static uint64_t
by_sockets(int fd)
{
	static uint8_t in[BATCH][QUERY_ROOM], out[BATCH][DNS_EDNS];
	static struct sockaddr_in from[BATCH];
	static struct iovec iv[BATCH], ov[BATCH];
	static struct mmsghdr im[BATCH], om[BATCH];
	uint64_t answered = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (size_t i = 0; i < BATCH; i++) {
		iv[i] = (struct iovec){ in[i], QUERY_ROOM };
		im[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
			.msg_namelen = sizeof(from[i]), .msg_iov = &iv[i], .msg_iovlen = 1 };
		om[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
			.msg_namelen = sizeof(from[i]), .msg_iov = &ov[i], .msg_iovlen = 1 };
	}
	while (!ended) {
		int n = recvmmsg(fd, im, BATCH, MSG_DONTWAIT, NULL);

		if (n < 0)
			poll(&p, 1, -1);
		for (int i = 0; i < n; i++)
			ov[i] = (struct iovec){ out[i],
				reply(in[i], im[i].msg_len, out[i], DNS_EDNS) };
		if (n > 0 && sendmmsg(fd, om, (unsigned)n, 0) > 0)
			answered += (uint64_t)n;
	}
	return answered;
}

static bool
answer_frame(struct xdp *x, const struct xdp_frame *in)
{
	struct udp_frame f;
	uint8_t *out = xdp_room(x);
	size_t n;

	if (out == NULL || udp_frame_read(&f, in->p, in->len) != 0)
		return false;
	n = reply(f.data, f.len, out + f.head, XDP_FRAME - UDP_FRAME_HEAD);
	if (n > 0)
		xdp_send(x, udp_frame_answer(out, &f, in->p, n));
	return n > 0;
}

static uint64_t
by_xdp(struct xdp *x)
{
	struct xdp_frame in[XDP_BATCH];
	struct pollfd p = { .fd = xdp_fd(x), .events = POLLIN };
	uint64_t answered = 0;

	while (!ended) {
		size_t n = xdp_receive(x, in);

		if (n == 0)
			poll(&p, 1, -1);
		for (size_t i = 0; i < n; i++)
			answered += answer_frame(x, &in[i]);
		xdp_flush(x);
	}
	return answered;
}

static struct xdp *
open_xdp(const char *interface, const char *address, const char *port)
{
	static struct xdp_hook hook;
	struct conf_listen at = { .port = (uint16_t)atoi(port) };
	struct conf_why why;
	struct xdp *x = NULL;
	int sock, frames;

	if (addr_parse(&at.addr, str_of(address)) != 0)
		exit(EXIT_USAGE);
	if (xdp_hook_open(&hook, interface, &at, 1, &why) != 0) {
		fprintf(stderr, "%s\n", why.text);
		exit(EXIT_OSERR);
	}
	if (xdp_socket_open(&sock, &frames, &hook, 0) != 0)
		fail("AF_XDP");
	if (xdp_new(&x, sock, frames) != 0 || xdp_socket_join(&hook, 0, sock) != 0)
		fail("AF_XDP rings");
	return x;
}

static struct sockaddr_in
where(const char *address, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
		exit(EXIT_USAGE);
	return a;
}

static double
cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	    (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static int
serve(char **argv)
{
	struct sockaddr_in at = where(argv[3], argv[4]);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), big = 4 << 20;
	struct xdp *x = NULL;
	uint64_t n;
	double cpu;

	list = strcmp(argv[2], "answer") == 0 ? snapshot_make() : NULL;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
		fail("bind");
	if (strcmp(argv[1], "xdp") == 0)
		x = open_xdp(argv[5], argv[3], argv[4]);
	printf("ready\n");
	fflush(stdout);
	cpu = cpu_us();
	n = x != NULL ? by_xdp(x) : by_sockets(fd);
	printf("%llu %.0f\n", (unsigned long long)n, cpu_us() - cpu);
	return 0;
}

/* Asking ------------------------------------------------------------------ */

static size_t
question(uint8_t q[DNS_QUERY_MAX], uint32_t i)
{
	struct addr a = nth(i / 2 % ENTRIES);
	struct dns_name name, zone;
	char labels[ADDR_LABELS];

	a.o[15] = (uint8_t)(a.o[15] + i % 2);
	addr_labels(labels, &a);
	if (dns_name_parse(&zone, STR("bl.example")) != 0)
		return 0;
	struct wbuf w = wbuf_of(name.o, sizeof(name.o));
	struct str s = str_of(labels);

	while (s.n > 0) {
		struct str label = str_cut(&s, '.');

		wbuf_u8(&w, (uint8_t)label.n);
		wbuf_bytes(&w, label.p, label.n);
	}
	dns_name_write(&w, &zone);
	name.len = (uint8_t)w.len;
	return dns_query_build(q, (uint16_t)i, &name, DNS_A);
}

struct asker {			/* one socket and its batch */
	int		fd;
	unsigned	due;	/* answers that are to come */
	struct iovec	ov[BATCH];
	struct mmsghdr	out[BATCH];
};

static uint8_t asked[ASKED][128];
static uint16_t asked_len[ASKED];

static void
ask(struct asker *k, uint32_t at)
{
	int n;

	for (uint32_t i = 0; i < BATCH; i++) {
		k->ov[i] = (struct iovec){ asked[(at + i) % ASKED],
			asked_len[(at + i) % ASKED] };
		k->out[i].msg_hdr = (struct msghdr){ .msg_iov = &k->ov[i],
			.msg_iovlen = 1 };
	}
	n = sendmmsg(k->fd, k->out, BATCH, 0);
	k->due = n > 0 ? (unsigned)n : 0;
}

/* Takes the answers of a batch.  Returns how many came. */
static unsigned
hear(struct asker *k)
{
	static uint8_t a[BATCH][DNS_EDNS];
	static struct iovec iv[BATCH];
	static struct mmsghdr in[BATCH];
	struct pollfd p = { .fd = k->fd, .events = POLLIN };
	unsigned got = 0;

	for (size_t i = 0; i < BATCH; i++) {
		iv[i] = (struct iovec){ a[i], sizeof(a[i]) };
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &iv[i], .msg_iovlen = 1 };
	}
	while (got < k->due && poll(&p, 1, WAIT_MS) > 0) {
		int more = recvmmsg(k->fd, in, BATCH, MSG_DONTWAIT, NULL);

		got += more > 0 ? (unsigned)more : 0;
	}
	return got;
}

static void
asked_make(void)
{
	for (uint32_t i = 0; i < ASKED; i++) {
		uint8_t one[DNS_QUERY_MAX];

		asked_len[i] = (uint16_t)question(one, i * 31);
		memcpy(asked[i], one, asked_len[i]);
	}
}

/* A closed loop: each socket asks again when its batch was answered. */
static int
load(char **argv)
{
	static struct asker askers[SOCKETS];
	struct sockaddr_in to = where(argv[2], argv[3]);
	time_t until = time(NULL) + atoi(argv[4]);
	uint64_t sent = 0, got = 0;
	uint32_t at = 0;

	asked_make();
	for (size_t i = 0; i < SOCKETS; i++) {
		askers[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (connect(askers[i].fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
			fail("connect");
	}
	for (; time(NULL) < until; at++) {
		struct asker *k = &askers[at % SOCKETS];

		got += hear(k);
		ask(k, at * BATCH);
		sent += k->due;
	}
	for (size_t i = 0; i < SOCKETS; i++)
		got += hear(&askers[i]);
	printf("%llu %llu\n", (unsigned long long)got, (unsigned long long)(sent - got));
	return 0;
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };

	sigaction(SIGTERM, &sa, NULL);
	log_setup("bench", LOG_LV_INFO, false);
	if (argc == 5 && strcmp(argv[1], "load") == 0)
		return load(argv);
	if (argc == 6)
		return serve(argv);
	fprintf(stderr, "usage: see the head of tests/bench/bench_link.c\n");
	return EXIT_USAGE;
}
