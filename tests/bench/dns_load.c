/* tests/bench/dns_load.c -- asks a list over UDP, and counts what comes back.
 *
 *	dns_load -p PORT [-n ENTRIES] [-s SECONDS] [-w WINDOW] [-k SOCKETS]
 *	    [-r RATE] [-e PERCENT] [-m PERCENT] [-t TRIES] [-x]
 *
 *	-n  entries of the list, as dns_entries.h numbers them (default 1,000,000)
 *	-s  how long to ask (3); what is out then is waited for
 *	-w  queries out at once, over all sockets (96)
 *	-k  sockets, each with an address of its own in 127/8 (8)
 *	-r  queries a second at even distances; without it, closed loop: an
 *	    answer makes room for the next query
 *	-e  how many of a hundred queries have an OPT record (50)
 *	-m  how many of a hundred ask about what is not listed (50)
 *	-t  how often a query is sent before it counts as lost (1)
 *	-x  do not judge what the answers say
 *
 * Prints one line of JSON.  "wrong" counts answers other than NOERROR with an
 * A record for an entry and NXDOMAIN for what is none; "lost" what had no
 * answer within a second after it was sent last; "stray" what nobody asked, or
 * was answered twice; "unsent" what was due at that rate with no room left. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dns_entries.h"
#include "need.h"

enum {
	SOCKETS_MAX = 64, BATCH = 64, QUERY_MAX = 96, ANSWER_MAX = 1232,
	SLOT_BITS = 12, SLOTS_MAX = 1 << SLOT_BITS,	/* of one socket; the rest of an ID tells its turn */
	WAIT_US = 1000000, SWEEP_US = 10000, SLOWEST_US = 200000,
	HEAD = 12, FLAG_QR = 0x80, NXDOMAIN = 3, RECEIVE = 4 << 20,
};

static const struct options {
	unsigned port, entries, seconds, window, sockets, rate, edns, misses, tries;
	bool	 blind;
} defaults = { .entries = 1000000, .seconds = 3, .window = 96, .sockets = 8,
	.edns = 50, .misses = 50, .tries = 1 };

struct slot {
	int64_t		first_us, sent_us;
	uint16_t	id;
	uint8_t		tries;		/* 0: free */
	uint8_t		len;
	bool		hit;
	uint8_t		query[QUERY_MAX];
};

struct asker {			/* one socket */
	int		 fd;
	size_t		 n_slots, n_out, n_ready;
	size_t		 next;			/* where a free slot is looked for */
	struct slot	*slots;
	uint16_t	 ready[SLOTS_MAX];	/* to be sent */
};

struct counts {
	uint64_t	asked, answered, again, lost, wrong, stray;
	uint64_t	unsent;		/* no slot was free: the server is that much behind */
	uint64_t	noerror, nxdomain;
};

static struct options opt;
static struct asker askers[SOCKETS_MAX];
static struct counts counts;
static uint64_t took[SLOWEST_US + 1];	/* how many answers took how many us */
static uint64_t chance = 88172645463325252;
static char label[256][4];		/* an octet as a label, with its length */
static const char suffix[] = "\2bl\7example\0\0\1\0\1";	/* the zone, A, IN; and a NUL, not sent */
static const uint8_t edns[] = { 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0 };

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint32_t
draw(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (uint32_t)(chance >> 16);
}

/* Queries ---------------------------------------------------------------- */

static uint8_t *
put(uint8_t *p, const void *octets, size_t n)
{
	memcpy(p, octets, n);
	return p + n;
}

static void
fill(struct slot *s)
{
	uint32_t i = draw() % opt.entries, a;
	bool opt_too = draw() % 100 < opt.edns;
	uint8_t *p = s->query + HEAD;

	s->hit = draw() % 100 >= opt.misses;
	a = s->hit ? dns_entries_at(i, opt.entries) :
	    dns_entries_miss(i, opt.entries, draw());
	memcpy(s->query, (uint8_t [HEAD]){ (uint8_t)(s->id >> 8), (uint8_t)s->id,
	    1, 0, 0, 1, 0, 0, 0, 0, 0, opt_too }, HEAD);
	for (unsigned shift = 0; shift < 32; shift += 8) {
		const char *l = label[a >> shift & 255];

		p = put(p, l, 1u + (size_t)l[0]);
	}
	p = put(p, suffix, sizeof(suffix) - 1);
	if (opt_too)
		p = put(p, edns, sizeof(edns));
	s->len = (uint8_t)(p - s->query);
}

static void
start_slot(struct asker *a, size_t at, int64_t now)
{
	struct slot *s = &a->slots[at];

	s->id = (uint16_t)(s->id + SLOTS_MAX);
	fill(s);
	s->first_us = s->sent_us = now;
	s->tries = 1;
	a->n_out++;
	a->ready[a->n_ready++] = (uint16_t)at;
	counts.asked++;
}

static void
flush(struct asker *a)
{
	static struct iovec v[BATCH];
	static struct mmsghdr m[BATCH];
	size_t at = 0;

	while (at < a->n_ready) {
		size_t n = a->n_ready - at < BATCH ? a->n_ready - at : BATCH;
		int sent;

		for (size_t i = 0; i < n; i++) {
			struct slot *s = &a->slots[a->ready[at + i]];

			v[i] = (struct iovec){ s->query, s->len };
			m[i].msg_hdr = (struct msghdr){ .msg_iov = &v[i], .msg_iovlen = 1 };
		}
		sent = sendmmsg(a->fd, m, (unsigned)n, 0);
		at += sent > 0 ? (size_t)sent : 1;	/* refused: as if lost on its way */
	}
	a->n_ready = 0;
}

/* Answers ---------------------------------------------------------------- */

static bool
is_right(const struct slot *s, const uint8_t *p)
{
	unsigned rcode = p[3] & 15u, answers = (unsigned)p[6] << 8 | p[7];

	counts.noerror += rcode == 0;
	counts.nxdomain += rcode == NXDOMAIN;
	return s->hit ? rcode == 0 && answers > 0 : rcode == NXDOMAIN;
}

/* Returns whether a slot became free: its number in *at. */
static bool
hear(struct asker *a, const uint8_t *p, size_t n, int64_t now, size_t *at)
{
	uint16_t id = (uint16_t)(p[0] << 8 | p[1]);
	struct slot *s = &a->slots[id % SLOTS_MAX];
	int64_t us;

	*at = id % SLOTS_MAX;
	if (n < HEAD || (p[2] & FLAG_QR) == 0 || *at >= a->n_slots ||
	    s->tries == 0 || s->id != id) {
		counts.stray++;
		return false;
	}
	us = now - s->first_us;
	took[us < SLOWEST_US ? us : SLOWEST_US]++;
	counts.answered++;
	counts.wrong += !opt.blind && !is_right(s, p);
	s->tries = 0;
	a->n_out--;
	return true;
}

static void
drain(struct asker *a, int64_t until, bool refill)
{
	static uint8_t octets[BATCH][ANSWER_MAX];
	static struct iovec v[BATCH];
	static struct mmsghdr m[BATCH];
	int64_t now;
	size_t at;
	int got;

	for (size_t i = 0; i < BATCH; i++) {
		v[i] = (struct iovec){ octets[i], ANSWER_MAX };
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &v[i], .msg_iovlen = 1 };
	}
	got = recvmmsg(a->fd, m, BATCH, MSG_DONTWAIT, NULL);
	now = now_us();
	for (int i = 0; i < got; i++)
		if (hear(a, octets[i], m[i].msg_len, now, &at) && refill && now < until)
			start_slot(a, at, now);
	flush(a);
}

/* What had no answer for a second is sent again, or lost. */
static void
sweep(struct asker *a, int64_t now, int64_t until, bool refill)
{
	for (size_t i = 0; i < a->n_slots; i++) {
		struct slot *s = &a->slots[i];

		if (s->tries == 0 || now - s->sent_us < WAIT_US)
			continue;
		if (s->tries < opt.tries) {
			s->tries++;
			s->sent_us = now;
			counts.again++;
			a->ready[a->n_ready++] = (uint16_t)i;
			continue;
		}
		counts.lost++;
		s->tries = 0;
		a->n_out--;
		if (refill && now < until)
			start_slot(a, i, now);
	}
	flush(a);
}

/* The loop --------------------------------------------------------------- */

static struct slot *
free_slot(struct asker *a)
{
	for (size_t i = 0; a->n_out < a->n_slots && i < a->n_slots; i++) {
		struct slot *s = &a->slots[a->next++ % a->n_slots];

		if (s->tries == 0)
			return s;
	}
	return NULL;
}

/* Sends what is due at an even rate.  Returns microseconds to the next one. */
static int64_t
pace(int64_t began, int64_t now, int64_t until)
{
	static uint64_t due;
	static size_t turn;

	while (now < until && began + (int64_t)(due * 1000000 / opt.rate) <= now) {
		struct asker *a = &askers[turn++ % opt.sockets];
		struct slot *s = free_slot(a);

		due++;
		if (s == NULL) {
			counts.unsent++;
			continue;
		}
		start_slot(a, (size_t)(s - a->slots), now);
		flush(a);
	}
	return began + (int64_t)(due * 1000000 / opt.rate) - now;
}

static bool
any_out(void)
{
	for (size_t i = 0; i < opt.sockets; i++)
		if (askers[i].n_out > 0)
			return true;
	return false;
}

static void
wait_and_hear(int64_t wait_us, int64_t until)
{
	struct timespec t = { wait_us / 1000000, wait_us % 1000000 * 1000 };
	struct pollfd p[SOCKETS_MAX];

	for (size_t i = 0; i < opt.sockets; i++)
		p[i] = (struct pollfd){ .fd = askers[i].fd, .events = POLLIN };
	if (ppoll(p, opt.sockets, &t, NULL) <= 0)
		return;
	for (size_t i = 0; i < opt.sockets; i++)
		if (p[i].revents != 0)
			drain(&askers[i], until, opt.rate == 0);
}

static void
ask_all(void)
{
	int64_t began = now_us(), until = began + (int64_t)opt.seconds * 1000000;
	int64_t now = began, swept = began, wait_us;

	for (size_t i = 0; opt.rate == 0 && i < opt.sockets; i++) {
		for (size_t k = 0; k < askers[i].n_slots; k++)
			start_slot(&askers[i], k, began);
		flush(&askers[i]);
	}
	while (now < until || any_out()) {
		wait_us = SWEEP_US;
		if (opt.rate != 0 && now < until)
			wait_us = pace(began, now, until);
		wait_and_hear(wait_us < 0 ? 0 : wait_us > SWEEP_US ? SWEEP_US : wait_us, until);
		now = now_us();
		if (now - swept < SWEEP_US)
			continue;
		for (size_t i = 0; i < opt.sockets; i++)
			sweep(&askers[i], now, until, opt.rate == 0);
		swept = now;
	}
}

static void
open_asker(size_t i)
{
	struct sockaddr_in me = { .sin_family = AF_INET }, to = me;
	struct asker *a = &askers[i];
	int octets = RECEIVE;

	a->fd = socket(AF_INET, SOCK_DGRAM, 0);
	need(a->fd >= 0, "socket");
	me.sin_addr.s_addr = htonl(UINT32_C(0x7f010001) + ((uint32_t)i << 8));
	need(bind(a->fd, (struct sockaddr *)&me, sizeof(me)) == 0, "bind");
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)opt.port);
	need(setsockopt(a->fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof(octets)) == 0, "SO_RCVBUF");
	need(connect(a->fd, (struct sockaddr *)&to, sizeof(to)) == 0, "connect");
	a->n_slots = (opt.window + opt.sockets - 1) / opt.sockets;
	a->slots = calloc(a->n_slots, sizeof(*a->slots));
	need(a->slots != NULL, "memory");
	for (size_t k = 0; k < a->n_slots; k++)
		a->slots[k].id = (uint16_t)k;
}

static unsigned
share_us(double share)
{
	uint64_t sum = 0, want = (uint64_t)((double)counts.answered * share);

	for (unsigned us = 0; us < SLOWEST_US; us++)
		if ((sum += took[us]) > want)
			return us;
	return SLOWEST_US;
}

static unsigned
slowest_us(void)
{
	unsigned us = SLOWEST_US;

	while (us > 0 && took[us] == 0)
		us--;
	return us;
}

static void
report(double seconds)
{
	printf("{\"seconds\": %.3f, \"asked\": %" PRIu64 ", \"answered\": %" PRIu64
	    ", \"again\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"wrong\": %" PRIu64
	    ", \"stray\": %" PRIu64 ", \"unsent\": %" PRIu64 ", \"noerror\": %" PRIu64
	    ", \"nxdomain\": %" PRIu64 ", \"p50_us\": %u, \"p99_us\": %u, \"p999_us\": %u, "
	    "\"max_us\": %u}\n", seconds, counts.asked, counts.answered, counts.again,
	    counts.lost, counts.wrong, counts.stray, counts.unsent, counts.noerror,
	    counts.nxdomain, share_us(0.5), share_us(0.99), share_us(0.999), slowest_us());
}

static void
read_options(int argc, char **argv)
{
	static const struct { char name; unsigned *to; } numbers[] = {
		{ 'p', &opt.port }, { 'n', &opt.entries }, { 's', &opt.seconds },
		{ 'w', &opt.window }, { 'k', &opt.sockets }, { 'r', &opt.rate },
		{ 'e', &opt.edns }, { 'm', &opt.misses }, { 't', &opt.tries },
	};
	int c;

	opt = defaults;
	while ((c = getopt(argc, argv, "p:n:s:w:k:r:e:m:t:x")) != -1) {
		opt.blind |= c == 'x';
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			if (numbers[i].name == c)
				*numbers[i].to = (unsigned)strtoul(optarg, NULL, 10);
	}
	errno = EINVAL;
	need(opt.port > 0 && opt.port < 65536 && opt.entries > 0 &&
	    opt.entries <= DNS_ENTRIES_MAX && opt.sockets > 0 &&
	    opt.sockets <= SOCKETS_MAX && opt.window > 0 && opt.tries > 0 &&
	    opt.tries < 256 && opt.window <= opt.sockets * (SLOTS_MAX - 1), "dns_load: options");
}

int
main(int argc, char **argv)
{
	int64_t began;

	read_options(argc, argv);
	for (unsigned i = 0; i < 256; i++) {
		char text[8];

		label[i][0] = (char)snprintf(text, sizeof(text), "%u", i);
		memcpy(label[i] + 1, text, 3);
	}
	for (size_t i = 0; i < opt.sockets; i++)
		open_asker(i);
	began = now_us();
	ask_all();
	report((double)(now_us() - began) / 1e6);
	return EXIT_SUCCESS;
}
