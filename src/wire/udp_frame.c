#include "wire/udp_frame.h"

#include <string.h>

enum {
	MAC = 6, TYPE = 2 * MAC, ETHER = 14,
	IPV4 = 20, IPV6 = 40, UDP = 8,
	PROTO_UDP = 17, HOPS = 64,
	FLAG_MF_AND_OFFSET = 0x3fff,
};

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Reading ---------------------------------------------------------------- */

static int
read_v4(struct udp_frame *f, const uint8_t *ip, size_t n)
{
	size_t total;

	if (n < IPV4 + UDP || ip[0] != 0x45 || ip[9] != PROTO_UDP ||
	    (get16(ip + 6) & FLAG_MF_AND_OFFSET) != 0)
		return SEK_EPARSE;
	total = get16(ip + 2);
	if (total > n || total < IPV4 + UDP ||
	    get16(ip + IPV4 + 4) != total - IPV4)
		return SEK_EPARSE;
	f->from = addr_v4(ip[12], ip[13], ip[14], ip[15]);
	f->port = get16(ip + IPV4);
	f->data = ip + IPV4 + UDP;
	f->len = total - IPV4 - UDP;
	f->head = UDP_FRAME_V4;
	return 0;
}

static int
read_v6(struct udp_frame *f, const uint8_t *ip, size_t n)
{
	size_t payload;

	if (n < IPV6 + UDP || ip[0] >> 4 != 6 || ip[6] != PROTO_UDP)
		return SEK_EPARSE;
	payload = get16(ip + 4);
	if (payload > n - IPV6 || payload < UDP ||
	    get16(ip + IPV6 + 4) != payload)
		return SEK_EPARSE;
	memcpy(f->from.o, ip + 8, sizeof(f->from.o));
	f->port = get16(ip + IPV6);
	f->data = ip + IPV6 + UDP;
	f->len = payload - UDP;
	f->head = UDP_FRAME_V6;
	return 0;
}

int
udp_frame_read(struct udp_frame *f, const uint8_t *p, size_t n)
{
	if (n < ETHER)
		return SEK_EPARSE;
	switch (get16(p + TYPE)) {
	case 0x0800:
		return read_v4(f, p + ETHER, n - ETHER);
	case 0x86dd:
		return read_v6(f, p + ETHER, n - ETHER);
	default:
		return SEK_EPARSE;
	}
}

struct addr
udp_frame_to(uint16_t *port, const struct udp_frame *f, const uint8_t *p)
{
	const uint8_t *ip = p + ETHER;
	struct addr a;

	*port = get16(p + f->head - UDP + 2);
	if (f->head == UDP_FRAME_V4)
		return addr_v4(ip[16], ip[17], ip[18], ip[19]);
	memcpy(a.o, ip + 24, sizeof(a.o));
	return a;
}

/* Answering -------------------------------------------------------------- */

/* RFC 1071: pairs of octets, added up. */
static uint64_t
sum(const uint8_t *p, size_t n)
{
	uint64_t s = 0;

	for (; n >= 2; p += 2, n -= 2)
		s += get16(p);
	return n > 0 ? s + (uint64_t)(p[0] << 8) : s;
}

static size_t
fold(uint64_t s)
{
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return (size_t)(~s & 0xffff);
}

static void
answer_v4(uint8_t *out, const uint8_t *in, size_t total)
{
	memset(out, 0, IPV4);
	out[0] = 0x45;
	put16(out + 2, total);
	out[6] = 0x40;		/* do not fragment: at most 1,232 octets of data */
	out[8] = HOPS;
	out[9] = PROTO_UDP;
	memcpy(out + 12, in + 16, 4);
	memcpy(out + 16, in + 12, 4);
	put16(out + 10, fold(sum(out, IPV4)));
}

static void
answer_v6(uint8_t *out, const uint8_t *in, size_t payload)
{
	memset(out, 0, 8);
	out[0] = 0x60;
	put16(out + 4, payload);
	out[6] = PROTO_UDP;
	out[7] = HOPS;
	memcpy(out + 8, in + 24, 16);
	memcpy(out + 24, in + 8, 16);
}

/* ip: the octets of both addresses, for the pseudo-header. */
static void
answer_udp(uint8_t *out, const uint8_t *in, size_t n, const uint8_t *addresses,
    size_t width)
{
	size_t check;

	memcpy(out, in + 2, 2);
	memcpy(out + 2, in, 2);
	put16(out + 4, n);
	put16(out + 6, 0);
	check = fold(sum(addresses, 2 * width) + PROTO_UDP + n + sum(out, n));
	put16(out + 6, check == 0 ? 0xffff : check);
}

size_t
udp_frame_answer(uint8_t *out, const struct udp_frame *f, const uint8_t *p,
    size_t len)
{
	bool v4 = f->head == UDP_FRAME_V4;
	uint8_t *ip = out + ETHER, *udp = out + f->head - UDP;
	const uint8_t *asked = p + ETHER;

	memcpy(out, p + MAC, MAC);
	memcpy(out + MAC, p, MAC);
	memcpy(out + TYPE, p + TYPE, 2);
	if (v4)
		answer_v4(ip, asked, IPV4 + UDP + len);
	else
		answer_v6(ip, asked, UDP + len);
	answer_udp(udp, asked + (v4 ? IPV4 : IPV6), UDP + len,
	    ip + (v4 ? 12 : 8), v4 ? 4 : 16);
	return f->head + len;
}
